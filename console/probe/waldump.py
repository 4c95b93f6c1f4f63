"""pg_waldump (10+) and pg_xlogdump (9.3 to 9.6): where a stopped server's WAL ends, and which commits it holds.

Sources: DOMAIN 7; PostgreSQL src/bin/pg_waldump/pg_waldump.c (XLogDumpDisplayRecord), xlogreader.c for the errors,
xlog_internal.h for the page headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from console.facts.evidence import Commit, CommitsAfter, WalEnd, WalEndMethod
from console.facts.lsn import Lsn, WalArithmetic
from console.probe.text_lines import last_lines, text_lines

_RECORD = re.compile(
    r"\s*rmgr: (\S+)\s+len \(rec/tot\):\s*([0-9]{1,10})/\s*([0-9]{1,10}), tx:\s*([0-9]{1,20}), "
    r"lsn: ([0-9A-F]{1,8}/[0-9A-F]{1,8}), prev ([0-9A-F]{1,8}/[0-9A-F]{1,8}),(?: bkp: [01]{4},)? desc: (.*)"
)
_COMMIT = re.compile(r"commit(?:[_ ]prepared)?[: ]\s*(?:[0-9]+: )?([0-9]{4}-[0-9]{2}-[0-9]{2} [^;,]*)", re.IGNORECASE)
# The reader stops at the place where the next record would begin: the end of the last valid one.
_END = re.compile(r"(?:invalid record length|record with zero length) at ([0-9A-F]{1,8}/[0-9A-F]{1,8})")
_TOOL = re.compile(r"(?:\S*/)?(?:pg_waldump|pg_xlogdump): ")
_PAGE = 8192
_MOST_RECORDS = 200_000
_SHORT_HEADER, _LONG_HEADER = 24, 40
_ALIGNMENT = 8
_LINEAR = WalArithmetic.LINEAR


@dataclass(frozen=True, slots=True)
class WalRecord:
    """A record: `lsn` is where it begins, `length` its bytes in all (page headers in between not counted)."""

    manager: str
    transaction: int
    lsn: Lsn
    length: int
    description: str

    @property
    def commit(self) -> Commit | None:
        """The commit that it is, with its time as printed; None for other records."""
        match = _COMMIT.match(self.description) if self.manager == "Transaction" else None
        return Commit(self.transaction, self.lsn, match[1].strip() or None) if match else None


def wal_records(text: str) -> Iterator[WalRecord]:
    """Every record that the tool printed, in its order; other lines are passed over."""
    for line in text_lines(text, _MOST_RECORDS):
        match = _RECORD.match(line) if "rmgr:" in line else None
        lsn = Lsn.parse(match[5]) if match else None
        if match is not None and lsn is not None:
            yield WalRecord(match[1], int(match[4]), lsn, int(match[3]), match[7].strip())


def last_words(text: str) -> str:
    """The tool's own last line (its error), "" where it printed none."""
    return next((line.strip() for line in reversed(last_lines(text, 100)) if _TOOL.match(line.strip())), "")


def parse_wal_end(text: str, timeline: int, segment_size: int = 16 * 1024**2) -> WalEnd | None:
    """The end of the WAL of `timeline`, from the tool's stdout and stderr together; None where they do not tell.

    Exact where the reader names the place (`invalid record length at X`). Where it stopped for another reason
    (recycled page, end of files), the end of the last record that it printed: lower and upper agree there too, since
    every record before the stop was valid. Without either there is no end: never a guess.
    """
    message = last_words(text)
    named = _END.search(message)
    end = _behind_record(Lsn.parse(named[1]), segment_size) if named else None
    if end is None and message and "error in WAL record" in message:
        last = _last(text)
        end = record_end(last.lsn, last.length, segment_size) if last else None
    return WalEnd(WalEndMethod.WALDUMP, timeline, end, end, message) if end is not None else None


def _behind_record(next_record: Lsn | None, segment_size: int) -> Lsn | None:
    """Where the record before ended. Where that filled its page, the reader names the place behind the next page's
    header (xlogreader.c, XLogReadRecord); the server says that its WAL ends where that page begins.
    """
    if next_record is None:
        return None
    header = _LONG_HEADER if next_record.low % segment_size < _PAGE else _SHORT_HEADER
    return Lsn(next_record.high, next_record.low - header) if next_record.low % _PAGE == header else next_record


def _last(text: str) -> WalRecord | None:
    last = None
    for record in wal_records(text):
        last = record
    return last


def record_end(begin: Lsn, length: int, segment_size: int = 16 * 1024**2) -> Lsn:
    """Where a record of `length` bytes that begins at `begin` ends, page headers counted, rounded up to 8 (9.3+)."""
    position = begin.position(_LINEAR)
    remaining = length
    while remaining > 0:
        if position % _PAGE == 0:
            position += _LONG_HEADER if position % segment_size == 0 else _SHORT_HEADER
        part = min(remaining, _PAGE - position % _PAGE)
        position += part
        remaining -= part
    position += -position % _ALIGNMENT
    return Lsn(*divmod(position, _LINEAR.value))


def parse_commits_after(text: str, fork: Lsn, most: int = 100, *, complete: bool = True) -> CommitsAfter:
    """Commits whose records begin at or after `fork`: what only this node has. At most `most` are listed, all counted.

    `complete` is what the caller knows: whether the tool read up to the end of the WAL.
    """
    listed: list[Commit] = []
    count = 0
    for record in wal_records(text):
        commit = record.commit if record.lsn >= fork else None
        if commit is not None:
            count += 1
            listed.extend([commit] if len(listed) < most else [])
    return CommitsAfter(fork, count, tuple(listed), complete)
