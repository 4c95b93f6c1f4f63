start_database() {
  if find_server; then
    printf 'PostgreSQL runs already (process %s)\n' "$server"
    return 0
  fi
  manage start
  status=$?
  # The pid file is written at once; what comes after it may take long, and is no failure.
  if ! wait_for 5 find_server && { start_again || [ "$status" -eq 0 ]; }; then wait_for 30 find_server; fi
  find_server || {
    [ "$status" -ne 0 ] || status=1
    printf 'PostgreSQL does not run on %s: see its log, and the output of the service %s\n' "$data" "$service" >&2
    return "$status"
  }
  printf 'PostgreSQL runs (process %s)\n' "$server"
}
