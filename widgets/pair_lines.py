"""A region drawn as primary → standby, in five lines where there is little room and in eight where there is more.

Pure: from facts and a width to lines, each exactly as wide as told. Widgets only show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from console.diagnosis.finding import Severity
from console.facts.host import HostFacts
from console.history.change import LagPoint
from console.inventory.fleet import RegionKind
from console.report.words import size
from widgets import pair_words as words
from widgets.columns import beside, cell, fitting, joined
from widgets.pair_facts import PairFacts
from widgets.region_witnesses import disagreements
from widgets.words import FAINT, age_text, age_words, inert, severity_style, sparkline

COMPACT = 5
"""Lines of a region at any width."""
FULL = 7
"""Lines of a region that is drawn in full."""
WIDE = 110
"""Columns from which a region can be drawn in full."""
_MARGIN = 1
_INDENT = 2
_AGE = 8
_DOT = Content.styled(" · ", FAINT)
_CALM_SHARE = 16  # bars are as high as this part of the limit at least: what is far from it looks far from it
_KINDS = {RegionKind.PACEMAKER: "Pacemaker", RegionKind.SCRIPTED: "scripts"}


def pair_lines(pair: PairFacts, width: int, *, full: bool | None = None) -> list[Content]:
    """The region as lines of `width` cells. `full`: all figures (7 lines), or the first of them (5); None: by width."""
    body = _full(pair, width) if (width >= WIDE if full is None else full) else _compact(pair, width)
    return [cell(line, width) for line in [_heading(pair, width), *body]]


def _heading(pair: PairFacts, width: int) -> Content:
    """Name, kind and status at the left, a disagreement where there is one, the age at the right, a rule between."""
    title = [
        Content.styled(inert(pair.region.name), "bold"),
        Content.styled(_KINDS[pair.region.kind], FAINT),
        words.status(pair),
    ]
    age = age_text(pair.seen_at(), pair.now, pair.stale_after)
    right = Content.assemble(" ", ("seen ", FAINT) if pair.seen_at() else "", age, " ")
    left = joined(title)
    told = disagreements(pair.context, pair.findings)
    if told:
        room = width - left.cell_length - right.cell_length - 8
        left = joined([left, _disagreement(told, room)])
    return beside(Content.assemble(" ", left, " "), right, width, "─", FAINT)


def _disagreement(told: Sequence[str], room: int) -> Content:
    """As much of the first sentence as there is room for, and how many more there are."""
    style = severity_style(Severity.WARNING)
    more = f" (+{len(told) - 1})" if len(told) > 1 else ""
    whole = f"≠ {inert(told[0])}{more}"
    if len(whole) <= room or room >= 60:
        return cell(Content.styled(whole, style), min(len(whole), max(0, room)))
    return Content.styled("≠ witnesses disagree" if room >= 20 else "≠", style)


def _compact(pair: PairFacts, width: int) -> list[Content]:
    middle = 17 + max(0, width - 80) // 3
    room = _side(width, middle) - _INDENT
    sides = [_compact_side(pair, facts, room) for facts in pair.sides]
    return [*_three_columns(pair, width, middle, sides, caption=False), _summary(pair, width)]


def _compact_side(pair: PairFacts, facts: HostFacts, room: int) -> list[Content]:
    gone = words.not_seen(pair, facts)
    if gone is not None:
        return [words.role(pair, facts), *gone]
    return [
        words.role(pair, facts),
        words.position(pair, facts, room, spoken=False),
        words.attributes(pair, facts, room),
    ]


def _full(pair: PairFacts, width: int) -> list[Content]:
    middle = 24 + max(0, width - WIDE) // 4
    room = _side(width, middle) - _INDENT
    sides = [_full_side(pair, facts, room) for facts in pair.sides]
    parts = [words.endpoint(pair, holders=True), *words.each_appliance(pair), words.backlog(pair)]
    bottom = _indented(fitting(_troubled_first(parts), width - _MARGIN, _DOT))
    return [*_three_columns(pair, width, middle, sides, caption=True), bottom]


def _full_side(pair: PairFacts, facts: HostFacts, room: int) -> list[Content]:
    head = fitting([words.role(pair, facts), words.version(facts), *_site(pair, facts)], room - _AGE)
    by = "" if pair.region.cluster is None else Content.styled("Pacemaker ", FAINT)
    attributes = Content.assemble(by, words.attributes(pair, facts, room - len(by)))
    gone = words.not_seen(pair, facts)
    if gone is not None:
        reason, last = gone
        return [head, reason, attributes, words.clients(pair, facts), last]
    position = words.position(pair, facts, room, spoken=True)
    return [head, position, attributes, words.clients(pair, facts), words.archive(pair, facts)]


def _site(pair: PairFacts, facts: HostFacts) -> Iterable[Content]:
    site = pair.context.host(facts).site
    if site is not None:
        yield Content.styled(inert(site), FAINT)


def _side(width: int, middle: int) -> int:
    """Columns of a host, of a region `width` wide."""
    return (width - _MARGIN - middle - 2) // 2


def _three_columns(
    pair: PairFacts, width: int, middle: int, sides: Sequence[Sequence[Content]], *, caption: bool
) -> list[Content]:
    """Left host, what flows between the two, right host."""
    between = _between(pair, middle, caption=caption)
    columns = [
        _side_column(pair, facts, lines, _side(width, middle)) for facts, lines in zip(pair.sides, sides, strict=True)
    ]
    return [
        _indented(Content(" ").join([left, cell(between[number] if number < len(between) else "", middle), right]))
        for number, (left, right) in enumerate(zip(*columns, strict=True))
    ]


def _side_column(pair: PairFacts, facts: HostFacts, lines: Sequence[Content], width: int) -> list[Content]:
    """A host's lines; its age stands at the end of the first."""
    head = beside(lines[0], Content.assemble(words.seen(pair, facts), " "), width)
    return [head, *(cell(Content.assemble(" " * _INDENT, line), width) for line in lines[1:])]


def _between(pair: PairFacts, width: int, *, caption: bool) -> list[Content]:
    """The arrow with the sync state on it, the lag below, and its last minutes as bars."""
    floor = pair.context.thresholds.lag_bytes.warning / _CALM_SHARE
    bars = Content.styled(sparkline([point.bytes for point in pair.history], width, floor), _bars_style(pair))
    lines = [_arrow(pair, width), _centred(words.lag(pair), width), bars]
    return [*lines, _centred(_caption(pair.history, width), width)] if caption else lines


def _bars_style(pair: PairFacts) -> str:
    bad = pair.verdict(("P04",))
    return severity_style(bad) if bad is not None else FAINT


def _caption(history: Sequence[LagPoint], width: int) -> Content:
    """What the bars span: how long, and how high the highest of them is."""
    shown = history[-width:]
    known = [point.bytes for point in shown if point.bytes is not None]
    if len(shown) < 2 or not known:
        return Content("")
    span = (shown[-1].at - shown[0].at).total_seconds()
    return Content.styled(f"{age_words(max(1.0, span))}, at most {size(max(known))}", FAINT)


def _arrow(pair: PairFacts, width: int) -> Content:
    """ "── async ──────▶", or a broken line without a head where no WAL flows."""
    told, style, flows = words.stream(pair)
    line, head = ("─", "▶") if flows else ("╌", "╌")
    label = cell(told, min(len(told), max(0, width - 4)))
    rest = max(0, width - label.cell_length - 4)
    return Content.assemble((f"{line} ", style), (label.plain, style), (f" {line * rest}{head}", style))


def _summary(pair: PairFacts, width: int) -> Content:
    """What belongs to the pair as a whole, as much as fits; what is in trouble comes first."""
    parts = [
        words.endpoint(pair, holders=False),
        words.gates(pair),
        words.archive_of_pair(pair),
        words.appliances(pair),
        words.backlog(pair),
    ]
    return _indented(fitting(_troubled_first(parts), width - _MARGIN, _DOT))


def _troubled_first(parts: Sequence[Content]) -> list[Content]:
    return sorted(parts, key=lambda part: not _in_trouble(part))


def _in_trouble(part: Content) -> bool:
    return any(isinstance(span.style, str) and "$status-" in span.style for span in part.spans)


def _indented(content: Content) -> Content:
    return Content.assemble(" " * _MARGIN, content)


def _centred(content: Content, width: int) -> Content:
    return content.pad_left(max(0, width - content.cell_length) // 2)
