try_replication() {
  need psql
  answer=$(as_database psql -X -w -A -t -d "$conninfo" -c IDENTIFY_SYSTEM) ||
    fail "no replication connection to $source: check pg_hba.conf there, $pgpass here, and max_wal_senders"
  found=${answer%%|*}
  [ "$found" = "$system_identifier" ] ||
    fail "$source is another database: its system identifier is $found, not $system_identifier"
  printf 'replication login at %s works; system identifier %s\n' "$source" "$found"
}
