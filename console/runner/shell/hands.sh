# How the console reaches into a host: functions only; console/runner/remote.py writes what calls them.
# Set before: HANDS_NONCE HANDS_STATE HANDS_NAME (case-folded) HANDS_MACHINE HANDS_RUN HANDS_STEP HANDS_ROOT
# HANDS_NUMBER HANDS_ATTEMPT.
# POSIX sh (dash, bash 4.1). Every name here begins with hands_, since an operation's text runs in the same shell.
# Open files: 7 the lease's lock, 8 the lock of work in progress, 9 (in a job alone) the job's own lock. Who wants 7 and
# 8 takes 7 first.

PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# What the console reads: a line of its own with the nonce, which no host and no operation knows.
hands_say() {
  printf '\nVMDB-HANDS %s %s\n' "$HANDS_NONCE" "$*"
}

# hands_main FUNCTION NONCE, the last line of the text: with less than the whole line the nonce is not the same.
hands_main() {
  [ "$2" = "$HANDS_NONCE" ] || exit 1
  hands_say shell "$$"
  cd / || exit 1
  if [ "$HANDS_ROOT" = 1 ] && hands_user=$(id -u) && [ "$hands_user" != 0 ]; then
    hands_say refused root "$hands_user"
  elif hands_identity; then
    "$1"
  fi
  hands_say end
}

# hands_first_line FILE: its first line into hands_line, empty where it cannot be read. No fork.
hands_first_line() {
  hands_line=
  [ ! -r "$1" ] || { read -r hands_line <"$1" || :; } 2>/dev/null
}

# Is this the host that is meant? Its name as diagnosis H07 compares it; the machine-id where one is expected.
hands_identity() {
  hands_full_name
  if ! hands_same_name "$hands_host"; then
    hands_say refused name "$hands_host"
    return 1
  fi
  [ -n "$HANDS_MACHINE" ] || return 0
  hands_first_line /etc/machine-id
  [ -n "$hands_line" ] || hands_first_line /var/lib/dbus/machine-id
  [ "$hands_line" != "$HANDS_MACHINE" ] || return 0
  hands_say refused machine "$hands_line"
  return 1
}

# The host's name into hands_host: `hostname -f` where that belongs to the kernel's name and is longer (as the probe's
# parser has it). It may ask a name server, so it is asked only where the kernel's name is not the wanted one already.
hands_full_name() {
  hands_first_line /proc/sys/kernel/hostname
  hands_host=$hands_line
  case $hands_host in
  *.*) [ "$hands_host" != "$HANDS_NAME" ] || return 0 ;;
  esac
  if command -v timeout >/dev/null; then
    hands_full=$(timeout 2 hostname -f 2>/dev/null)
  else
    hands_full=$(hostname -f 2>/dev/null)
  fi
  hands_fold "${hands_full%%.*}"
  hands_label=$hands_folded
  hands_fold "${hands_host%%.*}"
  if [ "$hands_label" = "$hands_folded" ] && [ "${#hands_full}" -gt "${#hands_host}" ]; then hands_host=$hands_full; fi
}

# hands_fold TEXT: in lower case into hands_folded.
hands_fold() {
  case $1 in
  *[ABCDEFGHIJKLMNOPQRSTUVWXYZ]*) hands_folded=$(printf '%s' "$1" | LC_ALL=C tr '[:upper:]' '[:lower:]') ;;
  *) hands_folded=$1 ;;
  esac
}

# A name without domain agrees by its label.
hands_same_name() {
  hands_fold "${1%.}"
  case $HANDS_NAME/$hands_folded in
  *.*/*.*) [ "$HANDS_NAME" = "$hands_folded" ] ;;
  *) [ "${HANDS_NAME%%.*}" = "${hands_folded%%.*}" ] ;;
  esac
}

# The folder that all is kept in: ours, and closed to others.
hands_state() {
  if ! hands_words=$(umask 077 && mkdir -p "$HANDS_STATE/jobs" 2>&1 && chmod 0700 "$HANDS_STATE" 2>&1) ||
    [ ! -O "$HANDS_STATE" ]; then
    hands_say refused state "${hands_words:-$HANDS_STATE belongs to another user}"
    return 1
  fi
}

# hands_lock FILE SECONDS DESCRIPTOR: hold the lock on FILE by DESCRIPTOR (7, 8 or 9), as long as it is open. An old
# flock takes no 0 for its seconds.
hands_lock() {
  case $3 in
  7) exec 7>"$1" ;;
  8) exec 8>"$1" ;;
  9) exec 9>"$1" ;;
  esac
  command -v flock >/dev/null || return 0
  case $2 in
  0) flock -n "$3" ;;
  *) flock -w "$2" "$3" ;;
  esac
}

# hands_locked FILE: does somebody hold the lock on it?
hands_locked() {
  [ -e "$1" ] && command -v flock >/dev/null && ! flock -n -s "$1" true
}

# The lease.

# The run that holds the lease into hands_holder; fails where there is no lease.
hands_holder() {
  hands_holder=
  [ -e "$HANDS_STATE/lease" ] || return 1
  while read -r hands_key hands_value; do
    [ "$hands_key" != run ] || hands_holder=$hands_value
  done <"$HANDS_STATE/lease" || return 1
}

# hands_say_lease WORD...: say it, with the lease after it.
hands_say_lease() {
  hands_say "$@"
  head -c 4096 "$HANDS_STATE/lease" 2>/dev/null
}

hands_has_lease() {
  if hands_was_taken_over; then
    hands_say refused taken-over "$hands_by"
    return 1
  fi
  hands_is_holder && return 0
  hands_say_lease refused lease
  return 1
}

hands_is_holder() {
  hands_holder && [ "$hands_holder" = "$HANDS_RUN" ]
}

# Was this run's lease ever taken over here? When, by which run and whom, into hands_by.
hands_was_taken_over() {
  hands_by=
  [ -e "$HANDS_STATE/taken-over" ] || return 1
  while read -r hands_key hands_value; do
    [ "$hands_key" != "$HANDS_RUN" ] || hands_by=$hands_value
  done <"$HANDS_STATE/taken-over"
  [ -n "$hands_by" ]
}

# Only one changes the lease at a time; where there is no flock, ln and mv alone must do.
hands_lease_lock() {
  (umask 077 && : >>"$HANDS_STATE/lease.lock") 2>/dev/null && hands_lock "$HANDS_STATE/lease.lock" 5 7 && return 0
  hands_say refused busy "$HANDS_STATE/lease.lock"
  return 1
}

# Take the lease: hands_lease are its lines, all but its times; hands_owner whose it is then; hands_instead_of the run
# that it may be taken from.
hands_take() {
  hands_state && hands_lease_lock || return
  if hands_was_taken_over; then
    hands_say refused taken-over "$hands_by"
    return
  fi
  hands_new=$HANDS_STATE/lease.$HANDS_NONCE
  hands_now=$(date +%s)
  if ! hands_words=$(umask 077 && hands_lease_text 2>&1 >"$hands_new") || [ ! -s "$hands_new" ]; then
    rm -f "$hands_new"
    hands_say refused state "${hands_words:-cannot write $hands_new}"
    return
  fi
  hands_claim
  rm -f "$hands_new"
}

hands_lease_text() {
  printf '%s\nsince %s\nrenewed %s\n' "$hands_lease" "$hands_now" "$hands_now"
}

hands_claim() {
  if ln "$hands_new" "$HANDS_STATE/lease" 2>/dev/null; then
    hands_say ours
    return
  fi
  hands_holder || :
  if [ "$hands_holder" = "$HANDS_RUN" ]; then
    hands_touch_lease
    hands_say ours
  elif [ -n "$hands_instead_of" ] && [ "$hands_holder" = "$hands_instead_of" ] && hands_idle "$hands_holder"; then
    hands_take_over
  elif [ -e "$HANDS_STATE/lease" ]; then
    hands_say_lease held
  else
    hands_say refused state "cannot link $HANDS_STATE/lease"
  fi
}

# The old lease is set aside first: of two who take it over, one finds the other's lease in his hand and puts it back.
hands_take_over() {
  hands_note_take_over || return
  hands_old=$HANDS_STATE/lease.of.$hands_instead_of.$HANDS_NONCE
  if mv -T "$HANDS_STATE/lease" "$hands_old" 2>/dev/null && hands_is_of "$hands_old" "$hands_instead_of"; then
    if ln "$hands_new" "$HANDS_STATE/lease" 2>/dev/null; then hands_say ours; else hands_say_lease held; fi
  else
    ln "$hands_old" "$HANDS_STATE/lease" 2>/dev/null
    hands_say_lease held
  fi
  rm -f "$hands_old"
}

# Noted before the lease changes hands: the old run does nothing here any more, whoever has the lease later.
hands_note_take_over() {
  hands_noted=$HANDS_STATE/taken-over
  if hands_words=$(umask 077 && hands_taken_over 2>&1 >"$hands_noted.$HANDS_NONCE") &&
    hands_words=$(mv -f -T "$hands_noted.$HANDS_NONCE" "$hands_noted" 2>&1); then
    return
  fi
  rm -f "$hands_noted.$HANDS_NONCE"
  hands_say refused state "${hands_words:-cannot write $hands_noted}"
  return 1
}

hands_taken_over() {
  { [ ! -e "$hands_noted" ] || tail -n 99 "$hands_noted"; } &&
    printf '%s %s %s %s\n' "$hands_instead_of" "$hands_now" "$HANDS_RUN" "$hands_owner"
}

hands_is_of() {
  while read -r hands_key hands_value; do
    [ "$hands_key" != run ] || [ "$hands_value" != "$2" ] || return 0
  done <"$1"
  return 1
}

# Does neither an order of whomever nor a job of the run work here? The lock is kept: none begins meanwhile.
hands_idle() {
  (umask 077 && : >>"$HANDS_STATE/work.lock") 2>/dev/null && hands_lock "$HANDS_STATE/work.lock" 0 8 || return
  for hands_folder in "$HANDS_STATE/jobs/$1".*; do
    [ ! -d "$hands_folder" ] || ! hands_running "$hands_folder" || return
  done
}

# On a disk that is full the time stays as it was: that takes the lease from nobody.
hands_touch_lease() {
  hands_now=$(date +%s)
  (umask 077 && sed "s/^renewed .*/renewed $hands_now/" "$HANDS_STATE/lease" >"$HANDS_STATE/lease.$HANDS_NONCE") &&
    [ -s "$HANDS_STATE/lease.$HANDS_NONCE" ] &&
    mv -f -T "$HANDS_STATE/lease.$HANDS_NONCE" "$HANDS_STATE/lease" && return
  rm -f "$HANDS_STATE/lease.$HANDS_NONCE"
} 2>/dev/null

# Who does not hold it is told so whatever else is wrong here: nothing is locked or written for that.
hands_renew() {
  if hands_is_holder && ! hands_was_taken_over; then
    hands_lease_lock || return
    if hands_is_holder && ! hands_was_taken_over; then
      hands_touch_lease
      hands_say ours
      return
    fi
  fi
  hands_say_lease held
}

# The jobs first: a release that was cut off still has the lease, and is done again. The locks' files stay: to remove
# one that somebody waits for would make two locks of it.
hands_release() {
  if [ -d "$HANDS_STATE" ]; then
    hands_lease_lock && hands_work_lock || return
    for hands_folder in "$HANDS_STATE/jobs/$HANDS_RUN".*; do
      [ ! -d "$hands_folder" ] || hands_running "$hands_folder" || rm -rf "$hands_folder"
    done
    rmdir "$HANDS_STATE/jobs" 2>/dev/null
    if hands_is_holder && ! rm -f "$HANDS_STATE/lease"; then
      hands_say refused state "cannot remove $HANDS_STATE/lease"
      return
    fi
  fi
  hands_say released
}

# An order.

# Only one works here at a time.
hands_work_lock() {
  if ! hands_words=$(umask 077 && : 2>&1 >>"$HANDS_STATE/work.lock"); then
    hands_say refused state "${hands_words:-cannot write in $HANDS_STATE}"
    return 1
  fi
  hands_lock "$HANDS_STATE/work.lock" 2 8 && return 0
  hands_say refused working
  return 1
}

# May the order be carried out? Asked once the lock is held, without which nobody takes the lease over or gives it back:
# it stays so until the order's end. (And before it, so that nothing is written where this run has no business.)
hands_permitted() {
  hands_has_lease && hands_work_lock && hands_identity && hands_has_lease && hands_in_turn
}

# Is the order newer than all that were carried out for this run here? One that was held up on its way may come after
# one that did the opposite. The note is written over in place: that works on a full disk, too.
hands_in_turn() {
  [ "$HANDS_NUMBER" != 0 ] || return 0
  hands_first_line "$HANDS_STATE/order"
  hands_last=${hands_line#"$HANDS_RUN "}
  case $hands_last in
  '' | *[!0-9]*) ;;
  *)
    if [ "$HANDS_NUMBER" -le "$hands_last" ]; then
      hands_say refused order "$HANDS_NUMBER" "$hands_last"
      return 1
    fi
    ;;
  esac
  (umask 077 && printf '%s %-18s\n' "$HANDS_RUN" "$HANDS_NUMBER" 1<>"$HANDS_STATE/order") 2>/dev/null
  hands_first_line "$HANDS_STATE/order"
  [ "$hands_line" != "$HANDS_RUN $HANDS_NUMBER" ] || return 0
  hands_say refused state "cannot write $HANDS_STATE/order"
  return 1
}

# The operations' output goes to a file, not through the connection: one that breaks, or a console that stands still,
# must not stop an operation in its midst, nor must a server that an operation starts hold the connection. Its length is
# not limited: a pipe that did so would be held open by such a server.
hands_perform() {
  hands_permitted || return
  hands_output=$HANDS_STATE/work.output
  if ! hands_words=$(umask 077 && rm -f "$hands_output" 2>&1 && : 2>&1 >"$hands_output"); then
    hands_say refused state "${hands_words:-cannot write $hands_output}"
    return
  fi
  hands_operations
  hands_say output "$(wc -c <"$hands_output")"
  tail -c "$HANDS_LIMIT" "$hands_output"
  rm -f "$hands_output"
}

# hands_started NUMBER / hands_ended NUMBER STATUS: told as it happens; the second fails where the operation did. Where
# nobody listens any more before the first has started, the shell ends there (SIGPIPE) and nothing is done. Later it goes
# on: an order's operations belong together (a copy that is swapped in, and the settings that make it a standby).
hands_started() {
  hands_say started "$1"
  trap '' PIPE
}

hands_ended() {
  hands_say status "$1" "$2"
  return "$2"
}

# End what runs below the shell PID, not the shell itself, which then tells how it went. By now the PID may be another
# process's, which does not hold that lock.
hands_kill() {
  ! [ "/proc/$HANDS_PID/fd/8" -ef "$HANDS_STATE/work.lock" ] || hands_end_all hands_below "$HANDS_PID"
  hands_say killed
}

# hands_below PID: all processes that descend from it, parents before their children, into hands_pids.
hands_below() {
  hands_pids=$(ps -eo pid= -o ppid= | awk -v root="$1" '
    { parent[$1] = $2 }
    END {
      for (pid in parent) {
        steps = 0
        for (up = parent[pid]; up > 1 && up != root && steps < 64; up = parent[up]) steps++
        if (up == root && pid != root) print steps, pid
      }
    }' | sort -n | cut -d ' ' -f 2 | tr '\n' ' ')
}

# hands_end_all LISTER...: TERM to all that it lists into hands_pids, and KILL to those that are still there 5 s later.
# Parents come first: a shell whose child is ended before itself would go on with its next command, or tell that all
# went well. (To stop all of them first is no way: runuser then stops itself.) Listed twice, for what forks meanwhile.
hands_end_all() {
  hands_found=
  for hands_round in 1 2; do
    "$@"
    hands_found="$hands_found $hands_pids"
    # shellcheck disable=SC2086
    [ -z "$hands_pids" ] || kill -TERM $hands_pids 2>/dev/null
  done
  hands_pids=$hands_found
  hands_wait=0
  while [ "$hands_wait" -lt 50 ] && hands_any_lives; do
    sleep 0.1
    hands_wait=$((hands_wait + 1))
  done
  # shellcheck disable=SC2086
  ! hands_any_lives || kill -KILL $hands_living 2>/dev/null
}

# Those of hands_pids that live into hands_living; a process that has ended but not been waited for does not.
hands_any_lives() {
  hands_living=
  for hands_pid in $hands_pids; do
    if hands_born_at "$hands_pid"; then hands_living="$hands_living $hands_pid"; fi
  done
  [ -n "$hands_living" ]
}

# Jobs.

# hands_born_at PID: its start time (field 22 of /proc/PID/stat) into hands_born; fails where it does not live.
hands_born_at() {
  hands_born=
  hands_first_line "/proc/$1/stat"
  # shellcheck disable=SC2086
  set -f -- ${hands_line##*)}
  set +f
  [ $# -ge 20 ] || return 1
  case $1 in Z | X) return 1 ;; esac
  shift 19
  hands_born=$1
}

# hands_leader FOLDER: does the job's own shell live? Its pid may be another process's by now; its birth tells.
hands_leader() {
  hands_first_line "$1/pid"
  # shellcheck disable=SC2086
  set -f -- $hands_line
  set +f
  [ $# = 3 ] || return 1
  case $1$2 in *[!0-9]*) return 1 ;; esac
  hands_job_pid=$1
  hands_first_line /proc/sys/kernel/random/boot_id
  [ "$3" = "$hands_line" ] && hands_born_at "$1" && [ "$2" = "$hands_born" ]
}

# An orphan whose shell was killed still counts: it has inherited the lock.
hands_running() {
  hands_leader "$1" || hands_locked "$1/lock"
}

# The attempt that the job's folder is of into hands_attempt, 0 where there is none.
hands_attempt_seen() {
  hands_job=$HANDS_STATE/jobs/$HANDS_RUN.$HANDS_STEP
  hands_first_line "$hands_job/attempt"
  case $hands_line in
  '' | *[!0-9]*) hands_attempt=0 ;;
  *) hands_attempt=$hands_line ;;
  esac
}

# The lock is held until the job's own shell is certain, so that no take-over slips in between.
hands_begin() {
  hands_permitted || return
  hands_attempt_seen
  hands_life=ended
  ! hands_running "$hands_job" || hands_life=running
  if [ "$hands_attempt" = "$HANDS_ATTEMPT" ] && [ "$hands_life" = running ]; then
    hands_say running
    return
  elif [ "$hands_life" = running ] || [ "$hands_attempt" -gt "$HANDS_ATTEMPT" ]; then
    hands_say refused attempt "$hands_life" "$hands_attempt"
    return
  fi
  if ! hands_words=$(umask 077 && rm -rf "$hands_job" 2>&1 && mkdir -p "$hands_job" 2>&1 &&
    printf '%s\n' "$HANDS_ATTEMPT" 2>&1 >"$hands_job/attempt" && hands_command 2>&1 >"$hands_job/command") ||
    ! tail -n 1 "$hands_job/command" | grep -q "^hands_job </dev/null $HANDS_NONCE\$"; then
    rm -rf "$hands_job"
    hands_say refused state "${hands_words:-cannot write in $hands_job}"
    return
  fi
  hands_launch &
  hands_await_pid
}

# The job's shell: a session of its own, deaf to hang-ups, with the job's lock. The lock of work is let go only then.
hands_launch() {
  umask 077
  trap '' HUP
  exec </dev/null >>"$hands_job/output" 2>&1
  hands_lock "$hands_job/lock" 2 9 || exit 1
  exec 8>&-
  exec setsid /bin/sh "$hands_job/command"
}

hands_await_pid() {
  hands_wait=0
  while [ ! -s "$hands_job/pid" ]; do
    if [ "$hands_wait" -ge 250 ]; then
      hands_say unborn
      head -c 2000 "$hands_job/output"
      return
    fi
    hands_wait=$((hands_wait + 1))
    sleep 0.02
  done
  hands_say begun
}

# What a job says is read by people.
hands_job_says() {
  hands_say() {
    case $1 in refused) printf 'refused: %s\n' "$*" ;; esac
  }
}

# Runs in the job's shell: who it is first, so that it is never taken for ended; then all that an order asks.
hands_job() {
  [ "$1" = "$HANDS_NONCE" ] || exit 1
  cd / || exit 1
  umask 077
  hands_job_says
  hands_job=$HANDS_STATE/jobs/$HANDS_RUN.$HANDS_STEP
  hands_output=$hands_job/output
  hands_born_at "$$"
  hands_first_line /proc/sys/kernel/random/boot_id
  printf '%s %s %s\n' "$$" "$hands_born" "$hands_line" >"$hands_job/pid.new" &&
    mv -f "$hands_job/pid.new" "$hands_job/pid" || exit 1
  hands_status=75
  if hands_identity && hands_has_lease; then
    hands_operations
    hands_status=$?
  fi
  printf '%s\n' "$hands_status" >"$hands_job/status.new"
  mv -f "$hands_job/status.new" "$hands_job/status"
}

hands_look() {
  hands_attempt_seen
  if [ "$hands_attempt" != "$HANDS_ATTEMPT" ]; then
    hands_say job none
    return
  fi
  if hands_running "$hands_job"; then hands_life=running; else hands_life=ended; fi
  hands_first_line "$hands_job/status"
  hands_say job "$hands_life" "${hands_line:--}"
  [ ! -e "$hands_job/output" ] || hands_say output "$(wc -c <"$hands_job/output")"
  tail -c "$HANDS_LIMIT" "$hands_job/output" 2>/dev/null
}

# All processes of the job into hands_pids: its shell, what descends from it or is of its group (only where that shell
# is certain), and whatever holds its lock open.
hands_members() {
  hands_pids=
  if hands_leader "$hands_job"; then
    hands_group=$(ps -eo pid= -o pgid= | awk -v group="$hands_job_pid" '$2 == group { print $1 }' | tr '\n' ' ')
    hands_below "$hands_job_pid"
    hands_pids="$hands_job_pid $hands_pids $hands_group"
  fi
  for hands_process in /proc/[0-9]*; do
    if [ "$hands_process/fd/9" -ef "$hands_job/lock" ]; then hands_pids="$hands_pids ${hands_process#/proc/}"; fi
  done 2>/dev/null
}

# A later attempt is none of this order's business.
hands_end() {
  hands_attempt_seen
  if [ "$hands_attempt" -gt "$HANDS_ATTEMPT" ]; then
    hands_say ended
    return
  fi
  hands_end_all hands_members
  hands_wait=0
  while hands_running "$hands_job" && [ "$hands_wait" -lt 20 ]; do
    sleep 0.1
    hands_wait=$((hands_wait + 1))
  done
  if hands_running "$hands_job"; then hands_say unending; else hands_say ended; fi
}
