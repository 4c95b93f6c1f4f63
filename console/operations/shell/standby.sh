# A password file that is not where libpq looks by itself must be named; before 10 it cannot be.
choose_settings() {
  if [ -z "$settings_with_passfile" ] || [ "$pgpass" = "$user_home/.pgpass" ]; then text=$settings; else
    text=$settings_with_passfile
  fi
}

need_data() {
  found=
  [ ! -r "$data/PG_VERSION" ] || read -r found <"$data/PG_VERSION"
  [ "$found" = "$major" ] || fail "$data holds no data of PostgreSQL $major (PG_VERSION: '$found'); nothing was written"
}

write_recovery_conf() {
  need_data
  choose_settings
  write_file "$data/recovery.conf" "$text
"
  printf '%s is written\n' "$data/recovery.conf"
}

# The last line of a name rules, but a slot of another server or a recovery target would rule too: those lines go.
write_standby_signal() {
  need_data
  choose_settings
  others=
  if [ -e "$data/postgresql.auto.conf" ]; then
    others=$(grep -viE \
      '^[[:space:]]*(primary_conninfo|primary_slot_name|restore_command|recovery_target[a-z_]*)([[:space:]=]|$)' \
      "$data/postgresql.auto.conf")
    [ $? -le 1 ] || fail "cannot read $data/postgresql.auto.conf; nothing was written"
  fi
  write_file "$data/postgresql.auto.conf" "${others:+$others
}$text
"
  write_file "$data/standby.signal" ''
  rm -f "$data/recovery.signal"
  printf '%s and %s are written\n' "$data/postgresql.auto.conf" "$data/standby.signal"
}

install_history() {
  need_data
  [ -d "$data/$wal/." ] || fail "$data/$wal is not there"
  target=$data/$wal/$file
  if there "$target"; then
    [ "$(cat "$target"; echo .)" = "$text." ] ||
      fail "$target is there with another content: this host has a timeline of its own of that number; left alone"
  else
    write_file "$target" "$text"
  fi
  printf '%s is there\n' "$target"
}
