-- The control file as the server sees it: after a promotion the timeline is the old one until the next checkpoint.
select 'control ' || row_to_json(r)::text from (
  select (select system_identifier::text from pg_control_system()) as system_identifier,
         (select timeline_id from pg_control_checkpoint()) as timeline
) r;
