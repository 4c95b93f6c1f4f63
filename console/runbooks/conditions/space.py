"""Space and shape of data directories (section `layout`), and what lies in the archives."""

from __future__ import annotations

from console.diagnosis.fork_point import wal_timeline
from console.diagnosis.words import gibibytes, short
from console.facts.archive import ArchiveDirectory
from console.facts.host import HostFacts
from console.facts.lag import arithmetic_of
from console.facts.lsn import SEGMENT_SIZE, WalSegment
from console.facts.snapshot import Snapshot
from console.operations.places import INSIDE, PART_SUFFIX
from console.runbooks.conditions.rulings import context_of, entry, no, not_looked, pair, unseen, yes
from console.runbooks.plan import Condition, Ruling

RESERVE = 64 * 1024**2
"""Bytes that must be left beside a copy and a twentieth of it: WAL goes on while it is made."""


def room_needed(size: int) -> int:
    """Bytes that a copy of `size` bytes needs."""
    return size + size // 20 + RESERVE


def space_for_copy(target: str, source: str) -> Condition:
    """The target's file system holds a second database beside the first (sections `layout` of both)."""

    def judge(snapshot: Snapshot) -> Ruling:
        here, there = snapshot.facts(target), snapshot.facts(source)
        free = here.layout.value.free if here.layout.value is not None else None
        size = there.layout.value.size if there.layout.value is not None else None
        if free is None:
            return not_looked(here, "the free space", here.layout)
        if size is None:
            return not_looked(there, "the size of the database", there.layout)
        needed = room_needed(size)
        said = f"{gibibytes(free)} free on {short(target)}, {gibibytes(needed)} needed for a copy of {gibibytes(size)}"
        if free >= needed:
            return yes(said)
        return no(f"{said}: {gibibytes(needed - free)} missing; make room, or give the file system more")

    return Condition(f"a copy fits beside the data on {short(target)}", judge)


def no_tablespaces(host: str) -> Condition:
    """The database lies in one directory: a copy and a swap by rename would not take tablespaces along."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        layout = facts.layout.value
        if layout is None:
            return not_looked(facts, "the layout of the data directory", facts.layout)
        if layout.tablespaces:
            return no(f"tablespaces outside the data directory: {', '.join(layout.tablespaces[:4])}")
        return yes("no tablespaces")

    return Condition(f"no tablespaces on {short(host)}", judge)


def no_wal_link(host: str) -> Condition:
    """The WAL lies within the data directory: where it is a link, a swap would lead two directories to one WAL."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        layout = facts.layout.value
        if layout is None:
            return not_looked(facts, "the layout of the data directory", facts.layout)
        if layout.wal_link:
            return no(f"the WAL directory is a link to {layout.wal_link}")
        return yes("the WAL directory is no link")

    return Condition(f"the WAL lies within the data directory on {short(host)}", judge)


def archive_not_ahead(region: str, primary: str) -> Condition:
    """No archive of the pair has WAL of the primary's timeline, or of a later one, past the primary's own position, nor
    the history of a later timeline: that is an abandoned future, and a standby that follows the latest timeline would
    take it (G42). Sections `archive` of both.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(primary)
        status, timeline = facts.sql.value, wal_timeline(facts)
        if context_of(snapshot, region).region.archive is None:
            return yes("the region has no archive")
        if status is None or status.current is None or timeline is None:
            return not_looked(facts, "the position", facts.sql)
        current = WalSegment.containing(timeline, status.current, _segment_size(facts))
        missing: Ruling | None = None
        for host in pair(snapshot, region):
            directories = _directories(host)
            if directories is None or any(item.exists and item.readable is not True for item in directories):
                missing = not_looked(host, "the archive", host.archive)
            ahead = [found for item in directories or () if (found := _past(item, current, facts)) is not None]
            if ahead:
                return no(f"the archive on {short(host.name)} has {ahead[0]}, {short(primary)} only writes {current}")
            later = [tli for item in directories or () for tli in item.histories if tli > timeline]
            if later:
                return no(f"the archive on {short(host.name)} has a history of timeline {later[0]}, not {timeline}")
        return missing or yes(f"no archive has anything past {current}")

    return Condition(f"no archive holds WAL past {short(primary)}'s position", judge)


def _directories(host: HostFacts) -> tuple[ArchiveDirectory, ...] | None:
    archive = host.archive.value
    if archive is None or archive.write is None or archive.read is None:
        return None
    return tuple(dict.fromkeys((archive.write, archive.read)))


def _segment_size(facts: HostFacts) -> int:
    return (facts.control.value.segment_size if facts.control.value is not None else None) or SEGMENT_SIZE


def _past(directory: ArchiveDirectory, current: WalSegment, facts: HostFacts) -> WalSegment | None:
    """The last archived segment past `current`, of its timeline or a later one."""
    arithmetic, size = arithmetic_of(facts), _segment_size(facts)
    ends = [run.last for run in directory.runs if run.last.timeline >= current.timeline]
    past = [item for item in ends if item.index(arithmetic, size) > current.index(arithmetic, size)]
    return max(past, default=None)


def data_directory_mode(host: str) -> Condition:
    """The data directory is the database user's own, mode 0700 (a server with another does not start)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data, settings = facts.data.value, entry(snapshot, host).postgresql
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if not data.exists or settings is None:
            return no(f"there is no database in {data.path}")
        said = f"{data.path}: owner {data.owner}, mode {data.mode}"
        good = data.owner == settings.os_user and data.mode.lstrip("0") in {"700", "750"}
        return yes(said) if good else no(said)

    return Condition(f"the data directory on {short(host)} has the right owner and mode", judge)


def copied_since(host: str, before: float | None) -> Condition:
    """Another data directory than that of `before` (its PG_VERSION's time) is in place: the copy was swapped in."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if not data.exists:
            return no(f"there is no database in {data.path}")
        if data.created is None:
            return unseen(f"when {data.path} was made is unknown")
        if before is not None and data.created == before:
            return no(f"{data.path} is still the old data")
        return yes(f"{data.path} is another directory than before")

    return Condition(f"the copy is in place on {short(host)}", judge)


def original_data(host: str, before: float | None) -> Condition:
    """The data directory in place is the one of `before` again."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if before is None:
            return no(f"{data.path} is a database") if data.exists else yes(f"no database in {data.path}, as before")
        if not data.exists:
            return no(f"there is no database in {data.path}")
        return yes(f"{data.path} is the old data") if data.created == before else no(f"{data.path} is not the old data")

    return Condition(f"the old data is in place on {short(host)}", judge)


def left_behind(host: str, path: str, *, there: bool) -> Condition:
    """Whether a directory that the run made (a copy, old data set aside) is there, whole; for its absence, also not a
    part of it, as an interrupted swap leaves one on a mount point.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        traces = facts.traces.value
        if traces is None:
            return not_looked(facts, "what runs left behind", facts.traces)
        found = next((name for name in names if any(_same_place(name, item) for item in traces.leftovers)), None)
        said = f"{found or path} is {'there' if found else 'not there'} on {short(host)}"
        return yes(said) if (found is not None) is there else no(said)

    names = (path,) if there else (path, path + PART_SUFFIX)
    return Condition(f"{path} is {'' if there else 'not '}there on {short(host)}", judge)


def archived_aside(host: str, path: str, *, there: bool) -> Condition:
    """Whether the host notes that a run has set archived WAL aside in `path`."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        traces = facts.traces.value
        if traces is None:
            return not_looked(facts, "what runs left behind", facts.traces)
        said = f"archived WAL is {'' if path in traces.archives else 'not '}noted to be aside in {path}"
        return yes(said) if (path in traces.archives) is there else no(said)

    return Condition(f"archived WAL is {'' if there else 'not '}aside in {path} on {short(host)}", judge)


def archive_there(host: str) -> Condition:
    """The folder that the host would archive into is there (section `archive`)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        directory = facts.archive.value.write if facts.archive.value is not None else None
        if directory is None:
            return not_looked(facts, "the WAL archive", facts.archive)
        return yes(f"{directory.path} is there") if directory.exists else no(f"{directory.path} is not there")

    return Condition(f"the folder that {short(host)} would archive into is there", judge)


def _same_place(path: str, seen: str) -> bool:
    """Whether both name one directory of a run: a parent may be a link, the run's id in the name tells."""
    parts = 3 if f"/{INSIDE}/" in path else 1
    return path.split("/")[-parts:] == seen.split("/")[-parts:]


def standby_configured(host: str) -> Condition:
    """The next start would be one as a standby: recovery.conf or standby.signal is there."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        found = ", ".join(sorted({"recovery.conf", "standby.signal"} & data.files))
        if not found:
            return no(f"neither recovery.conf nor standby.signal is in {data.path}")
        return yes(f"{found} is there")

    return Condition(f"{short(host)} would start as a standby", judge)
