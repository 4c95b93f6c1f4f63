-- Replication slots, and how many bytes of WAL each holds back. (The function below the view pg_replication_slots.)
select 'slot ' || row_to_json(r)::text from (
  select slot_name as name, active, restart_lsn::text as restart,
         pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)::bigint as retained
    from pg_get_replication_slots() order by slot_name limit 64
) r;
