# Commands as another user, and PostgreSQL's programs.

# as_user USER COMMAND...: setpriv and --session-command stay in this session, so that a time-out ends the command too.
as_user() {
    user=$1
    shift
    if [ "$ME" = "$user" ]; then
        in_root "$@"
        return
    fi
    become "$@"
}
ME=$(id -un)
direct=no

# in_root PROGRAM ARGUMENTS...: where its user may be. `direct`: in the place of this shell, which is one of its own then.
in_root() {
    if [ "$direct" = yes ]; then
        cd / && exec "$@"
    else
        (cd / && exec "$@")
    fi
}

become() {
    case $BECOME in
    setpriv) in_root setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --init-groups "$@" ;;
    runuser | su)
        # shellcheck disable=SC2016 # $0 and $@ are the inner shell's
        in_root "$BECOME" -s /bin/sh --session-command='exec "$0" "$@"' -- "$user" "$@"
        ;;
    esac
}

choose_become() {
    [ "$ME" = root ] || fail "only root may act as $1; this is $ME"
    id -u "$1" >/dev/null 2>&1 || fail "there is no user $1 on this host"
    for BECOME in setpriv runuser su; do
        if become true 2>/dev/null; then return; fi
    done
    fail "cannot become $1: neither setpriv, runuser nor su does it"
}
user=$PGSQL_OS_USER
[ "$ME" = "$user" ] || choose_become "$user"

# The prefix (`scl enable postgresql92 --`) is asked for its environment once: it would put a command's words into a script
# of its own, and its versions differ in how they quote them.
PROGRAMS=$PATH
LIBRARIES=${LD_LIBRARY_PATH:-}
if [ -n "$PGSQL_COMMAND_PREFIX" ]; then
    # shellcheck disable=SC2086 # the prefix is words
    environment=$($PGSQL_COMMAND_PREFIX env) || fail "'$PGSQL_COMMAND_PREFIX' does not work on this host"
    PROGRAMS=$(printf '%s\n' "$environment" | sed -n 's/^PATH=//p'):$PATH
    LIBRARIES=$(printf '%s\n' "$environment" | sed -n 's/^LD_LIBRARY_PATH=//p')
fi
PROGRAMS=${PGSQL_BIN:+$PGSQL_BIN:}$PROGRAMS
CLIENT_PROGRAMS=${PGSQL_BIN_CLIENT:+$PGSQL_BIN_CLIENT:}$PROGRAMS

# as_database COMMAND...: as the database's user, with the server's programs; as_client with those of its clients.
as_database() {
    as_user "$PGSQL_OS_USER" env PATH="$PROGRAMS" ${LIBRARIES:+LD_LIBRARY_PATH="$LIBRARIES"} "$@"
}
as_client() {
    as_user "$PGSQL_OS_USER" env PATH="$CLIENT_PROGRAMS" ${LIBRARIES:+LD_LIBRARY_PATH="$LIBRARIES"} \
        PGPASSFILE="$PGSQL_PASSFILE" PGCONNECT_TIMEOUT="${CONNECT_TIMEOUT:-10}" PGAPPNAME="$NAME" "$@"
}
has_program() { (PATH=$CLIENT_PROGRAMS && command -v "$1" >/dev/null); }
