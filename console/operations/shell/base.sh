# What every operation begins with. It runs in a shell of its own: `exit` ends the operation, nothing else.
set +eu
umask 077
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset CDPATH PGHOST PGPORT PGUSER PGDATABASE PGDATA PGSERVICE PGPASSWORD PGOPTIONS
cd /
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
there() { [ -e "$1" ] || [ -L "$1" ]; }
