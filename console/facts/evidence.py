"""Dear evidence, gathered only when a finding or a guard needs it (DESIGN 5, DOMAIN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.facts.lsn import Lsn, WalSegment


class WalEndMethod(StrEnum):
    """How the end of a stopped server's WAL was found."""

    WALDUMP = "pg_waldump"  # exact: the end of the last valid record
    SHUTDOWN_CHECKPOINT = "shutdown checkpoint"  # exact: the end of the shutdown checkpoint record
    PAGES = "WAL page headers"  # a bound: the last page written


@dataclass(frozen=True, slots=True)
class WalEnd:
    """E of DOMAIN 7. Exact: lower == upper. A bound by pages: lower ≤ E ≤ upper (start and end of the last page).

    `timeline` is the WAL's own. `message` is the tool's last word, quoted as evidence.
    """

    method: WalEndMethod
    timeline: int
    lower: Lsn
    upper: Lsn
    message: str = ""

    @property
    def exact(self) -> bool:
        """Whether E is known to the byte."""
        return self.lower == self.upper


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit record that only this node has: transaction, position, time as printed."""

    transaction: int
    lsn: Lsn
    at: str | None


@dataclass(frozen=True, slots=True)
class CommitsAfter:
    """Commits past `fork` in this node's WAL; `count` may exceed those listed. `complete` False: cut short."""

    fork: Lsn
    count: int
    commits: tuple[Commit, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SegmentReadable:
    """Whether the database's user can read `segment` from the archive directory `path` (A05)."""

    segment: WalSegment
    path: str
    readable: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was gathered on demand on a host; None where it was not asked for or not obtained (then `errors` says)."""

    wal_end: WalEnd | None = None
    commits_after: CommitsAfter | None = None
    segment: SegmentReadable | None = None
    errors: tuple[str, ...] = ()
