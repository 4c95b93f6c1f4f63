-- Schemas of replication tests (console/operations/places.py TRIAL), each with its comment. One row, also without any.
select 'trials ' || row_to_json(r)::text from (
  select array(
    select n.nspname || ' ' || coalesce(obj_description(n.oid, 'pg_namespace'), '')
      from pg_namespace n where position('vmdb_console_trial_' in n.nspname::text) = 1 order by 1 limit 64
  ) as found
) r;
