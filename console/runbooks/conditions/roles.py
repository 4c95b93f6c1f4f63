"""Who is the primary, by every witness (DOMAIN 0, 7), and that there is no second one."""

from __future__ import annotations

from console.diagnosis.fork_point import wal_timeline
from console.diagnosis.lock import primary_witnesses
from console.diagnosis.lock_proof import system_identifier
from console.diagnosis.primaries import accepts_writes
from console.diagnosis.words import short
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import context_of, no, not_looked, pair, unseen, yes
from console.runbooks.plan import Condition, Ruling

_PRIMARY_ANSWERS = {ClientAnswer.WRITABLE, ClientAnswer.READ_ONLY}


def primary_proven(region: str, host: str) -> Condition:
    """psql there says so, a second witness (client, VIP, attributes) agrees, and nobody contradicts (DOMAIN 7).

    In a scripted region the client is the only second witness: a step that needs this looks with `clients`.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        facts = snapshot.facts(host)
        status = facts.sql.value
        if status is None:
            return not_looked(facts, "psql's word", facts.sql)
        if status.in_recovery:
            return no(f"{short(host)} is in recovery: it is a standby")
        found = primary_witnesses(context, facts)
        if found.doubts:
            return unseen("; ".join(found.doubts))
        return yes("; ".join(f"{item.fact}: {item.value}" for item in found.evidence))

    return Condition(f"{short(host)} is the primary, and nobody contradicts", judge)


def no_second_writer(region: str, host: str) -> Condition:
    """The pair's other host is no primary: by its own SQL, by what a client meets, or since nothing runs there."""

    def judge(snapshot: Snapshot) -> Ruling:
        other = next(facts for facts in pair(snapshot, region) if facts.name != host)
        status, view = other.sql.value, other.client.value
        if view is not None and view.answer in _PRIMARY_ANSWERS:
            return no(f"a client meets a primary on {short(other.name)} ({view.answer.value})")
        if status is not None and not status.in_recovery:
            return no(f"psql on {short(other.name)} says that it is a primary too")
        if other.reach.failure is not None or accepts_writes(other) is not False:
            return not_looked(other, "the role", other.sql if not other.processes.known else other.processes)
        return yes(f"{short(other.name)} accepts no writes: {_why_not(other)}")

    return Condition(f"no other host than {short(host)} accepts writes", judge)


def _why_not(facts: HostFacts) -> str:
    if facts.sql.value is not None:
        return "it is in recovery"
    processes = facts.processes.value
    return "no server runs" if processes is not None and not processes.running else "it recovers"


def in_recovery(host: str) -> Condition:
    """The server answers and is a standby."""

    def judge(snapshot: Snapshot) -> Ruling:
        return _recovery(snapshot, host, wanted=True)

    return Condition(f"{short(host)} is in recovery", judge)


def not_in_recovery(host: str) -> Condition:
    """The server answers and is no standby. (The port answers earlier, DOMAIN 8.)"""

    def judge(snapshot: Snapshot) -> Ruling:
        return _recovery(snapshot, host, wanted=False)

    return Condition(f"{short(host)} is not in recovery", judge)


def _recovery(snapshot: Snapshot, host: str, *, wanted: bool) -> Ruling:
    facts = snapshot.facts(host)
    status, processes = facts.sql.value, facts.processes.value
    if status is None:
        if processes is not None and not processes.running:
            return no(f"no server runs on {short(host)}")
        return not_looked(facts, "psql's word", facts.sql)
    said = f"pg_is_in_recovery() on {short(host)} = {'t' if status.in_recovery else 'f'}"
    return yes(said) if status.in_recovery is wanted else no(said)


def not_the_primary(region: str, host: str) -> Condition:
    """No witness shows `host` as a primary; a server that merely could not be asked is unknown."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        facts = snapshot.facts(host)
        role = context.role(facts)
        if role is Role.PRIMARY:
            return no(f"{short(host)} is a primary")
        if role in {Role.STANDBY, Role.STOPPED}:
            return yes(f"{short(host)} is {'a standby' if role is Role.STANDBY else 'stopped'}")
        if accepts_writes(facts) is False and facts.reach.failure is None:
            return yes(f"{short(host)} accepts no writes")
        return unseen(f"the role of {short(host)} is {role.value}")

    return Condition(f"{short(host)} is not the primary", judge)


def same_system_identifier(first: str, second: str) -> Condition:
    """Both data directories are copies of one database (P07)."""

    def judge(snapshot: Snapshot) -> Ruling:
        ours, theirs = (system_identifier(snapshot.facts(name)) for name in (first, second))
        if ours is None or theirs is None:
            facts = snapshot.facts(first if ours is None else second)
            return not_looked(facts, "the system identifier", facts.control)
        said = f"{short(first)} {ours}, {short(second)} {theirs}"
        return yes(f"both {ours}") if ours == theirs else no(f"two databases: {said}")

    return Condition(f"{short(first)} and {short(second)} have the same system identifier", judge)


def has_system_identifier(host: str, identifier: str) -> Condition:
    """It is still the database that the plan was made for."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        found = system_identifier(facts)
        if found is None:
            return not_looked(facts, "the system identifier", facts.control)
        return yes(f"{found}") if found == identifier else no(f"{short(host)} has {found}")

    return Condition(f"{short(host)} is database {identifier}", judge)


def on_timeline(host: str, timeline: int) -> Condition:
    """The primary is on the timeline that the plan was made for: no failover came in between."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        found = wal_timeline(facts)
        if found is None:
            return not_looked(facts, "the timeline", facts.control)
        return yes(f"timeline {found}") if found == timeline else no(f"{short(host)} is on timeline {found}")

    return Condition(f"{short(host)} is still on timeline {timeline}", judge)
