-- The walreceiver; the row is empty of values without the right to see them.
select 'walreceiver ' || row_to_json(r)::text from (
  select status, received_lsn::text as received, received_tli as timeline,
         null::text as sender, slot_name as slot
    from pg_stat_wal_receiver
) r;
