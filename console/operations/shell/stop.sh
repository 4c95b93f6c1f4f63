# The service manager first, since it must know; pg_ctl for a server that it did not start.
stop_database() {
  if ! find_server; then
    ! find_orphan || fail "the postmaster of $data is gone, but its process $process still works there: end it first"
    echo 'PostgreSQL does not run'
    return 0
  fi
  manage stop
  find_server || {
    echo 'PostgreSQL is stopped'
    return 0
  }
  need pg_ctl
  as_database pg_ctl -D "$data" -m fast -w -t 100 stop
  ! find_server || fail "PostgreSQL (process $server) still runs on $data after a fast stop: see its log"
}
