# The operating system: identity, clock, addresses, listeners, firewall, disks, tools.

# vmdb_first_line FILE: its first line into vmdb_line, empty where it cannot be read. No fork.
vmdb_first_line() {
  vmdb_line=
  if [ -r "$1" ]; then read -r vmdb_line <"$1" || :; fi
}

# Only what can change within a connection is read anew; the rest was read once (vmdb_setup_identity).
vmdb_section_identity() {
  vmdb_first_line /proc/sys/kernel/hostname
  printf 'hostname %s\nfqdn %s\nmachine-id %s\n' "$vmdb_line" "$VMDB_FQDN" "$VMDB_MACHINE_ID"
  vmdb_first_line /proc/uptime
  printf 'boot-id %s\nuptime %s\nkernel %s\nsystem %s\n' \
    "$VMDB_BOOT_ID" "${vmdb_line%% *}" "$VMDB_KERNEL" "$VMDB_SYSTEM"
}

vmdb_setup_identity() {
  VMDB_FQDN=$(vmdb_bounded 2 hostname -f)
  vmdb_first_line /etc/machine-id
  [ -n "$vmdb_line" ] || vmdb_first_line /var/lib/dbus/machine-id
  VMDB_MACHINE_ID=$vmdb_line
  vmdb_first_line /proc/sys/kernel/random/boot_id
  VMDB_BOOT_ID=$vmdb_line
  vmdb_first_line /proc/sys/kernel/osrelease
  VMDB_KERNEL=$vmdb_line
  VMDB_SYSTEM=
  if [ -r /etc/redhat-release ]; then
    vmdb_first_line /etc/redhat-release
    VMDB_SYSTEM=$vmdb_line
  elif [ -r /etc/os-release ]; then
    while read -r vmdb_line; do
      case $vmdb_line in PRETTY_NAME=*) VMDB_SYSTEM=${vmdb_line#*=} && break ;; esac
    done </etc/os-release
  fi
}

# date, stat, ip and ss ask the kernel only and cannot hang: no timeout around them, which would cost as much again.
# A section is a subshell: exec as its last command saves a fork.
vmdb_section_clock() {
  exec date +%s.%N
}

# Addresses of the host, as `ip -o addr` or ifconfig print them.
vmdb_section_addresses() {
  if command -v ip >/dev/null; then
    exec ip -o addr show
  elif command -v ifconfig >/dev/null; then
    ifconfig -a
  else
    vmdb_fail 127 'neither ip nor ifconfig is there'
  fi
}

# Listening TCP sockets. ss asks for these only; /proc/net/tcp makes the kernel walk the table of all connections.
vmdb_section_listeners() {
  ! command -v ss >/dev/null || exec ss -ltn
  [ -r /proc/net/tcp ] || { vmdb_cannot_read /proc/net/tcp; return; }
  vmdb_bounded 2 grep -hs ' 0A ' /proc/net/tcp /proc/net/tcp6
  [ $? -le 2 ] # 1: nothing listens; 2: no IPv6
}

# The packet filter. iptables-save takes no lock (iptables -S does, in /run), and without -t it loads no kernel
# module for a table that is not there: reading the rules must not change the host.
VMDB_TABLES_AGE=

# Whether nftables has tables beside those that iptables made (which iptables-save shows): looked at every 20 s, in the
# resident shell, so that it stays.
vmdb_remember_tables() {
  vmdb_now
  [ -z "$VMDB_TABLES_AGE" ] || [ $((vmdb_clock - VMDB_TABLES_AGE)) -ge 2000 ] || return 0
  VMDB_TABLES_AGE=$vmdb_clock
  VMDB_NFT=
  [ "$VMDB_UID" = 0 ] && command -v nft >/dev/null || return 0
  vmdb_text=$(vmdb_bounded 2 nft list tables </dev/null) || { VMDB_NFT=1; return 0; }
  command -v iptables-save >/dev/null || VMDB_NFT=1
  vmdb_text=$(printf '%s\n' "$vmdb_text" | grep -vE '^table ip6? (filter|nat|mangle|raw|security)$')
  [ -z "$vmdb_text" ] || VMDB_NFT=1
}

vmdb_section_firewall() {
  [ "$VMDB_UID" = 0 ] || { vmdb_cannot_read 'the packet filter rules'; return; }
  printf 'port %s\n' "$VMDB_PORT"
  vmdb_tools=
  if command -v iptables-save >/dev/null; then
    vmdb_tools=1
    printf '%s\n' '@@iptables-save'
    vmdb_bounded 2 iptables-save || return
  elif command -v iptables >/dev/null; then
    vmdb_tools=1
    printf '%s\n' '@@iptables-list'
    vmdb_bounded 2 iptables -L INPUT -n || return
  fi
  if [ -n "$VMDB_NFT" ]; then
    vmdb_tools=1
    printf '%s\n' '@@nft'
    vmdb_bounded 2 nft list ruleset || return
  fi
  [ -n "$vmdb_tools" ] || vmdb_fail 127 'no iptables-save, iptables or nft is there'
}

# One df a path, so that a hung NFS server costs only its own line.
vmdb_section_disks() {
  vmdb_disk data "$VMDB_DATA"
  vmdb_disk archive "$VMDB_ARCHIVE_WRITE"
  [ "$VMDB_ARCHIVE_READ" = "$VMDB_ARCHIVE_WRITE" ] || vmdb_disk archive "$VMDB_ARCHIVE_READ"
  vmdb_disk home "$VMDB_HOME"
  vmdb_disk ui "$VMDB_UI_ROOT"
  vmdb_disk tmp /tmp
  vmdb_disk root /
}

vmdb_disk() {
  [ -n "$2" ] || return 0
  printf '@@%s %s\n' "$1" "$2"
  vmdb_limited 4000 vmdb_bounded 2 df -P -k "$2" 2>&1 || printf 'failed %s\n' "$?"
}

# Versions: asked once a connection, since `pcs --version` alone takes half a second of CPU.
vmdb_section_tools() {
  vmdb_postgresql_environment
  for vmdb_tool in psql pg_basebackup pg_controldata pg_waldump pg_xlogdump pg_rewind pg_verifybackup pg_ctl; do
    vmdb_tool_version "$vmdb_tool" --version
  done
  PATH=$PATH:/usr/sbin:/sbin
  for vmdb_tool in rsync timeout sudo setpriv runuser iptables-save nft; do
    vmdb_tool_version "$vmdb_tool" --version
  done
  vmdb_tool_version corosync -v
  vmdb_tool_version crm_mon --version
  for vmdb_tool in systemctl chkconfig service scl; do
    ! command -v "$vmdb_tool" >/dev/null || printf '%s\t%s\t\n' "$vmdb_tool" "$(command -v "$vmdb_tool")"
  done
  vmdb_tool_version pcs --version 6
}

# vmdb_tool_version NAME OPTION [SECONDS]. With SECONDS it is a slow one (pcs starts Python: 3 s on a busy host): where
# it did not come to say anything, `@@later` lets the tools be asked again with the next slow look.
vmdb_tool_version() {
  vmdb_where=$(command -v "$1") || return 0
  vmdb_text=$(vmdb_bounded "${3:-3}" "$1" "$2" 2>&1 | head -n 1)
  printf '%s\t%s\t%s\n' "$1" "$vmdb_where" "$vmdb_text"
  [ -n "$vmdb_text" ] || [ -z "${3:-}" ] || echo '@@later'
}
