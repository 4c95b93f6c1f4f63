# Read first by every pgsql-* program: settings with their defaults, the log, and on which host it may run.
# Programs that are found by name; what the caller has comes first.
PATH=${PATH:-/usr/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS PGSSLMODE
trap 'exit 143' HUP INT TERM

NAME=${0##*/}
LOG=/var/log/$NAME.log
RUN=/var/run
CONFIG=/etc/sysconfig/pgsql-replication

# log LEVEL WORDS...: a line of the log, and on the terminal where somebody sits there.
log() {
    level=$1
    shift
    line="$(date '+%b %d %H:%M:%S') $level: $*"
    echo "$line" >>"$LOG"
    [ ! -t 2 ] || echo "$line" >&2
}

# fail WORDS...: what happened and what to do; ends the program with status 1.
fail() {
    log ERROR "$@"
    exit 1
}

[ -r "$CONFIG" ] || fail "$CONFIG is missing"
. "$CONFIG"

for key in PRIMARY_HOST STANDBY_HOST PGSQL_SQL_USER; do
    eval "value=\${$key:-}"
    [ -n "$value" ] || fail "$CONFIG does not set $key"
done
: "${MAX_PRIMARY_FAILCOUNT:=2}"
: "${PGSQL_SSH_USER:=$PGSQL_SQL_USER}"
# Where nothing else is said: the software collection of the reference environment.
if [ -z "${PGSQL_BIN:-}${PGSQL_COMMAND_PREFIX:-}${PGSQL_HOME:-}" ]; then
    PGSQL_COMMAND_PREFIX='scl enable postgresql92 --'
fi
: "${PGSQL_COMMAND_PREFIX:=}"
: "${PGSQL_BIN:=}"
: "${PGSQL_BIN_CLIENT:=$PGSQL_BIN}"
: "${PGSQL_HOME:=/opt/rh/postgresql92/root/var/lib/pgsql}"
: "${PGSQL_DATA:=$PGSQL_HOME/data}"
: "${PGSQL_SERVICE:=postgresql92-postgresql}"
: "${PGSQL_USER_HOME:=/var/lib/pgsql}"
: "${PGSQL_OS_USER:=postgres}"
: "${PGSQL_PORT:=5432}"
: "${PGSQL_DATABASE:=vmdb_production}"
: "${PGSQL_REPLICATION_USER:=replicator}"
: "${PGSQL_ARCHIVE_WRITE:=$PGSQL_HOME/wal-archive-write}"
: "${PGSQL_ARCHIVE_READ:=$PGSQL_HOME/wal-archive-read}"
: "${PGSQL_TRANSFER:=/tmp}"
: "${PRIMARY_ADDRESS:=$PRIMARY_HOST}"
: "${STANDBY_ADDRESS:=$STANDBY_HOST}"
: "${WITNESSES:=}"
: "${FENCE_COMMAND:=}"
: "${FENCE_TIMEOUT:=30}"
: "${KEEP_OLD_DATA:=no}"
: "${PGSQL_PASSFILE:=$PGSQL_USER_HOME/.pgpass}"

# only_on NAME: the kernel's name is asked before `hostname -f`, which waits for a name server that may be cut off.
only_on() {
    here=$(hostname)
    [ "$here" != "$1" ] || return 0
    case $here in *.*) ;; "${1%%.*}") return 0 ;; esac
    [ "$(timeout 3 hostname -f 2>/dev/null)" = "$1" ] || fail "this script may run on $1 only"
}

need_pgpass() { [ -f "$PGSQL_PASSFILE" ] || fail "$PGSQL_PASSFILE is missing"; }

now() { date +%s; }

# work_folder: $WORK, a folder that is gone when the program ends.
WORK=
work_folder() {
    WORK=$(mktemp -d "$RUN/pgsql-replication.XXXXXX") || fail "cannot make a folder in $RUN"
    at_end 'rm -rf "$WORK"'
}

# at_end COMMAND: run when the program ends, however it does; the newest first.
AT_END=
at_end() {
    AT_END="$1; $AT_END"
    trap 'status=$?; trap "" HUP INT TERM; eval "$AT_END"; exit $status' EXIT
}
