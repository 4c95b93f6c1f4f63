# The files of the failover scripts, whole: asked when they are about to be installed.

VMDB_LONGEST=65536

vmdb_section_managed() {
  for vmdb_file in $VMDB_MANAGED; do
    [ -e "$vmdb_file" ] || [ -L "$vmdb_file" ] || continue
    vmdb_file_line "$vmdb_file"
    [ -f "$vmdb_file" ] || continue
    vmdb_bounded 2 head -c "$VMDB_LONGEST" "$vmdb_file" | sed 's/^/|/'
    printf '\n'
  done
  if [ -d /run/systemd/system ]; then printf '@@end systemd\n'; else printf '@@end\n'; fi
}

vmdb_file_line() {
  vmdb_text='- -'
  if [ -f "$1" ]; then
    vmdb_text=$(vmdb_bounded 2 cksum <"$1") || vmdb_text='- -'
  fi
  printf '@@file %s %s %s\n' "$(stat -c '%a %U:%G' "$1")" "$vmdb_text" "$1"
}
