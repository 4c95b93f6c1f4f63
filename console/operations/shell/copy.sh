# A copy beside the data in use.

free_space() { df -P "$1" 2>/dev/null | awk 'NR == 2 { print $4 }'; }

base_backup() {
  need_place
  need_unwritten "$new"
  need_unused "$new"
  need_no_primary "$new"
  need pg_basebackup
  rm -rf --one-file-system "$new" || fail "cannot remove the earlier copy $new"
  if [ -n "$inside" ]; then
    own_folder "$data/$inside"
    own_folder "$data/$inside/$run"
  fi
  own_folder "$new"
  application=pg_basebackup
  set -- -h "$source" -p "$source_port" -U "$user" -w -D "$new" -X "$wal" -c fast -P -v -l "$label"
  [ -z "$max_rate" ] || set -- "$@" --max-rate="$max_rate"
  as_database pg_basebackup "$@"
  status=$?
  if [ "$status" -eq 0 ]; then
    own_folder "$new"
    case $major in 8.* | 9.*) sync ;; esac # from 10 on pg_basebackup flushes what it wrote
    printf 'the copy in %s is whole\n' "$new"
    return 0
  fi
  free=$(free_space "$new")
  rm -rf --one-file-system "$new"
  printf 'pg_basebackup failed with status %s; what it had copied is removed\n' "$status" >&2
  [ "${free:-1048576}" -ge 16384 ] ||
    printf 'the file system of %s was full (%s kB left): make room, or choose another place\n' "$new" "$free" >&2
  return "$status"
}
