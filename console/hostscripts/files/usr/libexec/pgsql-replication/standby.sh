# What makes a copy a standby of host 1: recovery.conf up to 11, standby.signal and settings from 12 on. No password: .pgpass.

# connection_value TEXT, file_value TEXT: quoted as libpq, and as PostgreSQL's configuration files, read them.
connection_value() {
    case $1 in
    *[!A-Za-z0-9_.:/-]* | '') printf "'%s'" "$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}
file_value() { printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g"; }
file_line() { printf "%s = '%s'\n" "$1" "$(file_value "$2")"; }

standby_lines() {
    file_line primary_conninfo "host=$(connection_value "$PRIMARY_HOST") port=$PGSQL_PORT$(
    ) user=$(connection_value "$PGSQL_REPLICATION_USER") application_name=$(connection_value "$STANDBY_HOST")"
    file_line restore_command "cp $PGSQL_ARCHIVE_READ/%f \"%p\""
    file_line recovery_target_timeline latest
}

# write_standby DIRECTORY: as the database's user, on the disk, mode 0600.
write_standby() {
    if [ "$(cut -d . -f 1 "$1/PG_VERSION")" -ge 12 ]; then
        standby_lines | as_database sh -c 'umask 077 && cat >>"$1/postgresql.auto.conf" && : >"$1/standby.signal"' sh "$1"
    else
        { echo "standby_mode = 'on'"; standby_lines; } | as_database sh -c 'umask 077 && cat >"$1/recovery.conf"' sh "$1"
    fi || fail "cannot write the standby's settings into $1"
}
