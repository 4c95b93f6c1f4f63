"""What the fleet screen shows of a Scene: the regions' rows and the rule over the findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot
from console.scene import Scene
from widgets.columns import beside
from widgets.finding_lines import count_text
from widgets.pair_facts import pair_facts
from widgets.pair_lines import COMPACT, FULL, WIDE, pair_lines
from widgets.words import FAINT, plain

_LEAST_FINDINGS = 5
_CALM_FINDINGS = 7


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the regions share the screen with the findings: lines of a region, of all that are seen at once."""

    full: bool
    row: int
    regions: int


def arrange(width: int, height: int, regions: int) -> Arrangement:
    """As much of each region as fits while the worst findings can still be seen; regions that do not fit scroll."""
    for full, row in ((True, FULL + 1), (False, COMPACT + 1)):
        if (width >= WIDE or not full) and regions * row + 1 + _CALM_FINDINGS <= height:
            return Arrangement(full, row, regions * row)
    seen = max(1, min(regions, (height - 1 - _LEAST_FINDINGS) // COMPACT))
    return Arrangement(False, COMPACT, seen * COMPACT)


def region_lines(
    scene: Scene,
    current: Snapshot | None,
    name: str,
    findings: Sequence[Finding],
    width: int,
    now: datetime,
    *,
    full: bool,
) -> list[Content]:
    """A region of the Scene as lines. `current` is its Snapshot's `current()`, where that is at hand."""
    region = scene.snapshot.fleet.region(name)
    pair = pair_facts(current or scene.snapshot.current(), region, findings, scene.lags.get(name, ()), now)
    return pair_lines(pair, width, full=full)


def findings_rule(findings: Sequence[Finding], shown: int, words: str, width: int) -> Content:
    """The rule over the findings: how many there are; with a filter, how many of them it shows."""
    left = Content.assemble(" ", ("Findings", "bold"), "  ", count_text(findings), " ")
    if words:
        right = Content.assemble(" ", plain(f"{shown} have “{words}”"), (" · esc: all ", FAINT))
    else:
        right = Content.styled(" 2: all of them " if len(findings) > shown else " ", FAINT)
    return beside(left, right, width, "─", FAINT)
