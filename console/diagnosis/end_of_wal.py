"""E of DOMAIN 7 and 7b: where the WAL of an old primary ends, exactly or within bounds. Pure functions on facts."""

from __future__ import annotations

from dataclasses import dataclass

from console.diagnosis.finding import Evidence
from console.diagnosis.fork_point import ran_as_primary, wal_timeline
from console.facts.evidence import WalEnd, WalEndMethod
from console.facts.host import HostFacts
from console.facts.lsn import Lsn, WalArithmetic
from console.facts.postgresql import ControlData


@dataclass(frozen=True, slots=True)
class End:
    """E. `lower` ≤ E ≤ `upper`; `upper` is None where only a lower bound is known, both None where nothing is.

    `method` is None where no WAL was read and the control file alone gives the lower bound.
    """

    timeline: int | None = None
    lower: Lsn | None = None
    upper: Lsn | None = None
    method: WalEndMethod | None = None
    missing: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def exact(self) -> Lsn | None:
        """E where it is known to the byte."""
        return self.lower if self.lower == self.upper else None


def end_of_wal(old: HostFacts, arithmetic: WalArithmetic) -> End:
    """E of DOMAIN 7: what was read of the stopped server's WAL, or what its control file alone tells.

    Evidence that belongs to an earlier life of the server (another timeline, before its last checkpoint) is not used.
    """
    control = old.control.value
    if control is None:
        return End(missing=f"the control file of {old.name}: {old.control.error or 'not read'}")
    timeline = wal_timeline(old)
    quotes = (Evidence.of("cluster state", state_words(control), old.control, old.name),)
    found = old.evidence.wal_end
    if (old.history.value is None or _older_than_lock(old)) and ran_as_primary(control) is not False:
        why = (
            f"whether {old.name} began a timeline of its own: {old.history.error or 'its history files were not read'}"
        )
        return End(timeline, control.checkpoint, None, None, why, quotes)
    if found is not None and _belongs(found, control, timeline, arithmetic):
        return End(timeline, found.lower, found.upper, found.method, "", (*quotes, quote_end(found, old)))
    lower = control.checkpoint if control.timeline == timeline else None
    why = "; ".join(old.evidence.errors) or "its WAL has not been read"
    return End(timeline, lower, None, None, f"the end of {old.name}'s WAL: {why}", quotes)


def _older_than_lock(old: HostFacts) -> bool:
    """Whether the history files were read before the lock was made: that promotion may have begun a new timeline."""
    data, at = old.data.value, old.history.observed_at
    if data is None or data.lock is None or at is None:
        return False
    skew = old.clock.value.skew if old.clock.value is not None else 0.0
    return at.timestamp() + skew < data.lock.modified


def running_end(old: HostFacts, current: Lsn) -> End:
    """E of a primary that runs by itself: where it writes now."""
    quote = Evidence.of("current position", current, old.sql, old.name)
    return End(wal_timeline(old), current, current, None, "", (quote,))


def state_words(control: ControlData) -> str:
    """A control file in one line, as evidence."""
    state = control.state.value if control.state else "unknown"
    return f"{state}, checkpoint {control.checkpoint}, timeline {control.timeline}"


def quote_end(found: WalEnd, old: HostFacts) -> Evidence:
    """E as evidence, with the method, the tool's own words, and that it is a bound where it is one."""
    place = str(found.upper) if found.exact else f"between {found.lower} and {found.upper} (a bound)"
    message = f": {found.message}" if found.message else ""
    return Evidence("end of WAL", f"{place}, timeline {found.timeline}{message}", found.method.value, old.name)


def _belongs(found: WalEnd, control: ControlData, timeline: int | None, arithmetic: WalArithmetic) -> bool:
    if timeline is not None and found.timeline != timeline:
        return False
    if control.checkpoint is None or control.timeline != found.timeline:
        return True
    return found.upper.minus(control.checkpoint, arithmetic) > 0
