-- Settings in force that replication depends on. The password in primary_conninfo stays in the server.
-- (A row each: array_agg of arrays came with 9.5.)
select 'setting ' || row_to_json(r)::text from (
  select name,
         case when name = 'primary_conninfo'
              then regexp_replace(setting, $re$(password\s*=\s*)('([^'\\]|\\.)*'|\S+)$re$, '\1***', 'gi')
              else setting end as value
    from pg_settings
   where name in ('wal_level', 'hot_standby', 'archive_mode', 'archive_command', 'archive_timeout', 'archive_library',
                  'max_wal_senders', 'wal_keep_segments', 'wal_keep_size', 'max_slot_wal_keep_size',
                  'max_replication_slots', 'synchronous_standby_names', 'synchronous_commit', 'restore_command',
                  'primary_conninfo', 'primary_slot_name', 'recovery_target_timeline', 'recovery_min_apply_delay',
                  'data_directory', 'config_file', 'hba_file', 'port', 'listen_addresses', 'max_connections',
                  'max_prepared_transactions', 'max_locks_per_transaction', 'max_worker_processes', 'wal_log_hints',
                  'full_page_writes', 'data_checksums', 'fsync', 'update_process_title', 'cluster_name',
                  'wal_segment_size', 'server_version', 'log_directory')
) r;
