"""Times in log line prefixes: log_line_prefix's %t and %m, %n, and syslog's own (PostgreSQL elog.c)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_STAMP = re.compile(
    r"[<\[(\s]*([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,6}))?"
    r"(?: ?([A-Za-z]{1,5}|[+-][0-9]{2}(?::?[0-9]{2})?)(?![\w]))?"
)
_EPOCH = re.compile(r"[<\[(\s]*([0-9]{9,10}\.[0-9]{1,6})(?![\w.])")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?![\w:])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Abbreviations that mean one offset wherever they are used; CST, IST, BST and the like do not and stay unread.
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "UCT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "NZST": 12, "NZDT": 13, "AEST": 10, "AEDT": 11, "SAST": 2,
}  # fmt: skip


def line_time(line: str, now: datetime | None) -> datetime | None:
    """The time at the beginning of a line; None where there is none, or its zone does not say which offset it has.

    syslog's has neither year nor zone: it is taken in `now`'s zone, as the last such moment before `now`.
    """
    match = _STAMP.match(line)
    if match is not None:
        return _stamp(match)
    epoch = _EPOCH.match(line)
    if epoch is not None:
        return datetime.fromtimestamp(float(epoch[1]), UTC)
    syslog = _SYSLOG.match(line)
    return _of_syslog(syslog, now) if syslog is not None and now is not None else None


def prefix_time(prefix: str, now: datetime | None) -> datetime | None:
    """The time anywhere in a prefix: other fields, or a restore_command's words without a line end, may precede it."""
    match = _STAMP.search(prefix)
    return _stamp(match) if match is not None else line_time(prefix, now)


def _stamp(match: re.Match[str]) -> datetime | None:
    zone = _zone(match[8])
    if zone is None:
        return None
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    try:
        return datetime(year, month, day, hour, minute, second, int((match[7] or "0").ljust(6, "0")), zone)
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        hours = _ZONES.get(text.upper())
        return None if hours is None else timezone(timedelta(hours=hours))
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if text[0] == "-" else offset)


def _of_syslog(match: re.Match[str], now: datetime) -> datetime | None:
    if match[1] not in _MONTHS:
        return None
    month = _MONTHS.index(match[1]) + 1
    day, hour, minute, second = (int(match[group]) for group in range(2, 6))
    for year in (now.year, now.year - 1):
        try:
            found = datetime(year, month, day, hour, minute, second, tzinfo=now.tzinfo)
        except ValueError:
            continue
        if found <= now + timedelta(days=1):
            return found
    return None
