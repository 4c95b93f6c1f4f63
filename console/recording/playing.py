"""Where a recording stands, as the controls show it; and the moment that a person types."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from console.errors import UsageError
from console.facts.text import one_line
from console.history.change import Change


@dataclass(frozen=True, slots=True)
class Playing:
    """Times are UTC. `speed` is recorded seconds a second. `remark` is what a person must know of the file, or ""."""

    first: datetime
    last: datetime
    at: datetime
    playing: bool = False
    speed: float = 1.0
    remark: str = ""
    marks: tuple[Change, ...] = field(default=(), repr=False)


_UNITS = {"s": 1, "": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_RELATIVE = re.compile(r"([+-])\s*(\d{1,9})\s*(s|min|m|h|d)?")
_CLOCK = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)[ T]+)?(\d\d?):(\d\d)(?::(\d\d))?Z?")
FORMS = "03:15, 03:15:20, 2026-11-23 03:15, +90, -5m, +2h (UTC)"
"""What `moment_of` reads, for people."""


def moment_of(text: str, state: Playing) -> datetime:
    """The moment that a person means (UTC). A clock time is of the day that comes nearest to where one is.

    Raises UsageError for what is no time, or outside of the recording.
    """
    words = text.strip()
    try:
        at = _read(words, state)
    except (ValueError, OverflowError):  # the 31st of February
        at = None
    if at is None:
        raise UsageError(f"'{one_line(words, 40)}' is no time: {FORMS}")
    if not _whole(state.first) <= at <= state.last:
        span = f"{state.first:%Y-%m-%d %H:%M:%S} to {state.last:%Y-%m-%d %H:%M:%S}"
        raise UsageError(f"{at:%Y-%m-%d %H:%M:%S} is outside of the recording, which goes from {span} UTC")
    return max(at, state.first)


def _read(words: str, state: Playing) -> datetime | None:
    relative = _RELATIVE.fullmatch(words)
    if relative is not None:
        seconds = int(relative[2]) * _UNITS[relative[3] or ""]
        return state.at + timedelta(seconds=seconds if relative[1] == "+" else -seconds)
    clock = _CLOCK.fullmatch(words)
    return _by_clock(clock, state) if clock is not None else None


def _by_clock(match: re.Match[str], state: Playing) -> datetime:
    hour, minute, second = int(match[4]), int(match[5]), int(match[6] or 0)
    if match[1] is not None:
        return datetime(int(match[1]), int(match[2]), int(match[3]), hour, minute, second, tzinfo=UTC)
    today = state.at.replace(hour=hour, minute=minute, second=second, microsecond=0)
    days = [today + timedelta(days=number) for number in (-1, 0, 1)]
    inside = [day for day in days if _whole(state.first) <= day <= state.last] or [today]
    return min(inside, key=lambda day: abs(day - state.at))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
