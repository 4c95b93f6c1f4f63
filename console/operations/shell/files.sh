# Files put in place together: each is written beside its place first, what was there is kept in $backup, then all are
# renamed in. The programs that read them share a lock, so that none runs while only some of them are new; host 1's watch
# holds it for most of a minute.
beside() { printf '%s/.vmdb-part.%s\n' "$(dirname "$1")" "$(basename "$1")"; }
checksum() { cksum <"$1" | cut -d ' ' -f 1,2; }
keep_out() {
  exec 9>>"$lock" || fail "cannot open $lock"
  flock -w 70 9 || fail "a program that reads these files still runs after 70 s (see $lock); nothing was changed"
}

# prepare_file PATH MODE BEFORE TEXT: BEFORE is the checksum that the plan saw there, empty where there was nothing.
prepare_file() {
  [ ! -L "$1" ] || fail "$1 is a link: nothing was changed"
  [ ! -d "$1" ] || fail "$1 is a directory: nothing was changed"
  found=
  [ ! -e "$1" ] || found=$(checksum "$1")
  [ "$found" = "$3" ] || [ "$found" = "$(printf '%s' "$4" | cksum | cut -d ' ' -f 1,2)" ] ||
    fail "$1 is not what it was when this was planned: look at the difference anew; nothing was changed"
  part=$(beside "$1")
  rm -f "$part"
  (umask 022 && mkdir -p "$(dirname "$1")") &&
    printf '%s' "$4" | dd of="$part" conv=fsync 2>/dev/null && chmod "$2" "$part" ||
    fail "cannot write $part"
  keep_file "$1"
}

# keep_file PATH: what is there before this run, once.
keep_file() {
  if there "$backup$1" || grep -qxF -e "$1" "$backup/absent" 2>/dev/null; then return 0; fi
  mkdir -p "$backup$(dirname "$1")" || fail "cannot make $backup"
  if [ -e "$1" ]; then
    cp -p "$1" "$backup$1.part" && mv -f -T "$backup$1.part" "$backup$1" || fail "cannot keep $1 in $backup"
  else
    printf '%s\n' "$1" >>"$backup/absent" || fail "cannot write $backup/absent"
  fi
}

put_file() {
  mv -f -T "$(beside "$1")" "$1" || fail "cannot rename $(beside "$1")"
  ! command -v restorecon >/dev/null || restorecon "$1" 2>/dev/null
}

# put_back PATH: as it was before this run; what this run has not touched stays as it is.
put_back() {
  rm -f "$(beside "$1")"
  if [ -e "$backup$1" ]; then
    cp -p "$backup$1" "$(beside "$1")" && put_file "$1" || fail "cannot put $backup$1 back to $1"
  elif grep -qxF -e "$1" "$backup/absent" 2>/dev/null; then
    rm -f "$1" || fail "cannot remove $1"
  fi
}
enable_unit() { systemctl enable "$1" 2>/dev/null || fail "systemctl cannot enable $1"; }
# disable_unit NAME: of one that is gone only the link that enabled it is left.
disable_unit() {
  [ -e "/etc/systemd/system/$1" ] || rm -f "/etc/systemd/system/multi-user.target.wants/$1"
}
reload_units() { ! command -v systemctl >/dev/null || systemctl daemon-reload 2>/dev/null || :; }
