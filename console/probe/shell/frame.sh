# The frame: what every section has in common (time, deadline, size, status, masking). Read-only by construction:
# no redirection into a file anywhere, no here-documents (bash keeps those in /tmp), no temporary files.
# Sections run in subshells; only vmdb_probe and what it remembers runs in the resident shell itself.

VMDB_NEWLINE='
'
VMDB_LIMIT=262144
VMDB_MUCH=$((VMDB_LIMIT * 16))
VMDB_ROOM=65536
VMDB_FLOODED='printed more than the probe takes'
VMDB_READY=
VMDB_TOOLS_SEEN=
vmdb_tight=

# Centiseconds since boot into vmdb_clock. No fork: `read` is a builtin. "08" would be a bad octal number.
vmdb_now() {
  vmdb_up=
  read -r vmdb_up vmdb_idle </proc/uptime
  vmdb_fraction=${vmdb_up#*.}
  vmdb_clock=$((${vmdb_up%%.*} * 100 + ${vmdb_fraction#0}))
}

# vmdb_probe NUMBER DEADLINE_SECONDS SECTION...: the whole report, written at once.
#
# All sections run in one subshell that has room for VMDB_ROOM KiB more than the shell, and no more: a command without an
# end costs the host that memory, until the shell that reads it ends and the command gets SIGPIPE. Then each section is
# asked again in a subshell of its own, so that only the one that floods is lost.
vmdb_probe() {
  vmdb_number=$1
  vmdb_now
  vmdb_probe_end=$((vmdb_clock + ${2%%.*} * 100))
  shift 2
  VMDB_CONTROL= vmdb_exec=
  {
    [ -n "$VMDB_READY" ] || { vmdb_setup </dev/null && vmdb_setup_room; }
    for vmdb_section in "$@"; do
      vmdb_remember "$vmdb_section"
    done
    (vmdb_bound && vmdb_report_of "$@") || vmdb_report_one_by_one "$@"
  } 2>/dev/null
}

vmdb_report_of() {
  vmdb_report="VMDB-BEGIN $VMDB_NONCE $vmdb_number $VMDB_VERSION$VMDB_NEWLINE"
  for vmdb_section in "$@"; do
    vmdb_one "$vmdb_section"
  done
  printf '%sVMDB-END %s %s\n' "$vmdb_report" "$VMDB_NONCE" "$vmdb_number"
}

vmdb_report_one_by_one() {
  printf 'VMDB-BEGIN %s %s %s\n' "$VMDB_NONCE" "$vmdb_number" "$VMDB_VERSION"
  for vmdb_section in "$@"; do
    vmdb_alone "$vmdb_section" || vmdb_alone_flooded "$vmdb_section"
  done
  printf 'VMDB-END %s %s\n' "$VMDB_NONCE" "$vmdb_number"
}

# vmdb_alone SECTION: one section in a bounded subshell, written when it is whole.
vmdb_alone() {
  (vmdb_bound && vmdb_report= && vmdb_one "$1" && printf '%s' "$vmdb_report")
}

# Its subshell was lost: said in its place.
vmdb_alone_flooded() {
  vmdb_begin "$1"
  vmdb_flooded
  printf 'VMDB-SECTION %s %s\n%s\n' "$VMDB_NONCE" "$1" "$vmdb_captured"
}

# What must stay in the resident shell: remembered there, before the sections run in subshells.
vmdb_remember() {
  case $1 in
  scripts) vmdb_begin "$1" && vmdb_remember_scripts ;;
  firewall) vmdb_begin "$1" && vmdb_remember_tables ;;
  tools) case $VMDB_TOOLS_SEEN in '' | *@@later*) VMDB_TOOLS_SEEN= && VMDB_TOOLS_SEEN=$(vmdb_alone tools) ;; esac ;;
  esac
}

# The limit of address space (KiB) for shells that read what commands print: /proc tells what this one has by itself.
vmdb_setup_room() {
  VMDB_TIGHT=
  VMDB_SPACE=$(ulimit -S -v) || return 0
  while read -r vmdb_word vmdb_size vmdb_idle; do
    [ "$vmdb_word" != VmSize: ] || VMDB_TIGHT=$((vmdb_size + VMDB_ROOM))
  done </proc/self/status
  case $VMDB_SPACE in
  '' | *[!0-9]*) ;;
  *) [ "$VMDB_SPACE" -gt "${VMDB_TIGHT:-0}" ] || VMDB_TIGHT= ;;
  esac
}

# In a subshell: from here on it may not grow; where there is no such limit, nothing holds it. bash says that it cannot
# allocate; dash 0.5.12 recurses in its own error message until it is killed by SIGSEGV: that must leave no core file.
vmdb_bound() {
  vmdb_tight=$VMDB_TIGHT
  [ -n "$vmdb_tight" ] || return 0
  ulimit -S -c 0
  ulimit -S -v "$vmdb_tight" || :
}

# For commands that such a subshell runs: the limit that the login has.
vmdb_unbound() {
  [ -z "$vmdb_tight" ] || ulimit -S -v "$VMDB_SPACE" || :
}

# vmdb_begin SECTION: its name, argument and deadline.
vmdb_begin() {
  vmdb_name=${1%%:*}
  vmdb_argument=
  case $1 in *:*) vmdb_argument=${1#*:} ;; esac
  case $vmdb_name in *[!a-z_]* | '') vmdb_name=unknown ;; esac
  vmdb_now
  vmdb_section_seconds
  vmdb_section_end=$((vmdb_clock + vmdb_seconds * 100))
  [ "$vmdb_section_end" -le "$vmdb_probe_end" ] || vmdb_section_end=$vmdb_probe_end
}

# One section, appended to vmdb_report. What it prints on fd 3 is the payload; its stderr becomes the reason.
vmdb_one() {
  vmdb_begin "$1"
  if [ "$vmdb_name" = tools ] && [ -n "$VMDB_TOOLS_SEEN" ]; then
    vmdb_report=$vmdb_report$VMDB_TOOLS_SEEN$VMDB_NEWLINE
    return
  fi
  # Only a shell that ran out of room does not come to its end, which is the status line.
  vmdb_captured=$(vmdb_capture 3>&1) && [ "${#vmdb_captured}" -le "$VMDB_MUCH" ] || vmdb_flooded
  [ "${#vmdb_captured}" -le $((VMDB_LIMIT + 2000)) ] || vmdb_cut
  case $vmdb_captured in
  *[Pp][Aa][Ss][Ss]* | *://* | *[Ss][Ee][Cc][Rr][Ee][Tt]* | *[Tt][Oo][Kk][Ee][Nn]*)
    vmdb_captured=$(vmdb_unbound && printf '%s\n' "$vmdb_captured" | vmdb_mask)
    ;;
  esac
  [ "$vmdb_name" != sql ] || vmdb_remember_control "$vmdb_captured"
  vmdb_report="${vmdb_report}VMDB-SECTION $VMDB_NONCE $1$VMDB_NEWLINE$vmdb_captured$VMDB_NEWLINE"
}

# Runs in the outer subshell: the section's stdout goes to fd 3 at once, its stderr is kept, then the status line.
vmdb_capture() {
  vmdb_began=$vmdb_clock
  if [ $((vmdb_probe_end - vmdb_clock)) -lt 20 ]; then
    vmdb_error='not looked at: the time for this probe was over'
    vmdb_status=124
  else
    vmdb_error=$(vmdb_run_section 2>&1 >&3 3>&- </dev/null)
    vmdb_status=$?
  fi
  vmdb_now
  vmdb_reason_of
  printf '\nVMDB-STATUS %s %s rc=%s ms=%s%s' "$VMDB_NONCE" "$vmdb_name" "$vmdb_status" \
    $(((vmdb_clock - vmdb_began) * 10)) "${vmdb_error:+ reason=$vmdb_error}" >&3
}

vmdb_run_section() {
  if [ "$vmdb_name" = unknown ] || ! command -v "vmdb_section_$vmdb_name" >/dev/null; then
    vmdb_fail 127 'this probe has no such section'
    return
  fi
  "vmdb_section_$vmdb_name" "$vmdb_argument"
}

# The reason: the first line that says something; a killed command says nothing itself.
vmdb_reason_of() {
  [ "${#vmdb_error}" -le "$VMDB_MUCH" ] || vmdb_error=$VMDB_FLOODED
  [ "${#vmdb_error}" -le 4000 ] || vmdb_error=$(printf '%s' "$vmdb_error" | head -c 4000)
  while :; do
    case $vmdb_error in "$VMDB_NEWLINE"*) vmdb_error=${vmdb_error#?} ;; *) break ;; esac
  done
  vmdb_error=${vmdb_error%%"$VMDB_NEWLINE"*}
  case $vmdb_status$vmdb_error in
  *': Out of space' | *alloc:*'cannot allocate '* | 139) vmdb_error=$VMDB_FLOODED ;;
  esac
  case $vmdb_status in
  124 | 137)
    [ -n "$vmdb_error" ] || vmdb_error="timed out after $(((vmdb_clock - vmdb_began + 50) / 100)) s"
    ;;
  esac
}

# A flood: nothing of it is kept.
vmdb_flooded() {
  vmdb_began=$vmdb_clock
  vmdb_now
  vmdb_captured="${VMDB_NEWLINE}VMDB-STATUS $VMDB_NONCE $vmdb_name rc=1 ms=$(((vmdb_clock - vmdb_began) * 10))"
  vmdb_captured="$vmdb_captured truncated=1 reason=$VMDB_FLOODED"
}

# More than the limit: the beginning, and the status line.
vmdb_cut() {
  vmdb_captured=$(
    printf '%s\n' "$vmdb_captured" | head -c "$VMDB_LIMIT"
    printf '\n'
    printf '%s\n' "$vmdb_captured" | tail -n 1 | sed 's/ ms=[0-9]*/& truncated=1/'
  )
}

# Seconds that a section may take when the probe's deadline leaves it as much.
vmdb_section_seconds() {
  case $vmdb_name in
  wal_end | commits) vmdb_seconds=60 ;;
  layout) vmdb_seconds=25 ;;
  archive) vmdb_seconds=10 ;;
  tools | disks | segment) vmdb_seconds=8 ;;
  log | configuration | boot | cib | ui | history) vmdb_seconds=5 ;;
  *) vmdb_seconds=3 ;;
  esac
}

# vmdb_fail RC REASON...: say why and return RC.
vmdb_fail() {
  vmdb_code=$1
  shift
  printf '%s\n' "$*" >&2
  return "$vmdb_code"
}

# vmdb_bounded SECONDS COMMAND...: killed after SECONDS or at the section's deadline, whichever comes first.
# With vmdb_exec=exec the subshell becomes the command (nothing follows it there): one fork less.
vmdb_bounded() {
  vmdb_seconds=$1
  shift
  vmdb_now
  vmdb_left=$(((vmdb_section_end - vmdb_clock + 99) / 100))
  [ "$vmdb_left" -ge 1 ] || return 124
  [ "$vmdb_seconds" -le "$vmdb_left" ] || vmdb_seconds=$vmdb_left
  vmdb_unbound
  case $VMDB_TIMEOUT in
  kill-after) $vmdb_exec timeout -k 1 "$vmdb_seconds" "$@" ;;
  plain) $vmdb_exec timeout -s KILL "$vmdb_seconds" "$@" ;;
  *) vmdb_watched "$@" ;;
  esac
  vmdb_bounded_status=$?
  [ -z "$vmdb_tight" ] || vmdb_bound
  return "$vmdb_bounded_status"
}

# Where there is no timeout(1): a watchdog that sleeps in steps, so that it never outlives the command by long. setsid
# makes the command a process group of its own, so that its children end with it.
vmdb_watched() {
  vmdb_group=
  if command -v setsid >/dev/null; then
    setsid "$@" &
    vmdb_group=-
  else
    "$@" &
  fi
  vmdb_child=$!
  (
    while [ "$vmdb_seconds" -gt 0 ] && kill -0 "$vmdb_child"; do
      sleep 1
      vmdb_seconds=$((vmdb_seconds - 1))
    done
    kill -9 "$vmdb_group$vmdb_child"
  ) >/dev/null 2>&1 &
  vmdb_watchdog=$!
  wait "$vmdb_child"
  vmdb_code=$?
  kill "$vmdb_watchdog" 2>/dev/null
  return "$vmdb_code"
}

# vmdb_limited BYTES COMMAND...: at most BYTES of its output; the command's own status (a pipeline's would be head's).
# No pattern is ever matched against long text here: dash needs quadratic time for that.
vmdb_limited() {
  vmdb_bytes=$1
  shift
  {
    vmdb_code=$(
      { { "$@" 4>&- 5>&-; printf '%s' "$?" >&4; } | head -c "$vmdb_bytes" >&5 4>&-; } 4>&1
    )
  } 5>&1
  [ "$vmdb_code" != 141 ] || vmdb_code=0 # it was cut
  return "${vmdb_code:-1}"
}

# vmdb_absent PATH: true only where PATH is provably not there (the nearest existing directory may be searched).
vmdb_absent() {
  [ ! -e "$1" ] && [ ! -L "$1" ] || return 1
  vmdb_parent=${1%/*}
  while [ -n "$vmdb_parent" ] && [ ! -d "$vmdb_parent" ]; do
    vmdb_parent=${vmdb_parent%/*}
  done
  [ -x "${vmdb_parent:-/}" ]
}

# What we are not allowed to see, said with the reason.
vmdb_cannot_read() {
  if [ "$VMDB_UID" = 0 ]; then
    vmdb_fail 1 "cannot read $1"
  else
    vmdb_fail 77 "not root: cannot read $1"
  fi
}

# Passwords never leave the host: conninfo, key=value, SQL, URIs, XML attributes, command-line options.
# A value may be 'quoted' (with \' or ''), ''quoted in a quoted setting'', "quoted", or bare; in a bare value outside
# XML and JSON even a double quote belongs to it.
vmdb_mask() {
  sed -r \
    -e "s/($VMDB_SECRET_KEY)([[:space:]]*[=:][[:space:]]*)('([^'\\\\]|\\\\.|'')*('|\$)|''([^'\\\\]|\\\\.)*('')|\"([^\"\\\\]|\\\\.)*(\"|\$))/\\1\\3***/g" \
    -e "/^[[:space:]]*<|\\{\"/!s/($VMDB_SECRET_KEY)([[:space:]]*[=:][[:space:]]*)([^[:space:]'\"]|'')([^[:space:]']|'')*/\\1\\3***/g" \
    -e "s/($VMDB_SECRET_KEY)([[:space:]]*[=:][[:space:]]*)([^[:space:]'\"\\\\]|\\\\.|'')+/\\1\\3***/g" \
    -e "s/([Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd][[:space:]]+)([EeUu]?&?'([^'\\\\]|\\\\.|'')*('|\$)|\\\$[^[:space:]]*)/\\1'***'/g" \
    -e "s/(--[Pp][Aa][Ss][Ss]([Ww][Oo][Rr][Dd]|[Ww][Dd])?[[:space:]]+)[^-[:space:]][^[:space:]]*/\\1***/g" \
    -e "s|(://[^:/@[:space:]]*):[^@[:space:]]*@|\\1:***@|g" \
    -e "s/(name=\"[^\"]*$VMDB_SECRET_WORD[^\"]*\"[^>]*value=\")[^\"]*/\\1***/g" \
    -e "s/(value=\")[^\"]*(\"[^>]*name=\"[^\"]*$VMDB_SECRET_WORD[^\"]*\")/\\1***\\2/g"
}

VMDB_SECRET_KEY='[Pp][Aa][Ss][Ss]([Ww][Oo][Rr][Dd]|[Ww][Dd]|[Pp][Hh][Rr][Aa][Ss][Ee])|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]'
VMDB_SECRET_WORD='([Pp][Aa][Ss][Ss]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn])'
