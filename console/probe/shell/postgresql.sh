# PostgreSQL on this host: processes, SQL, control file, data directory, files, log, archiving queue.

# `pid ppid user args`, as ps prints them. An empty list is an answer (nothing runs), unless /proc hides others' processes.
vmdb_section_processes() {
  if [ -z "$VMDB_DB_UID" ]; then
    vmdb_fail 1 "there is no user $VMDB_OS_USER"
    return
  fi
  if [ "$VMDB_UID" != 0 ] && [ "$VMDB_UID" != "$VMDB_DB_UID" ] && [ ! -r /proc/1/stat ]; then
    vmdb_cannot_read "other users' processes (/proc is mounted with hidepid)"
    return
  fi
  vmdb_family && return
  vmdb_text=$(vmdb_bounded 3 ps -ww -u "$VMDB_DB_UID" -o pid= -o ppid= -o user= -o args=)
  vmdb_code=$?
  printf '%s\n' "$vmdb_text"
  [ "$vmdb_code" -eq 0 ] || [ "$vmdb_code$vmdb_text" = 1 ]
}

# The running postmaster and its children without ps, which would read every process of the host; ps shall do it where
# the pid file or the kernel's list of children (3.5) is not there. One head for all titles: `read` would ask the kernel
# for each byte. A title is one string, padded with zeros that $( ) drops; the postmaster's words are parted by zeros.
vmdb_family() {
  [ -r "$VMDB_DATA/postmaster.pid" ] || return 1
  vmdb_first_line "$VMDB_DATA/postmaster.pid"
  vmdb_pid=$vmdb_line
  case $vmdb_pid in '' | *[!0-9]*) return 1 ;; esac
  [ -r "/proc/$vmdb_pid/task/$vmdb_pid/children" ] && vmdb_alive "$vmdb_pid" && [ "$vmdb_life" = yes ] || return 1
  vmdb_first_line "/proc/$vmdb_pid/task/$vmdb_pid/children"
  vmdb_title=$(tr '\000' ' ' <"/proc/$vmdb_pid/cmdline") && [ -n "$vmdb_title" ] || return 1
  printf '%s 1 %s %s\n' "$vmdb_pid" "$VMDB_OS_USER" "$vmdb_title"
  set --
  for vmdb_child in $vmdb_line; do set -- "$@" "/proc/$vmdb_child/cmdline"; done
  [ $# = 0 ] || vmdb_titles "$(head -v -c 4000 "$@" 2>/dev/null)"
  [ -d "/proc/$vmdb_pid" ]
}

# vmdb_titles TEXT: `pid ppid user title` a line, from what head -v prints. A process that has ended has none.
vmdb_titles() {
  vmdb_child=
  set -f
  IFS=$VMDB_NEWLINE
  for vmdb_line in $1; do
    case $vmdb_line in
    '==> /proc/'*'/cmdline <==')
      vmdb_child=${vmdb_line#*/proc/}
      vmdb_child=${vmdb_child%%/*}
      ;;
    *)
      [ -z "$vmdb_child" ] || printf '%s %s %s %s\n' "$vmdb_child" "$vmdb_pid" "$VMDB_OS_USER" "$vmdb_line"
      vmdb_child= # the name of a database may hold a line break: the title is its first line
      ;;
    esac
  done
}

# Port and socket directory as the running server wrote them, else as configured.
vmdb_socket_of_server() {
  vmdb_port=$VMDB_PORT
  vmdb_host=$VMDB_SOCKET
  if [ ! -r "$VMDB_DATA/postmaster.pid" ]; then
    # Without root: everyone may read where a socket of this port lies.
    [ -n "$VMDB_SOCKET" ] || vmdb_host=$(sed -n "s|^.* \\(/.*\\)/\\.s\\.PGSQL\\.$VMDB_PORT\$|\\1|p" /proc/net/unix)
    vmdb_host=${vmdb_host%%"$VMDB_NEWLINE"*}
    return 0
  fi
  {
    read -r vmdb_line && read -r vmdb_line && read -r vmdb_line && read -r vmdb_line && vmdb_port=$vmdb_line
    read -r vmdb_line && [ -n "$vmdb_line" ] && [ -z "$VMDB_SOCKET" ] && vmdb_host=$vmdb_line
  } <"$VMDB_DATA/postmaster.pid"
  case $vmdb_port in '' | *[!0-9]*) vmdb_port=$VMDB_PORT ;; esac
}

# One psql for all that a poll asks.
vmdb_section_sql() {
  vmdb_asked sql
}

# Reading pg_settings costs the server more than all of `sql`: a section that is asked seldom.
vmdb_section_settings() {
  vmdb_asked settings
}

# Tables that replication tests have left, or have just made.
vmdb_section_trials() {
  vmdb_asked trials
}

# vmdb_asked SECTION: the rows of its queries (vmdb_sql_text).
vmdb_asked() {
  vmdb_postgresql_environment
  if ! command -v psql >/dev/null; then
    vmdb_fail 127 'psql is not there'
    return
  fi
  vmdb_socket_of_server
  PGAPPNAME=vmdb-console PGCONNECT_TIMEOUT=2 PGOPTIONS='-c statement_timeout=2500'
  PGHOST=$vmdb_host PGPORT=$vmdb_port PSQL_HISTORY=/dev/null PGCLIENTENCODING=UTF8
  unset PGDATABASE PGUSER PGSERVICE PGPASSWORD
  [ -n "$PGHOST" ] || unset PGHOST
  export PGAPPNAME PGCONNECT_TIMEOUT PGOPTIONS PGHOST PGPORT PSQL_HISTORY PGCLIENTENCODING
  vmdb_first_line "$VMDB_DATA/PG_VERSION"
  vmdb_set_sql_number "$vmdb_line"
  if [ "$vmdb_version_number" = 0 ]; then # PG_VERSION cannot be read: the server knows
    vmdb_line=$(vmdb_psql "$VMDB_DATABASE" -c 'show server_version') || return
    vmdb_set_sql_number "$vmdb_line"
  fi
  vmdb_sql_text "$1" "$vmdb_version_number"
  vmdb_text=$(vmdb_ask "$VMDB_DATABASE" 2>&1)
  vmdb_code=$?
  case $vmdb_code$vmdb_text in
  2*'database "'*'" does not exist'*) # the pair's state can be asked in any database
    vmdb_text=$(vmdb_ask postgres 2>&1)
    vmdb_code=$?
    ;;
  esac
  vmdb_print_sql
}

# "9.2" and "9.2.2" give 902, "15" and "15.18 (Debian ...)" 1500, anything else 0.
vmdb_set_sql_number() {
  vmdb_version_number=0
  vmdb_major=${1%%[!0-9]*}
  case $vmdb_major in
  '') ;;
  9) vmdb_minor=${1#9.} vmdb_minor=${vmdb_minor%%[!0-9]*} && vmdb_version_number=$((900 + ${vmdb_minor:-0})) ;;
  *) [ "${#vmdb_major}" -gt 3 ] || vmdb_version_number=$((vmdb_major * 100)) ;;
  esac
}

vmdb_psql() {
  vmdb_database=$1
  shift
  vmdb_as_database 3 psql -X -A -t -q -w -d "$vmdb_database" "$@"
}

vmdb_ask() {
  printf '%s\n' "$vmdb_query" | { vmdb_exec=exec && vmdb_psql "$1" -v VERBOSITY=terse -f -; }
}

# Our rows to stdout, psql's errors to stderr: they become the reason, also beside rows (seen in part).
vmdb_print_sql() {
  case $vmdb_text in
  *psql:* | *ERROR:* | *FATAL:* | *WARNING:*)
    printf '%s\n' "$vmdb_text" | grep -v '^[a-z]* {.*}$' | sed 's/^psql:<stdin>:[0-9]*: //' >&2
    printf '%s\n' "$vmdb_text" | grep '^[a-z]* {.*}$'
    ;;
  *) printf '%s\n' "$vmdb_text" ;;
  esac
  return "$vmdb_code"
}

# The control file as this probe's section `sql` has just read it, if it did: then no process is needed for it. What
# answered must be the server that works in this data directory, since another one has another control file.
vmdb_remember_control() {
  VMDB_CONTROL=
  [ "${#1}" -le 16384 ] || return 0 # the next line needs quadratic time in dash
  VMDB_CONTROL=${1#*"$VMDB_NEWLINE"}
  VMDB_CONTROL=${VMDB_CONTROL%%"$VMDB_NEWLINE"*}
  case $VMDB_CONTROL in 'control {'*'}') ;; *) VMDB_CONTROL= ;; esac
  vmdb_first_line "$VMDB_DATA/postmaster.pid"
  case $vmdb_line in '' | *[!0-9]*) VMDB_CONTROL= ;; esac
  [ "/proc/$vmdb_line/cwd" -ef "$VMDB_DATA" ] || VMDB_CONTROL=
}

vmdb_section_controldata() {
  if [ -n "$VMDB_CONTROL" ]; then
    printf '%s\n' "$VMDB_CONTROL"
    return
  fi
  vmdb_postgresql_environment
  if ! command -v pg_controldata >/dev/null; then
    vmdb_fail 127 'pg_controldata is not there'
    return
  fi
  if [ ! -r "$VMDB_DATA/global/pg_control" ] && ! vmdb_absent "$VMDB_DATA/global/pg_control"; then
    vmdb_cannot_read "$VMDB_DATA/global/pg_control"
    return
  fi
  vmdb_bounded 3 pg_controldata "$VMDB_DATA"
}

# The data directory, its signal files, postmaster.pid, and PGSQL.lock in the agent's tmpdir.
vmdb_section_data() {
  for vmdb_file in "$VMDB_DATA/PG_VERSION" "$VMDB_TMP/PGSQL.lock"; do
    if [ ! -e "$vmdb_file" ] && ! vmdb_absent "$vmdb_file"; then
      vmdb_cannot_read "$vmdb_file"
      return
    fi
  done
  printf 'path %s\n' "$VMDB_DATA"
  [ ! -L "$VMDB_DATA" ] || printf 'link %s\n' "$(readlink "$VMDB_DATA")"
  vmdb_first_line "$VMDB_DATA/PG_VERSION"
  [ ! -e "$VMDB_DATA/PG_VERSION" ] || printf 'version %s\n' "$vmdb_line"
  for vmdb_file in recovery.conf recovery.done standby.signal recovery.signal backup_label promote fallback_promote; do
    [ ! -e "$VMDB_DATA/$vmdb_file" ] || printf 'file %s\n' "$vmdb_file"
  done
  set -- "$VMDB_DATA" "$VMDB_DATA/PG_VERSION" "$VMDB_TMP/PGSQL.lock"
  stat -L -c 'stat %U %a %s %Y %n' "$@" 2>/dev/null
  vmdb_postmaster_pid
  vmdb_recovery_settings
}

# postmaster.pid, line by line, and whether that pid is a postgres that works in this data directory.
vmdb_postmaster_pid() {
  [ -e "$VMDB_DATA/postmaster.pid" ] || return 0
  vmdb_pid=
  {
    read -r vmdb_pid
    printf 'pidfile %s\n' "$vmdb_pid"
    while read -r vmdb_line; do printf 'pidfile %s\n' "$vmdb_line"; done
  } <"$VMDB_DATA/postmaster.pid"
  vmdb_pid=${vmdb_pid#-}
  case $vmdb_pid in '' | *[!0-9]*) return 0 ;; esac
  vmdb_alive "$vmdb_pid"
  printf 'alive %s\n' "$vmdb_life"
}

# vmdb_alive PID: yes, no or unknown into vmdb_life: is it a postgres, and does it work in this data directory?
vmdb_alive() {
  vmdb_life=no
  if [ ! -d "/proc/$1" ]; then
    [ "$VMDB_UID" = 0 ] || [ -r /proc/1/stat ] || vmdb_life=unknown
    return 0
  fi
  vmdb_first_line "/proc/$1/stat"
  case $vmdb_line in
  *'(postgres)'* | *'(postmaster)'* | *'(edb-postgres)'* | *'(postgres.bin)'*) ;;
  *) return 0 ;;
  esac
  [ "$VMDB_UID" = 0 ] && [ ! "/proc/$1/cwd" -ef "$VMDB_DATA" ] || vmdb_life=yes
}

# Settings that make a standby: recovery.conf up to 11, else the configuration files in the order they are read.
# The agent keeps its own in TMP/recovery.conf and includes that (DOMAIN 1.6).
vmdb_recovery_settings() {
  set -- "$VMDB_CONF/postgresql.conf"
  for vmdb_file in "$VMDB_CONF"/conf.d/*.conf "$VMDB_TMP/recovery.conf" "$VMDB_DATA/postgresql.auto.conf"; do
    [ ! -r "$vmdb_file" ] || set -- "$@" "$vmdb_file"
  done
  [ ! -e "$VMDB_DATA/recovery.conf" ] || set -- "$VMDB_DATA/recovery.conf"
  for vmdb_file in "$@"; do
    [ ! -r "$vmdb_file" ] || printf '@@%s\n' "$vmdb_file"
  done
  grep -HisE -m 60 "$VMDB_RECOVERY_KEYS" "$@" || :
}

VMDB_RECOVERY_KEYS='^[[:space:]]*(primary_conninfo|primary_slot_name|restore_command|recovery_target_timeline|standby_mode|trigger_file|promote_trigger_file|include|include_if_exists|include_dir)([[:space:]]|=)'

# vmdb_wal_directory: pg_wal, or pg_xlog up to 9.6, into vmdb_wal.
vmdb_wal_directory() {
  vmdb_wal=$VMDB_DATA/pg_wal
  [ -d "$vmdb_wal" ] || vmdb_wal=$VMDB_DATA/pg_xlog
}

# Segments that wait to be archived. The glob is a builtin: no fork as long as nothing waits.
vmdb_section_queue() {
  vmdb_wal_directory
  if [ ! -r "$vmdb_wal/archive_status" ] || [ ! -x "$vmdb_wal/archive_status" ]; then
    vmdb_cannot_read "$vmdb_wal/archive_status"
    return
  fi
  set -- "$vmdb_wal"/archive_status/*.ready
  if [ ! -e "$1" ] && [ "$1" = "$vmdb_wal/archive_status/*.ready" ]; then
    printf 'ready 0\n'
    return 0
  fi
  printf 'ready %s\noldest %s\n' "$#" "${1##*/}"
  stat -c 'modified %Y' "$1" 2>/dev/null
  return 0
}

# The newest timeline history file of pg_wal; none there is an answer: timeline 1.
vmdb_section_history() {
  vmdb_wal_directory
  if [ ! -r "$vmdb_wal" ] || [ ! -x "$vmdb_wal" ]; then
    vmdb_cannot_read "$vmdb_wal"
    return
  fi
  vmdb_newest=
  for vmdb_file in "$vmdb_wal"/????????.history; do
    [ ! -e "$vmdb_file" ] || vmdb_newest=$vmdb_file
  done
  [ -n "$vmdb_newest" ] || { printf '@@none\n'; return 0; }
  printf '@@%s\n' "${vmdb_newest##*/}"
  vmdb_bounded 2 head -c 65536 "$vmdb_newest"
}

# The configuration on disk, comments left out. Line numbers matter only in pg_hba.conf.
vmdb_section_configuration() {
  for vmdb_file in "$VMDB_CONF/postgresql.conf" "$VMDB_CONF/pg_hba.conf"; do
    [ -r "$vmdb_file" ] || { vmdb_cannot_read "$vmdb_file"; return; }
  done
  for vmdb_file in "$VMDB_CONF/postgresql.conf" "$VMDB_CONF"/conf.d/*.conf "$VMDB_DATA/postgresql.auto.conf"; do
    [ -r "$vmdb_file" ] || continue
    printf '@@conf %s\n' "$vmdb_file"
    vmdb_limited 65536 vmdb_bounded 2 grep -vE '^[[:space:]]*(#|$)' "$vmdb_file" || :
  done
  printf '@@hba %s\n' "$VMDB_CONF/pg_hba.conf"
  vmdb_limited 65536 vmdb_bounded 2 grep -nvE '^[[:space:]]*(#|$)' "$VMDB_CONF/pg_hba.conf" || :
}

# The tail of the server's log: the file, or the newest file of the directory, or Debian's.
vmdb_section_log() {
  vmdb_log=$VMDB_LOG
  if [ ! -e "$vmdb_log" ] && ! vmdb_absent "$vmdb_log"; then
    vmdb_cannot_read "$vmdb_log"
    return
  fi
  for vmdb_directory in "$VMDB_LOG" "${VMDB_LOG%/*}" "$VMDB_DATA/log" "$VMDB_DATA/pg_log" /var/log/postgresql; do
    [ ! -f "$vmdb_log" ] || break
    [ -d "$vmdb_directory" ] || continue
    if [ ! -r "$vmdb_directory" ]; then
      vmdb_cannot_read "$vmdb_directory"
      return
    fi
    # Newest first: log_filename may be anything (postgresql-%a.log).
    vmdb_log=$(cd "$vmdb_directory" && vmdb_bounded 2 ls -1td -- *.log *.log.[0-9] postgresql-* 2>/dev/null | head -n 1)
    vmdb_log=$vmdb_directory/${vmdb_log:-/none}
  done
  [ -f "$vmdb_log" ] || { vmdb_fail 2 "no server log: $VMDB_LOG is not there"; return; }
  [ -r "$vmdb_log" ] || { vmdb_cannot_read "$vmdb_log"; return; }
  vmdb_bounded 2 stat -L -c '@@%Y %n' "$vmdb_log" || return
  vmdb_bounded 3 tail -c 131072 "$vmdb_log"
}

# .pgpass: status, and how many lines have five fields. Its contents are never printed.
vmdb_section_pgpass() {
  if [ ! -e "$VMDB_PGPASS" ]; then
    if vmdb_absent "$VMDB_PGPASS"; then printf 'missing %s\n' "$VMDB_PGPASS"; else vmdb_cannot_read "$VMDB_PGPASS"; fi
    return
  fi
  vmdb_bounded 2 stat -L -c 'stat %U %a %s %Y %n' "$VMDB_PGPASS" || return
  if [ -r "$VMDB_PGPASS" ]; then
    # A field may hold an escaped colon; comments and short lines are not used by libpq.
    printf 'entries %s\n' "$(vmdb_bounded 2 grep -cE "$VMDB_PGPASS_LINE" "$VMDB_PGPASS")"
  fi
}

VMDB_PGPASS_FIELD='([^:\\]|\\.)*'
VMDB_PGPASS_LINE="^([^#:\\\\]|\\\\.)$VMDB_PGPASS_FIELD:$VMDB_PGPASS_FIELD:$VMDB_PGPASS_FIELD:$VMDB_PGPASS_FIELD:."
