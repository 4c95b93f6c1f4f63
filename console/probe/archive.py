"""Section `archive`: the WAL archive's directories, their listing compressed into runs on the host."""

from __future__ import annotations

from console.facts.archive import Archive, ArchiveDirectory, SegmentRun
from console.facts.lsn import WalSegment
from console.facts.text import clean
from console.probe.lines import Block, blocks, integer, number, pairs, values, yes_no

_NETWORK = ("nfs", "cifs", "smb", "fuse.", "ceph", "gluster", "afs", "9p", "lustre", "gpfs", "gfs2", "ocfs2")


def parse_archive(text: str) -> Archive | None:
    """Both directories; where they are one, it stands for both. A directory that hung or failed is None."""
    found = {block.name: block for block in blocks(text) if block.name in {"write", "read"}}
    if not found:
        return None
    write = _directory(found["write"]) if "write" in found else None
    read = _directory(found["read"]) if "read" in found else write
    return Archive(write, read) if write or read else None


def failed_archives(text: str) -> tuple[str, ...]:
    """Which directories could not be looked at, and why."""
    found = ((block.rest, _failure(pairs(block.lines))) for block in blocks(text) if block.name in {"write", "read"})
    return tuple(f"{clean(path)}: {failure}" for path, failure in found if failure is not None)


def _failure(found: dict[str, str]) -> str | None:
    if "failed" in found:
        return found["failed"]
    if found.get("readable") == "yes" and "files" not in found:
        return "the listing is cut short"
    return None


def _directory(block: Block) -> ArchiveDirectory | None:
    found = pairs(block.lines)
    exists = yes_no(found.get("exists"))
    if _failure(found) is not None or exists is None:
        return None
    runs = tuple(run for line in values(block.lines, "run") if (run := _run(line)) is not None)
    modified = [when for line in values(block.lines, "modified") if (when := number(line)) is not None]
    source = found.get("mount", "").split(" ")
    return ArchiveDirectory(
        path=clean(block.rest),
        exists=exists,
        mounted=_mounted(block, found) if exists else False,
        readable=yes_no(found.get("readable")) if exists else False,
        writable=yes_no(found.get("writable")) if exists else False,
        runs=runs,
        newest=max((run.last for run in runs), default=None),
        newest_modified=max(modified, default=None),
        oldest_modified=min(modified, default=None),
        files=max(0, integer(found.get("files")) or 0),
        histories=tuple(sorted({line for text in values(block.lines, "history") if (line := integer(text, 16))})),
        mount_source=source[1] if len(source) > 2 else None,
        temporary=max(0, integer(found.get("temporary")) or 0),
    )


def _run(line: str) -> SegmentRun | None:
    first, _, last = line.partition(" ")
    begin, end = (WalSegment.parse(name[:24]) for name in (first, last))
    if begin is None or end is None or (begin.timeline, begin.log) != (end.timeline, end.log) or end < begin:
        return None
    return SegmentRun(begin, end)


def _mounted(block: Block, found: dict[str, str]) -> bool | None:
    """A mount point itself, or anywhere on a network file system, or on another device than its parent."""
    kind, _, rest = found.get("mount", "").partition(" ")
    if kind.startswith(_NETWORK):
        return True
    if rest and rest.partition(" ")[2] == found.get("real"):
        return True
    devices = values(block.lines, "device")
    return devices[0] != devices[1] if len(devices) == 2 else None
