"""PostgreSQL's log of both hosts, newest first; what each recognised line means for an operator (DOMAIN 4). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.facts.host import HostFacts
from console.facts.postgresql import LogEntry, LogMeaning, PostgresqlLog
from widgets.region_figure import Figure, RegionPage, Section, Tone, section, unseen

_SHOWN = 15

MEANINGS: dict[LogMeaning, str] = {
    LogMeaning.STANDBY_START: "it starts as a standby",
    LogMeaning.REDO_STARTS: "it replays WAL: no error",
    LogMeaning.CONSISTENT: "its data is consistent from here on: soon readable",
    LogMeaning.READY_READ_ONLY: "a standby that can be read",
    LogMeaning.READY: "a primary that accepts connections",
    LogMeaning.STREAMING_STARTED: "connected to the primary; healthy only if no FATAL follows at once",
    LogMeaning.END_OF_WAL: "normal once, at the end of WAL; repeated every 5 s the histories have parted: rebuild",
    LogMeaning.SEGMENT_REMOVED: "the primary no longer has this WAL: from the archive (restore_command), else rebuild",
    LogMeaning.RESTORE_MISSED: "normal: the archive does not have this file yet",
    LogMeaning.CANNOT_CONNECT: "the primary is down or refuses: network, pg_hba.conf, password, max_wal_senders",
    LogMeaning.CANNOT_RECEIVE: "the stream broke: the primary died, or timed out",
    LogMeaning.WALRECEIVER_TERMINATED: "normal at a stop or promotion; repeated it is not",
    LogMeaning.WALSENDER_TIMEOUT: "the network or the standby stalled",
    LogMeaning.TIMELINE_MISMATCH: "the primary was promoted; 9.2 needs the history file from the archive, or a rebuild",
    LogMeaning.FORKED_BEFORE: "diverged: the primary's timeline forked off before this point; rebuild or pg_rewind",
    LogMeaning.NOT_IN_HISTORY: "diverged: that point is not in the server's history; rebuild or pg_rewind",
    LogMeaning.AHEAD_OF_PRIMARY: "the standby is ahead of its primary: diverged, or the wrong primary",
    LogMeaning.SYSTEM_IDENTIFIER_DIFFERS: "not a copy of this database: a wrong data directory",
    LogMeaning.TOO_MANY_SENDERS: "all walsenders are in use: a base backup takes up to two",
    LogMeaning.NO_HBA_ENTRY: "pg_hba.conf does not let replication in from there",
    LogMeaning.NO_SLOT: "the replication slot is not there",
    LogMeaning.ARCHIVE_FAILED: "archiving fails: WAL piles up on the data disk",
    LogMeaning.PORT_PROBE: "a probe of the port by the traffic manager: ignore",
    LogMeaning.PROMOTION: "it was promoted",
    LogMeaning.LAST_COMMIT: "the last commit that it had: a bound of what a failover lost",
    LogMeaning.INTERRUPTED: "it had crashed before this start",
    LogMeaning.WRITE_ON_STANDBY: "an application writes to the standby: it is connected to the wrong host",
    LogMeaning.STARTING_UP: "not ready yet, or a standby with hot_standby = off",
    LogMeaning.SETTINGS_INSUFFICIENT: "settings are lower than the primary's: it cannot be a hot standby",
    LogMeaning.PERMISSIONS: "owner or mode of the data directory are wrong (chown postgres, chmod 700)",
    LogMeaning.ALREADY_RUNNING: "another server runs, or left its lock",
    LogMeaning.RECOVERY_CONF_UNSUPPORTED: "12 and later want standby.signal, not recovery.conf",
    LogMeaning.CANNOT_BIND: "the port or address is taken",
    LogMeaning.CHECKPOINTS_FREQUENT: "much is written: no fault of replication",
    LogMeaning.PASSWORD_MISSING: "no password for replication: see .pgpass and primary_conninfo",
}
"""One sentence a meaning: the column "meaning for an operator" of DOMAIN 4."""

_BAD = {
    LogMeaning.SEGMENT_REMOVED,
    LogMeaning.CANNOT_CONNECT,
    LogMeaning.TIMELINE_MISMATCH,
    LogMeaning.FORKED_BEFORE,
    LogMeaning.NOT_IN_HISTORY,
    LogMeaning.AHEAD_OF_PRIMARY,
    LogMeaning.SYSTEM_IDENTIFIER_DIFFERS,
    LogMeaning.TOO_MANY_SENDERS,
    LogMeaning.NO_HBA_ENTRY,
    LogMeaning.NO_SLOT,
    LogMeaning.ARCHIVE_FAILED,
    LogMeaning.WRITE_ON_STANDBY,
    LogMeaning.SETTINGS_INSUFFICIENT,
    LogMeaning.PERMISSIONS,
    LogMeaning.RECOVERY_CONF_UNSUPPORTED,
    LogMeaning.CANNOT_BIND,
    LogMeaning.PASSWORD_MISSING,
}
_NOISE = {LogMeaning.PORT_PROBE, LogMeaning.RESTORE_MISSED, LogMeaning.CHECKPOINTS_FREQUENT}


def log_sections(page: RegionPage) -> tuple[Section, ...]:
    """The tails; what a line means is said below it."""
    return section("log", "PostgreSQL's log, newest first", [*page.row("file", _file), *page.rows("entry", _entries)])


def _file(facts: HostFacts) -> Figure:
    log: PostgresqlLog | None = facts.log.value
    if log is None:
        return unseen(facts.log, slow=True)
    return Figure.of(f"{log.path}, {len(log.entries)} entries of its tail", facts.log, Tone.FAINT, slow=True)


def _entries(facts: HostFacts) -> Iterator[Figure]:
    log = facts.log.value
    entries = log.entries if log is not None else ()
    for entry, times in _folded(entries):
        yield _entry(entry, times)


def _folded(entries: tuple[LogEntry, ...]) -> list[tuple[LogEntry, int]]:
    """Newest first; entries that repeat but for their time are one, with how many there are."""
    found: list[tuple[LogEntry, int]] = []
    for entry in reversed(entries):
        same = next((i for i, (other, _) in enumerate(found[-4:]) if _alike(other, entry)), None)
        if same is not None:
            place = max(0, len(found) - 4) + same
            found[place] = (found[place][0], found[place][1] + 1)
        elif len(found) < _SHOWN:
            found.append((entry, 1))
        else:
            break
    return found


def _alike(one: LogEntry, other: LogEntry) -> bool:
    return (one.severity, one.text, one.meaning) == (other.severity, other.text, other.meaning)


def _entry(entry: LogEntry, times: int) -> Figure:
    at = f"{entry.at:%m-%d %H:%M:%S}" if entry.at is not None else "no time"
    often = f" ({times} times, last then)" if times > 1 else ""
    severity = f" {entry.severity}:" if entry.severity else ""
    meaning = MEANINGS.get(entry.meaning, "") if entry.meaning is not None else ""
    words = f"{at}{severity} {' '.join(entry.text.split())}{often}"
    return Figure(words, _tone(entry), explained=meaning)


def _tone(entry: LogEntry) -> Tone:
    if entry.meaning in _NOISE:
        return Tone.FAINT
    bad = entry.meaning in _BAD or (entry.meaning is None and entry.severity in {"FATAL", "PANIC"})
    return Tone.WARNING if bad else Tone.PLAIN
