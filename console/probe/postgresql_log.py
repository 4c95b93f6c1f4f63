"""The server's log: entries with their continuation lines, and what they mean (DOMAIN 4).

Prefixes of every log_line_prefix are tolerated, since none is parsed but for its time and `[pid]`: an entry begins
where a severity stands. The C locale is assumed; lines in other languages stay entries without severity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from console.facts.postgresql import LogEntry
from console.probe.postgresql_log_meaning import understand
from console.probe.postgresql_log_time import line_time, prefix_time
from console.probe.text_lines import last_lines

_SEVERITY = re.compile(
    r"(?:^|[\s>\]):@,|])(DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|"
    r"LOCATION|BACKTRACE):[ \t]{1,4}"
)
_FURTHER = frozenset({"DETAIL", "HINT", "STATEMENT", "CONTEXT", "QUERY", "LOCATION", "BACKTRACE"})
_LONGEST_PREFIX = 400
_SYSLOG = re.compile(
    r"(?:[A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9:]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]+(?:Z|[+-][0-9:]+)?) "
    r"\S{1,255} [\w./-]{1,64}(?:\[[0-9]{1,10}\])?: (?:\[[0-9]{1,10}-([0-9]{1,10})\] )?"
)
_PID = re.compile(r"\[([0-9]{1,10})(?:-[0-9]+)?\]|\bpid=([0-9]{1,10})")
_MOST_FURTHER_LINES = 100


@dataclass(slots=True)
class _Raw:
    """An entry being put together."""

    at: datetime | None
    severity: str
    message: str
    pid: str
    further: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        if line.strip() and len(self.further) < _MOST_FURTHER_LINES:
            self.further.append(line.strip())


def parse_log(text: str, now: datetime | None = None) -> tuple[LogEntry, ...]:
    """Entries of a log's tail, oldest first. `now` dates syslog's lines, which have no year and no zone.

    DETAIL, HINT, STATEMENT … and lines that begin with a tab are kept in the `text` of their entry, below its message:
    the entry of the same process where the prefix has `[pid]`, else the one before. A line without severity
    (restore_command's or archive_command's stderr, another language, the rest of a cut first line) is an entry with
    severity "". Empty lines are dropped, and what stands before the last 20,000 lines.
    """
    raws: list[_Raw] = []
    latest: dict[str, _Raw] = {}
    for line in last_lines(text):
        if line and not line.isspace():
            _take(line, raws, latest, now)
    return tuple(_entry(raw) for raw in raws)


def _take(line: str, raws: list[_Raw], latest: dict[str, _Raw], now: datetime | None) -> None:
    syslog = _SYSLOG.match(line)
    body = line[syslog.end() :] if syslog else line
    if raws and (_indented(body) or (syslog and int(syslog[1] or 1) > 1 and _SEVERITY.search(body[:80]) is None)):
        raws[-1].add(body.replace("#011", " "))
        return
    match = _SEVERITY.search(body[:_LONGEST_PREFIX])
    if match is None:
        raws.append(_Raw(line_time(line, now), "", body.strip(), ""))
        return
    pid = _pid(line[: len(line) - len(body) + match.start(1)])
    if match[1] in _FURTHER and raws:
        latest.get(pid, raws[-1]).add(f"{match[1]}:  {body[match.end() :]}")
        return
    at = prefix_time(body[: match.start(1)], now) or (line_time(line, now) if syslog else None)
    raw = _Raw(at, match[1], body[match.end() :].strip(), pid)
    raws.append(raw)
    if pid:
        latest[pid] = raw


def _indented(body: str) -> bool:
    return body.startswith(("\t", "#011"))


def _pid(prefix: str) -> str:
    found = _PID.findall(prefix)
    return (found[-1][0] or found[-1][1]) if found else ""


def _entry(raw: _Raw) -> LogEntry:
    rest = "\n".join(raw.further)
    known = understand(raw.message, rest, raw.severity)
    return LogEntry(
        at=raw.at,
        severity=raw.severity,
        text=f"{raw.message}\n{rest}" if rest else raw.message,
        meaning=known.meaning,
        lsn=known.lsn,
        timeline=known.timeline,
        segment=known.segment,
    )
