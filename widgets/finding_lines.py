"""Findings as lines: which ones are listed, one row each, and how many of each severity there are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from textual.content import Content

from console.diagnosis.finding import Finding
from console.diagnosis.words import short
from console.report.trees import Tree, counts, trees
from widgets.columns import cell, joined, row
from widgets.words import FAINT, STYLES, SYMBOLS, inert, plain, severity_text

WIDE = 100
"""Columns from which a row has a column for the host."""
_SEVERITY, _CODE = 10, 3


@dataclass(frozen=True)
class Listed:
    """A finding in a list. `folded`: it stands under its cause; `followers`: how many that follow are not listed."""

    finding: Finding
    folded: bool = False
    followers: int = 0

    @cached_property
    def key(self) -> str:
        """The finding's identity."""
        return self.finding.key


@dataclass(frozen=True)
class FindingTrees:
    """A fleet's findings in their trees: made once a Scene, for they are sorted anew with each."""

    found: tuple[Tree, ...] = ()

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> FindingTrees:
        """Grow them."""
        return cls(trees(findings))

    @cached_property
    def every(self) -> tuple[Listed, ...]:
        """All findings, worst first, those that follow from another under it."""
        return tuple(
            item
            for tree in self.found
            for item in (Listed(tree.root), *(Listed(each, folded=True) for each in tree.followers))
        )

    @cached_property
    def roots(self) -> tuple[Listed, ...]:
        """Worst first, without what follows from another, unless that is worse than its cause."""
        return tuple(item for tree in self.found for item in _with_worse(tree))

    def matching(self, words: str) -> tuple[Listed, ...]:
        """Findings with each of the words in their code, severity, region, host, summary or remedy: first those whose
        code is wanted, then the others that speak of it; worst first.
        """
        wanted = words.casefold().split()
        found = [Listed(item.finding) for item in self.every if _has(item.finding, wanted)]
        return tuple(sorted(found, key=lambda item: item.finding.code.casefold() not in wanted))


def _with_worse(tree: Tree) -> tuple[Listed, ...]:
    worse = [each for each in tree.followers if each.severity.rank < tree.root.severity.rank]
    root = Listed(tree.root, followers=len(tree.followers) - len(worse))
    return (root, *(Listed(each, folded=True) for each in worse))


def _has(finding: Finding, wanted: Sequence[str]) -> bool:
    said = (finding.code, finding.severity, finding.region, finding.host or "", finding.summary, finding.remedy)
    text = " ".join(said).casefold()
    return all(word in text for word in wanted)


def finding_row(item: Listed, width: int) -> Content:
    """Severity, code, region, host where there is room for it, and what is wrong."""
    finding = item.finding
    cells: list[tuple[Content | str, int]] = [
        (severity_text(finding.severity), _SEVERITY),
        (Content.styled(inert(finding.code), "bold"), _CODE),
        (plain(finding.region, FAINT), 8 if width >= WIDE else 6),
    ]
    if width >= WIDE:
        cells.append((plain(short(finding.host or ""), FAINT), 16))
    used = 1 + sum(size + 1 for _, size in cells)
    more = Content.styled(f" (+{item.followers})", FAINT) if item.followers else Content("")
    summary = Content.assemble(("↳ ", FAINT) if item.folded else "", plain(_summary(finding, width)))
    room = max(0, width - used - more.cell_length)
    told = cell(summary, min(room, summary.cell_length))
    return cell(Content.assemble(" ", row([*cells, (Content.assemble(told, more), width - used)])), width)


def _summary(finding: Finding, width: int) -> str:
    """The summary; without the names that stand in their own columns already."""
    told = finding.summary.removeprefix(f"{finding.region}: ")
    return told.removeprefix(f"{short(finding.host or '')}: ") if width >= WIDE and finding.host else told


def count_text(findings: Sequence[Finding]) -> Content:
    """ "✖ 2 critical  ▲ 3 warning", folded ones too; "no findings"."""
    parts = [
        Content.styled(f"{SYMBOLS[severity]} {count} {severity.value}", STYLES[severity])
        for severity, count in counts(findings).items()
        if count
    ]
    return joined(parts) if parts else Content.styled("no findings", FAINT)
