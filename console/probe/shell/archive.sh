# The WAL archive, as the database's user meets it.

vmdb_section_archive() {
  [ -n "$VMDB_ARCHIVE_WRITE$VMDB_ARCHIVE_READ" ] || return 0
  if ! vmdb_is_database_user; then
    vmdb_fail 77 "not root: cannot test the archive as $VMDB_OS_USER"
    return
  fi
  vmdb_archive_directory write "$VMDB_ARCHIVE_WRITE"
  if [ "$VMDB_ARCHIVE_READ" != "$VMDB_ARCHIVE_WRITE" ]; then
    vmdb_archive_directory read "$VMDB_ARCHIVE_READ"
  fi
}

# All of one directory in one bounded command: a hung NFS server costs its deadline and this directory only.
vmdb_archive_directory() {
  [ -n "$2" ] || return 0
  printf '@@%s %s\n' "$1" "$2"
  vmdb_limited 120000 vmdb_as_database 4 sh -c "$VMDB_ARCHIVE_SCRIPT" sh "$2" "$VMDB_ARCHIVE_AWK"
  vmdb_code=$?
  case $vmdb_code in
  0) ;;
  124 | 137) printf 'failed did not answer in time\n' ;;
  *) printf 'failed status %s\n' "$vmdb_code" ;;
  esac
}

VMDB_ARCHIVE_SCRIPT='
directory=$1
if [ ! -d "$directory" ]; then
  parent=${directory%/*}
  while [ -n "$parent" ] && [ ! -d "$parent" ]; do parent=${parent%/*}; done
  if [ -x "${parent:-/}" ]; then echo "exists no"; else echo "failed cannot search $parent"; fi
  exit 0
fi
echo "exists yes"
if [ -w "$directory" ] && [ -x "$directory" ]; then echo "writable yes"; else echo "writable no"; fi
stat -L -c "device %d" "$directory" "$directory/.." 2>/dev/null
real=$(cd -P "$directory" 2>/dev/null && pwd -P)
DIRECTORY=${real:-$directory} awk "{ m = \$2; gsub(/\\\\040/, \" \", m); d = ENVIRON[\"DIRECTORY\"]
  if (m == d || m == \"/\" || index(d, m \"/\") == 1) if (length(m) >= length(best)) { best = m; line = \$3 \" \" \$1 \" \" m } }
  END { if (best != \"\") print \"mount \" line; print \"real \" d }" /proc/mounts
if [ ! -r "$directory" ] || [ ! -x "$directory" ]; then echo "readable no"; exit 0; fi
echo "readable yes"
listing=$(LC_ALL=C ls -1 "$directory" | awk "$2")
printf "%s\n" "$listing"
set -- $(printf "%s\n" "$listing" | sed -n "s/^ends //p")
if [ $# = 2 ]; then stat -c "modified %Y" "$directory/$1" "$directory/$2" 2>/dev/null; fi
exit 0
'

# Consecutive segments become runs: a run ends where the number before is missing or the log id changes. Names are
# compared as text (name ""): awk would take 24 digits for a number and round it.
VMDB_ARCHIVE_AWK='
function number(hex,   i, n) { n = 0; for (i = 1; i <= 8; i++) n = n * 16 + index(digits, substr(hex, i, 1)) - 1; return n }
function flush() { if (first != "") print "run", first, last }
BEGIN { digits = "0123456789ABCDEF"; first = "" }
{ files++; file = $0; name = $0 ""; sub(/\.(gz|bz2|xz|lz4|zst)$/, "", name) }
name ~ /^[0-9A-F]+\.history$/ && length(name) == 16 { print "history", substr(name, 1, 8); next }
name ~ /^[0-9A-F]+$/ && length(name) == 24 {
  log_id = substr(name, 1, 16); n = number(substr(name, 17, 8))
  if (oldest == "") oldest = file
  newest = file
  if ((name "") == (last "")) next
  if ((log_id "") != (previous "") || n != next_number) { flush(); first = name }
  last = name; previous = log_id; next_number = n + 1; next
}
name ~ /\.backup$/ { next }
{ temporary++ }
END { flush(); print "files", files + 0; print "temporary", temporary + 0
  if (oldest != "") print "ends", oldest, newest }
'

# segment:NAME: can the database's user read this one from the archive?
vmdb_section_segment() {
  vmdb_path=$VMDB_ARCHIVE_READ
  case $1 in
  *[!0-9A-Fa-f]* | '') vmdb_fail 64 'not the name of a WAL segment' && return ;;
  esac
  if ! vmdb_is_database_user; then
    vmdb_fail 77 "not root: cannot test the archive as $VMDB_OS_USER"
    return
  fi
  printf 'segment %s\npath %s\n' "$1" "$vmdb_path"
  vmdb_text=$(vmdb_as_database 4 head -c 1 "$vmdb_path/$1" 2>&1 >/dev/null)
  vmdb_code=$?
  case $vmdb_code in
  0) printf 'readable yes\n' ;;
  124 | 137) return "$vmdb_code" ;;
  *) printf 'readable no\nreason %s\n' "${vmdb_text%%"$VMDB_NEWLINE"*}" ;;
  esac
}
