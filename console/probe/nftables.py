"""`nft list ruleset` as Chains for one question: a new TCP connection from a stranger to a port (nft(8))."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from console.probe.packet_filter import Action, Chain, Rule

_TABLE = re.compile(r"table (?:(ip|ip6|inet|arp|bridge|netdev) )?(\S+) \{")
_CHAIN = re.compile(r"chain (\S+) \{")
_HOOK = re.compile(r"type filter hook input .*priority (\S+?)[; ]")
_POLICY = re.compile(r"policy (accept|drop)")
_TOKEN = re.compile(r'"[^"]*"|\{[^}]*\}|[^\s{}"]+')
_VERDICTS = {
    "accept": Action.ACCEPT,
    "drop": Action.DROP,
    "reject": Action.DROP,
    "return": Action.RETURN,
    "queue": Action.UNKNOWN,
}


@dataclass(slots=True)
class Ruleset:
    """Chains by "table/chain"; `bases` are those that see packets for this host."""

    chains: dict[str, Chain] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)


def ruleset(text: str, port: int, ignored: frozenset[tuple[str, str]] = frozenset()) -> Ruleset:
    """Every table but `ignored` (family, name) ones, which another tool has shown already."""
    found = Ruleset()
    table, chain, skipped = "", "", False
    depth = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if match := _TABLE.match(stripped):
            family = match[1] or "ip"
            table, skipped = f"{family} {match[2]}", family in {"ip6", "arp", "bridge"} or (family, match[2]) in ignored
            depth, chain = 1, ""
        elif not skipped and depth == 1 and (match := _CHAIN.match(stripped)):
            chain, depth = f"{table}/{match[1]}", 2
            found.chains.setdefault(chain, Chain())
        elif stripped == "}":
            depth, chain = max(0, depth - 1), ""
        elif stripped.endswith("{"):
            depth += 1
        elif chain and depth == 2 and stripped and not skipped:
            _take(found, chain, stripped, table, port)
    return found


def _take(found: Ruleset, name: str, line: str, table: str, port: int) -> None:
    chain = found.chains[name]
    if line.startswith("type "):
        if _HOOK.search(line):
            found.bases.append(name)
            policy = _POLICY.search(line)
            chain.policy = _VERDICTS[policy[1]] if policy else Action.ACCEPT
    elif not line.startswith("#"):
        chain.rules.append(_rule(line, table, port))


def _rule(line: str, table: str, port: int) -> Rule:
    tokens = _TOKEN.findall(line)
    matches: bool | None = True
    at = 0
    while at < len(tokens):
        word = tokens[at]
        if word in _VERDICTS:
            return Rule(matches, _VERDICTS[word], "", line)
        if word in {"jump", "goto"}:
            target = tokens[at + 1] if at + 1 < len(tokens) else ""
            return Rule(matches, Action.JUMP if word == "jump" else Action.GOTO, f"{table}/{target}", line)
        if "vmap" in tokens[at:] and word != "comment":
            return _map(tokens, table, line)
        verdict, used = _expression(tokens, at, port)
        if verdict is False:
            matches = False
        elif verdict is None and matches:
            matches = None
        at += used
    return Rule(matches, Action.CONTINUE, "", line)


def _map(tokens: list[str], table: str, line: str) -> Rule:
    """A verdict map: only the one over the connection's state can be judged; new connections pass it."""
    key = " ".join(tokens[: tokens.index("vmap")])
    if key == "ct state" and "new" not in tokens[-1]:
        return Rule(False, Action.CONTINUE, "", line)
    return Rule(None, Action.UNKNOWN, table, line)


def _expression(tokens: list[str], at: int, port: int) -> tuple[bool | None, int]:
    """Whether our packet meets the expression at `at`, and how many tokens it has."""
    words = (*tokens[at : at + 5], "", "", "", "", "")
    first, second, third, fourth = words[:4]
    if first in {"counter"}:
        return True, 5 if second == "packets" else 1
    if first == "comment":
        return True, 2
    if first == "log":
        return True, _log_length(tokens, at)
    if first in {"iif", "iifname"}:
        return _compare(second, third, lambda value: False if value.strip('"') == "lo" else None)
    if first == "tcp" and second == "dport":
        verdict, used = _compare(third, fourth, lambda value: _port_in(value, port))
        return verdict, used + 1
    if (first, second) in {
        ("ct", "state"),
        ("ip", "saddr"),
        ("ip", "protocol"),
        ("meta", "l4proto"),
        ("meta", "nfproto"),
    }:
        verdict, used = _compare(third, fourth, lambda value: _known(f"{first} {second}", value))
        return verdict, used + 1
    if first == "fib" and tokens[at : at + 3] == ["fib", "daddr", "type"]:
        return ("local" in fourth), 4
    if first in {"udp", "icmp", "icmpv6", "igmp", "sctp", "ip6", "ether", "arp", "vlan"}:
        return False, 3
    if first == "ct" and second == "status":
        return False, 3
    return None, 1


def _compare(operator_or_value: str, following: str, judge) -> tuple[bool | None, int]:  # type: ignore[no-untyped-def]
    """`!= value`, `== value` or `value`."""
    if operator_or_value in {"!=", "=="}:
        verdict = judge(following)
        negated = operator_or_value == "!="
        return (None if verdict is None else verdict is not negated), 3
    return judge(operator_or_value), 2


def _known(what: str, value: str) -> bool | None:
    items = {item.strip().strip('"') for part in value.strip("{} ").split(",") for item in [part]}
    if what == "ct state":
        return "new" in items
    if what == "ip saddr":
        return items == {"0.0.0.0/0"}
    if what == "meta nfproto":
        return "ipv4" in items
    return bool(items & {"tcp", "6"})


def _port_in(value: str, port: int) -> bool | None:
    if value.startswith("@"):
        return None
    for item in value.strip("{} ").split(","):
        low, dash, high = item.strip().partition("-")
        if low in {"postgresql", "postgres"} and port == 5432:
            return True
        if low.isascii() and low.isdigit() and len(low) <= 5:
            upper = high if dash and high.isascii() and high.isdigit() and len(high) <= 5 else low
            if int(low) <= port <= int(upper):
                return True
    return False


def _log_length(tokens: list[str], at: int) -> int:
    used = 1
    while tokens[at + used : at + used + 1] and tokens[at + used] in {"prefix", "level", "flags", "group", "snaplen"}:
        used += 2
    return used
