-- One row a walsender; positions are null without the right to see them.
select 'replication ' || row_to_json(r)::text from (
  select pid, application_name, host(client_addr) as client, state,
         sent_location::text as sent, write_location::text as written,
         flush_location::text as flushed, replay_location::text as replayed, sync_state
    from pg_stat_replication order by backend_start limit 64
) r;
