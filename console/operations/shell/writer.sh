# need_unwritten DIRECTORY: fails where a pg_basebackup (of a console that was killed, say) still writes into it.
need_unwritten() {
  for found in $(grep -lsF -e "$1" /proc/[0-9]*/cmdline); do
    if 2>/dev/null tr '\000' '\n' <"$found" | grep -qxF -e "$1"; then
      found=${found#/proc/}
      case $(2>/dev/null cat "/proc/${found%/cmdline}/comm") in
      pg_basebackup) fail "process ${found%/cmdline} (pg_basebackup) still writes into $1: end it first" ;;
      esac
    fi
  done
}
