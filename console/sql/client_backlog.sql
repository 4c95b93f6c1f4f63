-- rubyrep's pending changes in a regional database (DOMAIN 5); {table} is rr<region>_pending_changes.
SELECT count(*) FROM {table}
