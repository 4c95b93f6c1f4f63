"""What a client on the network meets at an address: the fourth witness (DESIGN 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PortAnswer(StrEnum):
    """What TCP says: filtered is silence, refused is an answer."""

    OPEN = "open"
    REFUSED = "refused"
    FILTERED = "filtered"
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"


class ClientAnswer(StrEnum):
    """What a login finds, worst first."""

    NO_ANSWER = "no-answer"  # the port did not open
    SILENT = "silent"  # TCP opened, PostgreSQL never answered in time
    STARTING_UP = "starting-up"  # "the database system is starting up" (or shutting down)
    LOGIN_REFUSED = "login-refused"  # answered; no password, wrong one, or no pg_hba entry: role unknown
    NO_DATABASE = "no-database"
    IN_RECOVERY = "in-recovery"
    READ_ONLY = "read-only"  # not in recovery, but default_transaction_read_only is on
    WRITABLE = "writable"


@dataclass(frozen=True, slots=True)
class ClientView:
    """What a client met at `address`:`port`.

    `server_address` says which server that was, where it tells; `latency` is in seconds.
    `backlog`: rows in rr<region>_pending_changes, None where there is no such table or it could not be asked.
    """

    address: str
    port: int
    tcp: PortAnswer
    answer: ClientAnswer
    message: str = ""
    latency: float | None = None
    server_address: str | None = None
    backlog: int | None = None
    backlog_error: str | None = None

    @property
    def accepts_writes(self) -> bool:
        """Whether a client could write there."""
        return self.answer is ClientAnswer.WRITABLE

    @property
    def port_open(self) -> bool:
        """Whether TCP connects: all that the traffic manager looks at (REFERENCE 4)."""
        return self.tcp is PortAnswer.OPEN
