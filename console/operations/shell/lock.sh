# PGSQL.lock. A rename keeps its time, so that one that is put back can be judged again. -T: its folder is the database
# user's, and a link of that name is replaced, not followed.
set_lock_aside() {
  if there "$path"; then
    found=$(stat -c %Y "$path") || fail "cannot look at $path"
    [ "$found" = "$modified" ] ||
      fail "$path is another one than was judged: it is of $(date -d "@$found" 2>/dev/null || echo "$found"); left alone"
    mv -f -T "$path" "$path$suffix" || fail "cannot rename $path"
  else
    there "$path$suffix" || fail "$path is not there any more, and none is aside: look again"
  fi
  printf '%s is aside\n' "$path"
}

put_lock_back() {
  if there "$path"; then
    rm -f "$path$suffix"
  else
    there "$path$suffix" || fail "neither $path nor $path$suffix is there"
    mv -n -T "$path$suffix" "$path" || fail "cannot rename $path$suffix"
  fi
  printf '%s is there\n' "$path"
}
