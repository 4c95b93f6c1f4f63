# Dear evidence: the end of a stopped server's WAL, commits after a point (DOMAIN 7, 7b).

# vmdb_position ARGUMENT: "TLI:LSN" into vmdb_timeline and vmdb_lsn; both go into commands, so both are checked.
vmdb_position() {
  vmdb_timeline=${1%%:*}
  vmdb_lsn=${1#*:}
  case $vmdb_timeline in '' | *[!0-9]*) return 1 ;; esac
  case $vmdb_lsn in */*/* | *[!0-9A-Fa-f/]* | /* | */) return 1 ;; */*) return 0 ;; *) return 1 ;; esac
}

# wal_end:TLI:LSN, or wal_end alone: from the latest checkpoint on. All three ways are shown; the reader takes the best:
# the reader of records, the shutdown checkpoint's own length, the last page written.
vmdb_section_wal_end() {
  [ -z "$1" ] || vmdb_position "$1" || { vmdb_fail 64 'wal_end needs TIMELINE:LSN'; return; }
  vmdb_postgresql_environment
  vmdb_wal_directory
  if [ ! -r "$vmdb_wal" ] || [ ! -x "$vmdb_wal" ]; then
    vmdb_cannot_read "$vmdb_wal"
    return
  fi
  if vmdb_server_runs; then
    vmdb_fail 1 "a server runs on $VMDB_DATA: its WAL has no end yet"
    return
  fi
  vmdb_read_control
  if [ -z "$1" ]; then
    vmdb_argument=$(vmdb_control_value "Latest checkpoint's TimeLineID"):$(vmdb_control_value "Latest checkpoint's REDO location")
    vmdb_position "$vmdb_argument" || { vmdb_cannot_read "$VMDB_DATA/global/pg_control"; return; }
  fi
  vmdb_first_line "$VMDB_DATA/PG_VERSION"
  printf 'version %s\nposition %s %s\n' "$vmdb_line" "$vmdb_timeline" "$vmdb_lsn"
  printf '@@control\n%s\n' "$vmdb_control"
  printf '@@waldump\n'
  vmdb_waldump 2>&1 | tail -n 4 | cut -c 1-2000
  printf '@@record\n'
  vmdb_checkpoint_record
  printf '@@pages\n'
  vmdb_last_page
}

# The control file in pg_controldata's words into vmdb_control: its own, or ours where it is not there or does not know
# this version.
vmdb_read_control() {
  vmdb_control=$(vmdb_bounded 3 pg_controldata "$VMDB_DATA" 2>/dev/null)
  [ -n "$(vmdb_control_value 'Database system identifier')" ] || vmdb_control=$(vmdb_control_file)
}

# vmdb_control_value KEY: what stands behind it in vmdb_control.
vmdb_control_value() {
  printf '%s\n' "$vmdb_control" | sed -n "s/^$1: *//p"
}

# pg_control itself, as this machine's byte order has it (ControlFileData, pg_control.h). At 0 the system identifier, at 8
# the format's version, at 16 the state, at 32 the latest checkpoint's place; its copy (REDO, timeline) follows at 40
# from 11 on, at 48 before (there was prevCheckPoint). Up to 9.2 a place is two halves, the higher first.
vmdb_control_file() {
  set -- $(vmdb_bounded 2 od -A n -v -t u4 -j 8 -N 12 "$VMDB_DATA/global/pg_control")
  case ${1:-0} in
  922) vmdb_place=48 vmdb_halves=4 ;;
  9[34][0-9] | 960 | 1002) vmdb_place=48 vmdb_halves=8 ;;
  1[1-8][0-9][0-9]) vmdb_place=40 vmdb_halves=8 ;;
  *) return 1 ;;
  esac
  printf 'pg_control version number:            %s\n' "$1"
  case $3 in
  1) vmdb_line='shut down' ;;
  2) vmdb_line='shut down in recovery' ;;
  3) vmdb_line='shutting down' ;;
  4) vmdb_line='in crash recovery' ;;
  5) vmdb_line='in archive recovery' ;;
  6) vmdb_line='in production' ;;
  *) vmdb_line='starting up' ;;
  esac
  set -- $(vmdb_bounded 2 od -A n -v -t u8 -j 0 -N 8 "$VMDB_DATA/global/pg_control")
  printf 'Database system identifier:           %s\nDatabase cluster state:               %s\n' "$1" "$vmdb_line"
  printf 'Latest checkpoint location:           %s\n' "$(vmdb_place_at 32)"
  printf "Latest checkpoint's REDO location:    %s\n" "$(vmdb_place_at "$vmdb_place")"
  set -- $(vmdb_bounded 2 od -A n -v -t u4 -j $((vmdb_place + 8)) -N 4 "$VMDB_DATA/global/pg_control")
  printf "Latest checkpoint's TimeLineID:       %s\n" "$1"
  vmdb_segment_size
}

# vmdb_place_at OFFSET: the WAL location there as X/X.
vmdb_place_at() {
  set -- $(vmdb_bounded 2 od -A n -v -t "x$vmdb_halves" -j "$1" -N 8 "$VMDB_DATA/global/pg_control")
  [ $# = 2 ] || set -- "${1%????????}" "${1#????????}"
  printf '%X/%X' "0x$1" "0x$2"
}

# Every WAL file has the size of a segment.
vmdb_segment_size() {
  for vmdb_file in "$vmdb_wal"/????????????????????????; do
    case ${vmdb_file##*/} in *[!0-9A-F]*) continue ;; esac
    set -- $(stat -L -c %s "$vmdb_file" 2>/dev/null)
    case ${1:-x} in *[!0-9]*) ;; *) printf 'Bytes per WAL segment:                %s\n' "$1" ;; esac
    return
  done
}

# Is a postmaster at work here? The pid file, and any postgres whose working directory this is.
vmdb_server_runs() {
  if [ -e "$VMDB_DATA/postmaster.pid" ]; then
    vmdb_first_line "$VMDB_DATA/postmaster.pid"
    vmdb_alive "${vmdb_line#-}"
    [ "$vmdb_life" = no ] || return 0
  fi
  for vmdb_file in /proc/[0-9]*/stat; do
    vmdb_first_line "$vmdb_file"
    case $vmdb_line in *'(postgres)'* | *'(postmaster)'*) ;; *) continue ;; esac
    [ ! "${vmdb_file%/stat}/cwd" -ef "$VMDB_DATA" ] || return 0
  done 2>/dev/null
  return 1
}

vmdb_waldump() {
  vmdb_reader=pg_waldump
  command -v pg_waldump >/dev/null || vmdb_reader=pg_xlogdump
  if ! command -v "$vmdb_reader" >/dev/null; then
    echo 'neither pg_waldump nor pg_xlogdump is there'
    return 127
  fi
  TZ=UTC
  export TZ
  vmdb_bounded 60 "$vmdb_reader" -p "$vmdb_wal" -t "$vmdb_timeline" -s "$vmdb_lsn" "$@"
  vmdb_code=$?
  case $vmdb_code in 124 | 137) echo "vmdb: $vmdb_reader did not finish in time" ;; esac
  return "$vmdb_code"
}

# The first 32 bytes of the latest checkpoint's record, from which its length can be read.
vmdb_checkpoint_record() {
  vmdb_where=$(vmdb_control_value 'Latest checkpoint location')
  vmdb_on=$(vmdb_control_value "Latest checkpoint's TimeLineID")
  vmdb_size=$(vmdb_control_value 'Bytes per WAL segment')
  vmdb_position "$vmdb_on:$vmdb_where" || { vmdb_position "$vmdb_argument"; return; }
  vmdb_low=$((0x${vmdb_lsn#*/}))
  vmdb_size=${vmdb_size:-16777216}
  vmdb_file=$(printf '%08X%08X%08X' "$vmdb_on" "$((0x${vmdb_lsn%/*}))" $((vmdb_low / vmdb_size)))
  [ ! -r "$vmdb_wal/$vmdb_file" ] ||
    vmdb_bounded 3 od -A n -v -t x1 -j $((vmdb_low % vmdb_size)) -N 32 "$vmdb_wal/$vmdb_file"
  vmdb_position "$vmdb_argument"
}

# vmdb_page_written SEGMENT PAGE: does this 8 KB page carry its own address? Recycled ones carry an older one.
vmdb_page_written() {
  set -- "$1" $(vmdb_bounded 3 od -A n -v -t x4 -j $(($2 * 8192)) -N 16 "$vmdb_wal/$1") \
    "$(printf '%08x' $((0x${1#????????????????} * vmdb_size + $2 * 8192)))"
  [ $# = 6 ] && [ "$2" != 00000000 ] || return 1
  vmdb_log_id=${1#????????}
  vmdb_log_id=$(printf '%08x' $((0x${vmdb_log_id%????????})))
  case $vmdb_classic in
  yes) [ "$4$5" = "$vmdb_log_id$6" ] ;;
  *) [ "$5$4" = "$vmdb_log_id$6" ] ;;
  esac
}

# The newest segment of the timeline whose first page is its own, then the last such page in it, by bisection.
vmdb_last_page() {
  command -v od >/dev/null || { echo 'od is not there'; return; }
  vmdb_first_line "$VMDB_DATA/PG_VERSION"
  case $vmdb_line in 8.* | 9.[012]) vmdb_classic=yes ;; *) vmdb_classic=no ;; esac
  vmdb_size=$(vmdb_control_value 'Bytes per WAL segment')
  case $vmdb_size in '' | *[!0-9]* | 0*) vmdb_size=16777216 ;; esac
  vmdb_low=$((0x${vmdb_lsn#*/} / vmdb_size))
  vmdb_from=$(printf '%08X%08X%08X' "$vmdb_timeline" "$((0x${vmdb_lsn%/*}))" "$vmdb_low")
  vmdb_newest=
  for vmdb_file in "$vmdb_wal/$(printf '%08X' "$vmdb_timeline")"????????????????; do
    vmdb_file=${vmdb_file##*/}
    case $vmdb_file in *[!0-9A-F]*) continue ;; esac
    vmdb_before "$vmdb_file" "$vmdb_from" && continue
    vmdb_page_written "$vmdb_file" 0 || { [ -n "$vmdb_newest" ] && break; continue; }
    vmdb_newest=$vmdb_file
  done
  [ -n "$vmdb_newest" ] || { echo "no segment at or after $vmdb_from was written"; return; }
  vmdb_good=0
  vmdb_bad=$((vmdb_size / 8192))
  while [ $((vmdb_bad - vmdb_good)) -gt 1 ]; do
    vmdb_middle=$(((vmdb_good + vmdb_bad) / 2))
    if vmdb_page_written "$vmdb_newest" "$vmdb_middle"; then vmdb_good=$vmdb_middle; else vmdb_bad=$vmdb_middle; fi
  done
  printf 'page %s %s %s\n' "$vmdb_newest" "$vmdb_size" "$vmdb_good"
}

# vmdb_before A B: do A's log id and segment come before B's? (Numbers: names of one length could differ in case.)
vmdb_before() {
  vmdb_a=${1#????????}
  vmdb_b=${2#????????}
  [ $((0x${vmdb_a%????????})) -lt $((0x${vmdb_b%????????})) ] && return 0
  [ $((0x${vmdb_a%????????})) -eq $((0x${vmdb_b%????????})) ] || return 1
  [ $((0x${vmdb_a#????????})) -lt $((0x${vmdb_b#????????})) ]
}

# commits:TLI:LSN: commit records at or after the position, the first 200 and how many in all.
vmdb_section_commits() {
  vmdb_position "$1" || { vmdb_fail 64 'commits needs TIMELINE:LSN'; return; }
  vmdb_postgresql_environment
  vmdb_wal_directory
  if [ ! -r "$vmdb_wal" ] || [ ! -x "$vmdb_wal" ]; then
    vmdb_cannot_read "$vmdb_wal"
    return
  fi
  if ! command -v pg_waldump >/dev/null && ! command -v pg_xlogdump >/dev/null; then
    vmdb_fail 127 'neither pg_waldump nor pg_xlogdump is there'
    return
  fi
  printf 'fork %s\n' "$vmdb_lsn"
  vmdb_waldump --rmgr=Transaction 2>&1 | awk '
    /^rmgr: Transaction/ && /desc: (COMMIT|commit)/ { count++; if (count <= 200) print substr($0, 1, 200); next }
    /^rmgr:/ { next }
    { word = substr($0, 1, 300) }
    END { print "count " count + 0; if (word != "") print "end " word }'
}
