# WAL files of an archive, moved within it as the database's user: root may be nobody on a file server.
aside=$directory/vmdb-old.$run

need_archive() {
  case $run in '' | */* | . | ..) fail "not the id of a run: '$run'; nothing was moved" ;; esac
  as_database test -d "$directory/." || fail "$directory is not there: is it mounted?"
}
# plain_files DIRECTORY: how many it holds.
plain_files() { as_database find "$1/." -maxdepth 1 -type f ! -name '.*' | wc -l; }
move_files() { as_database find "$1/." -maxdepth 1 -type f ! -name '.*' -exec mv -n -t "$2" -- '{}' +; }

set_archive_aside() {
  need_archive
  as_database mkdir -p "$aside" || fail "cannot make $aside"
  move_files "$directory" "$aside" || fail "could not move every file of $directory to $aside"
  left=$(plain_files "$directory")
  [ "$left" -eq 0 ] || fail "$left files stay in $directory, since $aside has others of their names"
  printf '%s files of %s are in %s\n' "$(plain_files "$aside")" "$directory" "$aside"
}

put_archive_back() {
  need_archive
  if as_database test -d "$aside"; then
    move_files "$aside" "$directory" || fail "could not move every file of $aside back"
    left=$(plain_files "$aside")
    if [ "$left" -eq 0 ]; then
      as_database rmdir "$aside" || fail "cannot remove $aside"
    else
      printf '%s files stay in %s: %s has others of their names by now\n' "$left" "$aside" "$directory"
    fi
  fi
  printf 'the archived WAL is back in %s\n' "$directory"
}
