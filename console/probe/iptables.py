"""iptables rules as Chains for one question: a stranger's new TCP connection to a port (iptables-extensions(8))."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from console.probe.packet_filter import Action, Chain, Rule

_TARGETS = {
    "ACCEPT": Action.ACCEPT,
    "DROP": Action.DROP,
    "REJECT": Action.DROP,
    "TARPIT": Action.DROP,
    "RETURN": Action.RETURN,
    **dict.fromkeys(
        ("LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "AUDIT", "TRACE", "SECMARK", "CONNSECMARK", "SET"), Action.CONTINUE
    ),
    **dict.fromkeys(("QUEUE", "NFQUEUE", "SYNPROXY"), Action.UNKNOWN),
}
_EVERYWHERE = frozenset({"0.0.0.0/0", "0.0.0.0/0.0.0.0", "anywhere", "::/0"})
_POLICY = re.compile(r":(\S+) (\S+)")


def chains_of_save(text: str, port: int) -> dict[str, Chain]:
    """The filter table of `iptables-save`; no chains where that table is not loaded."""
    chains: dict[str, Chain] = {}
    table = ""
    for line in text.split("\n"):
        if line.startswith("*"):
            table = line[1:].strip()
        elif table != "filter":
            continue
        elif line.startswith("-A "):
            words = _words(line)
            if len(words) > 1:
                chains.setdefault(words[1], Chain()).rules.append(_rule(words[2:], line, port))
        elif match := _POLICY.match(line):
            chains.setdefault(match[1], Chain()).policy = _TARGETS.get(match[2])
    return chains


def _words(line: str) -> list[str]:
    if '"' not in line and "'" not in line and "\\" not in line:
        return line.split()  # nearly every rule, and shlex is 20 times as slow
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _rule(words: list[str], line: str, port: int) -> Rule:
    matches: bool | None = True
    action, target = Action.CONTINUE, ""
    at, negated = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if word == "!":
            negated = True
            continue
        arguments = []
        while at < len(words) and not words[at].startswith("-") and words[at] != "!":
            arguments.append(words[at])
            at += 1
        if word in {"-j", "--jump", "-g", "--goto"}:
            name = arguments[0] if arguments else ""
            jump = Action.GOTO if word in {"-g", "--goto"} else Action.JUMP
            action, target = (_TARGETS[name], "") if name in _TARGETS else (jump, name)
            break  # what follows are the target's own options
        if matches is not False:
            matches = _and(matches, _judge(word, arguments, port, negated))
        negated = False
    return Rule(matches, action, target, line.strip())


def _and(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _judge(option: str, arguments: list[str], port: int, negated: bool) -> bool | None:
    """Whether our packet meets one option of a rule."""
    judge = _OPTIONS.get(option)
    if judge is None:
        return None
    verdict = judge(arguments[0] if arguments else "", arguments, port)
    return verdict if verdict is None or not negated else not verdict


def _source(argument: str, _: list[str], __: int) -> bool:
    """A restricted source is not a stranger's."""
    return argument in _EVERYWHERE


def _destination(argument: str, _: list[str], __: int) -> bool | None:
    return True if argument in _EVERYWHERE else None


def _interface(argument: str, _: list[str], __: int) -> bool | None:
    """Strangers never come over the loopback interface; over which other one is not known."""
    if argument == "+":
        return True
    return False if argument in {"lo", "lo+"} else None


def _protocol(argument: str, _: list[str], __: int) -> bool:
    return argument.lower() in {"tcp", "6", "all", "0"}


def _ports(argument: str, _: list[str], port: int) -> bool | None:
    """`5432`, `5000:6000`, `22,80,5000:6000`, or a service's name (perhaps)."""
    verdicts = [_in_range(part, port) for part in argument.split(",")]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _in_range(text: str, port: int) -> bool | None:
    if text in {"postgres", "postgresql"}:
        return port == 5432
    low, colon, high = text.partition(":")
    first, last = _number(low or "0"), _number((high or "65535") if colon else low)
    return None if first is None or last is None else first <= port <= last


def _number(text: str) -> int | None:
    return int(text) if len(text) <= 5 and text.isascii() and text.isdigit() else None


def _source_port(argument: str, _: list[str], port: int) -> bool | None:
    return True if argument in {"0:65535", "1024:65535", ":"} else None


def _state(argument: str, _: list[str], __: int) -> bool:
    return "NEW" in argument.upper().split(",")


def _tcp_flags(_: str, arguments: list[str], __: int) -> bool | None:
    """Ours is the first packet: SYN alone."""
    if len(arguments) < 2:
        return None
    mask, wanted = ({flag for flag in text.split(",") if flag != "NONE"} for text in arguments[:2])
    if "ALL" in mask:
        mask = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"}
    return mask & {"SYN"} == wanted


def _destination_type(argument: str, _: list[str], __: int) -> bool:
    return "LOCAL" in argument.split(",")


def _always(_: str, __: list[str], ___: int) -> bool:
    return True


def _never(_: str, __: list[str], ___: int) -> bool:
    return False


def _module(argument: str, _: list[str], __: int) -> bool | None:
    """Modules say nothing by themselves; those whose options we do not know leave the rule open."""
    if argument in _MODULES_OF_OTHERS:
        return False
    return True if argument in _NEUTRAL_MODULES else None


# Of other protocols, and of packets that this host or a neighbour sends.
_MODULES_OF_OTHERS = frozenset({"udp", "icmp", "icmp6", "sctp", "esp", "ah", "owner", "mac"})
_NEUTRAL_MODULES = frozenset(
    {"tcp", "comment", "state", "conntrack", "multiport", "addrtype", "iprange", "set", "pkttype"}
)


def _set(_: str, arguments: list[str], __: int) -> bool | None:
    return False if "src" in (arguments[1] if len(arguments) > 1 else "").split(",") else None


_OPTIONS: dict[str, Callable[[str, list[str], int], bool | None]] = {
    **dict.fromkeys(("-s", "--source", "--src-range"), _source),
    **dict.fromkeys(("-d", "--destination"), _destination),
    **dict.fromkeys(("-i", "--in-interface"), _interface),
    **dict.fromkeys(("-p", "--protocol"), _protocol),
    **dict.fromkeys(("--dport", "--dports", "--destination-port", "--destination-ports", "--ports"), _ports),
    **dict.fromkeys(("--sport", "--sports", "--source-port", "--source-ports"), _source_port),
    **dict.fromkeys(("--state", "--ctstate"), _state),
    **dict.fromkeys(("--comment", "--syn"), _always),
    **dict.fromkeys(("-f", "--fragment", "--mac-source", "--uid-owner", "--gid-owner", "-o"), _never),
    "--tcp-flags": _tcp_flags,
    "--dst-type": _destination_type,
    "--match-set": _set,
    "-m": _module,
    "--match": _module,
}


_LIST_CHAIN = re.compile(r"Chain (\S+) \((?:policy (\S+)|.*references)")


def chains_of_list(text: str, port: int) -> dict[str, Chain]:
    """`iptables -L -n`: no interfaces are shown there, so a rule for all is only perhaps one for strangers."""
    chains: dict[str, Chain] = {}
    current: Chain | None = None
    for line in text.split("\n"):
        if match := _LIST_CHAIN.match(line):
            current = chains.setdefault(match[1], Chain())
            current.policy = _TARGETS.get(match[2] or "")
            continue
        words = line.split()
        if current is not None and len(words) >= 5 and words[0] != "target":
            current.rules.append(_listed_rule(words, line, port))
    return chains


def _listed_rule(words: list[str], line: str, port: int) -> Rule:
    """`target prot opt source destination rest…`."""
    name, protocol, _, source, destination, *rest = words
    matches = _and(_protocol(protocol, [], port), _source(source, [], port))
    matches = _and(matches, _destination(destination, [], port))
    if not rest and name in {"ACCEPT"} and protocol in {"all", "0"}:
        matches = _and(matches, None)  # usually `-i lo`, which -L does not show
    for word in rest:
        key, colon, value = word.partition(":")
        if key in {"dpt", "dpts"} and colon:
            matches = _and(matches, _ports(value, [], port))
        elif re.fullmatch(r"[A-Z]+(,[A-Z]+)*", word) and {"NEW", "ESTABLISHED", "RELATED", "INVALID"} & set(
            word.split(",")
        ):
            matches = _and(matches, _state(word, [], port))
        elif word.lower() in {"udp", "icmp"}:
            matches = False
    if "multiport" in rest and "dports" in rest:
        matches = _and(matches, _ports(rest[rest.index("dports") + 1] if rest[-1] != "dports" else "", [], port))
    if name in _TARGETS:
        return Rule(matches, _TARGETS[name], "", line.strip())
    return Rule(matches, Action.JUMP, name, line.strip())
