#!/bin/sh
# The PostgreSQL service of a database host. Installed under the name that the host's distribution gives it.
. /etc/default/vmdb-lab
name=$(basename "$0" | sed 's/^S[0-9][0-9]//')
pid() { pid=$(head -n 1 "$PGDATA/postmaster.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null; }
as_postgres() { cd / && runuser -u postgres -- "$@"; }
start() {
    printf 'Starting %s service: ' "$name"
    if as_postgres "$PGBIN/pg_ctl" -w -t 60 -D "$PGDATA" -l "$PGHOME/pgstartup.log" start >/dev/null; then
        echo '[  OK  ]'
    else
        echo '[FAILED]'
        return 1
    fi
}
stop() {
    printf 'Stopping %s service: ' "$name"
    if as_postgres "$PGBIN/pg_ctl" -w -t 120 -D "$PGDATA" -m fast stop >/dev/null; then
        echo '[  OK  ]'
    else
        echo '[FAILED]'
        return 1
    fi
}
status() {
    if pid; then
        echo "$name (pid  $pid) is running..."
    elif [ -e "$PGDATA/postmaster.pid" ]; then
        echo "$name dead but pid file exists"
        return 1
    else
        echo "$name is stopped"
        return 3
    fi
}
case $1 in
start) pid || start ;;
stop) ! pid || stop ;;
restart) { ! pid || stop; } && start ;;
reload) as_postgres "$PGBIN/pg_ctl" -D "$PGDATA" reload ;;
status) status ;;
*) echo "Usage: $name {start|stop|restart|reload|status}" >&2; exit 2 ;;
esac
