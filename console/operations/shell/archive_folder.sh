# The folder that a server archives into. As the database's user: whatever a link of its own leads to, it may do no more
# there than it may anyway.
make_archive_folder() {
  if as_database test -d "$path/."; then
    printf '%s is there\n' "$path"
    return 0
  fi
  # -m: every part of what a link leads to may be missing.
  target=$(as_database readlink -m "$path") && real=$(readlink -f "$data") && [ -n "$target" ] && [ -n "$real" ] ||
    fail "cannot tell where $path leads to"
  case $target/ in
  "$real"/*/) ;;
  *) fail "$target is not there, and no part of $data: is it mounted? No folder was made" ;;
  esac
  [ -s "$real/PG_VERSION" ] || fail "$data holds no database: no folder was made"
  as_database mkdir -p -m 0700 "$target" && as_database test -d "$path/." || fail "cannot make $target"
  printf '%s is made\n' "$target"
}
