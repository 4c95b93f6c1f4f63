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
    mv -f "$path" "$path$suffix" || fail "cannot rename $path"
  elif [ ! -e "$path$suffix" ]; then
    fail "$path is not there: nothing to hold"
  fi
  wait_for 15 none_runs || fail "$path is held, but process $process still runs it: wait for its end, or end it"
  printf '%s is held\n' "$path"
}

release_script() {
  if [ ! -e "$path" ]; then
    there "$path$suffix" || fail "neither $path nor $path$suffix is there"
    mv -n "$path$suffix" "$path" || fail "cannot rename $path$suffix"
  elif [ -e "$path$suffix" ]; then
    if cmp -s "$path" "$path$suffix"; then
      rm -f "$path$suffix"
    else
      mv -f "$path$suffix" "$path.vmdb-replaced"
      printf '%s was installed anew meanwhile and stays; the held one is %s\n' "$path" "$path.vmdb-replaced"
    fi
  fi
  printf '%s is released\n' "$path"
}
