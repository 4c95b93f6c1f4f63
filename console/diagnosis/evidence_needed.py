"""Which dear evidence should be gathered now, and what it depends on, so that it is asked for only once."""

from __future__ import annotations

from dataclasses import dataclass

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.divergence import compare
from console.diagnosis.fork_point import ran_as_primary, wal_timeline
from console.diagnosis.lock import fork_of
from console.diagnosis.lock_proof import Verdict, commits_past
from console.facts.host import HostFacts
from console.facts.lsn import Lsn, WalArithmetic, WalSegment
from console.facts.postgresql import LogMeaning
from console.facts.roles import Role
from console.facts.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Ask `host` (inventory name) for `section`, as "wal_end:2:0/4000028".

    `depends_on` is everything that would make the answer another one: ask again only when it has changed.
    """

    host: str
    section: str
    depends_on: str


def evidence_needed(snapshot: Snapshot, previous: Snapshot | None = None) -> tuple[EvidenceRequest, ...]:
    """The requests that the snapshot (`.current()`) calls for. The end of WAL comes first; what it shows may call
    for more at the next look: commits past the fork point need both ends.
    """
    found: list[EvidenceRequest] = []
    for region in snapshot.fleet.regions:
        context = region_context(snapshot, region, previous)
        for facts in context.hosts:
            found += [item for item in (_wal_end(context, facts), _commits(context, facts)) if item is not None]
            found += [item for item in (_segment(context, facts),) if item is not None]
    return tuple(found)


def _concerns(context: RegionContext, facts: HostFacts) -> bool:
    """A stopped server with a lock or a primary's last state, while another host may be the primary (C02, P08)."""
    processes, control, data = facts.processes.value, facts.control.value, facts.data.value
    if processes is None or processes.running or control is None:
        return False
    locked = data is not None and data.lock is not None
    return locked or (ran_as_primary(control) is True and context.roles.primary is not None)


def _wal_end(context: RegionContext, facts: HostFacts) -> EvidenceRequest | None:
    if not _concerns(context, facts):
        return None
    timeline, start = wal_timeline(facts), _start(facts, context.arithmetic)
    if timeline is None or start is None:
        return None
    return EvidenceRequest(facts.name, f"wal_end:{timeline}:{start}", _state(facts))


def _start(facts: HostFacts, arithmetic: WalArithmetic) -> Lsn | None:
    """Where to begin to read: the last checkpoint's REDO, or the switch to a timeline that began after it.

    The first segment of a new timeline is a copy of the old one's up to the switch (xlog.c, exitArchiveRecovery).
    """
    control, history = facts.control.value, facts.history.value
    if control is None or control.redo is None:
        return None
    if history is None or control.timeline is None or (wal_timeline(facts) or 0) <= control.timeline:
        return control.redo
    switch = history.switches[-1].lsn if history.switches else None
    return max((lsn for lsn in (control.redo, switch) if lsn is not None), key=lambda lsn: lsn.position(arithmetic))


def _state(facts: HostFacts) -> str:
    """What the WAL of a stopped server depends on: it does not change while these do not."""
    control, data = facts.control.value, facts.data.value
    assert control is not None
    lock = data.lock.modified if data is not None and data.lock is not None else None
    created = data.created if data is not None else None
    return (
        f"{control.system_identifier} {control.state} {control.checkpoint} {control.redo} {control.timeline} "
        f"{control.minimum_recovery} {lock} {created}"
    )


def _commits(context: RegionContext, facts: HostFacts) -> EvidenceRequest | None:
    """Commits past F, once E is known to lie past it and where they have not been listed yet."""
    primary = context.roles.primary
    if not _concerns(context, facts) or primary is None or primary.name == facts.name:
        return None
    fork = fork_of(context, facts, primary)
    timeline = wal_timeline(facts)
    if fork.exact is None or timeline is None or commits_past(facts, fork) is not None:
        return None
    proof = compare(context, facts, primary)
    if proof.verdict is not Verdict.UNSAFE or proof.end is None:
        return None
    return EvidenceRequest(facts.name, f"commits:{timeline}:{fork.exact}", f"{_state(facts)} {fork.exact}")


def _segment(context: RegionContext, facts: HostFacts) -> EvidenceRequest | None:
    """Can the segment that a standby waits for be read from its archive (A05)?"""
    if context.role(facts) is not Role.STANDBY:
        return None
    segment = waited_for(facts)
    if segment is None:
        return None
    archive = facts.archive.value.read if facts.archive.value is not None else None
    seen = f"{archive.readable} {archive.mounted} {archive.files} {archive.newest}" if archive is not None else ""
    return EvidenceRequest(facts.name, f"segment:{segment}", f"{segment} {seen}")


def waited_for(facts: HostFacts) -> WalSegment | None:
    """The segment a standby needs and does not get: its startup process waits for it while nothing streams, or its
    walreceiver was last told that the primary has removed it.
    """
    processes = facts.processes.value
    if processes is None or processes.walreceiver is not None:
        return None
    startup = processes.startup
    if startup is not None and startup.state.startswith("waiting") and startup.segment is not None:
        return startup.segment
    removed = facts.log.value.recent(LogMeaning.SEGMENT_REMOVED) if facts.log.value is not None else ()
    return removed[-1].segment if removed else None
