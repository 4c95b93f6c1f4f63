"""S04, S05: who can be reached on 5432, which is all that the global traffic manager looks at (REFERENCE 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import one_line, short
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.inventory.fleet import RegionKind

ANSWERS: dict[ClientAnswer, str] = {
    ClientAnswer.NO_ANSWER: "nothing",
    ClientAnswer.SILENT: "something that never answers",
    ClientAnswer.STARTING_UP: "a server that is starting up or shutting down",
    ClientAnswer.LOGIN_REFUSED: "a server that refuses the login (role unknown)",
    ClientAnswer.NO_DATABASE: "a server without this database",
    ClientAnswer.IN_RECOVERY: "a standby (read-only)",
    ClientAnswer.READ_ONLY: "a server with default_transaction_read_only",
    ClientAnswer.WRITABLE: "a database that accepts writes",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """What the witnesses say of a host's database port. None: that witness could not look."""

    client: bool | None
    listening: bool | None
    firewall: bool | None

    @property
    def host_says_open(self) -> bool | None:
        """Listening in public and let through by the firewall, as the host itself tells; one "no" closes it."""
        if self.listening is False or self.firewall is False:
            return False
        return True if self.listening and self.firewall else None

    @property
    def disagree(self) -> bool:
        """Whether a client met the opposite of what the host says."""
        return self.client is not None and self.host_says_open is not None and self.client != self.host_says_open


def gate(facts: HostFacts, port: int) -> Gate:
    """The port gate of a host, from the client's eye, its sockets and its firewall."""
    client = facts.client.value
    listeners = facts.listeners.value
    firewall = facts.firewall.value
    return Gate(
        client=None if client is None else client.port_open,
        listening=None if listeners is None else any(item.port == port and item.public for item in listeners),
        firewall=None if firewall is None else firewall.database_port_open,
    )


def gate_evidence(facts: HostFacts, port: int) -> tuple[Evidence, ...]:
    """The three witnesses quoted, those that could not look too, and that they disagree where they do."""
    host, found = facts.name, gate(facts, port)
    quotes = [
        Evidence.of(f"client at {port}", _client_words(facts), facts.client, host),
        Evidence.of("listening", _word(found.listening, "yes", "no public socket"), facts.listeners, host),
        Evidence.of("firewall", _word(found.firewall, "open", "closed"), facts.firewall, host),
    ]
    for rule in facts.firewall.value.rules[:3] if facts.firewall.value else ():
        quotes.append(Evidence.of("deciding rule", one_line(rule, 200), facts.firewall, host))
    if found.disagree:
        quotes.append(Evidence("disagreement", _disagreement(found), "client and host", host))
    return tuple(quotes)


def _client_words(facts: HostFacts) -> str:
    view = facts.client.value
    if view is None:
        return f"unknown: {one_line(facts.client.error or 'not asked', 200)}"
    words = f"{view.tcp.value}; answers: {ANSWERS[view.answer]}"
    return f"{words} ({one_line(view.message, 200)})" if view.message else words


def _word(value: bool | None, yes: str, no: str) -> str:
    return "unknown" if value is None else yes if value else no


def _disagreement(found: Gate) -> str:
    if found.client:
        return "the host says closed, yet a client gets in: the traffic manager may, too"
    return "the host says open, yet this client does not get in: a filter lies between, elsewhere it may be open"


def check_old_primary_port(context: RegionContext) -> Iterable[Finding]:
    """S04: host 1 can be reached on 5432 while host 2 is primary."""
    if context.region.kind is not RegionKind.SCRIPTED:
        return
    first, second = context.roles.hosts
    if context.roles.role(second) is not Role.PRIMARY:
        return
    port = _port(context, first)
    found = gate(first, port)
    if found.client or found.host_says_open:
        yield _reachable_old_primary(context, first, second, port)


def _reachable_old_primary(context: RegionContext, first: HostFacts, second: HostFacts, port: int) -> Finding:
    view = first.client.value
    answers = ANSWERS[view.answer] if view is not None and view.port_open else "a listening socket"
    return Finding(
        code="S04",
        severity=Severity.CRITICAL,
        region=context.region.name,
        host=first.name,
        summary=one_line(
            f"{short(first.name)} can be reached on {port} while {short(second.name)} is primary: {answers}"
        ),
        evidence=(
            Evidence("role", f"primary, says {context.roles.verdicts[1].witness}", "roles", second.name),
            Evidence("role", f"{context.roles.role(first).value}", "roles", first.name),
            *gate_evidence(first, port),
        ),
        remedy=f"Close {port} on {short(first.name)} at once, before anything else; then find out what listens there.",
        details={"answers": view.answer.value if view is not None else None},
    )


def check_standby_port(context: RegionContext) -> Iterable[Finding]:
    """S05: a standby that can be reached on 5432, where a traffic manager would send clients to it."""
    if context.region.kind is not RegionKind.SCRIPTED:
        return
    for facts in context.roles.playing(Role.STANDBY):
        yield from _reachable_standby(context, facts, _port(context, facts))


def _reachable_standby(context: RegionContext, facts: HostFacts, port: int) -> Iterator[Finding]:
    """A firewall that is open while no client got in is a warning: the gate of a standby must be closed."""
    found = gate(facts, port)
    name = short(facts.name)
    if found.client:
        severity, words = Severity.CRITICAL, f"{name} is a standby, and a client gets in on {port}"
    elif found.firewall and found.listening is not False:
        met = "no client got in from here" if found.client is False else "clients not tried"
        severity, words = Severity.WARNING, f"{name} is a standby, and its firewall is open on {port} ({met})"
    else:
        return
    yield Finding(
        code="S05",
        severity=severity,
        region=context.region.name,
        host=facts.name,
        summary=one_line(words),
        evidence=(Evidence("role", "standby", "roles", facts.name), *gate_evidence(facts, port)),
        remedy=f"Close {port} in the firewall of {name}; it must be open on the primary only.",
        details={"client_port_open": found.client, "firewall_open": found.firewall},
    )


def _port(context: RegionContext, facts: HostFacts) -> int:
    settings = context.snapshot.fleet.hosts[facts.name].postgresql
    return settings.port if settings else 5432
