"""The pair's WAL archive and PGSQL.lock: what is there, what is missing, and what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.diagnosis.archive import last_archived, segment_size_of, version_of
from console.diagnosis.archive_gaps import find_gaps, lost
from console.diagnosis.finding import Finding
from console.diagnosis.words import duration
from console.facts.archive import ArchiveDirectory, Gap
from console.facts.evidence import WalEnd
from console.facts.host import HostFacts
from console.facts.lsn import WalArithmetic
from console.facts.roles import Role
from widgets.region_figure import TONES, Figure, RegionPage, Row, Section, Tone, section, unseen

_SHOWN_GAPS = 8


def archive_sections(page: RegionPage) -> tuple[Section, ...]:
    """The archive, then the lock where Pacemaker's agent makes one."""
    found = section("archive", "WAL archive", _archive(page))
    return (*found, *section("lock", "PGSQL.lock", _lock(page))) if page.context.pacemaker else found


def _archive(page: RegionPage) -> list[Row]:
    return [
        *page.rows("directory", lambda facts: _directories(facts)),
        *page.rows("archived", lambda facts: _contents(page, facts)),
        *page.rows("gaps", lambda facts: _gap_figures(page, facts)),
        *page.row("waiting", lambda facts: _queue(page, facts)),
        *page.row("archiver", _archiver),
    ]


def _each(facts: HostFacts) -> Iterator[ArchiveDirectory]:
    """Both directories, once where they are one."""
    archive = facts.archive.value
    if archive is None:
        return
    paths = set()
    for directory in (archive.write, archive.read):
        if directory is not None and directory.path not in paths:
            paths.add(directory.path)
            yield directory


def _directories(facts: HostFacts) -> Iterator[Figure]:
    if facts.archive.value is None:
        yield unseen(facts.archive, slow=True)
    for directory in _each(facts):
        tone = Tone.PLAIN if directory.exists and directory.readable is not False else Tone.WARNING
        yield Figure.of(f"{directory.path}: {_directory_words(directory)}", facts.archive, tone, slow=True)


def _directory_words(directory: ArchiveDirectory) -> str:
    if not directory.exists:
        return "MISSING"
    mounted = {True: "mounted", False: "not a mount", None: "mount unknown"}[directory.mounted]
    source = f" from {directory.mount_source}" if directory.mounted and directory.mount_source else ""
    read = {True: "readable", False: "NOT READABLE", None: "reading not tried"}[directory.readable]
    write = {True: "writable", False: "NOT WRITABLE", None: "writing not tried"}[directory.writable]
    return f"{mounted}{source}, {read}, {write}"


def _contents(page: RegionPage, facts: HostFacts) -> Iterator[Figure]:
    for directory in _each(facts):
        yield Figure.of(_content_words(page, directory), facts.archive, slow=True)


def _content_words(page: RegionPage, directory: ArchiveDirectory) -> str:
    name = directory.path.rstrip("/").rpartition("/")[2]
    if not directory.files:
        return f"{name}: empty"
    newest = f", newest {directory.newest}" if directory.newest else ""
    age = f" {_ago(page, directory.newest_modified)}" if directory.newest_modified is not None else ""
    histories = f", histories of timelines {', '.join(map(str, directory.histories))}" if directory.histories else ""
    oldest = f", oldest file {_ago(page, directory.oldest_modified)}" if directory.oldest_modified is not None else ""
    return f"{name}: {directory.files} files{newest}{age}{oldest}{histories}"


def _ago(page: RegionPage, at: float | None) -> str:
    return "" if at is None else f"{duration(max(0.0, page.now.timestamp() - at))} ago"


def _gap_figures(page: RegionPage, facts: HostFacts) -> Iterator[Figure]:
    for directory in _each(facts):
        name = directory.path.rstrip("/").rpartition("/")[2]
        gaps = _gaps(page, facts, directory)
        if not directory.runs:
            continue
        if not gaps:
            yield Figure.of(f"{name}: none", facts.archive, Tone.FAINT, slow=True)
        for gap in gaps[:_SHOWN_GAPS]:
            where = f"{gap.first}" if gap.count == 1 else f"{gap.first} … {gap.last}"
            yield Figure.of(f"{name}: {gap.count} missing, {where}", facts.archive, Tone.WARNING, slow=True)
        if len(gaps) > _SHOWN_GAPS:
            yield Figure.of(f"{name}: {len(gaps) - _SHOWN_GAPS} more gaps", facts.archive, Tone.WARNING, slow=True)


def _gaps(page: RegionPage, facts: HostFacts, directory: ArchiveDirectory) -> tuple[Gap, ...]:
    """As A02 finds them: what only waits for the archiver is no gap."""
    archiving = page.context.roles.primary or facts
    arithmetic = WalArithmetic.of(version_of(facts) or version_of(page.context.other(facts)))
    found = find_gaps(
        directory.runs, arithmetic, archiving.history.value or facts.history.value, segment_size_of(facts)
    )
    return lost(found, archiving.archive_queue.value, last_archived(archiving))


def _queue(page: RegionPage, facts: HostFacts) -> Figure:
    queue = facts.archive_queue.value
    if queue is None:
        return unseen(facts.archive_queue)
    oldest = f", oldest {queue.oldest}" if queue.oldest else ""
    age = f" for {duration(queue.oldest_age)}" if queue.oldest_age is not None else ""
    limit = page.context.thresholds.archive_ready
    tone = Tone.CRITICAL if queue.ready >= limit.critical else Tone.WARNING
    return Figure.of(
        f"{queue.ready} files{oldest}{age}", facts.archive_queue, tone if queue.ready >= limit.warning else Tone.PLAIN
    )


def _archiver(facts: HostFacts) -> Figure | None:
    processes, status = facts.processes.value, facts.sql.value
    row = status.archiver if status is not None else None
    if row is not None and row.archived is not None:
        failing = f", FAILING on {row.last_failed}" if row.failing else ""
        tone = Tone.WARNING if row.failing else Tone.PLAIN
        return Figure.of(f"{row.archived} archived, last {row.last_archived}{failing}", facts.sql, tone)
    process = processes.archiver if processes is not None else None
    if process is None:
        return None
    if process.failed_on:
        return Figure.of(f"FAILED on {process.failed_on}", facts.processes, Tone.WARNING)
    return Figure.of(f"last {process.last}" if process.last else "has archived nothing yet", facts.processes)


# --- PGSQL.lock --------------------------------------------------------------------------------------------------


def _lock(page: RegionPage) -> list[Row]:
    return [
        *page.row("lock file", lambda facts: _lock_file(page, facts)),
        *page.about("verdict", lambda facts: _verdict(page, facts)),
        *page.row("end of WAL", _wal_end),
    ]


def _lock_file(page: RegionPage, facts: HostFacts) -> Figure:
    data = facts.data.value
    if data is None:
        return unseen(facts.data)
    if data.lock is None:
        return Figure.of("not there", facts.data, Tone.FAINT)
    words = f"{data.lock.path}, written {_ago(page, data.lock.modified)}, owner {data.lock.owner}"
    if page.context.role(facts) is Role.PRIMARY:
        return Figure.of(f"{words}: as it must be on the running primary", facts.data, Tone.FAINT)
    return Figure.of(words, facts.data, Tone.WARNING)


def _verdict(page: RegionPage, facts: HostFacts) -> Figure | None:
    """C02's verdict with its reason."""
    finding = _found(page, "C02", facts.name)
    if finding is None:
        return None
    reason = next((item.value for item in finding.evidence if item.fact == "verdict"), finding.summary)
    verdict = str(finding.details.get("verdict", "not-provable")).replace("-", " ").upper()
    fork, end = finding.details.get("fork_lsn"), finding.details.get("end_lsn")
    numbers = f" (its WAL ends at E {end or 'unknown'}, the primary's fork point is F {fork or 'unknown'})"
    return Figure(
        f"{verdict}: {reason}{numbers}", TONES[finding.severity], "proof", facts.data.observed_at, finding=finding.key
    )


def _found(page: RegionPage, code: str, host: str) -> Finding | None:
    return next((item for item in page.findings if item.code == code and item.host == host), None)


def _wal_end(facts: HostFacts) -> Figure | None:
    end = facts.evidence.wal_end
    if end is None:
        return Figure("; ".join(facts.evidence.errors), Tone.UNKNOWN) if facts.evidence.errors else None
    return Figure(_end_words(end), Tone.PLAIN, end.method.value, facts.data.observed_at)


def _end_words(end: WalEnd) -> str:
    where = f"{end.upper}" if end.exact else f"between {end.lower} and {end.upper}"
    return f"{where} on timeline {end.timeline}"
