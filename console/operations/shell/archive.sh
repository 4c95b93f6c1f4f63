# WAL files of an archive, moved within it as the database's user: root may be nobody on a file server. That something is
# aside is noted on the host itself, where the probe may look at any time: a file server may hang.
aside=$directory/vmdb-old.$run
mark=$marks/$run

need_archive() {
  case $run in '' | */* | . | ..) fail "not the id of a run: '$run'; nothing was moved" ;; esac
  as_database test -d "$directory/." || fail "$directory is not there: is it mounted?"
}
note_aside() {
  mkdir -p "$marks" && printf '%s\n' "$aside" >"$mark" || fail "cannot write $mark; nothing was moved"
}
forget_aside() {
  rm -f "$mark"
  rmdir "$marks" 2>/dev/null
}
# count_files DIRECTORY: how many it holds, into `count`. A name may have line breaks, so each is a dot.
count_files() {
  dots=$(as_database find "$1/." -maxdepth 1 -type f ! -name '.*' -printf .) || fail "cannot list the files of $1"
  count=${#dots}
}
move_files() { as_database find "$1/." -maxdepth 1 -type f ! -name '.*' -exec mv -n -t "$2" -- '{}' +; }

set_archive_aside() {
  need_archive
  note_aside
  as_database mkdir -p "$aside" || fail "cannot make $aside"
  move_files "$directory" "$aside" || fail "could not move every file of $directory to $aside"
  count_files "$directory"
  [ "$count" -eq 0 ] || fail "$count files stay in $directory, since $aside has others of their names"
  count_files "$aside"
  printf '%s files of %s are in %s\n' "$count" "$directory" "$aside"
}

put_archive_back() {
  need_archive
  if as_database test -d "$aside"; then
    move_files "$aside" "$directory" || fail "could not move every file of $aside back"
    count_files "$aside"
    if [ "$count" -eq 0 ]; then
      as_database rmdir "$aside" || fail "cannot remove $aside"
    else
      printf '%s files stay in %s: %s has others of their names by now\n' "$count" "$aside" "$directory"
    fi
  fi
  as_database test -d "$aside" || forget_aside
  printf 'the archived WAL is back in %s\n' "$directory"
}

# Only what was moved there, and only plain files: a folder of somebody else's stays, and is said to.
discard_archive() {
  need_archive
  if as_database test -d "$aside" && ! as_database test -L "$aside"; then
    as_database find "$aside/." -maxdepth 1 -type f -delete || fail "cannot remove every file of $aside"
    as_database rmdir "$aside" || fail "$aside holds more than plain files; the rest stays"
  fi
  ! as_database test -e "$aside" || fail "$aside is no folder that a run has made; it stays"
  forget_aside
  printf '%s is removed\n' "$aside"
}
