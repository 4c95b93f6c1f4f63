"""Sizes, durations and shares as people write them: `16MiB`, `2s`, `7d`, `20%`.

Parsing gives bytes (int), seconds (float) and a share of 1 (float); formatting gives text that parses to the same.
"""

from __future__ import annotations

import re

_NUMBER_AND_UNIT = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)\s?([A-Za-z%]*)")

# kB, MB, GB and TB are powers of 1024, as in postgresql.conf (PostgreSQL docs, "Parameter Names and Values").
_SIZES = {
    "b": 1,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
    "tib": 1024**4,
    "kb": 1024,
    "mb": 1024**2,
    "gb": 1024**3,
    "tb": 1024**4,
}
_DURATIONS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def parse_size(value: object) -> int:
    """Bytes of `16MiB`, `1GB` (powers of 1024, as in postgresql.conf) or a bare whole number of bytes.

    Raises ValueError with a text for a person.
    """
    number, unit = _split(value, "a size such as 16MiB")
    factor = _SIZES.get(unit.casefold() or "b")
    if factor is None:
        raise ValueError(f"the unit {unit!r} is no size: write B, KiB, MiB, GiB or TiB, such as 16MiB")
    size = number * factor
    if size != int(size):
        raise ValueError("is not a whole number of bytes")
    return int(size)


def parse_duration(value: object) -> float:
    """Seconds of `500ms`, `2s`, `5m`, `5min`, `3h`, `7d`, `1w`, or a bare number of seconds; never negative.

    Raises ValueError with a text for a person.
    """
    number, unit = _split(value, "a duration such as 2s or 7d")
    factor = _DURATIONS.get(unit or "s")
    if factor is None:
        raise ValueError(f"the unit {unit!r} is no duration: write ms, s, m, h, d or w, such as 2s or 7d")
    return number / 1000 if unit == "ms" else number * factor


def parse_share(value: object) -> float:
    """Share of 1 of `20%` or `0.2`; 0 to 1. Raises ValueError with a text for a person."""
    number, unit = _split(value, "a percentage such as 20%")
    if unit not in ("", "%"):
        raise ValueError(f"the unit {unit!r} is no percentage: write it as 20%")
    share = number / 100 if unit == "%" else number
    if share > 1:
        hint = f": did you mean '{number:g}%'?" if unit == "" and number <= 100 else ""
        raise ValueError(f"is more than 100%{hint}")
    return share


def parse_count(value: object) -> int:
    """A bare whole number, 0 or more. Raises ValueError with a text for a person."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number, 0 or more, without a unit")
    return value


def format_size(size: float) -> str:
    """`16MiB`: the largest unit that needs no fraction."""
    whole = int(size)
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if whole and whole % _SIZES[unit.casefold()] == 0:
            return f"{whole // _SIZES[unit.casefold()]}{unit}"
    return f"{whole}B"


def format_duration(seconds: float) -> str:
    """`7d`, `90s`, `250ms`: the largest unit that needs no fraction, to the millisecond."""
    milliseconds = round(seconds * 1000)
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def format_share(share: float) -> str:
    """`20%`, to a millionth of the whole."""
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + "%"


def _split(value: object, expected: str) -> tuple[float, str]:
    """Number and unit of a value as YAML gives it; a bool is no number, nan and infinity are none either."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"must be {expected}")
    if isinstance(value, str):
        found = _NUMBER_AND_UNIT.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"must be {expected}")
        return float(found[1]), found[2]
    if not 0 <= value < 1e18:
        raise ValueError(f"must be {expected}, 0 or more")
    return float(value), ""
