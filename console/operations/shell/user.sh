# as_database COMMAND...: as the database's user, with PostgreSQL's programs on the PATH.

user_id=$(id -u "$os_user") && group_id=$(id -g "$os_user") || fail "there is no user $os_user on this host"
user_home=$(getent passwd "$os_user" | cut -d : -f 6)

# The prefix is asked for its environment once: `scl` puts a command's words into a script of its own, and its versions
# differ in how they quote them.
programs_path=$PATH:/usr/pgsql-$major/bin:/usr/lib/postgresql/$major/bin
libraries=${LD_LIBRARY_PATH:-}
environment=$(prefixed env) || fail "the command prefix of PostgreSQL's programs does not work on this host"
prefixed_path=$(printf '%s\n' "$environment" | sed -n 's/^PATH=//p')
[ -z "$prefixed_path" ] || programs_path=$prefixed_path:$programs_path
libraries=$(printf '%s\n' "$environment" | sed -n 's/^LD_LIBRARY_PATH=//p')
[ -z "$programs" ] || programs_path=$programs:$programs_path

# setpriv and --session-command stay in this session, so that ending the operation ends the command too; what older
# tools have instead (-c alone) begins a session of its own. su drops LD_LIBRARY_PATH, hence env beyond it.
as_database() {
  set -- env PATH="$programs_path" ${libraries:+LD_LIBRARY_PATH="$libraries"} PGPASSFILE="$pgpass" \
    HOME="${user_home:-/}" PGCONNECT_TIMEOUT=10 PGAPPNAME="${application:-vmdb-console}" "$@"
  case $become in
  self) "$@" ;;
  setpriv) setpriv --reuid "$user_id" --regid "$group_id" --init-groups "$@" ;;
  runuser) runuser -s /bin/sh --session-command='exec "$0" "$@"' -- "$os_user" "$@" ;;
  su) su -s /bin/sh --session-command='exec "$0" "$@"' -- "$os_user" "$@" ;;
  su-c) su -s /bin/sh -c 'exec "$0" "$@"' -- "$os_user" "$@" ;;
  esac
}
if [ "$(id -u)" = "$user_id" ]; then
  become=self
else
  [ "$(id -u)" = 0 ] || fail "only root and $os_user may do this; this is $(id -un)"
  for become in setpriv runuser su su-c none; do
    if [ "$become" != none ] && as_database true 2>/dev/null; then break; fi
  done
  [ "$become" != none ] || fail "cannot become $os_user: neither setpriv, runuser nor su does it"
fi
group=$(id -gn "$os_user")

have() { (PATH=$programs_path && command -v "$1" >/dev/null); }
need() { have "$1" || fail "$1 is not on this host (looked in $programs_path)"; }
