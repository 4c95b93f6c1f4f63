# After our own gate where that is closed: the gate stays before every other rule.
allow_port() {
  use_tables iptables
  count_rule "$allow_rule"
  if [ "$count" = 0 ]; then
    position=$(printf '%s\n' "$rules" | grep '^-A INPUT ' | grep -nxF -e "$chain_rule" | tail -n 1 | cut -d : -f 1)
    set -f
    tables -I INPUT $((${position:-0} + 1)) ${allow_rule#-A INPUT } || fail "iptables cannot open port $port"
  fi
  printf 'port %s is open\n' "$port"
}

deny_port() {
  use_tables iptables
  delete_rule "$allow_rule"
  printf 'port %s is not opened any more\n' "$port"
}
