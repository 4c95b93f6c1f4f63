"""P01 no primary, P02 two primaries: what the server itself, the client's eye and the processes say (DOMAIN 0)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import short
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.roles import Role

_NOT_WRITABLE = {ClientAnswer.NO_ANSWER, ClientAnswer.IN_RECOVERY, ClientAnswer.READ_ONLY, ClientAnswer.STARTING_UP}


def check_no_primary(context: RegionContext) -> Iterable[Finding]:
    """P01: at least one host was reached, and every host is known not to accept writes. Else it is unknown."""
    if any(accepts_writes(facts) is not False for facts in context.hosts):
        return
    if not any(_reached(facts) for facts in context.hosts):
        return
    words = " and ".join(f"{short(facts.name)} {_state(context, facts)}" for facts in context.hosts)
    evidence = tuple(quote for facts in context.hosts for quote in _quotes(facts))
    yield context.finding(
        "P01",
        Severity.CRITICAL,
        None,
        f"{context.region.name}: {_nobody(context)} writes: {words}",
        evidence,
        remedy="find out which host has the newest WAL before starting or promoting anything",
    )


def _nobody(context: RegionContext) -> str:
    """No stronger than what was seen: a silent host may still serve others."""
    silent = any(facts.reach.failure is not None and context.role(facts) is Role.UNKNOWN for facts in context.hosts)
    return "nobody is seen to accept" if silent else "nobody accepts"


def check_two_primaries(context: RegionContext) -> Iterable[Finding]:
    """P02: both accept writes, by their own SQL or by what a client meets. Pacemaker's word makes no primary here:
    an unclean offline node is still listed as Promoted (DOMAIN 0.5).
    """
    if not all(accepts_writes(facts) for facts in context.hosts):
        return
    first, second = context.hosts
    timelines = f"timelines {_timeline(first)} and {_timeline(second)}"
    yield context.finding(
        "P02",
        Severity.CRITICAL,
        None,
        f"{context.region.name}: {short(first.name)} and {short(second.name)} both accept writes ({timelines})",
        tuple(quote for facts in context.hosts for quote in _quotes(facts)),
        remedy="keep clients on one of them now (firewall, VIP), then decide which data stays: P08 tells what differs",
    )


def no_primary_key(context: RegionContext) -> str | None:
    """The key of P01 where it stands, for findings that follow from it."""
    return next((finding.key for finding in check_no_primary(context)), None)


def accepts_writes(facts: HostFacts) -> bool | None:
    """Whether a host is a writable primary, by its own SQL, else by the client's eye, else because nothing runs.

    None where it could not be looked at, or where it runs and no role is shown: neither a primary nor none.
    """
    status = facts.sql.value
    answer = facts.client.value.answer if facts.client.value else None
    if answer is ClientAnswer.WRITABLE:
        return True
    if status is not None:
        return not status.in_recovery and not status.read_only
    if facts.processes.value is not None:
        return _by_processes(facts, answer)
    return False if answer in _NOT_WRITABLE else None


def _by_processes(facts: HostFacts, answer: ClientAnswer | None) -> bool | None:
    processes = facts.processes.value
    assert processes is not None
    if not processes.running or processes.walreceiver is not None or processes.startup is not None:
        return False
    return False if answer in {ClientAnswer.IN_RECOVERY, ClientAnswer.READ_ONLY, ClientAnswer.STARTING_UP} else None


def _reached(facts: HostFacts) -> bool:
    """Whether this host itself gave an answer: by ssh, or its PostgreSQL to a client.

    A refused port alone is not one: it may as well be a firewall's, and a fleet that cannot be looked at is unknown.
    """
    view = facts.client.value
    return bool(facts.reach.reachable) or (view is not None and view.answer is not ClientAnswer.NO_ANSWER)


def _state(context: RegionContext, facts: HostFacts) -> str:
    role = context.role(facts)
    if facts.reach.failure is not None and role is Role.UNKNOWN:
        return "does not answer"
    words = {
        Role.STOPPED: "is stopped",
        Role.STANDBY: "is a standby",
        Role.STARTING: "is starting",
        Role.PRIMARY: "is read-only",
        Role.UNKNOWN: "shows no primary",
    }
    return words[role]


def _timeline(facts: HostFacts) -> str:
    status, control = facts.sql.value, facts.control.value
    known = status.timeline if status else None
    return str(known or (control.timeline if control else None) or "unknown")


def _quotes(facts: HostFacts) -> list[Evidence]:
    quotes = []
    if (status := facts.sql.value) is not None:
        words = (
            f"{'t' if status.in_recovery else 'f'}, timeline {status.timeline}, at {status.current or status.replayed}"
        )
        quotes.append(Evidence.of("pg_is_in_recovery()", words, facts.sql, facts.name))
        if status.read_only and not status.in_recovery:
            quotes.append(Evidence.of("default_transaction_read_only", "on", facts.sql, facts.name))
    elif (processes := facts.processes.value) is not None:
        words = f"runs as pid {processes.postmaster}" if processes.running else "does not run"
        quotes.append(Evidence.of("postmaster", words, facts.processes, facts.name))
    else:
        quotes.append(
            Evidence.of("host", facts.processes.error or "could not be looked at", facts.processes, facts.name)
        )
    if (view := facts.client.value) is not None:
        words = f"{view.answer.value} at {view.address}:{view.port} (port {view.tcp.value})"
        quotes.append(Evidence.of("what a client meets", words, facts.client, facts.name))
    return quotes
