# The table of a replication test: in a schema of its own, in the application's database.

# trial_sql TEXT: what the local server answers there, its errors with their SQLSTATE. No commit waits for a standby.
trial_sql() {
  PGOPTIONS='-c statement_timeout=15000 -c synchronous_commit=local'
  export PGOPTIONS
  local_sql "$1" -v VERBOSITY=verbose -d "$database"
}

# trial_stands: the schema is there, and this run's; status 1 where it is not there.
trial_stands() {
  comment=$(trial_sql "$find") || fail "the database $database was not asked: see above"
  case $comment in
  '') return 1 ;;
  "[$mark]") return 0 ;;
  *) fail "there is another schema $schema in $database, not this run's: it was left alone" ;;
  esac
}

create_trial() {
  if trial_stands; then
    echo "$schema is there already"
    return
  fi
  if [ -n "$published" ]; then
    names=$(trial_sql "$published") || fail 'publications could not be looked at: nothing was created'
    [ -z "$names" ] || fail "every new table is published ($names): a subscriber without it would stop; nothing was created"
  fi
  trial_sql "$create" || fail "nothing was created"
  echo "$schema was created in $database"
  trial_sql "$received"
}

# Every 0.2 s for about 30 s: where replication lags, it takes as long as the lag.
read_trial() {
  looks=1
  until seen=$(trial_sql "$read" 2>&1); do
    [ "$looks" -lt 120 ] || fail "the rows were not there after $looks looks in some 30 s: $seen"
    looks=$((looks + 1))
    sleep 0.2
  done
  [ "${seen%|*}" = "$rows" ] || fail "the rows differ: ${seen%|*} instead of $rows"
  echo "the same rows are here, seen at look $looks, ${seen##*|} s after they were written (by the clocks of both hosts)"
}

# 25006 is read_only_sql_transaction (errcodes.txt); the words are in the server's language.
try_trial_insert() {
  said=$(trial_sql "$insert" 2>&1) && fail 'an INSERT was carried out (and rolled back) here: this is no standby'
  case $said in
  *' 25006: '*) printf 'refused: %s\n' "$said" ;;
  *) fail "the INSERT failed, but not as one on a standby does (SQLSTATE 25006): $said" ;;
  esac
}

drop_trial() {
  recovering=$(trial_sql 'SELECT pg_is_in_recovery()') || fail "nothing was dropped"
  if [ "$recovering" = t ]; then
    echo 'this is a standby: what the primary drops goes here by replication'
  elif trial_stands; then
    trial_sql "$drop" && echo "$schema was dropped"
  else
    echo "$schema is not there"
  fi
}
