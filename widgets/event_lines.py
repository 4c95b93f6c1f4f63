"""What changed when, a line each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from console.diagnosis.words import short
from console.history.change import Change
from widgets.columns import cell, row
from widgets.words import FAINT, SYMBOLS, age_words, inert, plain, severity_style

WIDE = 100
"""Columns from which a row has the age and the kind in columns of their own."""


def event_keys(changes: Sequence[Change]) -> dict[str, Change]:
    """Changes by a key that stays while newer ones come, newest first."""
    found: dict[str, Change] = {}
    for change in changes:
        key = f"{change.at.isoformat()} {change.kind} {change.region} {change.host} {change.words}"
        while key in found:
            key += "+"
        found[key] = change
    return dict(reversed(found.items()))


def event_matches(change: Change, words: str) -> bool:
    """Whether each of the words is in it."""
    said = (change.words, change.region, change.host or "", change.kind, change.severity or "", f"{change.at:%H:%M:%S}")
    text = " ".join(said).casefold()
    return all(word in text for word in words.casefold().split())


def event_row(change: Change, width: int, now: datetime) -> Content:
    """Time, age and kind where there is room, region, host where there is room, and the words."""
    symbol = " " if change.severity is None else SYMBOLS[change.severity]
    style = severity_style(change.severity) if change.severity is not None else ""
    cells: list[tuple[Content | str, int]] = [(Content.styled(_time(change.at, now), FAINT), 8)]
    if width >= WIDE:
        age = age_words(max(0.0, (now - change.at).total_seconds()))
        cells += [(Content.styled(age, FAINT), 6), (plain(change.kind, FAINT), 9)]
    cells.append((plain(change.region, FAINT), 8 if width >= WIDE else 6))
    if width >= WIDE:
        cells.append((plain(short(change.host or ""), FAINT), 14))
    used = 1 + sum(size + 1 for _, size in cells)
    words = Content.assemble((f"{symbol} ", style), plain(_words(change, width), style))
    return cell(Content.assemble(" ", row([*cells, (words, max(0, width - used))])), width)


def _words(change: Change, width: int) -> str:
    """At 80 columns the host stands before the words, unless they name it."""
    host = short(change.host or "")
    return change.words if width >= WIDE or not host or host in change.words else f"{host}: {change.words}"


def _time(at: datetime, now: datetime) -> str:
    """The time of day in UTC; of another day its date."""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%b %d}"


def event_text(change: Change) -> str:
    """The change as one line of plain text."""
    place = " ".join(word for word in (change.region, change.host or "") if word)
    grade = f" {change.severity.value.upper()}" if change.severity is not None else ""
    return inert(f"{change.at:%Y-%m-%d %H:%M:%S} UTC{grade} {place}: {change.words}")
