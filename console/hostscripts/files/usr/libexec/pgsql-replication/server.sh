# The local server and its service; what either database says it is.

# find_server: `server` is the local postmaster; status 1 where none runs. A server works in its data directory, so a
# left-over postmaster.pid whose number another process has by now is none.
find_server() {
    server=
    [ -r "$PGSQL_DATA/postmaster.pid" ] && read -r server <"$PGSQL_DATA/postmaster.pid"
    server=${server#-}
    case $server in '' | *[!0-9]*) server= && return 1 ;; esac
    [ "/proc/$server/cwd" -ef "$PGSQL_DATA" ]
}
is_running() { find_server; }
is_stopped() { ! find_server; }

# has_standby_file: what makes the next start one as a standby. It does not tell what a running server is.
has_standby_file() { [ -e "$PGSQL_DATA/standby.signal" ] || [ -e "$PGSQL_DATA/recovery.conf" ]; }

# local_socket: the options that reach the running server through its socket (lines 4 and 5 of postmaster.pid, 9.1 and newer).
local_socket() {
    port=$(sed -n 4p "$PGSQL_DATA/postmaster.pid" 2>/dev/null)
    socket=$(sed -n 5p "$PGSQL_DATA/postmaster.pid" 2>/dev/null)
    set -- -h "${socket:-/tmp}" -p "${port:-$PGSQL_PORT}" -U "$PGSQL_OS_USER"
    printf '%s\n' "$@"
}

# psql_within SECONDS OPTIONS...: unaligned, without a question for a password; nothing it waits for lasts longer.
psql_within() {
    seconds=$1
    shift
    CONNECT_TIMEOUT=$seconds as_client timeout "$seconds" env PGOPTIONS="-c statement_timeout=${seconds}s" \
        psql -X -w -A -t -q "$@" 2>/dev/null </dev/null
}

# local_query SQL: asked through the socket, by the database's own user.
local_query() {
    find_server || return 1
    IFS='
'
    # shellcheck disable=SC2046 # one option a line
    set -- "$1" $(local_socket)
    unset IFS
    sql=$1
    shift
    psql_within 3 "$@" -d postgres -c "$sql"
}

# local_role: standby, primary, or unknown where the server does not say.
local_role() { role_of "$(local_query 'select pg_is_in_recovery()')" unknown; }

# remote_role HOST SECONDS: standby, primary, or none where no database answers.
remote_role() {
    role_of "$(psql_within "$2" -h "$1" -p "$PGSQL_PORT" -U "$PGSQL_SQL_USER" -d "$PGSQL_DATABASE" \
        -c 'select pg_is_in_recovery()')" none
}
role_of() {
    case $1 in t) echo standby ;; f) echo primary ;; *) echo "$2" ;; esac
}

# wait_until SECONDS COMMAND...: until it succeeds.
wait_until() {
    until_when=$(($(now) + $1))
    shift
    until "$@"; do
        [ "$(now)" -lt "$until_when" ] || return 1
        sleep 0.3
    done
}
is_primary_now() { [ "$(local_role)" = primary ]; }
is_standby_now() { [ "$(local_role)" = standby ]; }
answers_now() { [ "$(local_role)" != unknown ]; }

# manage start|stop|restart: by the service manager, without our lock, which the server would keep.
manage() {
    if command -v service >/dev/null 2>&1; then
        service "$PGSQL_SERVICE" "$1" >>"$LOG" 2>&1 </dev/null 9>&-
    else
        systemctl "$1" "$PGSQL_SERVICE" >>"$LOG" 2>&1 </dev/null 9>&-
    fi
}
at_boot() {
    if command -v chkconfig >/dev/null 2>&1; then
        chkconfig "$PGSQL_SERVICE" "$1"
    elif [ "$1" = on ]; then
        systemctl enable "$PGSQL_SERVICE"
    else
        systemctl disable "$PGSQL_SERVICE"
    fi >>"$LOG" 2>&1
}

# stop_server: a fast stop; an immediate one where that does not end. Its data stays what it is either way.
stop_server() {
    is_running || return 0
    manage stop &
    wait_until 60 is_stopped || {
        log WARNING "the local database does not stop within a minute: stopping it at once"
        as_database timeout 30 pg_ctl -D "$PGSQL_DATA" -m immediate -w -t 25 stop >>"$LOG" 2>&1
    }
    is_stopped
}
