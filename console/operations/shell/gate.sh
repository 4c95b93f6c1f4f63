# spare_rule: a line for the one address that may still come in, in its own family only.
spare_rule() {
  case $tables$spare in
  iptables | ip6tables | iptables*:*) ;;
  ip6tables*:* | iptables*.*) printf '%s\n' "-A $chain -s $spare -j RETURN" ;;
  esac
}

# What was there of an earlier gate is replaced in the same change; `:chain` empties one that is there.
close_gate() {
  text=":$chain - [0:0]"
  count_rule "$chain_rule"
  while [ "$count" -gt 0 ]; do
    text="$text
-D ${chain_rule#-A }"
    count=$((count - 1))
  done
  change "$text
$(spare_rule)
-A $chain -p tcp -j REJECT --reject-with tcp-reset
-I INPUT 1 ${chain_rule#-A INPUT }"
}

# IPv6 first: who looks at iptables sees the gate when all of it is closed.
close_port() {
  case $spare in *[!0-9a-fA-F.:/]*) fail "not an address: $spare" ;; esac
  if has_ipv6; then
    use_tables ip6tables
    close_gate
  fi
  use_tables iptables
  close_gate
  printf 'port %s is closed%s\n' "$port" "${spare:+ to all but $spare}"
}

open_gate() {
  delete_rule "$chain_rule"
  if has_chain; then
    tables -F "$chain" && tables -X "$chain" || fail "$tables cannot remove the chain $chain"
  fi
}

reopen_port() {
  if has_ipv6 && command -v ip6tables >/dev/null; then
    use_tables ip6tables
    open_gate
  fi
  use_tables iptables
  open_gate
  printf 'the gate of port %s is gone\n' "$port"
}
