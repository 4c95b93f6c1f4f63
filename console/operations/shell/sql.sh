# local_sql TEXT [OPTION...]: what the server on $data answers, through its own socket; where that is, its postmaster.pid
# says. OPTION... are psql's; -d in them is another database than postgres.
local_sql() {
  find_server || fail "no PostgreSQL server runs on $data"
  found_port=$(sed -n 4p "$data/postmaster.pid")
  found_socket=$(sed -n 5p "$data/postmaster.pid")
  case $found_port in '' | *[!0-9]*) found_port=$port ;; esac
  [ -z "$socket" ] || found_socket=$socket
  need psql
  sql_text=$1
  shift
  as_database psql -X -A -t -q -w -v ON_ERROR_STOP=1 ${found_socket:+-h "$found_socket"} -p "$found_port" \
    -d postgres "$@" -c "$sql_text"
}
