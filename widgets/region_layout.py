"""From the region screen's sections to lines: two columns where there is room, else one below the other. Pure.

Each figure ends with its witness and its age; what it means stands below it. Outside text becomes inert here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest

from textual.content import Content

from console.diagnosis.finding import Severity
from widgets.columns import beside, cell, wrapped
from widgets.region_figure import Figure, Row, Section, Tone
from widgets.words import FAINT, STYLES, SYMBOLS, age_text, inert

WIDE = 116
"""Cells from which the two hosts stand side by side: a terminal of 120 columns less its margins."""
_LONGEST = 600
_LABEL = 18
_SEVERITIES = {
    Tone.CRITICAL: Severity.CRITICAL,
    Tone.WARNING: Severity.WARNING,
    Tone.UNKNOWN: Severity.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is its identity from draw to draw, `row` what it belongs to; a line without a row begins `section`."""

    key: str
    content: Content
    section: Section
    row: Row | None = None

    @property
    def heading(self) -> bool:
        """Whether it begins a section."""
        return self.row is None

    @property
    def finding(self) -> str | None:
        """The key of the finding that tells more; None where there is none."""
        figures = self.row.figures if self.row is not None else ()
        return next((figure.finding for figure in figures if figure.finding), None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How to lay out: cells, the moment ages are told against, seconds until a fast and a slow figure are stale."""

    width: int
    now: datetime
    names: tuple[str, str]
    fast: float
    slow: float

    @property
    def wide(self) -> bool:
        """Whether both hosts stand side by side."""
        return self.width >= WIDE


def lines_of(sections: Iterable[Section], sheet: Sheet, words: str = "") -> list[Line]:
    """Every line; with `words` only figures that contain all of them (any case), and headings that have such ones."""
    wanted = words.casefold().split()
    lines: list[Line] = []
    for section in sections:
        rows = [row for row in section.rows if _matches(section, row, sheet, wanted)]
        if rows:
            lines.append(_heading(section, sheet))
            lines += _body(section, rows, sheet)
    return lines


def _body(section: Section, rows: list[Row], sheet: Sheet) -> Iterator[Line]:
    """Rows in their order; a label that goes on stands only before the first of its rows."""
    before = ""
    for place, row in enumerate(rows):
        label = "" if row.continued and row.label == before else row.label
        before = row.label
        for number, content in enumerate(_wide(row, label, sheet) if sheet.wide else _narrow(row, label, sheet)):
            yield Line(f"{section.key}/{row.label}/{place}/{number}", content, section, row)


def _matches(section: Section, row: Row, sheet: Sheet, wanted: list[str]) -> bool:
    if not wanted:
        return True
    text = " ".join((section.title, row.label, *sheet.names, *map(figure_words, row.figures))).casefold()
    return all(word in text for word in wanted)


def figure_words(figure: Figure) -> str:
    """A figure as plain text: what it says, its witness, what it means."""
    parts = (figure.text, f"({figure.witness})" if figure.witness else "", figure.explained)
    return inert(" ".join(part for part in parts if part), _LONGEST * 2)


def _heading(section: Section, sheet: Sheet) -> Line:
    """The title on a rule, with the section's worst word at the right, and the hosts' names over their columns."""
    title = Content.assemble((section.title, "bold"), " ")
    worst = _SEVERITIES.get(section.worst)
    mark = Content.styled(f" {SYMBOLS[worst]} {worst.value.upper()}", STYLES[worst]) if worst else Content("")
    if sheet.wide and any(row.first or row.second for row in section.rows):
        title = _columns(title, sheet)
    return Line(f"{section.key}/", beside(title, mark, sheet.width, "─", FAINT), section)


def _columns(title: Content, sheet: Sheet) -> Content:
    """The hosts' names where their columns begin; a long title goes before them."""
    first, second = sheet.names
    left = _column_width(sheet)
    start = max(_LABEL, title.cell_length)
    head = Content.assemble(title, ("─" * (start - title.cell_length), FAINT), " ", (inert(first, 40), FAINT), " ")
    rule = ("─" * max(0, _LABEL + 1 + left - head.cell_length + 2), FAINT)
    return Content.assemble(head, rule, " ", (inert(second, 40), FAINT), " ")


def _column_width(sheet: Sheet) -> int:
    return (sheet.width - _LABEL - 1 - 3) // 2


def section_text(section: Section, names: tuple[str, str]) -> str:
    """A section for the clipboard: its title, and a line a row."""
    return "\n".join([section.title, *(f"  {row_text(row, names)}" for row in section.rows)])


def row_text(row: Row, names: tuple[str, str]) -> str:
    """The whole row for the clipboard, on one line, whatever the columns break."""
    told = [(name, figure) for name, figure in zip(names, (row.first, row.second), strict=True) if figure]
    parts = [f"{name}: {figure_words(figure)}" for name, figure in told]
    parts += [figure_words(row.pair)] if row.pair is not None else []
    return f"{row.label}: {' | '.join(parts)}" if row.label else " | ".join(parts)


def _label(label: str, number: int) -> Content:
    return cell(Content.styled(inert(label, 60), FAINT) if number == 0 else Content(""), _LABEL)


def _wide(row: Row, label: str, sheet: Sheet) -> Iterator[Content]:
    if row.pair is not None:
        yield from _labelled(label, _figure(row.pair, sheet, sheet.width - _LABEL - 1))
        return
    width = _column_width(sheet)
    first, second = (_figure(figure, sheet, width) if figure else () for figure in (row.first, row.second))
    for number, (left, right) in enumerate(zip_longest(first, second, fillvalue=Content(""))):
        yield Content.assemble(_label(label, number), " ", cell(left, width), (" │ ", FAINT), right)


def _labelled(label: str, figure: Iterable[Content]) -> Iterator[Content]:
    for number, content in enumerate(figure):
        yield Content.assemble(_label(label, number), " ", content)


def _narrow(row: Row, label: str, sheet: Sheet) -> Iterator[Content]:
    """One host below the other, each with its name before its figure."""
    if row.pair is not None:
        yield from _labelled(label, _figure(row.pair, sheet, sheet.width - _LABEL - 1))
        return
    tag = max(len(inert(name, 24)) for name in sheet.names) + 1
    number = 0
    for name, figure in zip(sheet.names, (row.first, row.second), strict=True):
        for place, content in enumerate(_figure(figure, sheet, sheet.width - _LABEL - 1 - tag) if figure else ()):
            host = cell(Content.styled(inert(name, 24) if place == 0 else "", FAINT), tag)
            yield Content.assemble(_label(label, number), " ", host, content)
            number += 1


def _figure(figure: Figure, sheet: Sheet, width: int) -> tuple[Content, ...]:
    """A figure on as many lines as it takes: mark and words, witness and age behind them, its meaning below."""
    age = None
    if figure.at is not None:
        age = age_text(figure.at, sheet.now, sheet.slow if figure.slow else sheet.fast)
    stale = age is not None and "STALE" in age.plain
    return _laid_out(
        figure.text, figure.tone, figure.witness, figure.explained, age.plain if age is not None else "", stale, width
    )


@lru_cache(maxsize=4096)
def _laid_out(
    text: str, tone: Tone, witness: str, explained: str, age: str, stale: bool, width: int
) -> tuple[Content, ...]:
    """The same words at the same age look the same: most of a page is as it was a second ago."""
    severity = _SEVERITIES.get(tone)
    style = STYLES[severity] if severity else {Tone.FAINT: FAINT, Tone.INFO: STYLES[Severity.INFO]}.get(tone, "")
    mark = f"{SYMBOLS[severity]} " if severity else ""
    parts: list[tuple[str, str]] = [(f"{mark}{inert(text, _LONGEST)}", style)]
    if witness or age:
        parts.append(("  " + inert(witness, 40) + (", " if witness and age else ""), FAINT))
        parts.append((age, STYLES[Severity.UNKNOWN] if stale else FAINT))
    lines = wrapped(Content.assemble(*parts), width, 2 if mark else 0)
    if explained:
        lines += wrapped(Content.styled(f"  ↳ {inert(explained, _LONGEST)}", FAINT), width, 4)
    return tuple(lines)
