# The database port's rules, by iptables, and by ip6tables where the host has an IPv6 address that others can reach.
# RHEL 6's iptables 1.4.7 knows neither -w nor -C; `-S` prints a rule as one would write it.

chain_rule="-A INPUT -p tcp -m tcp --dport $port -j $chain"
allow_rule="-A INPUT -p tcp -m tcp --dport $port -j ACCEPT"

# use_tables NAME: iptables or ip6tables from here on.
use_tables() {
  tables=$1
  command -v "$tables" >/dev/null || fail "$tables is not on this host"
  waiting=
  if "$tables" -w -S INPUT >/dev/null 2>&1; then waiting=-w; fi
  restore_waiting=
  if empty_change | "$tables-restore" -w --noflush --test >/dev/null 2>&1; then restore_waiting=-w; fi
}
empty_change() { printf '*filter\nCOMMIT\n'; }
has_ipv6() { awk '$6 != "lo" { found = 1 } END { exit !found }' /proc/net/if_inet6 2>/dev/null; }

tables() { "$tables" $waiting "$@"; }
# read_rules: every rule into `rules`, one a line, without the space that 1.4.7 puts behind each. Never within $( ) or a
# pipeline: `fail` would end only that, and no rule would be taken for none that is there.
read_rules() {
  rules=$(tables -S) || fail "$tables cannot list its rules"
  rules=$(printf '%s\n' "$rules" | sed 's/ *$//')
}
# count_rule RULE: how often it is there, into `count`.
count_rule() {
  read_rules
  count=$(printf '%s\n' "$rules" | grep -cxF -e "$1")
}
has_chain() {
  read_rules
  printf '%s\n' "$rules" | grep -qxF -e "-N $chain"
}

# change TEXT: lines of iptables-restore, in force together or not at all.
change() {
  for attempt in 1 2 3; do
    if printf '*filter\n%s\nCOMMIT\n' "$1" | "$tables-restore" $restore_waiting --noflush; then return 0; fi
    sleep 1
  done
  fail "$tables-restore refused the change; nothing of it is in force"
}

# delete_rule RULE: as often as it is there.
delete_rule() {
  count_rule "$1"
  while [ "$count" -gt 0 ]; do
    set -f
    tables -D ${1#-A } || fail "$tables cannot delete: $1"
    set +f
    count=$((count - 1))
  done
  count_rule "$1"
  [ "$count" = 0 ] || fail "$tables still has: $1"
}
