"""wal_end and commits: a stopped server's WAL, by pg_waldump where there is one, by its pages everywhere (DOMAIN 7)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from console.facts.lsn import SEGMENT_SIZE, Lsn
from console.simulation.platforms import PAGE
from console.simulation.printing.database import controldata
from console.simulation.printing.view import Printed, View
from console.simulation.state import Transaction

_NO_READER = "neither pg_waldump nor pg_xlogdump is there"
_CHECKPOINT_LENGTH = {True: 0x60, False: 114}


def wal_end(view: View, argument: str) -> Printed:
    """wal_end:TLI:LSN, or wal_end alone from the latest checkpoint on, as console/probe/shell/evidence.sh shows it."""
    latest = view.server.checkpoint
    timeline, _, start = (argument or f"{latest.timeline}:{view.platform.lsn(latest.redo)}").partition(":")
    if not timeline.isdigit() or Lsn.parse(start) is None:
        return Printed("", 64, "wal_end needs TIMELINE:LSN")
    if not view.host.data_there:
        return Printed("", 1, f"{view.host.settings.data}: no data directory")
    if view.server.running:
        return Printed("", 1, f"a server runs on {view.host.settings.data}: its WAL has no end yet")
    return Printed(
        "\n".join(
            [
                f"version {view.platform.server.major}",
                f"position {timeline} {start}",
                "@@control",
                controldata(view).text,
                "@@waldump",
                _waldump(view),
                "@@record",
                _checkpoint_bytes(view),
                "@@pages",
                _last_page(view),
            ]
        )
    )


def _waldump(view: View) -> str:
    """The last records, and where the reader stopped."""
    if not view.platform.waldump:
        return _NO_READER
    server, lsn = view.server, view.platform.lsn
    records = [(commit.position, _commit_record(view, commit)) for commit in server.commits[-3:]]
    records = sorted([*records, (server.checkpoint.location, _checkpoint_record(view))])
    error = (
        f"pg_waldump: error: error in WAL record at {lsn(records[-1][0])}: "
        f"invalid record length at {lsn(server.written)}: wanted 24, got 0"
    )
    return "\n".join([*(text for _, text in records[-3:]), error])


def _checkpoint_record(view: View) -> str:
    made, lsn = view.server.checkpoint, view.platform.lsn
    kind = "CHECKPOINT_SHUTDOWN" if made.location == made.redo else "CHECKPOINT_ONLINE"
    return (
        f"rmgr: XLOG        len (rec/tot):    114/   114, tx:          0, lsn: {_padded(lsn(made.location))}, "
        f"prev {_padded(lsn(max(0, made.location - 56)))}, desc: {kind} redo {lsn(made.redo)}; tli {made.timeline}; "
        f"prev tli {made.previous_timeline}; fpw true; xid 0:{view.server.next_transaction}; oid 184327"
    )


def _commit_record(view: View, commit: Transaction) -> str:
    lsn = view.platform.lsn
    at = datetime.fromtimestamp(commit.at, UTC)
    return (
        f"rmgr: Transaction len (rec/tot):     34/    34, tx: {commit.number:>10}, "
        f"lsn: {_padded(lsn(commit.position))}, prev {_padded(lsn(max(0, commit.position - 64)))}, "
        f"desc: COMMIT {at:%Y-%m-%d %H:%M:%S.%f} UTC"
    )


def _padded(lsn: Lsn) -> str:
    """As pg_waldump prints a record's place: the low half with eight digits."""
    return f"{lsn.high:X}/{lsn.low:08X}"


def _checkpoint_bytes(view: View) -> str:
    """`od -A n -v -t x1 -N 32` of the last checkpoint's record: XLogRecord of 9.2 or of 9.5 and later."""
    classic = view.platform.server.classic_wal
    made = view.server.checkpoint
    information = 0x00 if made.location == made.redo else 0x10  # XLOG_CHECKPOINT_SHUTDOWN, _ONLINE
    previous = view.platform.lsn(max(0, made.location - 64))
    length = _CHECKPOINT_LENGTH[classic]
    if classic:
        header = struct.pack(
            "<IIIIIIBBH", 0x6B1C22F0, previous.high, previous.low, 0, length, length - 32, information, 0, 0
        )
    else:
        header = struct.pack("<IIIIBBHI", length, 0, previous.low, previous.high, information, 0, 0, 0x51CE7A08)
    content = header.ljust(32, b"\xff" if not classic else b"\x00")[:32]
    rows = (content[:16], content[16:])
    return "\n".join(" " + " ".join(f"{byte:02x}" for byte in row) for row in rows)


def _last_page(view: View) -> str:
    """The last page that was written, with the segment it lies in."""
    page = (view.server.written - 1) // PAGE
    segment = view.platform.segment(view.server.timeline, page * PAGE)
    return f"page {segment} {SEGMENT_SIZE} {page * PAGE % SEGMENT_SIZE // PAGE}"


def commits(view: View, argument: str) -> Printed:
    """commits:TLI:LSN: commit records at or after a position."""
    timeline, _, start = argument.partition(":")
    fork = Lsn.parse(start)
    if not timeline.isdigit() or fork is None:
        return Printed("", 64, "commits needs TIMELINE:LSN")
    if not view.platform.waldump:
        return Printed("", 127, _NO_READER)
    position = fork.position(view.platform.arithmetic)
    found = [commit for commit in view.server.commits if commit.position >= position]
    error = _waldump(view).rpartition("\n")[2]
    rows = [_commit_record(view, commit) for commit in found[:200]]
    return Printed("\n".join([f"fork {start}", *rows, f"count {len(found)}", f"end {error}"]))
