# Who uses a directory. A server and all its children work in its data directory, and /proc/PID/cwd is that very
# directory whatever it is called by now: a left-over postmaster.pid, or one whose number another process has, says
# nothing.

# find_server: `server` is the postmaster that runs on $data; status 1 where none does.
find_server() {
  server=
  [ -r "$data/postmaster.pid" ] && read -r server <"$data/postmaster.pid"
  server=${server#-}
  case $server in '' | *[!0-9]*) server= ;; esac
  [ -n "$server" ] && [ "/proc/$server/cwd" -ef "$data" ] || {
    server=
    return 1
  }
}

# find_process_in DIRECTORY...: `process` is one that works in one of them; status 1 where none does.
find_process_in() {
  for process in /proc/[0-9]*; do
    for directory; do
      if [ "$process/cwd" -ef "$directory" ]; then
        process=${process#/proc/}
        return 0
      fi
    done
  done
  return 1
}

# find_orphan: `process` is a server process that outlived its postmaster.
find_orphan() {
  for process in /proc/[0-9]*; do
    if [ "$process/cwd" -ef "$data" ]; then
      process=${process#/proc/}
      case $(process_name "$process") in postgres* | */postgres* | */postmaster*) return 0 ;; esac
    fi
  done
  return 1
}

process_name() { 2>/dev/null tr '\000' ' ' <"/proc/$1/cmdline" | head -c 200; }

# need_unused DIRECTORY...: fails where a process works in one of them.
need_unused() {
  ! find_process_in "$@" ||
    fail "process $process ($(process_name "$process")) works in $directory: end it first; nothing was moved or removed"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  remaining=$1
  shift
  until "$@"; do
    [ "$remaining" -gt 0 ] || return 1
    remaining=$((remaining - 1))
    sleep 1
  done
}
