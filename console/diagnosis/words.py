"""Words for findings: short names, durations, sizes and lists, in the form an engineer reads at 3 a.m."""

from __future__ import annotations

from collections.abc import Iterable

from console.facts import text as text_module

SUMMARY_LENGTH = 100
_SIZES = (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
_DURATIONS = ((86400, "d"), (3600, "h"), (60, "min"))


def short(host: str) -> str:
    """A host's name without its domain; an address stays whole."""
    label = host.partition(".")[0]
    return host if label.isdigit() else label


def duration(seconds: float) -> str:
    """Seconds as a person says them: "45 s", "3 min", "26 h", "5 d" (the unit of which there are at least two)."""
    for length, unit in _DURATIONS:
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{seconds:.0f} s"


def percent(part: float) -> str:
    """A share 0..1 as a whole percentage, rounded down: 0.099 is 9 %."""
    return f"{int(part * 100)} %"


def size(count: int | None) -> str:
    """Bytes as "123 B", "16.0 MiB"; "unknown" for None. Negative ones keep their sign."""
    if count is None:
        return "unknown"
    unit, length = next(((unit, length) for unit, length in _SIZES if abs(count) >= length), ("B", 1))
    return f"{count} B" if length == 1 else f"{count / length:.1f} {unit}"


def gibibytes(count: int) -> str:
    """Bytes of room on a disk as GiB, or MiB where that says more: nobody reads its tenths."""
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"


def listed(items: Iterable[str], limit: int = 4) -> str:
    """Items joined by commas, the first `limit` of them, and how many more there are."""
    found = list(items)
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more


def one_line(text: str, limit: int = SUMMARY_LENGTH) -> str:
    """Text as one inert line, by default as long as a summary may be."""
    return text_module.one_line(text, limit)
