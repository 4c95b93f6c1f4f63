"""Evidence sections: the end of a stopped server's WAL, commits past a point, one archived segment (DOMAIN 7, 7b)."""

from __future__ import annotations

from console.facts.evidence import CommitsAfter, SegmentReadable, WalEnd, WalEndMethod
from console.facts.lsn import SEGMENT_SIZE, Lsn, WalArithmetic, WalSegment
from console.facts.postgresql import ClusterState, ControlData
from console.facts.server_version import ServerVersion
from console.probe.controldata import parse_controldata
from console.probe.lines import Block, blocks, integer, pairs, values, yes_no
from console.probe.waldump import parse_commits_after, parse_wal_end, record_end

_PAGE = 8192
_MOST_COMMITS = 200
_LARGEST_RECORD = 1 << 20


def parse_wal_end_section(text: str) -> WalEnd | None:
    """E by the best witness: the record reader, then the shutdown checkpoint's own length, then the last page."""
    by_name = {block.name: block for block in blocks(text)}
    head = pairs(by_name[""].lines)
    version = ServerVersion.parse(head.get("version", ""))
    timeline = integer(head.get("position", "").partition(" ")[0])
    if timeline is None or timeline <= 0:
        return None
    control = parse_controldata(_text(by_name, "control"))
    size = control.segment_size if control and control.segment_size else SEGMENT_SIZE
    dumped = parse_wal_end(_text(by_name, "waldump"), timeline, size)
    return (
        dumped
        or _shutdown_checkpoint(by_name.get("record"), control, timeline, version, size)
        or _last_page(by_name.get("pages"), timeline, version)
    )


def _text(by_name: dict[str, Block], name: str) -> str:
    return by_name[name].text if name in by_name else ""


def _shutdown_checkpoint(
    block: Block | None, control: ControlData | None, timeline: int, version: ServerVersion | None, size: int
) -> WalEnd | None:
    """The end of the record that the latest checkpoint points to, where that was the last thing the server wrote.

    Only state "shut down" says that; "shut down in recovery" points to a restartpoint, which other records follow.
    """
    if control is None or control.state is not ClusterState.SHUT_DOWN or control.checkpoint is None:
        return None
    length = _record_length(block, version)
    if length is None or control.timeline != timeline:
        return None
    end = _end_of(control.checkpoint, length, version, size)
    message = f"shut down; checkpoint record at {control.checkpoint}, {length} bytes"
    return WalEnd(WalEndMethod.SHUTDOWN_CHECKPOINT, timeline, end, end, message)


def _end_of(begin: Lsn, length: int, version: ServerVersion | None, size: int) -> Lsn:
    """A checkpoint record is short; up to 9.2 it may cross a page, whose header is then counted the same way."""
    if version is None or not version.classic_wal:
        return record_end(begin, length, size)
    inside = record_end(Lsn(0, begin.low % size), length, size)
    return begin.plus(inside.low - begin.low % size, WalArithmetic.CLASSIC)


def _record_length(block: Block | None, version: ServerVersion | None) -> int | None:
    """xl_tot_len of the record's first 32 bytes: at offset 16 up to 9.2, at 0 from 9.3 on (xlog.h, xlogrecord.h)."""
    if block is None or version is None:
        return None
    words = block.text.split()
    try:
        header = bytes(int(word, 16) for word in words)
    except ValueError:
        return None
    if len(header) != 32:
        return None
    at = 16 if version.classic_wal else 0
    length = int.from_bytes(header[at : at + 4], "little")
    return length if 24 <= length <= _LARGEST_RECORD else None


def _last_page(block: Block | None, timeline: int, version: ServerVersion | None) -> WalEnd | None:
    """`page SEGMENT SIZE NUMBER`: the last page that carries its own address; E lies between its start and its end."""
    words = (values(block.lines, "page") if block else ()) or ("",)
    name, size, page = (*words[0].split(" "), "", "")[:3]
    segment, bytes_a_segment, number = WalSegment.parse(name), integer(size), integer(page)
    if segment is None or bytes_a_segment is None or number is None or segment.timeline != timeline:
        return None
    if not (0 < bytes_a_segment <= 1 << 30 and 0 <= number < bytes_a_segment // _PAGE):
        return None
    low = segment.segment * bytes_a_segment + number * _PAGE
    if low >= 1 << 32:
        return None
    start = Lsn(segment.log, low)
    end = start.plus(_PAGE, WalArithmetic.of(version))
    message = f"last page written: {start} in {segment}; a bound, not the exact end"
    return WalEnd(WalEndMethod.PAGES, timeline, start, end, message)


def parse_commits(text: str) -> CommitsAfter | None:
    """Commits at or after the fork that the answer names; incomplete where the reader did not reach the WAL's end."""
    lines = text.split("\n")
    found = pairs(lines)
    fork = Lsn.parse(found.get("fork"))
    count = integer(found.get("count"))
    if fork is None or count is None or count < 0:
        return None
    end = found.get("end", "")
    listed = parse_commits_after(text, fork, _MOST_COMMITS)
    if count == 0 and not _at_the_end(end):
        return None
    return CommitsAfter(fork, max(count, listed.count), listed.commits, _at_the_end(end))


def _at_the_end(words: str) -> bool:
    """Whether the reader's last word is that of the end of valid WAL, not of a time limit or a missing file."""
    return "error in WAL record" in words and "could not" not in words


def parse_segment(text: str) -> SegmentReadable | None:
    """Whether the database's user could read the segment from the archive."""
    found = pairs(text.split("\n"))
    segment = WalSegment.parse(found.get("segment", ""))
    readable = yes_no(found.get("readable"))
    if segment is None or readable is None:
        return None
    return SegmentReadable(segment, found.get("path", ""), readable, found.get("reason", ""))
