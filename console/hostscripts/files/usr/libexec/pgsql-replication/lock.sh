# One program of the seven at a time on a host: what one of them decides on, another one must not change meanwhile.
LOCK=$RUN/pgsql-replication.lock

# lock_or_leave: where another one runs, say so and end with status 0.
lock_or_leave() {
    exec 9>>"$LOCK" || fail "cannot open $LOCK"
    flock -n 9 && return
    log INFO "another pgsql-* program runs on this host, leaving it alone."
    exit 0
}

# lock_or_wait SECONDS: what a person or a boot has started waits for the other one's end.
lock_or_wait() {
    exec 9>>"$LOCK" || fail "cannot open $LOCK"
    flock -n 9 && return
    log INFO "another pgsql-* program runs on this host, waiting for its end"
    flock -w "$1" 9 || fail "another pgsql-* program still runs on this host after $1 s: see ps -ef; nothing was done"
}
