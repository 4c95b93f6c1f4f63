# remove_folder DIRECTORY: one that a run of the console made, by its name, and that nobody works in.
remove_folder() {
  case $run in '' | */* | . | ..) fail "not the id of a run: '$run'; nothing was removed" ;; esac
  case $1 in
  /*/"$inside/$run"/vmdb-new | /*/"$inside/$run"/vmdb-old) [ -n "$inside" ] ;;
  /*.vmdb-new."$run" | /*.vmdb-old."$run") [ -z "$inside" ] ;;
  *) false ;;
  esac || fail "$1 is not a name that this run gave; nothing was removed"
  need_place
  need_whole_swap
  if there "$1"; then
    [ -d "$1" ] || fail "$1 is no directory; nothing was removed"
    if [ "$1" -ef "$data" ] || [ "$1" -ef "$configured" ]; then fail "$1 is the data directory in use; nothing was removed"; fi
    need_unwritten "$1"
    need_unused "$1"
    rm -rf --one-file-system "$1" || fail "cannot remove all of $1"
  fi
  if [ -n "$inside" ]; then
    rmdir "$data/$inside/$run" 2>/dev/null && rmdir "$data/$inside" 2>/dev/null
  fi
  printf '%s is removed\n' "$1"
}

# Half-way in a swap neither the data nor the copy is whole without the other's place.
need_whole_swap() {
  ! there "$old.part" || fail "a swap of $data was cut off ($old.part is there): finish it, or swap back; nothing was removed"
  if [ ! -d "$data" ] && there "$old"; then
    fail "a swap was cut off ($data is not there, $old is): finish it, or swap back; nothing was removed"
  fi
}

remove_copy() {
  need_no_primary "$new"
  remove_folder "$new"
}

# The old data go only where what replaced them is in its place.
discard_old() {
  if there "$old"; then
    [ -s "$data/PG_VERSION" ] && [ -s "$data/global/pg_control" ] ||
      fail "$data holds no whole database: $old may be the last copy on this host, and stays"
  fi
  remove_folder "$old"
}
