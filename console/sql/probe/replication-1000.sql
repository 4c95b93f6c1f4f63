-- One row a walsender; positions are null without the right to see them. These are the functions below the view
-- pg_stat_replication, whose join with pg_authid costs the server more than everything else that is asked here.
select 'replication ' || row_to_json(r)::text from (
  select w.pid, a.application_name, host(a.client_addr) as client, w.state,
         w.sent_lsn::text as sent, w.write_lsn::text as written,
         w.flush_lsn::text as flushed, w.replay_lsn::text as replayed, w.sync_state,
         extract(epoch from w.replay_lag) as replay_lag, extract(epoch from now() - a.backend_start) as connected
    from pg_stat_get_wal_senders() w, pg_stat_get_activity(w.pid) a order by a.backend_start limit 64
) r;
