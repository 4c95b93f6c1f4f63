-- The archiver's last success and failure; failing: the failure is the later one.
select 'archiver ' || row_to_json(r)::text from (
  select archived_count as archived, last_archived_wal as last_archived,
         failed_count as failed, last_failed_wal as last_failed,
         coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing
    from pg_stat_archiver
) r;
