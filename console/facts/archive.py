"""The WAL archive: directories, what is in them, gaps, and the backlog of files to archive."""

from __future__ import annotations

from dataclasses import dataclass

from console.facts.lsn import WalSegment


@dataclass(frozen=True, slots=True)
class SegmentRun:
    """Consecutive archived segments within one log id of one timeline, both ends included."""

    first: WalSegment
    last: WalSegment


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing segments between archived ones of one timeline, both ends included."""

    first: WalSegment
    last: WalSegment
    count: int


@dataclass(frozen=True, slots=True)
class ArchiveDirectory:
    """One archive directory as the database's user meets it. None: could not be tested.

    `mounted` is whether it lies on another file system than its parent (an NFS mount is there);
    `newest_modified` epoch seconds of the newest file; `histories` the timelines of *.history files.
    """

    path: str
    exists: bool
    mounted: bool | None
    readable: bool | None
    writable: bool | None
    runs: tuple[SegmentRun, ...]
    newest: WalSegment | None
    newest_modified: float | None
    oldest_modified: float | None
    files: int
    histories: tuple[int, ...] = ()
    mount_source: str | None = None
    temporary: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """Both directories of a host (the same one twice where write = read)."""

    write: ArchiveDirectory | None
    read: ArchiveDirectory | None


@dataclass(frozen=True, slots=True)
class ArchiveQueue:
    """pg_xlog|pg_wal/archive_status: files waiting, the oldest of them and its age in seconds."""

    ready: int
    oldest: str | None
    oldest_age: float | None
