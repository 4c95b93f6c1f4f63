# The database port's gate in the firewall. Rules are compared as whole lines of `iptables -S`: 1.4.7 (RHEL 6) knows neither
# -C nor -w. What the host's own rules say of the port is never touched.
#
# Shut: a chain of our own is jumped to before every other rule, only behind the console's gate (chain vmdb-console). It
# lets in the other database host and this host itself, and rejects everybody else, sessions in progress included.
# Open on host 2: the reference's rule, which the console puts and takes too. Open on host 1: as its own rules have it.
GATE=pgsql-replication
MATCH="-p tcp -m tcp --dport $PGSQL_PORT"
JUMP="-A INPUT $MATCH -j $GATE"
CONSOLE_JUMP="-A INPUT $MATCH -j vmdb-console"
ALLOW="-A INPUT $MATCH -j ACCEPT"

# use_tables NAME: iptables or ip6tables from here on.
tables=
use_tables() {
    [ "$tables" != "$1" ] || return 0
    tables=$1
    command -v "$tables" >/dev/null 2>&1 || fail "$tables is not on this host"
    waiting=
    if timeout 5 "$tables" -w -S INPUT >/dev/null 2>&1; then waiting=-w; fi
    restore_waiting=
    if printf '*filter\nCOMMIT\n' | timeout 5 "$tables-restore" -w --noflush --test >/dev/null 2>&1; then
        restore_waiting=-w
    fi
}
# shellcheck disable=SC2086 # a flag or nothing
tables() { timeout 5 "$tables" $waiting "$@" 9>&-; }

# read_rules: all of them into `rules`, one a line, without the blank that 1.4.7 puts behind each.
read_rules() {
    rules=$(tables -S) || fail "$tables cannot list its rules"
    rules=$(printf '%s\n' "$rules" | sed 's/ *$//')
}
count_rule() { printf '%s\n' "$rules" | grep -cxF -e "$1"; }
has_rule() { printf '%s\n' "$rules" | grep -qxF -e "$1"; }

# change TEXT: lines of iptables-restore, in force together or not at all.
change() {
    for attempt in 1 2 3; do
        # shellcheck disable=SC2086 # a flag or nothing
        if printf '*filter\n%s\nCOMMIT\n' "$1" | timeout 5 "$tables-restore" $restore_waiting --noflush 9>&-; then
            return 0
        fi
        [ "$attempt" = 3 ] || sleep 0.5
    done
    fail "$tables-restore refused a change; nothing of it is in force"
}

# deletions RULE: a line for each time it is there.
deletions() {
    count=$(count_rule "$1")
    while [ "$count" -gt 0 ]; do
        echo "-D ${1#-A }"
        count=$((count - 1))
    done
}
# position: behind the console's gate, else first; of a rule that is put when ours are gone.
position() {
    found=$(printf '%s\n' "$rules" | grep '^-A INPUT ' | grep -vxF -e "$JUMP" -e "$ALLOW" |
        grep -nxF -e "$CONSOLE_JUMP" | tail -n 1 | cut -d : -f 1)
    echo $((${found:-0} + 1))
}

peer_rule() {
    case $tables$peer in
    iptables | ip6tables | iptables*:*) ;;
    ip6tables*:* | iptables*.*) echo "-A $GATE -s $peer -j ACCEPT" ;;
    esac
}
shut_text() {
    echo ":$GATE - [0:0]"
    deletions "$JUMP"
    [ "$own_allow" = no ] || deletions "$ALLOW"
    peer_rule
    echo "-A $GATE ! -i lo -p tcp -j REJECT --reject-with tcp-reset"
    echo "-I INPUT $(position) ${JUMP#-A INPUT }"
}

# is_shut: as shut_gate makes it. Where the peer's address is not known now, whoever is let in stays let in.
is_shut() {
    read_rules
    has_rule "$JUMP" && printf '%s\n' "$rules" | grep -q -e "^-A $GATE .*-j REJECT" || return 1
    [ "$own_allow" = no ] || ! has_rule "$ALLOW" || return 1
    [ -z "$(peer_rule)" ] || has_rule "-A $GATE -s $peer/32 -j ACCEPT" || has_rule "-A $GATE -s $peer/128 -j ACCEPT"
}
is_open() {
    read_rules
    ! has_rule "$JUMP" || return 1
    [ "$own_allow" = no ] || [ "$tables" = ip6tables ] || has_rule "$ALLOW"
}
has_ipv6() { awk '$6 != "lo" { found = 1 } END { exit !found }' /proc/net/if_inet6 2>/dev/null; }

# each_tables COMMAND: IPv6 first, so that whoever looks at iptables sees what is in force for both.
each_tables() {
    if has_ipv6 && command -v ip6tables >/dev/null 2>&1; then
        use_tables ip6tables
        "$1"
    fi
    use_tables iptables
    "$1"
}

# set_gate_for OWN_ALLOW PEER: before all others. OWN_ALLOW: yes on host 2, whose port the scripts open by a rule of their
# own; PEER: the name or address of the other database host.
set_gate_for() {
    own_allow=$1
    peer=$(address_of "$2")
}
shut_one() { is_shut || change "$(shut_text)"; }
shut_gate() { each_tables shut_one; }

open_one() {
    is_open && return
    allow=
    if [ "$own_allow" = yes ] && [ "$tables" = iptables ] && ! has_rule "$ALLOW"; then
        allow="-I INPUT $(position) ${ALLOW#-A INPUT }"
    fi
    change "$(deletions "$JUMP")
$allow"
    if has_rule "-N $GATE"; then
        tables -F "$GATE" && tables -X "$GATE"
    fi
}
open_gate() { each_tables open_one; }
gate_is_open() {
    use_tables iptables
    is_open
}
