"""Why psql or libpq got no session, in the words of 9.2 to 18 (DOMAIN 4; libpq fe-connect.c, postmaster.c, auth.c)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """What refused a connection. The first four are no answer of PostgreSQL; the rest are, so it runs."""

    REFUSED = "refused"  # nothing listens there, or a firewall rejects
    TIMEOUT = "timeout"  # silence: dropped packets, a hung server, a host that is off
    UNREACHABLE = "unreachable"  # no route, network down
    UNKNOWN_HOST = "unknown-host"
    NO_SOCKET = "no-socket"  # no Unix socket: the local server is down, or another directory
    LOST = "lost"  # the server closed the connection
    STARTING_UP = "starting-up"
    SHUTTING_DOWN = "shutting-down"
    IN_RECOVERY_MODE = "recovery-mode"  # after a crash of a backend
    HOT_STANDBY_OFF = "hot-standby-off"  # 14+ says so; before, such a standby says "starting up" for ever
    NO_HBA_ENTRY = "no-hba-entry"
    PASSWORD_MISSING = "password-missing"
    PASSWORD_WRONG = "password-wrong"
    LOGIN_REFUSED = "login-refused"  # role missing, not permitted, peer or ident failed
    NO_DATABASE = "no-database"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    READ_ONLY = "read-only"
    ENCRYPTION = "encryption"
    OTHER = "other"

    @property
    def answered(self) -> bool:
        """Whether a PostgreSQL server itself said this."""
        return self not in _NO_ANSWER


_NO_ANSWER = frozenset(
    {
        Refusal.REFUSED,
        Refusal.TIMEOUT,
        Refusal.UNREACHABLE,
        Refusal.UNKNOWN_HOST,
        Refusal.NO_SOCKET,
        Refusal.LOST,
        Refusal.OTHER,
    }
)

# What the server said comes first: it names the cause where several texts apply.
_TEXTS: tuple[tuple[str, Refusal], ...] = (
    ("hot standby mode is disabled", Refusal.HOT_STANDBY_OFF),
    ("the database system is starting up", Refusal.STARTING_UP),
    ("the database system is not yet accepting connections", Refusal.STARTING_UP),
    ("the database system is not accepting connections", Refusal.HOT_STANDBY_OFF),
    ("the database system is shutting down", Refusal.SHUTTING_DOWN),
    ("terminating connection due to administrator command", Refusal.SHUTTING_DOWN),
    ("the database system is in recovery mode", Refusal.IN_RECOVERY_MODE),
    ("no pg_hba.conf entry", Refusal.NO_HBA_ENTRY),
    ("pg_hba.conf rejects", Refusal.NO_HBA_ENTRY),
    ("no password supplied", Refusal.PASSWORD_MISSING),
    ("empty password returned", Refusal.PASSWORD_MISSING),
    ("password authentication failed", Refusal.PASSWORD_WRONG),
    ("authentication failed for user", Refusal.LOGIN_REFUSED),
    ("is not permitted to log in", Refusal.LOGIN_REFUSED),
    ("permission denied for database", Refusal.LOGIN_REFUSED),
    ("must be superuser or replication role", Refusal.LOGIN_REFUSED),
    ("sorry, too many clients already", Refusal.TOO_MANY_CONNECTIONS),
    ("remaining connection slots are reserved", Refusal.TOO_MANY_CONNECTIONS),
    ("too many connections for", Refusal.TOO_MANY_CONNECTIONS),
    ("exceeds max_wal_senders", Refusal.TOO_MANY_CONNECTIONS),
    ('exceeds "max_wal_senders"', Refusal.TOO_MANY_CONNECTIONS),
    ("in a read-only transaction", Refusal.READ_ONLY),
    ("during recovery", Refusal.READ_ONLY),
    ("session is read-only", Refusal.READ_ONLY),
    ("server does not support ssl", Refusal.ENCRYPTION),
    ("ssl error", Refusal.ENCRYPTION),
    ("unsupported frontend protocol", Refusal.ENCRYPTION),
    ("could not translate host name", Refusal.UNKNOWN_HOST),
    ("name or service not known", Refusal.UNKNOWN_HOST),
    ("temporary failure in name resolution", Refusal.UNKNOWN_HOST),
    ("timeout expired", Refusal.TIMEOUT),
    ("connection timed out", Refusal.TIMEOUT),
    ("operation timed out", Refusal.TIMEOUT),
    ("no route to host", Refusal.UNREACHABLE),
    ("network is unreachable", Refusal.UNREACHABLE),
    ("host is unreachable", Refusal.UNREACHABLE),
    ("host is down", Refusal.UNREACHABLE),
    ("server closed the connection unexpectedly", Refusal.LOST),
    ("connection reset by peer", Refusal.LOST),
    ("connection to server was lost", Refusal.LOST),
    (".s.pgsql.", Refusal.NO_SOCKET),
    ("unix domain socket", Refusal.NO_SOCKET),
    ("connection refused", Refusal.REFUSED),
)
_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class PsqlError:
    """What a session failed on, and the line that says so."""

    refusal: Refusal
    message: str


def parse_psql_error(text: str) -> PsqlError | None:
    """The refusal in psql's stderr or a libpq exception's text; None for an empty one."""
    words = text[:_LONGEST].replace("\x00", "")
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    if not lines:
        return None
    folded = " ".join(lines).casefold()
    refusal = _database_missing(folded) or next((kind for needle, kind in _TEXTS if needle in folded), Refusal.OTHER)
    line = next((line for line in lines if _error(line)), lines[0])
    return PsqlError(refusal, line)


def _database_missing(folded: str) -> Refusal | None:
    """`database "x" does not exist`; a role that does not exist is a refused login."""
    if "does not exist" not in folded:
        return None
    return Refusal.NO_DATABASE if 'database "' in folded else Refusal.LOGIN_REFUSED if 'role "' in folded else None


def _error(line: str) -> bool:
    return line.startswith(("psql:", "FATAL:", "ERROR:", "could not ", "connection to server", "fe_sendauth"))
