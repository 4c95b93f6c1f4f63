"""The wall's tiles: a region's word in large letters, its pair, how far apart, and whether clients get in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from console.diagnosis.finding import Severity
from console.inventory.fleet import RegionKind
from widgets import pair_words
from widgets.columns import beside, cell
from widgets.pair_facts import PairFacts
from widgets.wall_letters import large, large_width
from widgets.words import FAINT, OK_SYMBOL, SYMBOLS, age_text, inert, severity_style, sparkline

COLUMN = 38
"""Cells that a tile needs to stand beside others: the longest word in large letters, its bar and a gap."""
COLUMN_HEIGHT = 11
BAND_HEIGHT = 4
_BAND_WORD = 37
_UNKNOWN = severity_style(Severity.UNKNOWN)


def state_word(worst: Severity | None, *, stale: bool) -> tuple[str, str]:
    """The word for a wall and its style; what is old or was never seen is never OK."""
    if worst is None and stale:
        return "STALE", _UNKNOWN
    return "OK" if worst is None else worst.value.upper(), severity_style(worst)


def _symbol(pair: PairFacts) -> str:
    if pair.worst is not None:
        return SYMBOLS[pair.worst]
    return SYMBOLS[Severity.UNKNOWN] if pair.stale else OK_SYMBOL


def columns(pairs: Sequence[PairFacts], width: int) -> list[Content]:
    """Tiles beside each other, as many as fit into a row; rows of tiles below each other."""
    beside_each = max(1, min(len(pairs), width // COLUMN))
    each = width // beside_each
    lines: list[Content] = []
    for first in range(0, len(pairs), beside_each):
        tiles = [_column(pair, each - 1) for pair in pairs[first : first + beside_each]]
        lines += [Content(" ").join(parts) for parts in zip(*tiles, strict=True)]
    return lines


def bands(pairs: Sequence[PairFacts], width: int) -> list[Content]:
    """Tiles below each other, each with its word at the left."""
    return [line for pair in pairs for line in _band(pair, width)]


def _column(pair: PairFacts, width: int) -> list[Content]:
    word, style = state_word(pair.worst, stale=pair.stale)
    room = width - 2
    said = [*_large(word, style, room), *_pair_lines(pair, room)][: COLUMN_HEIGHT - 2]
    lines = [_title(pair, room), *said]
    lines += [Content("")] * (COLUMN_HEIGHT - 1 - len(lines))
    return [*(Content.assemble(("▌ ", style), cell(line, room)) for line in lines), cell("", width)]


def _title(pair: PairFacts, width: int) -> Content:
    kind = "Pacemaker" if pair.region.kind is RegionKind.PACEMAKER else "scripts"
    _, style = state_word(pair.worst, stale=pair.stale)
    name = Content.assemble((_symbol(pair), style), " ", (inert(pair.region.name, 40), "bold"), (f"  {kind}", FAINT))
    return beside(name, _age(pair), width)


def _age(pair: PairFacts) -> Content:
    return age_text(pair.seen_at(), pair.now, pair.stale_after)


def _large(word: str, style: str, width: int) -> list[Content]:
    """The word in large letters where there is room, else bold on the middle line."""
    if large_width(word) <= width:
        return [Content.styled(line, style) for line in large(word)]
    return [Content(""), Content.styled(word, f"bold {style}"), Content("")]


def _pair_lines(pair: PairFacts, width: int) -> list[Content]:
    left, right = pair.sides
    word, style, _ = pair_words.stream(pair)
    return [
        pair_words.role(pair, left),
        Content.assemble(("  ↓ ", FAINT), (inert(word), style)),
        pair_words.role(pair, right),
        _lag(pair, width),
        Content.assemble(pair_words.endpoint(pair, holders=False)),
        Content.assemble(pair_words.appliances(pair), "  ", pair_words.backlog(pair)),
    ]


def _lag(pair: PairFacts, width: int) -> Content:
    """The lag, and its last minutes as bars where they fit."""
    label = "lag " if pair.lag.bytes is not None else ""
    words = Content.assemble((label, FAINT), pair_words.lag(pair))
    room = min(20, width - words.cell_length - 2)
    bars = sparkline([point.bytes for point in pair.history], room) if room > 4 else ""
    return Content.assemble(words, "  ", (bars, FAINT))


def _band(pair: PairFacts, width: int) -> list[Content]:
    word, style = state_word(pair.worst, stale=pair.stale)
    left, right = pair.sides
    room = width - _BAND_WORD - 2
    stream, stream_style, _ = pair_words.stream(pair)
    told = [
        _title(pair, room),
        Content.assemble(pair_words.role(pair, left), "  ", _lag(pair, 0)),
        Content.assemble(pair_words.role(pair, right), "  ", (inert(stream), stream_style)),
        Content.assemble(pair_words.endpoint(pair, holders=False), "  ", pair_words.appliances(pair)),
    ]
    words = [Content(""), *_large(word, style, _BAND_WORD)]
    pairs = zip(words, told, strict=True)
    return [Content.assemble(("▌ ", style), cell(big, _BAND_WORD), cell(line, room)) for big, line in pairs]


def clock(now: datetime) -> list[Content]:
    """The time of day in large letters (UTC)."""
    return [Content.styled(line, "bold") for line in large(f"{now:%H:%M:%S}")]
