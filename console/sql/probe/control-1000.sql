-- The control file as the server reads it, in place of pg_controldata. Its state is not shown: a server that answers
-- is in one of these two. After a promotion the timeline is the old one until the next checkpoint.
select 'control ' || row_to_json(r)::text from (
  select s.system_identifier::text, s.pg_control_version as control_version,
         case when pg_is_in_recovery() then 'in archive recovery' else 'in production' end as state,
         c.checkpoint_lsn::text as checkpoint, c.redo_lsn::text as redo,
         c.timeline_id as timeline, c.prev_timeline_id as previous_timeline,
         m.min_recovery_end_lsn::text as minimum_recovery, m.min_recovery_end_timeline as minimum_recovery_timeline,
         m.backup_start_lsn::text as backup_start,
         i.bytes_per_wal_segment as segment_size, i.database_block_size as block_size,
         i.data_page_checksum_version as checksums
    from pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() m, pg_control_init() i
) r;
