# find_instance: `process` is one that runs the script $path: as its program, or as an argument of a shell (cron's
# `sh -c PATH` too). It is an argument of its own there, never only a part of one as in this operation's own text.
find_instance() {
  for found in $(grep -lsF -e "$path" /proc/[0-9]*/cmdline); do
    process=${found#/proc/}
    process=${process%/cmdline}
    words=$(2>/dev/null tr '\000' '\n' <"$found" | head -n 3)
    case ${words%%"$newline"*} in "$path" | sh | *[/-]sh | *bash | *dash | *ksh) ;; *) continue ;; esac
    if printf '%s\n' "$words" | grep -qxF -e "$path"; then return 0; fi
  done
  return 1
}
newline='
'
none_runs() { ! find_instance; }

hold_script() {
  if [ -e "$path" ]; then
    # Held before, and installed anew since: whoever did that wants the new one.
    if there "$path$suffix"; then put_held_away; fi
    mv -n -T "$path" "$path$suffix" && ! there "$path" || fail "cannot rename $path"
  elif [ ! -e "$path$suffix" ]; then
    fail "$path is not there: nothing to hold"
  fi
  wait_for 15 none_runs || fail "$path is held, but process $process still runs it: wait for its end, or end it"
  printf '%s is held\n' "$path"
}

# The script that is held goes: where the one in its place is the same, for good, else to a name of its own.
put_held_away() {
  if cmp -s "$path" "$path$suffix"; then
    rm -f "$path$suffix" || fail "cannot remove $path$suffix"
    return 0
  fi
  ! there "$path$replaced" || cmp -s "$path$replaced" "$path$suffix" ||
    fail "$path was installed anew while held, twice: keep one of $path$suffix and $path$replaced, and remove the other"
  mv -f -T "$path$suffix" "$path$replaced" || fail "cannot rename $path$suffix"
  printf '%s was installed anew meanwhile and stays; the held one is %s\n' "$path" "$path$replaced"
}

release_script() {
  if [ ! -e "$path" ]; then
    there "$path$suffix" || fail "neither $path nor $path$suffix is there"
    mv -n -T "$path$suffix" "$path" && ! there "$path$suffix" || fail "cannot rename $path$suffix"
  elif there "$path$suffix"; then
    put_held_away
  fi
  printf '%s is released\n' "$path"
}
