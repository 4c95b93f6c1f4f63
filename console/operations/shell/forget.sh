# What `pg_ctl promote` writes (from 9.3 on also fallback_promote), for a server that was stopped before it saw it.
forget_promotion() {
  as_database rm -f "$data/promote" "$data/fallback_promote" || fail "cannot remove $data/promote"
}

forget_stopped() {
  ! find_server || fail "PostgreSQL (process $server) runs on $data: it may have seen the promotion already; stop it first"
  forget_promotion
  printf 'no promotion is left for the next start on %s\n' "$data"
}
