-- Replication slots, and how many bytes of WAL each holds back.
select 'slot ' || row_to_json(r)::text from (
  select slot_name as name, active, restart_lsn::text as restart,
         pg_xlog_location_diff(case when pg_is_in_recovery() then pg_last_xlog_replay_location() else pg_current_xlog_location() end, restart_lsn)::bigint as retained
    from pg_replication_slots order by slot_name limit 64
) r;
