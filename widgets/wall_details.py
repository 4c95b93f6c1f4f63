"""What the wall shows below its tiles, in turn: each of the worst findings with its evidence, every pair, every
appliance, what changed last. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import short
from console.history.change import Change
from console.report.trees import trees
from widgets import pair_words
from widgets.columns import cell, row, wrapped
from widgets.event_lines import event_row
from widgets.pair_facts import PairFacts
from widgets.words import FAINT, age_words, inert, plain, severity_style, severity_text

FINDINGS = 6
"""How many of the worst findings have a page of their own; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Page:
    """A title, and lines; those that do not fit are cut off below."""

    title: Content
    lines: tuple[Content, ...]


def pages(
    pairs: Sequence[PairFacts], findings: Sequence[Finding], changes: Sequence[Change], now: datetime, width: int
) -> list[Page]:
    """Every page of one round, the worst first; never empty."""
    listed = sorted(_listed(findings), key=lambda finding: finding.severity.rank)
    shown = [finding for finding in listed if finding.severity is not Severity.INFO][:FINDINGS]
    found = [_finding(finding, place, len(listed), now, width) for place, finding in enumerate(shown, 1)]
    return [*found, _pairs(pairs, width), *_appliances(pairs, width), *_changes(changes, now, width)]


def _listed(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Without what follows from another, unless it is worse than its cause."""
    for tree in trees(findings):
        yield tree.root
        yield from (each for each in tree.followers if each.severity.rank < tree.root.severity.rank)


def _finding(finding: Finding, place: int, count: int, now: datetime, width: int) -> Page:
    host = f" {short(finding.host)}" if finding.host else ""
    place_words = f"  finding {place} of {count}"
    title = Content.assemble(
        severity_text(finding.severity),
        (f"  {finding.code} {inert(finding.region, 40)}{inert(host, 60)}", "bold"),
        (place_words, FAINT),
    )
    lines = wrapped(plain(finding.summary, severity_style(finding.severity)), width, 2)
    for item in finding.evidence:
        lines += wrapped(_evidence(item, now), width, 4)
    if finding.remedy:
        lines += wrapped(Content.assemble(("do: ", "bold"), plain(finding.remedy)), width, 4)
    return Page(title, tuple(lines))


def _evidence(item: Evidence, now: datetime) -> Content:
    on_host = f"on {short(item.host)}" if item.host and " on " not in item.source else ""
    witness = " ".join(part for part in (item.source, on_host) if part)
    age = f", {age_words(max(0.0, (now - item.observed_at).total_seconds()))}" if item.observed_at else ""
    told = f"  {inert(witness, 80)}{age}" if witness or age else ""
    return Content.assemble("  ", (f"{inert(item.fact, 60)}: ", FAINT), plain(item.value[:400]), (told, FAINT))


def _pairs(pairs: Sequence[PairFacts], width: int) -> Page:
    return Page(Content.styled("Pairs", "bold"), tuple(line for pair in pairs for line in _pair(pair, width)))


def _pair(pair: PairFacts, width: int) -> Iterator[Content]:
    """A host a line: role, position and timeline, what a client meets, its archive, its age."""
    for number, facts in enumerate(pair.sides):
        name = inert(pair.region.name, 12) if number == 0 else ""
        cells: list[tuple[Content | str, int]] = [
            (Content.styled(name, "bold"), 10),
            (pair_words.role(pair, facts), 26),
            (pair_words.position(pair, facts, 34, spoken=True), 34),
        ]
        if width >= 130:
            cells += [(pair_words.clients(pair, facts), width - 104), (pair_words.archive(pair, facts), 22)]
        cells.append((pair_words.seen(pair, facts), 8))
        yield cell(row(cells), width)


def _appliances(pairs: Sequence[PairFacts], width: int) -> Iterator[Page]:
    lines = []
    for pair in pairs:
        for number, told in enumerate(pair_words.each_appliance(pair)):
            name = inert(pair.region.name, 12) if number == 0 else ""
            lines.append(cell(row([(Content.styled(name, "bold"), 10), (told, width - 11)]), width))
    if lines:
        yield Page(Content.styled("UI appliances", "bold"), tuple(lines))


def _changes(changes: Sequence[Change], now: datetime, width: int) -> Iterator[Page]:
    if changes:
        newest = tuple(event_row(change, width, now) for change in reversed(changes[-40:]))
        yield Page(Content.styled("What changed last", "bold"), newest)
