"""Findings with those that follow from them, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.diagnosis.finding import Finding, Severity


@dataclass(frozen=True)
class Tree:
    """A finding and everything that is folded under it, directly or through another, worst first."""

    root: Finding
    followers: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """The worst in it: what was folded keeps its own severity for the status."""
        return min((finding.severity for finding in (self.root, *self.followers)), key=lambda item: item.rank)


def trees(findings: Sequence[Finding]) -> tuple[Tree, ...]:
    """Every finding exactly once, under the cause it follows from, worst tree first, else in the given order.

    A finding whose cause is not among `findings`, or that would follow from itself, stands by itself.
    """
    by_key: dict[str, Finding] = {}
    for finding in findings:
        by_key.setdefault(finding.key, finding)
    followers: dict[int, list[Finding]] = {}
    roots = []
    for finding in findings:
        root = _root_of(finding, by_key)
        if root is finding:
            roots.append(finding)
        else:
            followers.setdefault(id(root), []).append(finding)
    found = [Tree(root, _worst_first(followers.get(id(root), ()))) for root in roots]
    return tuple(sorted(found, key=lambda tree: tree.severity.rank))


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many of each severity, folded ones too; every severity is there."""
    counter = Counter(finding.severity for finding in findings)
    return {severity: counter[severity] for severity in Severity}


def count_words(findings: Iterable[Finding]) -> str:
    """ "1 critical, 2 warning"; "no findings" without any."""
    words = [f"{count} {severity.value}" for severity, count in counts(findings).items() if count]
    return ", ".join(words) or "no findings"


def _root_of(finding: Finding, by_key: dict[str, Finding]) -> Finding:
    seen = {finding.key}
    current = finding
    while current.caused_by is not None and current.caused_by in by_key:
        if current.caused_by in seen:
            return finding
        seen.add(current.caused_by)
        current = by_key[current.caused_by]
    return current


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))
