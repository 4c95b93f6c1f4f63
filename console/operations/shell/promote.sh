# 9.2's pg_ctl says "not in standby mode" to a primary and fails: so the server is asked first.
promote() {
  answer=$(local_sql 'select pg_is_in_recovery()') || fail "could not ask the server whether it is in recovery; not promoted"
  case $answer in
  f) echo 'the server is not in recovery: it is a primary already' ;;
  t) need pg_ctl && as_database pg_ctl -D "$data" promote ;;
  *) fail "the server answered neither t nor f when asked whether it is in recovery; not promoted" ;;
  esac
}
