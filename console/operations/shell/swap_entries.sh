# The data directory is a mount point: its entries are moved one by one. `$old.part` holds what is on its way; it gets
# its own name `$old` by one rename when the last entry is out, and loses it by one rename before the first comes back.
# So `$old` means: what lies in the data directory is the copy's; `$old.part` or neither: it is the old data's.
part=$old.part

# entries DIRECTORY ACTION...: ACTION for every entry, but the console's own folder and the file system's.
entries() {
  directory=$1
  shift
  for entry in "$directory"/* "$directory"/.[!.]* "$directory"/..?*; do
    there "$entry" || continue
    case ${entry##*/} in "$inside" | lost+found) continue ;; esac
    "$@" "$entry" || return
  done
}
is_entry() { false; }
has_entries() { ! entries "$1" is_entry; }

# move_all FROM TO out|in: every entry of FROM into TO; `global` goes out first and comes in last, so that no server can
# start on a part.
move_all() {
  target=$2
  entries "$1" need_room
  if [ "$3" = out ] && there "$1/global"; then move "$1/global" "$target/global"; fi
  entries "$1" move_entry
  if there "$1/global"; then move "$1/global" "$target/global"; fi
}
need_room() { ! there "$target/${1##*/}" || fail "$target/${1##*/} is there already; $1 was not moved"; }
move_entry() { [ "${1##*/}" = global ] || move "$1" "$target/${1##*/}"; }

# A file system that is mounted below cannot be renamed: seen before anything is moved.
need_movable() {
  number=$(stat -c %d "$data")
  entries "$data" need_movable_entry
  if grep -qF -e " $data/" /proc/self/mounts; then
    fail "something is mounted below $data: its entries cannot be renamed; nothing was moved"
  fi
}
need_movable_entry() {
  [ ! -L "$1" ] || return 0
  [ "$(stat -c %d "$1")" = "$number" ] || fail "$1 is mounted on its own; nothing was moved"
  # A folder's rename writes its entry `..`, so it must be its mover's to write.
  [ -z "$hand" ] || [ ! -d "$1" ] || $hand test -w "$1" || fail "$1 is not $os_user's: give it away; nothing was moved"
}

# remove_empty DIRECTORY: `lost+found` of a copied file system may be left in it.
remove_empty() {
  ! has_entries "$1" || fail "$1 still holds files"
  [ ! -d "$1/lost+found" ] || $hand rmdir "$1/lost+found"
  $hand rmdir "$1" || fail "cannot remove the empty $1"
}

swap_in() {
  need_place
  need_nobody "$data" "$new" "$old" "$part"
  choose_hand "$data"
  if there "$old" && there "$part"; then fail "$old and $part are both there; nothing was moved"; fi
  if ! there "$old"; then
    whole "$new" || fail "$new is not there or is no whole copy; nothing was moved"
    need_settings "$new"
    need_one_file_system "$data" "$new"
    need_movable
    own_folder "$part"
    move_all "$data" "$part" out
    settle "$data" "$part"
    move "$part" "$old"
  fi
  need_settings "$new" "$data"
  if there "$new"; then
    if there "$new/global"; then move_all "$new" "$data" in; fi
    remove_empty "$new"
  fi
  whole "$data" || fail "$data holds no whole database: the copy is lost; move the old data back"
  finish_data
  printf '%s is the copy now; the old data are in %s\n' "$data" "$old"
}

swap_back() {
  need_place
  need_nobody "$data" "$new" "$old" "$part"
  choose_hand "$data"
  if there "$old" && there "$part"; then fail "$old and $part are both there; nothing was moved"; fi
  if there "$old"; then
    need_no_primary "$data"
    need_movable
    own_folder "$new"
    move_all "$data" "$new" out
    settle "$data" "$new"
    move "$old" "$part"
  fi
  if there "$part"; then
    move_all "$part" "$data" in
    remove_empty "$part"
  fi
  settle "$data"
  printf '%s is as it was\n' "$data"
}
