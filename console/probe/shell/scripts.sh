# The failover scripts of a scripted region, and what happens at boot.

VMDB_SCRIPTS='pgsql-primary-archive-wal pgsql-primary-check-start pgsql-primary-initialize
pgsql-standby-check-access pgsql-standby-check-promote pgsql-standby-initialize pgsql-standby-release'
VMDB_SCRIPTS_FOLDERS='/usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/rh/postgresql92/root/usr/bin'
VMDB_PROMOTE_LOG=/var/log/pgsql-standby-check-promote.log

VMDB_SCRIPTS_AGE=

# What changes with an administrator's hand only is read every 20 s, and anew when a run holds or releases a script;
# called in the resident shell, so that it stays.
vmdb_remember_scripts() {
  vmdb_now
  vmdb_held_scripts
  [ -z "$VMDB_SCRIPTS_AGE" ] || [ "$vmdb_held" != "$VMDB_HELD_SEEN" ] ||
    [ $((vmdb_clock - VMDB_SCRIPTS_AGE)) -ge 2000 ] || return 0
  VMDB_SCRIPTS_AGE=$vmdb_clock
  VMDB_HELD_SEEN=$vmdb_held
  VMDB_SCRIPTS_SEEN=$(vmdb_static_scripts </dev/null)
  VMDB_CRON_SEEN=
  vmdb_cron_pid || VMDB_CRON_SEEN=$(vmdb_search_cron </dev/null)
}

vmdb_static_scripts() {
  if [ -r "$VMDB_SCRIPTS_CONFIG" ]; then
    printf '@@config %s\n' "$VMDB_SCRIPTS_CONFIG"
    vmdb_bounded 2 grep -E '^[[:space:]]*(export[[:space:]]+)?[A-Za-z_][A-Za-z0-9_]*=' "$VMDB_SCRIPTS_CONFIG"
  fi
  printf '@@installed\n'
  vmdb_installed_scripts
  printf '@@cron\n'
  vmdb_bounded 2 grep -hsE '^[[:space:]]*[^#[:space:]].*pgsql-standby-check-promote' /etc/crontab /etc/cron.d/* \
    /var/spool/cron/root /var/spool/cron/crontabs/root /var/spool/cron/"$VMDB_OS_USER" \
    /var/spool/cron/crontabs/"$VMDB_OS_USER"
}

vmdb_section_scripts() {
  vmdb_counter=$VMDB_HOME/primary-failcount
  if [ -r "$vmdb_counter" ]; then
    vmdb_first_line "$vmdb_counter"
    printf 'counter %s\n' "$vmdb_line"
  elif vmdb_absent "$vmdb_counter"; then
    printf 'counter 0\n'
  else
    vmdb_cannot_read "$vmdb_counter"
    return
  fi
  set --
  for vmdb_file in "$vmdb_counter" "$VMDB_PROMOTE_LOG"; do
    [ ! -e "$vmdb_file" ] || set -- "$@" "$vmdb_file"
  done
  [ $# -eq 0 ] || stat -c 'stat %Y %n' "$@" 2>/dev/null
  printf '%s\n@@state\n' "$VMDB_SCRIPTS_SEEN"
  vmdb_cron_state
  printf '@@log\n'
  [ ! -r "$VMDB_PROMOTE_LOG" ] || tail -c 8192 "$VMDB_PROMOTE_LOG"
}

vmdb_installed_scripts() {
  set --
  for vmdb_file in $VMDB_SCRIPTS; do
    for vmdb_directory in $VMDB_SCRIPTS_FOLDERS; do
      [ ! -f "$vmdb_directory/$vmdb_file" ] || set -- "$@" "$vmdb_directory/$vmdb_file"
    done
  done
  for vmdb_file in $VMDB_MANAGED; do
    case $vmdb_file in
    /usr/libexec/* | /etc/cron.d/* | /etc/logrotate.d/*) [ ! -f "$vmdb_file" ] || set -- "$@" "$vmdb_file" ;;
    esac
  done
  [ $# -eq 0 ] || vmdb_bounded 2 cksum "$@"
}

# cron's pid by its pid file into vmdb_cron: no fork.
vmdb_cron_pid() {
  for vmdb_file in /var/run/crond.pid /var/run/cron.pid; do
    vmdb_first_line "$vmdb_file"
    vmdb_cron=$vmdb_line
    case $vmdb_cron in '' | *[!0-9]*) continue ;; esac
    vmdb_first_line "/proc/$vmdb_cron/stat"
    case $vmdb_line in *'(cron)'* | *'(crond)'*) return 0 ;; esac
  done
  vmdb_cron=
  return 1
}

# Without a pid file every process has to be read: dear, so remembered for 20 s.
vmdb_search_cron() {
  vmdb_bounded 2 pgrep -x 'crond?' >/dev/null
  case $? in 0) printf 'cron yes\n' ;; 1) printf 'cron no\n' ;; esac
  set -- $(vmdb_bounded 2 pgrep -f '^(/[^ ]*/)?((ba|da)?sh )?(/[^ ]*/)?[p]gsql-standby-check-promote')
  printf 'checks %s\n' "$#"
}

# Is cron there, and how many runs of check-promote: cron's descendants of that name (15 characters of it are kept).
vmdb_cron_state() {
  if ! vmdb_cron_pid || [ ! -r "/proc/$vmdb_cron/task/$vmdb_cron/children" ]; then
    printf '%s\n' "$VMDB_CRON_SEEN"
    [ -z "$vmdb_cron" ] || printf 'cron yes\n'
    return
  fi
  vmdb_first_line "/proc/$vmdb_cron/task/$vmdb_cron/children"
  vmdb_level=0
  vmdb_found=0
  while [ -n "$vmdb_line" ] && [ "$vmdb_level" -lt 5 ]; do
    vmdb_next=
    for vmdb_child in $vmdb_line; do
      vmdb_first_line "/proc/$vmdb_child/stat"
      case $vmdb_line in *'(pgsql-standby-c)'*) vmdb_found=$((vmdb_found + 1)) && continue ;; esac
      vmdb_first_line "/proc/$vmdb_child/task/$vmdb_child/children"
      vmdb_next="$vmdb_next $vmdb_line"
    done
    vmdb_line=${vmdb_next# }
    vmdb_level=$((vmdb_level + 1))
  done
  printf 'cron yes\nchecks %s\n' "$vmdb_found"
}

# What happens at boot. Each tool that knows the service says its word; the first that knows decides.
vmdb_section_boot() {
  printf '@@service %s\n' "$VMDB_SERVICE"
  vmdb_boot_of "$VMDB_SERVICE"
  for vmdb_service in pacemaker corosync cman; do
    printf '@@cluster %s\n' "$vmdb_service"
    vmdb_boot_of "$vmdb_service"
  done
  printf '@@scripts\n'
  vmdb_bounded 2 grep -hsE '^[[:space:]]*[^#[:space:]].*pgsql-' /etc/rc.local /etc/rc.d/rc.local
  vmdb_bounded 2 sed -n 's/^ExecStart=\(.*pgsql-.*\)/\1/p' \
    /etc/systemd/system/multi-user.target.wants/pgsql-*.service 2>/dev/null
  return 0
}

vmdb_boot_of() {
  if command -v chkconfig >/dev/null; then
    vmdb_text=$(vmdb_bounded 2 chkconfig --list "$1" 2>/dev/null) && [ -n "$vmdb_text" ] && printf 'chkconfig %s\n' "$vmdb_text"
  fi
  if command -v systemctl >/dev/null; then
    vmdb_text=$(vmdb_bounded 2 systemctl is-enabled "$1" 2>/dev/null)
    [ -z "$vmdb_text" ] || printf 'systemctl %s\n' "$vmdb_text"
  fi
  [ ! -e "/etc/init.d/$1" ] || printf 'init %s\n' "/etc/init.d/$1"
  for vmdb_file in /etc/rc[2345].d/S[0-9][0-9]"$1" /etc/rc.d/rc[2345].d/S[0-9][0-9]"$1"; do
    [ ! -e "$vmdb_file" ] && [ ! -L "$vmdb_file" ] || printf 'link %s\n' "$vmdb_file"
  done
  # Debian keeps the choice a cluster; "auto" starts with the service.
  for vmdb_file in /etc/postgresql/*/*/start.conf; do
    [ "$1" = "$VMDB_SERVICE" ] && [ -r "$vmdb_file" ] && [ "${vmdb_file%/*}" = "$VMDB_CONF" ] || continue
    printf 'start.conf %s\n' "$(vmdb_bounded 2 grep -vE '^[[:space:]]*(#|$)' "$vmdb_file" | head -n 1)"
  done
}
