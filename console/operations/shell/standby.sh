# What lies in `data` is the database user's own: it is read as that user too, since what is read is written there, and a
# link must not lead to what only root may read.

# A password file that is not where libpq looks by itself must be named; before 10 it cannot be.
choose_settings() {
  if [ -z "$settings_with_passfile" ] || [ "$pgpass" = "$user_home/.pgpass" ]; then text=$settings; else
    text=$settings_with_passfile
  fi
}

need_data() {
  found=$(as_database head -n 1 "$data/PG_VERSION" 2>/dev/null | head -c 40)
  [ "$found" = "$major" ] || fail "$data holds no data of PostgreSQL $major (PG_VERSION: '$found'); nothing was written"
}

# write_settings FUNCTION: that writes them, or tells that they are with the copy already.
write_settings() {
  choose_settings
  if [ -n "$swapped_to" ] && ! is_whole; then
    went_along "$data" "$swapped_to" ||
      fail "$data is no whole copy, and its settings are not in $swapped_to either; nothing was written"
    printf '%s was swapped in already, with these settings\n' "$data"
    return 0
  fi
  need_data
  "$1"
  # An old server (9.2.2) would promote itself by what a `pg_ctl promote` has left, here or where this was copied from.
  forget_promotion
}

# A copy that is being swapped in, or was: `global` is the last to go, and the settings go along, a file at a time.
is_whole() { [ -s "$data/PG_VERSION" ] && [ -s "$data/global/pg_control" ]; }
went_along() {
  [ -f "$1/$standby_file" ] || [ -f "$2/$standby_file" ] || return
  lines=$(printf '%s\n' "$text" | wc -l)
  for named; do
    [ "$(as_database tail -n "$lines" "$named/$settings_file" 2>/dev/null)" != "$text" ] || return 0
  done
  return 1
}

write_recovery_conf() {
  write_file "$data/recovery.conf" "$text
"
  printf '%s is written\n' "$data/recovery.conf"
}

# The last line of a name rules, but a slot of another server or a recovery target would rule too: those lines go.
write_standby_signal() {
  others=
  if there "$data/postgresql.auto.conf"; then
    others=$(as_database grep -viE \
      '^[[:space:]]*(primary_conninfo|primary_slot_name|restore_command|recovery_target[a-z_]*)([[:space:]=]|$)' \
      "$data/postgresql.auto.conf")
    [ $? -le 1 ] || fail "cannot read $data/postgresql.auto.conf; nothing was written"
  fi
  write_file "$data/postgresql.auto.conf" "${others:+$others
}$text
"
  write_file "$data/standby.signal" ''
  as_database rm -f "$data/recovery.signal"
  printf '%s and %s are written\n' "$data/postgresql.auto.conf" "$data/standby.signal"
}

install_history() {
  need_data
  [ -d "$data/$wal/." ] || fail "$data/$wal is not there"
  target=$data/$wal/$file
  if there "$target"; then
    [ "$(as_database cat "$target"; echo .)" = "$text." ] ||
      fail "$target is there with another content: this host has a timeline of its own of that number; left alone"
  else
    write_file "$target" "$text"
  fi
  printf '%s is there\n' "$target"
}
