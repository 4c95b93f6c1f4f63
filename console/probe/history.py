"""Timeline history files, `0000000N.history` (DOMAIN 3.1; PostgreSQL src/backend/access/transam/timeline.c)."""

from __future__ import annotations

import re

from console.facts.lsn import Lsn, WalSegment
from console.facts.postgresql import TimelineHistory, TimelineSwitch
from console.facts.text import REPLACEMENT
from console.probe.text_lines import text_lines

LARGEST = 65536 - 1
"""Bytes; the probe takes one more, so that what is longer is told from what it cut."""
_LINE = re.compile(r"\s*([0-9]{1,10})\s+(\S+)(?:\s+(.*))?")


def parse_history(timeline: int, text: str) -> TimelineHistory | None:
    """Read the history of `timeline`; None where no line of it is one.

    The second column is the switch point from 9.3 on; 9.2 wrote the last WAL file's name, so the position is unknown.
    """
    switches = tuple(found for line in text_lines(text) if (found := _switch(line)) is not None)
    return TimelineHistory(timeline, switches, _content(text)) if switches else None


def _content(text: str) -> str:
    """The file as it must be written again, every line with its end; "" where it was cut, or came changed."""
    content = text.rstrip("\n") + "\n"
    try:
        size = len(content.encode())
    except UnicodeEncodeError:
        return ""
    return content if size <= LARGEST and REPLACEMENT not in content else ""


def _switch(line: str) -> TimelineSwitch | None:
    match = _LINE.fullmatch(line.rstrip())
    if match is None:
        return None
    lsn, segment = Lsn.parse(match[2]), WalSegment.parse(match[2])
    if lsn is None and segment is None:
        return None
    return TimelineSwitch(int(match[1]), lsn, segment, (match[3] or "").strip())
