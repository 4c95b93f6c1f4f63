-- One row a walsender; positions are null without the right to see them.
select 'replication ' || row_to_json(r)::text from (
  select pid, application_name, host(client_addr) as client, state,
         sent_lsn::text as sent, write_lsn::text as written,
         flush_lsn::text as flushed, replay_lsn::text as replayed, sync_state,
         extract(epoch from replay_lag) as replay_lag, extract(epoch from now() - backend_start) as connected
    from pg_stat_replication order by backend_start limit 64
) r;
