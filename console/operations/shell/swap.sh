# What both ways of swapping need.
whole() { [ -s "$1/PG_VERSION" ] && [ -s "$1/global/pg_control" ]; }

need_one_file_system() {
  device=$(stat -c %d "$1") && other=$(stat -c %d "$2") && [ "$device" = "$other" ] ||
    fail "$1 and $2 do not lie on one file system: a rename cannot swap them; nothing was moved"
}

# move FROM TO: a rename, never over something, never a copy.
move() {
  ! there "$2" || fail "$2 is there already; $1 was not moved"
  mv -T "$1" "$2" || fail "cannot move $1 to $2"
}

# settle DIRECTORY...: their entries are on the disk. A whole `sync` waits for every file system of a busy host, and is
# taken only where sync(1) knows no files (coreutils before 8.24). The copy's own files were flushed when it was made.
settle() { sync "$@" 2>/dev/null || sync; }

finish_data() {
  chown "$user_id:$group_id" "$data" && chmod 0700 "$data" || fail "cannot give $data to $os_user with mode 0700"
  settle "$data" "$(dirname "$data")"
}

need_nobody() {
  ! find_server || fail "PostgreSQL (process $server) runs on $data: stop it first; nothing was moved"
  need_unused "$@"
}
