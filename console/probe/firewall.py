"""Section `firewall`: is the database's port open to strangers?"""

from __future__ import annotations

from console.facts.system import Firewall
from console.facts.text import clean
from console.probe.iptables import chains_of_list, chains_of_save
from console.probe.lines import blocks, integer, pairs
from console.probe.nftables import ruleset
from console.probe.packet_filter import Chain, Walk

_MOST_RULES = 12


def parse_firewall(text: str) -> Firewall | None:
    """Each packet filter's verdict, joined: closed where one closes it, open where all let it pass, else unknown."""
    by_name = {item.name: item.text for item in blocks(text)}
    port = integer(pairs(by_name[""].split("\n")).get("port"))
    if port is None or not 0 < port < 65536 or len(by_name) < 2:
        return None
    found = [part for part in (_iptables(by_name, port), _nft(by_name, port)) if part is not None]
    verdicts = {part.database_port_open for part in found}
    verdict = False if False in verdicts else None if None in verdicts else True
    rules = tuple(
        rule for part in found for rule in part.rules if verdict is None or part.database_port_open == verdict
    )
    tool = "+".join(part.tool for part in found) or "none"
    return Firewall(tool, verdict, rules[:_MOST_RULES], " ".join(filter(None, (part.policy for part in found))))


def _iptables(by_name: dict[str, str], port: int) -> Firewall | None:
    if "iptables-save" in by_name:
        chains = chains_of_save(by_name["iptables-save"], port)
    elif "iptables-list" in by_name:
        chains = chains_of_list(by_name["iptables-list"], port)
    else:
        return None
    if not chains:
        return Firewall("iptables", True, (), "no rules")
    return _judged("iptables", chains, "INPUT")


def _judged(tool: str, chains: dict[str, Chain], base: str) -> Firewall:
    walk = Walk(chains)
    verdict = walk.verdict(base)
    policy = chains[base].policy if base in chains else None
    return Firewall(tool, verdict, tuple(clean(rule) for rule in walk.deciding), policy.value if policy else "")


def _nft(by_name: dict[str, str], port: int) -> Firewall | None:
    """Every base chain has to accept: an accept in one is not the last word (nft(8), VERDICT STATEMENTS)."""
    text = by_name.get("nft", "")
    if not text.strip():
        return None
    shown = by_name.get("iptables-save", "")
    ignored = frozenset({("ip", "filter")} if "*filter" in shown else set())
    rules = ruleset(text, port, ignored)
    parts = [_judged("nft", rules.chains, base) for base in rules.bases]
    if not parts:
        return None
    verdicts = {part.database_port_open for part in parts}
    verdict = False if False in verdicts else None if None in verdicts else True
    quoted = tuple(rule for part in parts for rule in part.rules if part.database_port_open == verdict)
    return Firewall("nft", verdict, quoted, parts[0].policy)
