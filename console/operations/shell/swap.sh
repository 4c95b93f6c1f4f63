# What both ways of swapping need.
whole() {
  need_no_link "$1" "$1/PG_VERSION" "$1/global" "$1/global/pg_control"
  [ -s "$1/PG_VERSION" ] && [ -s "$1/global/pg_control" ]
}

# need_settings DIRECTORY...: where the copy is to start as a standby, what makes it one is in one of them. Without it the
# copy would come up as a second primary, whoever starts it.
need_settings() {
  [ -n "$standby_file" ] || return 0
  for named; do
    [ ! -f "$named/$standby_file" ] || return 0
  done
  fail "the copy has no $standby_file: it would start as a primary; write its standby settings first"
}

need_one_file_system() {
  number=$(stat -c %d "$1") && other=$(stat -c %d "$2") && [ "$number" = "$other" ] ||
    fail "$1 and $2 do not lie on one file system: a rename cannot swap them; nothing was moved"
}

# move FROM TO: a rename, never over something, never a copy.
move() {
  ! there "$2" || fail "$2 is there already; $1 was not moved"
  $hand mv -T "$1" "$2" || fail "cannot move $1 to $2"
}

# settle DIRECTORY...: their entries are on the disk. A whole `sync` waits for every file system of a busy host, and is
# taken only where sync(1) knows no files (coreutils before 8.24). The copy's own files were flushed when it was made.
settle() { sync "$@" 2>/dev/null || sync; }

# A mount point cannot be replaced by a link: there root may give it to its user, as a new file system's is root's.
finish_data() {
  [ -z "$inside" ] || chown -h "$user_id:$group_id" "$data" || fail "cannot give $data to $os_user"
  own_folder "$data"
  settle "$data" "$(dirname "$data")"
}

need_nobody() {
  ! find_server || fail "PostgreSQL (process $server) runs on $data: stop it first; nothing was moved"
  need_unused "$@"
}
