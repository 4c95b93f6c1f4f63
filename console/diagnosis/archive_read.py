"""A05: a standby needs a segment that it can get neither from the primary nor from the archive (REFERENCE 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.diagnosis.archive import last_archived, segment_size_of, version_of
from console.diagnosis.archive_gaps import contains
from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import one_line, short
from console.facts.archive import ArchiveDirectory
from console.facts.host import HostFacts
from console.facts.lsn import WalArithmetic, WalSegment
from console.facts.postgresql import LogMeaning
from console.facts.roles import Role


@dataclass(frozen=True, slots=True)
class NeededSegment:
    """A segment that a standby is stuck at, and the witness that says so; `removed`: the primary has it no more."""

    segment: WalSegment
    evidence: Evidence
    removed: bool


def needed_segment(context: RegionContext, standby: HostFacts) -> NeededSegment | None:
    """The segment that a standby without stream waits for, although the primary finished it long ago.

    A standby that streams needs nothing; one that waits for the segment being written now is merely caught up.
    """
    if _streams(standby):
        return None
    found = _removed(standby) or _waiting(standby)
    if found is None or _replayed_past(standby, found.segment):
        return None
    return found if found.removed or _finished(context, found.segment) else None


def _streams(standby: HostFacts) -> bool:
    receiver = standby.processes.value.walreceiver if standby.processes.value is not None else None
    row = standby.sql.value.walreceiver if standby.sql.value is not None else None
    return (receiver is not None and "streaming" in receiver.state) or (row is not None and row.status == "streaming")


def _removed(standby: HostFacts) -> NeededSegment | None:
    """`requested WAL segment … has already been removed`, in the standby's log since it started."""
    entries = standby.log.value.recent(LogMeaning.SEGMENT_REMOVED) if standby.log.value is not None else ()
    for entry in reversed(entries):
        if entry.segment is not None:
            quote = Evidence.of("log", one_line(entry.text, 300), standby.log, standby.name)
            return NeededSegment(entry.segment, quote, removed=True)
    return None


def _waiting(standby: HostFacts) -> NeededSegment | None:
    """The startup process's title: `waiting for F` says that F is not there yet (DOMAIN 3.2)."""
    startup = standby.processes.value.startup if standby.processes.value is not None else None
    if startup is None or startup.state != "waiting" or startup.segment is None:
        return None
    quote = Evidence.of("startup process", f"waiting for {startup.segment}", standby.processes, standby.name)
    return NeededSegment(startup.segment, quote, removed=False)


def _replayed_past(standby: HostFacts, segment: WalSegment) -> bool:
    """Whether the standby got over it since."""
    replayed = standby.sql.value.replayed if standby.sql.value is not None else None
    if replayed is None:
        return False
    arithmetic, size = WalArithmetic.of(version_of(standby)), segment_size_of(standby)
    return replayed.minus(segment.start(size), arithmetic) >= size


def _finished(context: RegionContext, segment: WalSegment) -> bool:
    """Whether the primary writes in a later segment now, so that this one should be in the archive."""
    primary = context.roles.primary
    current = primary.sql.value.current if primary is not None and primary.sql.value is not None else None
    if primary is None or current is None:
        return False
    arithmetic, size = WalArithmetic.of(version_of(primary)), segment_size_of(primary)
    return current.minus(segment.start(size), arithmetic) >= size


def check_needed_segment(context: RegionContext) -> Iterable[Finding]:
    """A05, once gathered evidence or the archive's listing shows that the standby cannot read what it needs."""
    for standby in context.roles.hosts:
        if context.roles.role(standby) not in {Role.STANDBY, Role.STARTING}:
            continue
        needed = needed_segment(context, standby)
        witness = _unreadable(context, standby, needed) if needed is not None else None
        if needed is not None and witness is not None:
            yield _finding(context, standby, needed, witness)


def _unreadable(context: RegionContext, standby: HostFacts, needed: NeededSegment) -> Evidence | None:
    """The witness that says the archive does not give it; None where it does, or where nobody could look."""
    tried = standby.evidence.segment
    if tried is not None and tried.segment == needed.segment:
        if tried.readable:
            return None
        said = one_line(f"not readable: {tried.reason}", 300)
        return Evidence(f"{needed.segment} in {tried.path}", said, "segment", standby.name)
    directory = standby.archive.value.read if standby.archive.value is not None else None
    if directory is None:
        return None
    if not directory.exists or directory.readable is False:
        return Evidence.of(directory.path, "not readable", standby.archive, standby.name)
    if contains(directory.runs, needed.segment) or not _should_be_there(context, standby, directory, needed):
        return None
    return Evidence.of(directory.path, f"{needed.segment} is not in it", standby.archive, standby.name)


def _should_be_there(
    context: RegionContext, standby: HostFacts, directory: ArchiveDirectory, needed: NeededSegment
) -> bool:
    """A whole listing proves a lack only of what had been archived by then: the listing may be a minute old.

    Proof is a later segment in it, the archiver's word that it has passed it, or the primary's that it removed it.
    """
    if standby.archive.error is not None:
        return False
    segment = needed.segment
    if needed.removed:
        return True
    archived = last_archived(context.roles.primary) if context.roles.primary is not None else None
    witnesses = (directory.newest, WalSegment.parse(archived) if archived else None)
    return any(item is not None and item.timeline == segment.timeline and item > segment for item in witnesses)


def _finding(context: RegionContext, standby: HostFacts, needed: NeededSegment, witness: Evidence) -> Finding:
    return Finding(
        code="A05",
        severity=Severity.CRITICAL,
        region=context.region.name,
        host=standby.name,
        summary=one_line(f"{short(standby.name)} needs {needed.segment} and cannot get it from the archive"),
        evidence=(
            needed.evidence,
            witness,
            Evidence.of("newest in the archive", _newest(standby), standby.archive, standby.name),
        ),
        remedy="Mend restore_command and the mount (A01); if the segment is gone for good: rebuild-standby.",
        details={"segment": str(needed.segment)},
        subject=str(needed.segment),
    )


def _newest(standby: HostFacts) -> str:
    """The newest segment of the listing; "none" only where a listing was made and had none."""
    directory = standby.archive.value.read if standby.archive.value is not None else None
    if directory is None or directory.readable is not True:
        return "unknown"
    return str(directory.newest) if directory.newest is not None else "none"
