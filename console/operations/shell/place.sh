# The directories of a copy. The data directory is the database user's own, and so may its parent be: that user could
# plant links there. Root follows none, and what it can it does as that user, with no more rights than a link's planter.

# need_no_link PATH...: none of them is a link.
need_no_link() {
  for named; do
    [ ! -L "$named" ] || fail "$named is a link, which no run made: look at it, and remove it; nothing was done"
  done
}

# choose_hand DIRECTORY: its entries are changed by `$hand COMMAND...`. Where the database's user may not write, nobody
# but root can have planted a link.
choose_hand() { if may_write "$1"; then hand=as_database; else hand=; fi; }
may_write() { as_database test -w "$1/."; }

# own_folder DIRECTORY: there, the database user's, mode 0700.
own_folder() {
  need_no_link "$1"
  if may_write "$(dirname "$1")"; then
    [ -d "$1" ] || as_database mkdir "$1" || fail "cannot make $1"
  else
    [ -d "$1" ] || mkdir "$1" || fail "cannot make $1"
    chown -h "$user_id:$group_id" "$1" || fail "cannot give $1 to $os_user"
  fi
  as_database chmod 0700 "$1" || fail "$1 is not $os_user's: its mode cannot be set"
}

# is_mounted DIRECTORY: it is a mount point. It is on another device than its parent; a bind mount of the same device is
# only in the list of mounts, where a blank is written as its octal number.
is_mounted() {
  [ -d "$1" ] || return
  [ "$(stat -c %d "$1/.")" = "$(stat -c %d "$1/..")" ] || return 0
  while read -r from at rest; do
    case $at in *\\*) at=$(printf '%b' "$at") ;; esac
    [ "$at" != "$1" ] || return 0
  done <"$mounts"
  return 1
}

# need_place: the data directory's disk is there, and lies as the plan saw it.
need_place() {
  need_no_link "$data" ${inside:+"$data/$inside" "$data/$inside/$run"} "$new" "$old" "$old.part"
  if is_mounted "$data"; then
    [ -n "$inside" ] || fail "$data is a mount point now and was none when this was planned: plan anew; nothing was done"
  else
    [ -z "$inside" ] || fail "the file system of $data is not mounted: mount it first; nothing was done"
  fi
  [ "$device" = 0 ] || need_device
}

# Numbers may change at a boot: another one counts only where no database lies, as in the directory below a mount point.
need_device() {
  present=$data
  [ -d "$present" ] || present=$(dirname "$data")
  found=$(stat -c %d "$present/.") || fail "cannot look at $present; nothing was done"
  if [ "$found" != "$device" ] && ! holds_database "$data" "$new" "$old" "$old.part"; then
    fail "$data lies on another device ($found) than when this was planned ($device), and no database is there:" \
      "is its file system not mounted? mount it; where only a boot has numbered it anew, plan anew; nothing was done"
  fi
}
holds_database() {
  for named; do
    [ ! -s "$named/PG_VERSION" ] || return 0
  done
  return 1
}

# need_no_primary DIRECTORY: no server has written there as a primary. postmaster.opts tells that one was started, since a
# base backup leaves it out; then the control file's state, 4 bytes at 16 in every version (pg_control.h, DBState): shut
# down (1), shutting down (3), in crash recovery (4) and in production (6) are a primary's, 2 and 5 a standby's.
need_no_primary() {
  [ -e "$1/postmaster.opts" ] && there "$1/global/pg_control" || return 0
  state=$(od -A n -t u4 -j 16 -N 4 "$1/global/pg_control" 2>/dev/null | tr -d ' \n')
  case $state in
  0 | 2 | 5) ;;
  1 | 3 | 4 | 6) fail "$1 has been a primary since: it may hold commits that exist nowhere else; nothing was done" ;;
  *) fail "$1 has been started since, and whether as a primary cannot be read (state '$state'); nothing was done" ;;
  esac
}
