"""Words and figures for people: host text made inert, names cut short, sizes and ages in units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from console.diagnosis.words import size as size
from console.facts.text import one_line

_LONGEST = 4000
_AGES = (("d", 86400), ("h", 3600), ("min", 60))


def inert(text: object, limit: int = _LONGEST) -> str:
    """`text` as one line without anything that could move a cursor or reorder the line; cut at `limit` characters."""
    return one_line(str(text), limit)


def inert_lines(text: object) -> str:
    """The same for text of several lines, which stay lines."""
    return "\n".join(inert(line) for line in str(text)[: _LONGEST * 4].splitlines())


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Every host name without its domain, where that still tells it from the others; addresses stay whole."""
    everyone = list(names)
    first = {name: name.partition(".")[0] for name in everyone}
    counts: dict[str, int] = {}
    for label in first.values():
        counts[label] = counts.get(label, 0) + 1
    return {name: label if counts[label] == 1 and not label.isdigit() else name for name, label in first.items()}


def told(summary: str, *places: str) -> str:
    """A finding's summary with the places (region, host) in front of it that it does not name itself."""
    line = inert(summary)
    missing = [place for place in places if place and place not in line]
    return ": ".join([*missing, line])


def age(seconds: float | None) -> str:
    """Seconds as "now", "12 s", "3 min", "2 h", "5 d"; "never" for None."""
    if seconds is None:
        return "never"
    unit, length = next(((unit, length) for unit, length in _AGES if seconds >= 2 * length), ("s", 1))
    return "now" if seconds < 1 else f"{seconds / length:.0f} {unit}"


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z; None for None. A time without a zone is taken for UTC."""
    if at is None:
        return None
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" if at.utcoffset() is None else _utc(at)


def _utc(at: datetime) -> str:
    offset = at.utcoffset()
    assert offset is not None
    return (at.replace(tzinfo=None) - offset).isoformat(timespec="milliseconds") + "Z"
