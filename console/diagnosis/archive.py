"""A01–A04: can the WAL archive be used, is it whole, does archiving keep up, is there room (REFERENCE 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.diagnosis.archive_gaps import find_gaps, lost
from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.host_condition import disk_evidence, file_systems, severity_above, severity_below
from console.diagnosis.words import duration, gibibytes, one_line, percent, short
from console.facts.archive import ArchiveDirectory, ArchiveQueue, Gap
from console.facts.host import HostFacts
from console.facts.lsn import SEGMENT_SIZE, WalArithmetic
from console.facts.roles import Role
from console.facts.server_version import ServerVersion
from console.facts.system import Disk
from console.inventory.fleet import Host, RegionKind

# A file waits for the archiver for milliseconds; five minutes is no busy moment any more.
STUCK_AFTER = 300.0
# Retention runs once a day: a file may be a day over, and two days over says that it did not run.
RETENTION_SLACK = 2 * 86400.0
_SHOWN_GAPS = 6


def version_of(facts: HostFacts) -> ServerVersion | None:
    """The server's version, from the server itself or from its data directory."""
    if facts.sql.value is not None:
        return facts.sql.value.version
    return facts.data.value.version if facts.data.value is not None else None


def segment_size_of(facts: HostFacts) -> int:
    """Bytes of a WAL segment; 16 MiB where pg_controldata could not be read, or told a size that no server has."""
    size = facts.control.value.segment_size if facts.control.value is not None else None
    return size if size is not None else SEGMENT_SIZE


def check_directories(context: RegionContext) -> Iterable[Finding]:
    """A01, at most one a directory: missing, on the wrong file system, or closed to the database's user."""
    for host in context.region.databases:
        facts = context.snapshot.facts(host)
        archive = facts.archive.value
        if archive is None:
            continue
        role = context.roles.role(facts)
        same = archive.write is not None and archive.read is not None and archive.write.path == archive.read.path
        if archive.write is not None and (role is not Role.STANDBY or same):
            yield from _directory(context, host, facts, archive.write, writes=role is not Role.STANDBY)
        mirror = archive.read if not same and role is Role.STANDBY else None
        if mirror is not None and (mirror.exists or host is not context.region.databases[0]):
            # Host 1 of a split archive has no mirror: host 2 discards its WAL while it is primary (REFERENCE 2, 4).
            yield from _directory(context, host, facts, mirror, writes=False)


def _directory(
    context: RegionContext, host: Host, facts: HostFacts, directory: ArchiveDirectory, *, writes: bool
) -> Iterator[Finding]:
    """The primary needs to write; a standby to read. Its failing is critical only for the one that archives now."""
    trouble = _trouble(context, host, directory, writes=writes)
    if trouble is None:
        return
    archives_now = context.roles.role(facts) is Role.PRIMARY
    yield Finding(
        code="A01",
        severity=Severity.CRITICAL if archives_now else Severity.WARNING,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: WAL archive {trouble} ({directory.path})"),
        evidence=_directory_evidence(host, facts, directory),
        remedy="Check the NFS mount (mount, showmount -e FILER), then owner and mode as the database's user.",
        details={"path": directory.path, "exists": directory.exists, "mounted": directory.mounted},
        subject=directory.path,
    )


def _trouble(context: RegionContext, host: Host, directory: ArchiveDirectory, *, writes: bool) -> str | None:
    nfs = context.region.kind is RegionKind.PACEMAKER and host.storage is not None
    if not directory.exists:
        return "is missing"
    if nfs and directory.mounted is False:
        return "is not mounted"
    if writes and directory.writable is False:
        return "cannot be written by the database's user"
    return "cannot be read by the database's user" if directory.readable is False else None


def _directory_evidence(host: Host, facts: HostFacts, directory: ArchiveDirectory) -> tuple[Evidence, ...]:
    words = {True: "yes", False: "no", None: "unknown"}
    quotes = [("exists", directory.exists), ("mounted", directory.mounted)]
    quotes += [("readable", directory.readable), ("writable", directory.writable)]
    found = [Evidence.of(fact, words[value], facts.archive, host.name) for fact, value in quotes]
    if directory.mount_source:
        found.append(Evidence.of("mounted from", one_line(directory.mount_source, 200), facts.archive, host.name))
    if host.storage is not None:
        found.append(Evidence("filer", host.storage.name, "inventory", host.name))
    return tuple(found)


def check_gaps(context: RegionContext) -> Iterable[Finding]:
    """A02, one a directory. Both hosts' views of one shared directory are one directory."""
    seen: set[tuple[Gap, ...]] = set()
    for facts, directory in _listings(context):
        gaps = _gaps(context, facts, directory)
        if gaps and gaps not in seen:
            seen.add(gaps)
            yield _gap_finding(context, facts, directory, gaps)


def _listings(context: RegionContext) -> list[tuple[HostFacts, ArchiveDirectory]]:
    """What the primary writes, then what a standby reads; of a pair without known primary, what host 1 writes."""
    writers = context.roles.playing(Role.PRIMARY) or context.roles.hosts[:1]
    found = [(host, host.archive.value.write) for host in writers if host.archive.value is not None]
    readers = context.roles.playing(Role.STANDBY)
    found += [(host, host.archive.value.read) for host in readers if host.archive.value is not None]
    listings: list[tuple[HostFacts, ArchiveDirectory]] = []
    for host, directory in found:
        if directory is not None and directory.runs and all(directory.runs != other.runs for _, other in listings):
            listings.append((host, directory))
    return listings


def _gaps(context: RegionContext, facts: HostFacts, directory: ArchiveDirectory) -> tuple[Gap, ...]:
    """The archiver's own witnesses are the primary's, whoever lists the directory."""
    archiving = context.roles.primary or facts
    queue = archiving.archive_queue.value
    history = archiving.history.value or facts.history.value
    gaps = find_gaps(directory.runs, _arithmetic(context, facts), history, segment_size_of(facts))
    return lost(gaps, queue, last_archived(archiving))


def _arithmetic(context: RegionContext, facts: HostFacts) -> WalArithmetic:
    other = context.roles.other(facts)
    return WalArithmetic.of(version_of(facts) or version_of(other))


def last_archived(facts: HostFacts) -> str | None:
    """The file that the archiver archived last, from pg_stat_archiver or its process title."""
    if facts.sql.value is not None and facts.sql.value.archiver is not None:
        return facts.sql.value.archiver.last_archived
    archiver = facts.processes.value.archiver if facts.processes.value is not None else None
    return archiver.last if archiver is not None else None


def _gap_finding(
    context: RegionContext, facts: HostFacts, directory: ArchiveDirectory, gaps: tuple[Gap, ...]
) -> Finding:
    count = sum(gap.count for gap in gaps)
    first, last = gaps[0].first, gaps[-1].last
    where = f"{first}" if count == 1 else f"{first} … {last}"
    quotes = [
        Evidence.of("missing", f"{gap.first} … {gap.last} ({gap.count})", facts.archive, facts.name)
        for gap in gaps[:_SHOWN_GAPS]
    ]
    quotes.append(Evidence.of("newest archived", directory.newest or "unknown", facts.archive, facts.name))
    quotes.append(Evidence.of("files", directory.files, facts.archive, facts.name))
    return Finding(
        code="A02",
        severity=Severity.WARNING,
        region=context.region.name,
        host=facts.name,
        summary=one_line(f"{short(facts.name)}: {count} segment{'s' * (count > 1)} missing in the archive: {where}"),
        evidence=tuple(quotes),
        remedy="No backup older than the gap can be rolled over it: make a new one, and find out who removed files.",
        details={"first_missing": str(first), "last_missing": str(last), "count": count},
        subject=directory.path,
    )


def check_queue(context: RegionContext) -> Iterable[Finding]:
    """A03 on every primary: too many files wait, the oldest waits too long, or the archiver says that it fails."""
    for facts in context.roles.playing(Role.PRIMARY):
        queue = facts.archive_queue.value
        failing = _failing(facts)
        severity = _queue_severity(context, queue, failing=bool(failing))
        if severity is not None:
            yield _stuck(context, facts, queue, failing, severity)


def _queue_severity(context: RegionContext, queue: ArchiveQueue | None, *, failing: bool) -> Severity | None:
    by_count = severity_above(queue.ready, context.thresholds.archive_ready) if queue is not None else None
    waits = queue is not None and queue.ready > 0 and (queue.oldest_age or 0) > STUCK_AFTER
    return by_count or (Severity.WARNING if failing or waits else None)


def _failing(facts: HostFacts) -> tuple[Evidence, ...]:
    """What the archiver itself says: pg_stat_archiver (9.4+) and its process title."""
    found = []
    row = facts.sql.value.archiver if facts.sql.value is not None else None
    if row is not None and row.failing:
        found.append(Evidence.of("pg_stat_archiver", f"failing on {row.last_failed}", facts.sql, facts.name))
    process = facts.processes.value.archiver if facts.processes.value is not None else None
    if process is not None and process.failed_on:
        found.append(Evidence.of("archiver process", f"failed on {process.failed_on}", facts.processes, facts.name))
    return tuple(found)


def _stuck(
    context: RegionContext,
    facts: HostFacts,
    queue: ArchiveQueue | None,
    failing: tuple[Evidence, ...],
    severity: Severity,
) -> Finding:
    if queue is None:
        words, quotes = "the backlog is unknown", (_unknown_queue(facts),)
    else:
        age = "" if queue.oldest_age is None else f", the oldest for {duration(queue.oldest_age)}"
        words = f"{queue.ready} file{'s' * (queue.ready != 1)} waiting{age}"
        quotes = (
            Evidence.of(".ready files", f"{queue.ready}, oldest {queue.oldest}", facts.archive_queue, facts.name),
        )
    state = "archiving fails" if failing else "archiving is behind"
    return Finding(
        code="A03",
        severity=severity,
        region=context.region.name,
        host=facts.name,
        summary=one_line(f"{short(facts.name)}: {state}: {words}"),
        evidence=quotes + failing,
        remedy="Run archive_command by hand as the database's user; WAL that is not archived fills the data disk.",
        details={"ready": queue.ready if queue else None, "oldest_age": queue.oldest_age if queue else None},
    )


def _unknown_queue(facts: HostFacts) -> Evidence:
    return Evidence.of(
        ".ready files", f"unknown: {facts.archive_queue.error or 'not asked'}", facts.archive_queue, facts.name
    )


def check_space(context: RegionContext) -> Iterable[Finding]:
    """A04: little room in the archive's file system, or files that retention should have deleted."""
    seen: set[str] = set()
    for facts in _primary_first(context):
        for _, disk in file_systems(facts.disks.value or (), archive=True):
            severity = severity_below(disk.free_share or 0, context.thresholds.disk_free) if disk.total else None
            if severity is not None and not (_shared(context, disk) and disk.device in seen):
                seen.add(disk.device)
                yield _low_space(context, facts, disk, severity)
    yield from _retention(context)


def _shared(context: RegionContext, disk: Disk) -> bool:
    """Whether both hosts show one and the same file system: a filer's export ("nfs1:/export"), whoever shows it.

    In a cluster both write to one directory (REFERENCE 2), so only a disk of its own makes it two.
    """
    return ":/" in disk.device or (context.pacemaker and not disk.device.startswith("/dev/"))


def _primary_first(context: RegionContext) -> list[HostFacts]:
    return sorted(context.roles.hosts, key=lambda host: context.roles.role(host) is not Role.PRIMARY)


def _low_space(context: RegionContext, facts: HostFacts, disk: Disk, severity: Severity) -> Finding:
    return Finding(
        code="A04",
        severity=severity,
        region=context.region.name,
        host=facts.name,
        summary=one_line(
            f"{short(facts.name)}: {percent(disk.free_share or 0)} free in the WAL archive ({disk.mount}), "
            f"{gibibytes(disk.available)} left"
        ),
        evidence=disk_evidence(facts.name, facts, disk),
        remedy="Does the daily retention job run on the primary? Is a slot or a burst of writes filling it? See A03.",
        details={"available_bytes": disk.available, "total_bytes": disk.total, "oldest_age": None},
        subject=disk.mount,
    )


def _retention(context: RegionContext) -> Iterator[Finding]:
    """The job runs on the primary, on what the primary writes."""
    primary = context.roles.primary
    limit = context.region.archive.retention if context.region.archive is not None else None
    archive = primary.archive.value if primary is not None else None
    if primary is None or limit is None or archive is None or archive.write is None:
        return
    directory = archive.write
    if directory.oldest_modified is None:
        return
    age = context.now.timestamp() - directory.oldest_modified
    if age > limit + RETENTION_SLACK:
        yield Finding(
            code="A04",
            severity=Severity.WARNING,
            region=context.region.name,
            host=primary.name,
            summary=one_line(f"{short(primary.name)}: archived WAL is {duration(age)} old, kept for {duration(limit)}"),
            evidence=(
                Evidence.of("oldest file", f"{duration(age)} old", primary.archive, primary.name),
                Evidence("retention", duration(limit), "inventory"),
                Evidence.of("files", directory.files, primary.archive, primary.name),
            ),
            remedy="Look at the daily cron job that deletes old archived files on the primary.",
            details={"available_bytes": None, "total_bytes": None, "oldest_age": age},
            subject="retention",
        )
