# What is learned once a connection: the rights, the tools, PostgreSQL's environment. Each command is bounded.

vmdb_setup() {
  VMDB_READY=1
  LC_ALL=C
  PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export LC_ALL PATH
  vmdb_section_end=$((vmdb_clock + 500))
  VMDB_UID=$(id -u)
  VMDB_TIMEOUT=
  if timeout -k 1 5 true; then
    VMDB_TIMEOUT=kill-after
  elif timeout -s KILL 5 true; then
    VMDB_TIMEOUT=plain
  fi
  vmdb_setup_user
  vmdb_setup_environment
  vmdb_setup_configuration
  vmdb_setup_identity
  VMDB_CRM_MON=
  command -v crm_mon >/dev/null && VMDB_CRM_MON=text
  # 2.0.3 and newer know --output-as; older ones would print usage or an error (DOMAIN 2.2).
  case $VMDB_CRM_MON$(vmdb_bounded 3 crm_mon --help-all 2>&1 | head -c 20000) in text*output-as*) VMDB_CRM_MON=xml ;; esac
}

# How to become the database's user from root. setpriv comes first: it opens no PAM session, so no log line a poll.
vmdb_setup_user() {
  VMDB_AS=self
  VMDB_DB_UID=$(id -u "$VMDB_OS_USER") || VMDB_DB_UID=
  [ "$VMDB_UID" = 0 ] && [ -n "$VMDB_DB_UID" ] || return 0
  VMDB_DB_GID=$(id -g "$VMDB_OS_USER")
  # Asked once: --init-groups would ask the name service, maybe a directory server, with every poll.
  VMDB_DB_GROUPS=$(id -G "$VMDB_OS_USER" | tr ' ' ',')
  for VMDB_AS in setpriv runuser-u runuser su; do
    if vmdb_as_database 2 true; then return 0; fi
  done
  VMDB_AS=none
}

# vmdb_as_database SECONDS COMMAND...: as the database's user, or as oneself where that cannot be.
vmdb_as_database() {
  vmdb_wait=$1
  shift
  case $VMDB_AS in
  setpriv) vmdb_bounded "$vmdb_wait" setpriv --reuid "$VMDB_DB_UID" --regid "$VMDB_DB_GID" --groups "$VMDB_DB_GROUPS" "$@" ;;
  runuser-u) vmdb_bounded "$vmdb_wait" runuser -u "$VMDB_OS_USER" -- "$@" ;;
  runuser) vmdb_bounded "$vmdb_wait" runuser -s /bin/sh -c 'exec "$0" "$@"' -- "$VMDB_OS_USER" "$@" ;;
  su) vmdb_bounded "$vmdb_wait" su -s /bin/sh -c 'exec "$0" "$@"' -- "$VMDB_OS_USER" "$@" ;;
  none) vmdb_fail 1 "cannot become $VMDB_OS_USER" ;;
  *) vmdb_bounded "$vmdb_wait" "$@" ;;
  esac
}

# Whether what we test with [ -r ] or [ -w ] is tested as the database's user.
vmdb_is_database_user() {
  [ "$VMDB_UID" = 0 ] && [ "$VMDB_AS" != none ] || [ "$VMDB_UID" = "$VMDB_DB_UID" ]
}

# PATH and libraries for PostgreSQL's programs; the command prefix (scl enable ... --) is resolved once, not a poll.
vmdb_setup_environment() {
  VMDB_PG_PATH=$PATH
  VMDB_PG_LIBRARIES=${LD_LIBRARY_PATH:-}
  if [ -n "$VMDB_HAS_PREFIX" ]; then
    vmdb_environment=$(vmdb_prefixed 5 env)
    vmdb_word=$(printf '%s\n' "$vmdb_environment" | sed -n 's/^PATH=//p')
    [ -z "$vmdb_word" ] || VMDB_PG_PATH=$vmdb_word
    VMDB_PG_LIBRARIES=$(printf '%s\n' "$vmdb_environment" | sed -n 's/^LD_LIBRARY_PATH=//p')
  fi
  vmdb_major=
  [ ! -r "$VMDB_DATA/PG_VERSION" ] || read -r vmdb_major <"$VMDB_DATA/PG_VERSION"
  case $vmdb_major in '' | *[!0-9.]*) ;; *)
    VMDB_PG_PATH=$VMDB_PG_PATH:/usr/pgsql-$vmdb_major/bin:/usr/lib/postgresql/$vmdb_major/bin
    ;;
  esac
  [ -z "$VMDB_BIN" ] || VMDB_PG_PATH=$VMDB_BIN:$VMDB_PG_PATH
}

# For use inside a section (a subshell).
vmdb_postgresql_environment() {
  PATH=$VMDB_PG_PATH
  export PATH
  if [ -n "$VMDB_PG_LIBRARIES" ]; then
    LD_LIBRARY_PATH=$VMDB_PG_LIBRARIES
    export LD_LIBRARY_PATH
  fi
}

# Where postgresql.conf lies: in the data directory, or below /etc/postgresql as Debian has it.
vmdb_setup_configuration() {
  VMDB_CONF=$VMDB_DATA
  [ ! -e "$VMDB_DATA/postgresql.conf" ] || return 0
  vmdb_found=$(vmdb_bounded 2 grep -lsE "^[[:space:]]*data_directory[[:space:]]*=?[[:space:]]*'$VMDB_DATA/?'" \
    /etc/postgresql/*/*/postgresql.conf)
  vmdb_found=${vmdb_found%%"$VMDB_NEWLINE"*}
  [ -z "$vmdb_found" ] || VMDB_CONF=${vmdb_found%/*}
}
