-- Role and positions. CASE keeps each function to the role in which it may be called. (current_setting looks one
-- setting up; pg_settings would build a row of every setting there is.)
select 'role ' || row_to_json(r)::text from (
  select current_setting('server_version_num')::int as version,
         pg_is_in_recovery() as in_recovery,
         current_setting('default_transaction_read_only') as read_only,
         case when not pg_is_in_recovery() then pg_current_wal_lsn()::text end as current,
         case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end as wal_file,
         case when pg_is_in_recovery() then pg_last_wal_receive_lsn()::text end as received,
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end as replayed,
         case when pg_is_in_recovery() then pg_is_wal_replay_paused() end as replay_paused,
         case when pg_is_in_recovery()
              then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end as replay_age,
         current_setting('recovery_min_apply_delay', true) as apply_delay,
         extract(epoch from pg_postmaster_start_time()) as started_at
) r;
