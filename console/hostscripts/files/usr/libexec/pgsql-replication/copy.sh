# A copy of a database beside the data in use: made, checked, swapped in by rename. Nothing is emptied before.

# The data directory's siblings of this run. A stamp, since what an earlier run left is never overwritten.
STAMP=$(date +%Y%m%d-%H%M%S).$$
NEW=$PGSQL_DATA.new-$STAMP
OLD=$PGSQL_DATA.old-$STAMP

# need_swappable: a mount point cannot be renamed; said before anything is changed.
need_swappable() {
    [ ! -L "$PGSQL_DATA" ] || fail "$PGSQL_DATA is a link: set PGSQL_DATA in $CONFIG to where it leads; nothing was done"
    [ -d "$(dirname "$PGSQL_DATA")" ] || fail "$(dirname "$PGSQL_DATA") is not there; nothing was done"
    ! is_mounted "$PGSQL_DATA" || fail "$PGSQL_DATA is a mount point, so a copy beside it could not be swapped in:" \
        "use \`vmdb-console run rebuild-standby\` (or failback), which copies within it; nothing was done"
}
# is_mounted DIRECTORY: on another device than its parent, or in the kernel's list (a bind mount of the same device).
is_mounted() {
    [ -d "$1" ] || return 1
    [ "$(stat -c %d "$1/.")" = "$(stat -c %d "$1/..")" ] || return 0
    awk -v name="$(cd "$1" && pwd -P)" '{ gsub(/\\040/, " ", $2) } $2 == name { found = 1 } END { exit !found }' \
        /proc/self/mounts
}

# need_space DIRECTORY KILOBYTES WHAT
need_space() {
    free=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -ge "$2" ] || fail "$1 has $((${free:-0} / 1024)) MiB free, $3 needs $(($2 / 1024)) MiB; nothing was" \
        "changed$(leftovers)"
}
leftovers() {
    for found in "$PGSQL_DATA".old-* "$PGSQL_DATA".new-* "$PGSQL_DATA".release-*; do
        [ ! -d "$found" ] || printf '; %s is of an earlier run: remove it when nobody needs it' "$found"
    done
}
kilobytes_of() { du -sk "$1" | cut -f 1; }

# make_folder DIRECTORY: the database user's, mode 0700. Where that user may not write, root makes it.
make_folder() {
    if as_database test -w "$(dirname "$1")"; then
        as_database sh -c 'umask 077 && mkdir "$1"' sh "$1"
    else
        (umask 077 && mkdir "$1") && chown "$PGSQL_OS_USER": "$1"
    fi || fail "cannot make $1"
}

# identify OPTIONS...: identifier and timeline of the server there, by a replication connection, into `identifier` and
# `timeline`. It is the connection that a base backup needs, so it is tried before anything is changed.
identify() {
    answer=$(CONNECT_TIMEOUT=10 as_client timeout 20 psql -X -w -A -t -q -F ' ' "$@" -c IDENTIFY_SYSTEM 2>>"$LOG" </dev/null)
    # shellcheck disable=SC2086 # words
    set -- $answer
    identifier=${1:-} timeline=${2:-}
    case $identifier$timeline in
    '' | *[!0-9]*) fail "no replication connection (see the lines above); nothing was changed" ;;
    esac
}

# patiently COMMAND...: what may take hours. A shell acts on a signal only when its command has ended, but for `wait`; so
# whoever ends the program ends the command too.
child=
patiently() {
    { direct=yes && "$@"; } </dev/null &
    child=$!
    at_end '[ -z "$child" ] || { kill "$child"; wait "$child"; }'
    wait "$child"
    result=$?
    child=
    return "$result"
}

# remove_copy: $NEW, and first whoever still writes there: a pg_basebackup that streams WAL is two processes.
remove_copy() {
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        [ -e "$NEW" ] || return 0
        for found in $(grep -lsF -e "$NEW" /proc/[0-9]*/cmdline); do
            found=${found#/proc/}
            kill "${found%/cmdline}" 2>/dev/null
        done
        rm -rf "$NEW" 2>/dev/null
        sleep 0.2
    done
    [ ! -e "$NEW" ] || log WARNING "$NEW could not be removed"
}

# control_identifier DIRECTORY: the control file's first field in every version, 8 bytes (pg_control.h).
control_identifier() { od -A n -t u8 -N 8 "$1/global/pg_control" 2>/dev/null | tr -d ' \n'; }

# check_copy DIRECTORY IDENTIFIER TIMELINE MAJOR: `wrong` says what is not as it must be; empty for a good copy. TIMELINE and
# MAJOR may be empty: then any will do.
check_copy() {
    wrong=
    found=$(head -n 1 "$1/PG_VERSION" 2>/dev/null | head -c 40)
    [ -n "$found" ] || wrong="$wrong PG_VERSION is not there;"
    [ -z "$4" ] || [ "$found" = "$4" ] || wrong="$wrong it is of version '$found', not $4;"
    found=$(control_identifier "$1")
    [ "$found" = "$2" ] || wrong="$wrong its system identifier is '$found', not $2;"
    check_start "$1" "$3"
    check_control "$1"
    check_files "$1"
    [ "$(stat -c '%a %U' "$1")" = "700 $PGSQL_OS_USER" ] || wrong="$wrong its mode is not 0700, $PGSQL_OS_USER's;"
    [ -z "$(find "$1" ! -user "$PGSQL_OS_USER" | head -n 1)" ] || wrong="$wrong not all of it is $PGSQL_OS_USER's;"
    wrong=${wrong# }
}
# check_start DIRECTORY TIMELINE: the WAL file that recovery begins with must be there; its name begins with the timeline.
check_start() {
    segment=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]\{24\}\)).*/\1/p' "$1/backup_label" 2>/dev/null)
    if [ -z "$segment" ]; then
        wrong="$wrong backup_label is not there or names no WAL;"
    elif [ ! -s "$1/pg_wal/$segment" ] && [ ! -s "$1/pg_xlog/$segment" ]; then
        wrong="$wrong its first WAL file $segment is not there;"
    elif [ -n "$2" ] && [ "$((0x${segment%????????????????}))" != "$2" ]; then
        wrong="$wrong it is of timeline $((0x${segment%????????????????})), not $2;"
    fi
}
check_control() {
    has_program pg_controldata || return 0
    as_client pg_controldata "$1" 2>/dev/null | grep -q '^pg_control version' || wrong="$wrong pg_controldata cannot read it;"
}
# check_files DIRECTORY: by the manifest (13 and newer); else every database has its folder, and no file is half written.
check_files() {
    if [ -f "$1/backup_manifest" ] && has_program pg_verifybackup; then
        set -- "$1" -i wal-archive-write
        has_program pg_waldump || set -- "$@" -n
        words=$(as_client pg_verifybackup "$@" 2>&1) ||
            wrong="$wrong pg_verifybackup: $(printf '%s' "$words" | head -n 1);"
        return
    fi
    for folder in "$1"/base/[0-9]*; do
        [ -s "$folder/PG_VERSION" ] || wrong="$wrong $folder has no PG_VERSION;"
    done
    found=$(find "$1/base" "$1/global" -name '*.tmp' 2>/dev/null | head -n 1)
    [ -z "$found" ] || wrong="$wrong $found was not finished;"
}

# Entries of the directories named are on the disk; sync(1) knows no files before coreutils 8.24, and syncs all then.
settle() { sync "$@" 2>/dev/null || sync; }

# swap_in: the data become $OLD, the copy becomes the data; two renames, and the first is undone where the second fails.
swap_in() {
    if [ -d "$PGSQL_DATA" ]; then mv -T "$PGSQL_DATA" "$OLD" || fail "cannot rename $PGSQL_DATA; it is as it was"; fi
    mv -T "$NEW" "$PGSQL_DATA" || {
        [ ! -d "$OLD" ] || mv -T "$OLD" "$PGSQL_DATA"
        fail "cannot rename $NEW; the old data are in place"
    }
    settle "$(dirname "$PGSQL_DATA")"
}
# swap_back: the old data are in place again, the copy is $NEW.
swap_back() {
    is_stopped || return 1
    mv -T "$PGSQL_DATA" "$NEW" && { [ ! -d "$OLD" ] || mv -T "$OLD" "$PGSQL_DATA"; }
}
# remove_old: the replacement runs.
remove_old() {
    [ -d "$OLD" ] || return 0
    if [ "$KEEP_OLD_DATA" = yes ]; then
        log INFO "the old data are kept in $OLD"
    else
        rm -rf "$OLD"
    fi
}
