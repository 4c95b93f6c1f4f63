"""What PostgreSQL's processes, catalogs, control file, data directory and log say (DOMAIN 3, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.facts.lsn import Lsn, WalSegment
from console.facts.server_version import ServerVersion
from console.facts.system import FileStatus


@dataclass(frozen=True, slots=True)
class WalsenderProcess:
    """A walsender's process title. `lsn` may be cut short by ps and is only a hint (DOMAIN 0.9).

    `backup` is a pg_basebackup's sender ("sending backup …", or its WAL stream): not a standby.
    """

    pid: int
    user: str
    client: str
    port: int | None
    state: str
    lsn: Lsn | None
    backup: bool


@dataclass(frozen=True, slots=True)
class WalreceiverProcess:
    """A walreceiver's process title; no `lsn` where titles are off or it is not streaming."""

    pid: int
    state: str
    lsn: Lsn | None


@dataclass(frozen=True, slots=True)
class StartupProcess:
    """The startup process: `recovering` or `waiting` (for) a segment, as its title says."""

    pid: int
    state: str
    segment: WalSegment | None


@dataclass(frozen=True, slots=True)
class ArchiverProcess:
    """The archiver: the last file it archived, or the one it failed on."""

    pid: int
    last: str | None
    failed_on: str | None


@dataclass(frozen=True, slots=True)
class Processes:
    """The server's processes. `postmaster` is its pid, None when no server runs; `titles`: do they carry state."""

    postmaster: int | None
    data_directory: str | None
    walsenders: tuple[WalsenderProcess, ...]
    walreceiver: WalreceiverProcess | None
    startup: StartupProcess | None
    archiver: ArchiverProcess | None
    backends: int
    titles: bool = True

    @property
    def running(self) -> bool:
        """Whether a postmaster runs."""
        return self.postmaster is not None

    @property
    def standby_senders(self) -> tuple[WalsenderProcess, ...]:
        """Walsenders that feed a standby, not a base backup."""
        return tuple(sender for sender in self.walsenders if not sender.backup)


@dataclass(frozen=True, slots=True)
class ReplicationRow:
    """A row of pg_stat_replication, either naming. NULLs (less privilege) are None.

    `replay_lag` (10+) is the age in seconds of the oldest WAL that this walsender has sent since it connected
    (`connected` seconds ago) and that is not yet replayed; None after a while without anything to replay.
    """

    pid: int | None
    application_name: str
    client: str | None
    state: str | None
    sent: Lsn | None
    written: Lsn | None
    flushed: Lsn | None
    replayed: Lsn | None
    sync_state: str | None
    replay_lag: float | None = None
    connected: float | None = None

    @property
    def backup(self) -> bool:
        """Whether this is a pg_basebackup, not a standby."""
        return self.application_name == "pg_basebackup" or self.state == "backup"


@dataclass(frozen=True, slots=True)
class WalreceiverRow:
    """pg_stat_wal_receiver (9.6+)."""

    status: str | None
    received: Lsn | None
    timeline: int | None
    sender: str | None
    slot: str | None


@dataclass(frozen=True, slots=True)
class ArchiverRow:
    """pg_stat_archiver (9.4+)."""

    archived: int | None
    last_archived: str | None
    failed: int | None
    last_failed: str | None
    failing: bool


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """pg_replication_slots (9.4+); `retained` bytes of WAL held back."""

    name: str
    active: bool
    restart: Lsn | None
    retained: int | None


@dataclass(frozen=True, slots=True)
class SqlStatus:
    """What the server says of itself through its local socket.

    `current` is the write position of a primary; `received`, `replayed` those of a standby.
    `replay_age` is seconds since the last replayed commit: not a lag by itself on an idle primary (DOMAIN 3.3).
    `timeline` is of the last checkpoint or, on a receiving standby, of the stream.
    `apply_delay` is recovery_min_apply_delay as SHOW prints it ("1h"; None before 12, where it is no setting).
    """

    version: ServerVersion
    in_recovery: bool
    read_only: bool
    current: Lsn | None
    received: Lsn | None
    replayed: Lsn | None
    replay_paused: bool | None
    replay_age: float | None
    timeline: int | None
    system_identifier: str | None
    replication: tuple[ReplicationRow, ...]
    walreceiver: WalreceiverRow | None
    archiver: ArchiverRow | None
    slots: tuple[ReplicationSlot, ...] = ()
    started_at: float | None = None
    apply_delay: str | None = None


class ClusterState(StrEnum):
    """`Database cluster state` of pg_controldata (src/bin/pg_controldata, dbState)."""

    STARTING_UP = "starting up"
    SHUT_DOWN = "shut down"
    SHUT_DOWN_IN_RECOVERY = "shut down in recovery"
    SHUTTING_DOWN = "shutting down"
    IN_CRASH_RECOVERY = "in crash recovery"
    IN_ARCHIVE_RECOVERY = "in archive recovery"
    IN_PRODUCTION = "in production"
    UNRECOGNIZED = "unrecognized status code"


@dataclass(frozen=True, slots=True)
class ControlData:
    """The control file, by pg_controldata or by the server itself (9.6+, pg_control_checkpoint() and the like).

    "in production" is also what a crashed primary shows (DOMAIN 0.7). The server does not show `wal_level` and
    `wal_log_hints` of the file; its `state` is what follows from its role, for a server that answers.
    """

    system_identifier: str | None
    state: ClusterState | None
    checkpoint: Lsn | None
    redo: Lsn | None
    timeline: int | None
    previous_timeline: int | None
    minimum_recovery: Lsn | None
    minimum_recovery_timeline: int | None
    backup_start: Lsn | None
    segment_size: int | None
    block_size: int | None
    wal_level: str | None
    checksums: bool | None
    wal_log_hints: bool | None
    control_version: int | None


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """recovery.conf, or the same settings from 12 on; `primary_conninfo` with its password masked."""

    source: str
    primary_conninfo: str | None
    restore_command: str | None
    recovery_target_timeline: str | None
    standby_mode: bool | None
    trigger_file: str | None = None

    @property
    def primary_host(self) -> str | None:
        """host= of primary_conninfo."""
        for word in (self.primary_conninfo or "").replace("'", " ").split():
            key, _, value = word.partition("=")
            if key == "host" and value:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Postmaster:
    """postmaster.pid: pid, data directory, start (epoch seconds), port, and whether that pid is alive."""

    pid: int
    data_directory: str
    started: float | None
    port: int | None
    alive: bool | None


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The data directory and PGSQL.lock. `exists` is false where there is no PG_VERSION file.

    `files`: which of recovery.conf, recovery.done, standby.signal, recovery.signal, backup_label, promote are there.
    `lock`: None when PGSQL.lock is not there (a missing fact is an unknown DataDirectory, not a None lock).
    """

    path: str
    exists: bool
    version: ServerVersion | None
    owner: str
    mode: str
    files: frozenset[str]
    postmaster: Postmaster | None
    lock: FileStatus | None
    recovery: RecoverySettings | None
    created: float | None = None
    link_target: str | None = None

    @property
    def standby_configured(self) -> bool:
        """Whether the next start would be as a standby (not a proof that it is one now, DOMAIN 0.6)."""
        return bool({"recovery.conf", "standby.signal"} & self.files)


@dataclass(frozen=True, slots=True)
class TimelineSwitch:
    """A line of a history file: `timeline` was left at `lsn` (9.2 wrote the segment: then `lsn` is None)."""

    timeline: int
    lsn: Lsn | None
    segment: WalSegment | None
    reason: str


@dataclass(frozen=True, slots=True)
class TimelineHistory:
    """The newest history file of pg_wal: `timeline` and how it came about, oldest first.

    `content` is the file's text; "" of timeline 1, which has no file, and where it was longer than the probe takes.
    """

    timeline: int
    switches: tuple[TimelineSwitch, ...]
    content: str = ""

    def switch_from(self, timeline: int) -> TimelineSwitch | None:
        """Where this history left `timeline`; None when it never was on it."""
        return next((switch for switch in self.switches if switch.timeline == timeline), None)


@dataclass(frozen=True, slots=True)
class HbaRule:
    """A rule of pg_hba.conf with its white space folded, and the line it stands on."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """postgresql.conf as on disk (last one wins, includes not followed) and pg_hba.conf's rules."""

    settings: dict[str, str]
    hba: tuple[HbaRule, ...]


class LogMeaning(StrEnum):
    """What a recognised log line means (DOMAIN 4)."""

    STANDBY_START = "standby-start"
    REDO_STARTS = "redo-starts"
    CONSISTENT = "consistent"
    READY_READ_ONLY = "ready-read-only"
    READY = "ready"
    STREAMING_STARTED = "streaming-started"
    END_OF_WAL = "end-of-wal"
    SEGMENT_REMOVED = "segment-removed"
    RESTORE_MISSED = "restore-missed"
    CANNOT_CONNECT = "cannot-connect"
    CANNOT_RECEIVE = "cannot-receive"
    WALRECEIVER_TERMINATED = "walreceiver-terminated"
    WALSENDER_TIMEOUT = "walsender-timeout"
    TIMELINE_MISMATCH = "timeline-mismatch"
    FORKED_BEFORE = "forked-before"
    NOT_IN_HISTORY = "not-in-history"
    AHEAD_OF_PRIMARY = "ahead-of-primary"
    SYSTEM_IDENTIFIER_DIFFERS = "system-identifier-differs"
    TOO_MANY_SENDERS = "too-many-senders"
    NO_HBA_ENTRY = "no-hba-entry"
    NO_SLOT = "no-slot"
    ARCHIVE_FAILED = "archive-failed"
    PORT_PROBE = "port-probe"
    PROMOTION = "promotion"
    LAST_COMMIT = "last-commit"
    INTERRUPTED = "interrupted"
    WRITE_ON_STANDBY = "write-on-standby"
    STARTING_UP = "starting-up"
    SETTINGS_INSUFFICIENT = "settings-insufficient"
    PERMISSIONS = "permissions"
    ALREADY_RUNNING = "already-running"
    RECOVERY_CONF_UNSUPPORTED = "recovery-conf-unsupported"
    CANNOT_BIND = "cannot-bind"
    CHECKPOINTS_FREQUENT = "checkpoints-frequent"
    PASSWORD_MISSING = "password-missing"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A log entry with its continuation lines (DETAIL, HINT, tab-indented text, bare stderr) in `text`.

    `at` is None where the prefix carries no time that can be read; `lsn`, `timeline`, `segment` where it names them.
    """

    at: datetime | None
    severity: str
    text: str
    meaning: LogMeaning | None
    lsn: Lsn | None = None
    timeline: int | None = None
    segment: WalSegment | None = None


@dataclass(frozen=True, slots=True)
class PostgresqlLog:
    """The tail of the server's log, oldest entry first."""

    path: str
    entries: tuple[LogEntry, ...]
    modified: float | None = None

    def recent(self, meaning: LogMeaning) -> tuple[LogEntry, ...]:
        """Entries of `meaning` since the last server start in this tail, oldest first."""
        starts = {LogMeaning.STANDBY_START, LogMeaning.INTERRUPTED}
        since = max((i for i, entry in enumerate(self.entries) if entry.meaning in starts), default=0)
        return tuple(entry for entry in self.entries[since:] if entry.meaning == meaning)
