# Whether a copy is whole, and of the right database. Each line says what was looked at. Files are read as the database's
# user: what a link in the copy leads to is shown only where that user may read it anyway.
bad=0
good() { printf 'good: %s\n' "$*"; }
wrong() {
  printf 'wrong: %s\n' "$*"
  bad=1
}

verify_version() {
  found=$(as_database head -n 1 "$new/PG_VERSION" 2>/dev/null | head -c 40)
  if [ "$found" = "$version" ]; then good "PG_VERSION is $found"; else wrong "PG_VERSION is '$found', not $version"; fi
}

# The control file's first field, in every version: the system identifier, 8 bytes, low byte first (pg_control.h).
verify_identifier() {
  found=$(as_database od -A n -t u8 -N 8 "$new/global/pg_control" 2>/dev/null | tr -d ' \n')
  if [ -z "$found" ]; then
    wrong 'global/pg_control is not there or cannot be read'
  elif [ "$found" = "$system_identifier" ]; then
    good "system identifier $found"
  else
    wrong "system identifier $found, not $system_identifier"
  fi
}

# pg_basebackup sends WAL last but for the control file: the segment that recovery begins with must be there.
verify_label() {
  if [ ! -s "$new/backup_label" ]; then
    wrong 'backup_label is not there: no base backup, or one that was started already'
    return
  fi
  found=$(as_database sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]\{24\}\)).*/\1/p' "$new/backup_label")
  if [ -n "$found" ] && { [ -s "$new/pg_wal/$found" ] || [ -s "$new/pg_xlog/$found" ]; }; then
    good "backup_label is there, and its first WAL file $found"
  else
    wrong "backup_label is there, but its first WAL file '$found' is not"
  fi
}

verify_rights() {
  found=$(stat -c '%a %u' "$new")
  if [ "$found" = "700 $user_id" ]; then good "mode 0700, owner $os_user"; else
    wrong "mode and owner are $(stat -c '%a %U' "$new"), not 700 $os_user"
  fi
  found=$(find "$new" ! -uid "$user_id" -print -quit 2>/dev/null) || wrong "not all of $new can be looked through"
  [ -z "$found" ] || wrong "$found does not belong to $os_user"
}

# Where no manifest says what must be there: every database has its folder whole enough to name its version.
verify_files() {
  for folder in "$new"/base/[0-9]*; do
    [ -s "$folder/PG_VERSION" ] || wrong "$folder/PG_VERSION is not there"
  done
  [ -s "$new/base/1/PG_VERSION" ] || wrong 'base/1 (template1) is not there'
  found=$(find "$new/base" "$new/global" -name '*.tmp' -print -quit 2>/dev/null) || wrong 'base or global is not there'
  [ -z "$found" ] || wrong "$found is a file that was not finished"
  good "$(find "$new" -type f | wc -l | tr -d ' ') files, looked at by name only (no manifest, or no pg_verifybackup)"
}

verify_manifest() {
  set -- "$new"
  have pg_waldump || {
    set -- -n "$new"
    echo 'pg_waldump is not on this host: WAL is not read'
  }
  if as_database pg_verifybackup "$@" 2>&1; then good 'every file by backup_manifest'; else
    wrong 'pg_verifybackup does not agree with backup_manifest'
  fi
}

verify_copy() {
  [ -d "$new" ] && [ ! -L "$new" ] || fail "$new is not there"
  verify_version
  verify_identifier
  verify_label
  verify_rights
  if [ -f "$new/backup_manifest" ] && have pg_verifybackup; then verify_manifest; else verify_files; fi
  return "$bad"
}
