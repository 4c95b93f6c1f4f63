# remove_folder DIRECTORY: one that a run of the console made, by its name, and that nobody works in.
remove_folder() {
  case $run in '' | */* | . | ..) fail "not the id of a run: '$run'; nothing was removed" ;; esac
  case $1 in
  /*/"$inside/$run"/vmdb-new | /*/"$inside/$run"/vmdb-old | /*/"$inside/$run"/vmdb-old.part) [ -n "$inside" ] ;;
  /*.vmdb-new."$run" | /*.vmdb-old."$run") [ -z "$inside" ] ;;
  *) false ;;
  esac || fail "$1 is not a name that this run gave; nothing was removed"
  if there "$1"; then
    [ -d "$1" ] && [ ! -L "$1" ] || fail "$1 is no directory; nothing was removed"
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

# The old data go only where what replaced them is in its place.
discard_old() {
  if there "$old"; then
    [ -s "$data/PG_VERSION" ] && [ -s "$data/global/pg_control" ] ||
      fail "$data holds no whole database: $old may be the last copy on this host, and stays"
  fi
  remove_folder "$old"
}
