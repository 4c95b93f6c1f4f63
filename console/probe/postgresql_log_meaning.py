"""What a line of the server's log means (DOMAIN 4): found by the fixed words of its message, all versions' wordings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.facts.lsn import Lsn, WalSegment
from console.facts.postgresql import LogMeaning

# In order: a wrapped message ("could not receive data from WAL stream: ERROR:  requested WAL segment …") means
# what it wraps, so the causes come before the wrappers.
_WORDS: tuple[tuple[str, LogMeaning], ...] = (
    ("has already been removed", LogMeaning.SEGMENT_REMOVED),
    ("database system identifier differs between", LogMeaning.SYSTEM_IDENTIFIER_DIFFERS),
    ("requested standby connections exceeds", LogMeaning.TOO_MANY_SENDERS),
    ("no pg_hba.conf entry for", LogMeaning.NO_HBA_ENTRY),
    ("pg_hba.conf rejects", LogMeaning.NO_HBA_ENTRY),
    ("no password supplied", LogMeaning.PASSWORD_MISSING),
    ("is not in this server's history", LogMeaning.NOT_IN_HISTORY),
    ("is not a child of this server's history", LogMeaning.NOT_IN_HISTORY),
    ("is ahead of the WAL flush position", LogMeaning.AHEAD_OF_PRIMARY),
    ("forked off current database system timeline", LogMeaning.FORKED_BEFORE),
    ("does not match recovery target timeline", LogMeaning.TIMELINE_MISMATCH),
    ("is not a child of database system timeline", LogMeaning.TIMELINE_MISMATCH),
    ("is behind recovery timeline", LogMeaning.TIMELINE_MISMATCH),
    ("could not connect to the primary server", LogMeaning.CANNOT_CONNECT),
    ("could not receive data from WAL stream", LogMeaning.CANNOT_RECEIVE),
    ("could not send data to WAL stream", LogMeaning.CANNOT_RECEIVE),
    ("terminating walreceiver due to timeout", LogMeaning.CANNOT_RECEIVE),
    ("terminating walreceiver process due to administrator command", LogMeaning.WALRECEIVER_TERMINATED),
    ("terminating walreceiver due to administrator command", LogMeaning.WALRECEIVER_TERMINATED),
    ("terminating walsender process due to replication timeout", LogMeaning.WALSENDER_TIMEOUT),
    ("record with zero length at", LogMeaning.END_OF_WAL),
    ("invalid record length at", LogMeaning.END_OF_WAL),
    ("invalid magic number", LogMeaning.END_OF_WAL),
    ("unexpected pageaddr", LogMeaning.END_OF_WAL),
    ("invalid resource manager ID", LogMeaning.END_OF_WAL),
    ("resource manager data checksum in record at", LogMeaning.END_OF_WAL),
    ("incorrect prev-link", LogMeaning.END_OF_WAL),
    ("contrecord", LogMeaning.END_OF_WAL),
    ("out-of-sequence timeline ID", LogMeaning.END_OF_WAL),
    ("invalid xl_info in", LogMeaning.END_OF_WAL),
    ("entering standby mode", LogMeaning.STANDBY_START),
    ("redo starts at", LogMeaning.REDO_STARTS),
    ("consistent recovery state reached at", LogMeaning.CONSISTENT),
    ("ready to accept read only connections", LogMeaning.READY_READ_ONLY),
    ("ready to accept read-only connections", LogMeaning.READY_READ_ONLY),
    ("database system is ready to accept connections", LogMeaning.READY),
    ("streaming replication successfully connected to primary", LogMeaning.STREAMING_STARTED),
    ("started streaming WAL from primary", LogMeaning.STREAMING_STARTED),
    ("restarted WAL streaming at", LogMeaning.STREAMING_STARTED),
    ("archive command failed with exit code", LogMeaning.ARCHIVE_FAILED),
    ("archive command was terminated by", LogMeaning.ARCHIVE_FAILED),
    ("could not be archived: too many failures", LogMeaning.ARCHIVE_FAILED),
    ("failed too many times, will try again later", LogMeaning.ARCHIVE_FAILED),
    ("incomplete startup packet", LogMeaning.PORT_PROBE),
    ("invalid length of startup packet", LogMeaning.PORT_PROBE),
    ("received promote request", LogMeaning.PROMOTION),
    ("trigger file found", LogMeaning.PROMOTION),
    ("selected new timeline ID", LogMeaning.PROMOTION),
    ("archive recovery complete", LogMeaning.PROMOTION),
    ("database system was interrupted", LogMeaning.INTERRUPTED),
    ("in a read-only transaction", LogMeaning.WRITE_ON_STANDBY),
    ("during recovery", LogMeaning.WRITE_ON_STANDBY),
    ("the database system is starting up", LogMeaning.STARTING_UP),
    ("the database system is not accepting connections", LogMeaning.STARTING_UP),
    ("the database system is not yet accepting connections", LogMeaning.STARTING_UP),
    ("hot standby is not possible because", LogMeaning.SETTINGS_INSUFFICIENT),
    ("insufficient parameter settings", LogMeaning.SETTINGS_INSUFFICIENT),
    ("WAL was generated with wal_level=minimal", LogMeaning.SETTINGS_INSUFFICIENT),
    ("has group or world access", LogMeaning.PERMISSIONS),
    ("has invalid permissions", LogMeaning.PERMISSIONS),
    ("has wrong ownership", LogMeaning.PERMISSIONS),
    ('lock file "postmaster.pid" already exists', LogMeaning.ALREADY_RUNNING),
    ("pre-existing shared memory block", LogMeaning.ALREADY_RUNNING),
    ('"recovery.conf" is not supported', LogMeaning.RECOVERY_CONF_UNSUPPORTED),
    ("could not bind IP", LogMeaning.CANNOT_BIND),
    ("could not create listen socket for", LogMeaning.CANNOT_BIND),
    ("could not create any TCP/IP sockets", LogMeaning.CANNOT_BIND),
    ("checkpoints are occurring too frequently", LogMeaning.CHECKPOINTS_FREQUENT),
    ("could not restore file", LogMeaning.RESTORE_MISSED),
    ("last completed transaction was at log time", LogMeaning.LAST_COMMIT),
)
_STARTS_WITH = {LogMeaning.WRITE_ON_STANDBY: ("cannot ", "recovery is in progress")}
_SLOT = ('replication slot "', "does not exist")
_LAST_COMMIT = "ast completed transaction was at log time"
# The words that stand before the position that matters, where a message holds two.
_POSITIONED = re.compile(r"(?:\bat|\bpoint|\bLSN|\bposition of this server) ([0-9A-F]{1,8}/[0-9A-F]{1,8})(?![\w/])")
_ANY_POSITION = re.compile(r"(?<![\w/.])([0-9A-F]{1,8}/[0-9A-F]{1,8})(?![\w/])")
_TIMELINE = re.compile(r"\btimeline (?:ID:? )?([0-9]{1,10})\b", re.IGNORECASE)
_SEGMENT = re.compile(r"(?<![0-9A-Fa-f])([0-9A-F]{24})(?![0-9A-Fa-f])")
_HISTORY = re.compile(r"(?<![0-9A-Fa-f])([0-9A-F]{8})\.history\b")
_MISSING = ("No such file", "not found", "does not exist", "can't open", "cannot stat")
_COPYING = ("cannot create", "can't create")
_POSITIONLESS = frozenset(
    {
        LogMeaning.PORT_PROBE,
        LogMeaning.PERMISSIONS,
        LogMeaning.ALREADY_RUNNING,
        LogMeaning.CANNOT_BIND,
        LogMeaning.CHECKPOINTS_FREQUENT,
        LogMeaning.RESTORE_MISSED,
        LogMeaning.ARCHIVE_FAILED,
    }
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What an entry means, and the position, timeline and WAL file that it names. All None: not recognised."""

    meaning: LogMeaning | None
    lsn: Lsn | None = None
    timeline: int | None = None
    segment: WalSegment | None = None


def understand(message: str, rest: str, severity: str) -> Understood:
    """The meaning of `message` (an entry's first line); `rest` are its further lines. Bare stderr has no severity."""
    meaning = _meaning(message, severity)
    if meaning is None and _LAST_COMMIT in rest and severity:
        meaning = LogMeaning.LAST_COMMIT
    if meaning is None:
        return Understood(None)
    return Understood(meaning, _lsn(message, meaning), _timeline(message, rest, meaning), _segment(message, rest))


def _meaning(message: str, severity: str) -> LogMeaning | None:
    if not severity:
        return LogMeaning.RESTORE_MISSED if _restore_missed(message) else None
    if all(part in message for part in _SLOT):
        return LogMeaning.NO_SLOT
    meaning = next((found for words, found in _WORDS if words in message), None)
    if meaning in _STARTS_WITH and not message.startswith(_STARTS_WITH[meaning]):
        return None
    return meaning


def _restore_missed(line: str) -> bool:
    """A restore_command's own words about a WAL or history file that the archive has not got (yet)."""
    named = _SEGMENT.search(line) or _HISTORY.search(line)
    missing = any(words in line for words in _MISSING)
    return named is not None and missing and not any(words in line for words in _COPYING)


def _lsn(message: str, meaning: LogMeaning) -> Lsn | None:
    if meaning in _POSITIONLESS:
        return None
    if meaning is LogMeaning.END_OF_WAL:
        found = _POSITIONED.findall(message)
        # "record with incorrect prev-link X at Y", "unexpected pageaddr X in WAL segment …, LSN Y": Y is the end.
        return Lsn.parse(found[-1]) if found else None
    match = _POSITIONED.search(message) or _ANY_POSITION.search(message)
    return Lsn.parse(match[1]) if match else None


def _timeline(message: str, rest: str, meaning: LogMeaning) -> int | None:
    match = _TIMELINE.search(message)
    if match is None and meaning is LogMeaning.NOT_IN_HISTORY:
        match = _TIMELINE.search(rest)
    if match is not None:
        return int(match[1])
    history = _HISTORY.search(message)
    return int(history[1], 16) if history and meaning is LogMeaning.RESTORE_MISSED else None


def _segment(message: str, rest: str) -> WalSegment | None:
    match = _SEGMENT.search(message) or _SEGMENT.search(rest)
    return WalSegment.parse(match[1]) if match else None
