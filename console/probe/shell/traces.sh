# What runs of the console leave on a host (console/operations/places.py), and how the data directory lies on its disks.

# Lease, jobs, archived WAL aside, copies, held scripts, a lock set aside. Where nothing is there: builtins only, no fork.
vmdb_section_traces() {
  vmdb_state_seen || return
  vmdb_print_lease
  vmdb_jobs_seen
  vmdb_archives_seen
  vmdb_leftovers_seen || return
  vmdb_held_seen
  vmdb_replaced_seen
  if [ -e "$VMDB_TMP/PGSQL.lock$VMDB_ASIDE" ]; then
    printf '@@lock-aside\n'
  elif ! vmdb_absent "$VMDB_TMP/PGSQL.lock$VMDB_ASIDE"; then
    vmdb_cannot_read "$VMDB_TMP/PGSQL.lock$VMDB_ASIDE"
  fi
}

# The folder is root's alone: without root nothing is known of what is in it.
vmdb_state_seen() {
  if [ -d "$VMDB_STATE" ]; then
    [ -r "$VMDB_STATE" ] && [ -x "$VMDB_STATE" ] || vmdb_cannot_read "$VMDB_STATE"
  else
    vmdb_absent "$VMDB_STATE" || vmdb_cannot_read "$VMDB_STATE"
  fi
}

# The lease is renewed by rename and released by removal: one that went away meanwhile is none.
vmdb_print_lease() {
  [ -e "$VMDB_STATE/$VMDB_LEASE" ] || return 0
  vmdb_text=
  vmdb_count=0
  while [ "$vmdb_count" -lt 20 ] && { read -r vmdb_line || [ -n "$vmdb_line" ]; }; do
    vmdb_text="$vmdb_text$VMDB_NEWLINE$vmdb_line"
    vmdb_count=$((vmdb_count + 1))
  done <"$VMDB_STATE/$VMDB_LEASE" || [ -e "$VMDB_STATE/$VMDB_LEASE" ] || return 0
  printf '@@lease%s\n' "$vmdb_text"
}

vmdb_jobs_seen() {
  set -- "$VMDB_STATE/$VMDB_JOBS"/*/
  [ -d "$1" ] || return 0
  printf '@@jobs\n'
  for vmdb_job in "$@"; do
    vmdb_job=${vmdb_job%/}
    vmdb_first_line "$vmdb_job/status"
    case $vmdb_line in '' | *[!0-9]*) vmdb_line=- ;; esac
    vmdb_code=$vmdb_line
    vmdb_job_life
    printf '%s running %s status %s\n' "${vmdb_job##*/}" "$vmdb_life" "$vmdb_code"
  done
}

# Where runs have set archived WAL aside: by what they noted here, since the archive may be on a file server that hangs.
vmdb_archives_seen() {
  set -- "$VMDB_STATE/$VMDB_ARCHIVES"/*
  [ -f "$1" ] || return 0
  printf '@@archives\n'
  for vmdb_file in "$@"; do
    vmdb_first_line "$vmdb_file"
    [ -z "$vmdb_line" ] || printf '%s\n' "$vmdb_line"
  done
}

# Does the job in vmdb_job run? Its pid may be another process's by now: the start time and the boot tell. A job that has
# just been made has no pid yet, and one whose shell was killed may have left a child that holds its lock.
vmdb_job_life() {
  vmdb_life=no
  [ "$vmdb_code" = - ] || return 0
  vmdb_first_line "$vmdb_job/pid"
  set -f
  set -- $vmdb_line
  set +f
  [ $# = 3 ] || { vmdb_life=unknown && return; }
  case $1$2 in *[!0-9]*) vmdb_life=unknown && return ;; esac
  vmdb_first_line /proc/sys/kernel/random/boot_id
  [ "$3" = "$vmdb_line" ] || return 0
  vmdb_started "$1"
  if [ "$vmdb_start" = "$2" ]; then
    vmdb_life=yes
  elif [ -e "$vmdb_job/lock" ] && command -v flock >/dev/null; then
    vmdb_bounded 2 flock -n -s "$vmdb_job/lock" true || vmdb_life=yes
  fi
}

# vmdb_started PID: its start time (field 22 of /proc/PID/stat) into vmdb_start; the name may hold blanks and brackets.
vmdb_started() {
  vmdb_first_line "/proc/$1/stat"
  set -f
  set -- ${vmdb_line##*)}
  set +f
  vmdb_start=
  case ${1:-Z} in Z | X) return 0 ;; esac
  [ $# -lt 20 ] || { shift 19 && vmdb_start=$1; }
}

# vmdb_real_data: the data directory's path with all links followed into vmdb_real, also where it is not there. A section
# is a subshell: it may change its directory, and `cd` is no fork.
vmdb_real_data() {
  if cd -P "$VMDB_DATA" 2>/dev/null; then
    vmdb_real=$PWD
    cd / && return
  fi
  vmdb_real=$(readlink -f "$VMDB_DATA") && [ -n "$vmdb_real" ] || vmdb_real=$VMDB_DATA
}

# Copies and old data: siblings of the data directory, or in a folder inside it where it is a mount point; there also old
# data on its way, of a swap that was cut off.
vmdb_leftovers_seen() {
  vmdb_real_data
  vmdb_file=${vmdb_real%/*}
  if [ -d "${vmdb_file:-/}" ] && { [ ! -r "${vmdb_file:-/}" ] || [ ! -x "${vmdb_file:-/}" ]; }; then
    vmdb_cannot_read "${vmdb_file:-/}"
    return
  fi
  set -- "$vmdb_real.$VMDB_NEW".* "$vmdb_real.$VMDB_OLD".*
  if [ -d "$VMDB_DATA/$VMDB_INSIDE" ]; then
    set -- "$@" "$vmdb_real/$VMDB_INSIDE"/*/"$VMDB_NEW" "$vmdb_real/$VMDB_INSIDE"/*/"$VMDB_OLD" \
      "$vmdb_real/$VMDB_INSIDE"/*/"$VMDB_OLD$VMDB_PART"
  elif ! vmdb_absent "$VMDB_DATA/$VMDB_INSIDE"; then
    vmdb_cannot_read "$VMDB_DATA/$VMDB_INSIDE"
    return
  fi
  vmdb_print_there '@@leftovers' "$@"
}

# vmdb_print_there HEAD PATH...: HEAD and the paths that are there, if any is.
vmdb_print_there() {
  vmdb_head=$1
  shift
  for vmdb_file in "$@"; do
    [ -e "$vmdb_file" ] || continue
    [ -z "$vmdb_head" ] || printf '%s\n' "$vmdb_head"
    vmdb_head=
    printf '%s\n' "$vmdb_file"
  done
}

vmdb_held_seen() {
  vmdb_held_scripts
  [ -z "$vmdb_held" ] || printf '@@held%s\n' "$vmdb_held"
}

# Failover scripts that a run holds, by their own paths, into vmdb_held: a line each, the first one empty.
vmdb_held_scripts() {
  vmdb_held=
  [ -n "$VMDB_SCRIPTS_CONFIG" ] || return 0
  for vmdb_directory in $VMDB_SCRIPTS_FOLDERS; do
    for vmdb_file in $VMDB_SCRIPTS; do
      [ ! -e "$vmdb_directory/$vmdb_file$VMDB_HELD" ] ||
        vmdb_held=$vmdb_held$VMDB_NEWLINE$vmdb_directory/$vmdb_file
    done
  done
}

# Scripts that a run held while others were installed in their place: they stay under a name of their own.
vmdb_replaced_seen() {
  [ -n "$VMDB_SCRIPTS_CONFIG" ] || return 0
  vmdb_text=
  for vmdb_directory in $VMDB_SCRIPTS_FOLDERS; do
    for vmdb_file in $VMDB_SCRIPTS; do
      [ ! -e "$vmdb_directory/$vmdb_file$VMDB_REPLACED" ] ||
        vmdb_text=$vmdb_text$VMDB_NEWLINE$vmdb_directory/$vmdb_file$VMDB_REPLACED
    done
  done
  [ -z "$vmdb_text" ] || printf '@@replaced%s\n' "$vmdb_text"
}

# How the data directory lies on its disks: asked when a copy is planned, since du reads every directory.
vmdb_section_layout() {
  vmdb_real_data
  vmdb_there=$vmdb_real
  [ -d "$vmdb_there" ] || vmdb_there=${vmdb_real%/*}
  if [ ! -r "${vmdb_there:-/}" ] || [ ! -x "${vmdb_there:-/}" ]; then
    vmdb_cannot_read "$VMDB_DATA"
    return
  fi
  printf 'path %s\nreal %s\nmounted %s\n' "$VMDB_DATA" "$vmdb_real" "$(vmdb_is_mounted)"
  vmdb_text=$(stat -c %d "${vmdb_there:-/}" 2>/dev/null) && printf 'device %s\n' "$vmdb_text"
  for vmdb_file in "$vmdb_real"/pg_tblspc/*; do
    [ ! -e "$vmdb_file" ] && [ ! -L "$vmdb_file" ] || printf 'tablespace %s\n' "$(readlink -f "$vmdb_file")"
  done
  for vmdb_file in "$vmdb_real/pg_wal" "$vmdb_real/pg_xlog"; do
    [ ! -L "$vmdb_file" ] || printf 'wal-link %s\n' "$(readlink -f "$vmdb_file")"
  done
  vmdb_data_size
  # Available blocks are those that the database's user may write; the last line's fourth word also of a long device.
  vmdb_text=$(vmdb_bounded 3 df -P -k "${vmdb_there:-/}" 2>/dev/null)
  set -f
  set -- ${vmdb_text##*"$VMDB_NEWLINE"}
  case ${4:-x} in *[!0-9]*) ;; *) printf 'free %s\n' $(($4 * 1024)) ;; esac
}

# A mount point is on another device than its parent; a bind mount of the same device is only in the list of mounts.
vmdb_is_mounted() {
  set -- $(stat -c %d "$vmdb_there" "${vmdb_real%/*}/" 2>/dev/null)
  if [ -d "$vmdb_real" ]; then
    [ "${1:-1}" = "${2:-1}" ] || { echo yes; return; }
    while read -r vmdb_word vmdb_line vmdb_idle; do
      [ "$vmdb_line" != "$vmdb_real" ] || { echo yes; return; }
    done </proc/mounts
  fi
  echo no
}

# Bytes on disk of all below, but for what runs left there; unknown where du did not end in time. Files that a running
# server removes meanwhile make it fail, with its sum printed all the same.
vmdb_data_size() {
  if [ ! -d "$vmdb_real" ]; then
    vmdb_absent "$vmdb_real" && printf 'size 0\n'
    return 0
  fi
  vmdb_text=$(vmdb_bounded 20 du -s -k --exclude="$VMDB_INSIDE" "$vmdb_real" 2>/dev/null)
  vmdb_text=${vmdb_text%%[!0-9]*}
  [ -z "$vmdb_text" ] || printf 'size %s\n' $((vmdb_text * 1024))
}
