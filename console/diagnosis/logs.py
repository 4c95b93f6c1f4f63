"""What a server's log says about now: entries that are not answered by a later recovery (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Collection

from console.diagnosis.finding import Evidence
from console.diagnosis.words import one_line
from console.facts.host import HostFacts
from console.facts.postgresql import LogEntry, LogMeaning

_STARTS = {LogMeaning.STANDBY_START, LogMeaning.INTERRUPTED}
_RETRY = 30.0  # seconds: a walreceiver tries again every 5 s (wal_retrieve_retry_interval)


def since_start(facts: HostFacts) -> tuple[LogEntry, ...]:
    """Entries since the last server start in the tail; empty when the log is unknown."""
    entries = facts.log.value.entries if facts.log.value is not None else ()
    first = max((place for place, entry in enumerate(entries) if entry.meaning in _STARTS), default=0)
    return entries[first:]


def unanswered(facts: HostFacts, meanings: Collection[LogMeaning]) -> tuple[LogEntry, ...]:
    """The last entry of each meaning that stands after the last "started streaming", oldest first.

    A walreceiver that fails at once logs a start before every failure: entries within one retry of it count too.
    """
    entries = since_start(facts)
    started = max((i for i, entry in enumerate(entries) if entry.meaning is LogMeaning.STREAMING_STARTED), default=-1)
    last = {
        entry.meaning: entry
        for place, entry in enumerate(entries)
        if entry.meaning in meanings and (place > started or _one_retry(entry, entries[started]))
    }
    return tuple(last.values())


def _one_retry(entry: LogEntry, started: LogEntry) -> bool:
    if entry.at is None or started.at is None:
        return False
    return abs((started.at - entry.at).total_seconds()) <= _RETRY


def quote(entry: LogEntry, facts: HostFacts) -> Evidence:
    """A log entry as evidence, on one line, with the time that the log gives it."""
    at = f" at {entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else ""
    name = f"log ({entry.meaning.value})" if entry.meaning else "log"
    return Evidence(name + at, one_line(entry.text, 300), facts.log.source or "log", facts.name, facts.log.observed_at)
