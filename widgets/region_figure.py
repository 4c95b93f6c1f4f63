"""What the region screen says: figures with their witnesses, in rows that set the pair's two hosts side by side. Pure.

A figure's text is outside text until `widgets.region_layout` makes it inert; nothing here knows Textual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.history.change import LagPoint

CLIENT = "client"
"""The witness that looks at a host from outside: what it met stands also where the host itself does not answer."""
SSH = "ssh"
"""The witness that tells whether a host answers."""


class Tone(StrEnum):
    """What a figure says of the pair's health. `PLAIN` is a figure, `FAINT` one that only rounds off the picture."""

    PLAIN = "plain"
    FAINT = "faint"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


TONES = {
    Severity.CRITICAL: Tone.CRITICAL,
    Severity.WARNING: Tone.WARNING,
    Severity.UNKNOWN: Tone.UNKNOWN,
    Severity.INFO: Tone.INFO,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`text` as `witness` told it at `at` (UTC); `explained` is what it means, `slow` that it is looked at seldom.

    `finding` is the key of the finding that tells more. A figure of a host that no longer answers is `gone`.
    """

    text: str
    tone: Tone = Tone.PLAIN
    witness: str = ""
    at: datetime | None = None
    explained: str = ""
    slow: bool = False
    finding: str | None = None

    @classmethod
    def of(
        cls, text: object, observed: Observed[Any], tone: Tone = Tone.PLAIN, *, slow: bool = False, explained: str = ""
    ) -> Figure:
        """A figure with the witness of `observed`."""
        return cls(str(text), tone, observed.source, observed.observed_at, explained, slow)

    def gone(self) -> Figure:
        """The same of a host that does not answer now: unknown, and what it said last, where it said anything."""
        if self.witness == SSH:
            return self
        if self.at is None and not self.witness:
            return replace(self, text="unknown: the host does not answer", tone=Tone.UNKNOWN)
        said = self.text if self.tone is Tone.UNKNOWN else f"unknown; it said {self.text}"
        return replace(self, text=said, tone=Tone.UNKNOWN)


def unseen(observed: Observed[Any], *, slow: bool = False) -> Figure:
    """A fact that has no value: unknown with its reason, or not asked yet."""
    if observed.error is None and observed.observed_at is None:
        return Figure("unknown: not asked yet", Tone.UNKNOWN, slow=slow)
    return Figure.of(f"unknown: {observed.error or 'no answer'}", observed, Tone.UNKNOWN, slow=slow)


@dataclass(frozen=True, slots=True)
class Row:
    """One label with a figure of each host, or with one that is the pair's. `continued`: more under the same label."""

    label: str
    first: Figure | None = None
    second: Figure | None = None
    pair: Figure | None = None
    continued: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Those that there are."""
        return tuple(figure for figure in (self.pair, self.first, self.second) if figure is not None)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a title; `key` is its name for jumps."""

    key: str
    title: str
    rows: tuple[Row, ...]

    @property
    def worst(self) -> Tone:
        """The worst tone in it; PLAIN where nothing is wrong or unknown."""
        tones = {figure.tone for row in self.rows for figure in row.figures}
        return next((tone for tone in (Tone.CRITICAL, Tone.WARNING, Tone.UNKNOWN) if tone in tones), Tone.PLAIN)


@dataclass(frozen=True)
class RegionPage:
    """Everything that the screen is made of. `context` holds what is known now, `last` what each host said last.

    `findings` are the region's own, worst first; `history` is its lag, oldest first.
    """

    context: RegionContext
    last: tuple[HostFacts, HostFacts]
    findings: tuple[Finding, ...]
    now: datetime
    history: tuple[LagPoint, ...] = ()

    @property
    def names(self) -> tuple[str, str]:
        """The hosts' short names."""
        first, second = self.last
        return short(first.name), short(second.name)

    def row(self, label: str, figure: Callable[[HostFacts], Figure | None]) -> list[Row]:
        """A row with `figure` of each host; none where neither has one."""
        first, second = (self._told(facts, figure(facts)) for facts in self.last)
        return [Row(label, first, second)] if first is not None or second is not None else []

    def about(self, label: str, figure: Callable[[HostFacts], Figure | None]) -> list[Row]:
        """A row whose figures are about each host, by whoever tells: they stand also where that host is silent."""
        first, second = map(figure, self.last)
        return [Row(label, first, second)] if first is not None or second is not None else []

    def rows(self, label: str, figures: Callable[[HostFacts], Iterable[Figure]]) -> list[Row]:
        """As many rows as the host with more figures has."""
        both = [[self._told(facts, figure) for figure in figures(facts)] for facts in self.last]
        pairs = zip_longest(*both)
        return [Row(label, first, second, continued=place > 0) for place, (first, second) in enumerate(pairs)]

    def _told(self, facts: HostFacts, figure: Figure | None) -> Figure | None:
        if figure is None or facts.reach.failure is None or figure.witness == CLIENT:
            return figure
        return figure.gone()


def section(key: str, title: str, rows: Sequence[Row]) -> tuple[Section, ...]:
    """A section, or none where it has no rows."""
    return (Section(key, title, tuple(rows)),) if rows else ()


def yes_no(value: bool | None, yes: str = "yes", no: str = "no") -> str:
    """A truth that may be unknown, in words."""
    return "unknown" if value is None else yes if value else no
