"""Findings that follow from a worse one are folded under it, so that one dead host is not twelve alarms.

Folding marks (`caused_by`), it never drops, and it changes no severity: a folded finding counts for the status.
The rules are a table. Codes form no cycle in it (a test sees to that), so neither do findings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from console.diagnosis.finding import Finding


class Scope(StrEnum):
    """Which findings of the region a cause reaches."""

    HOST = "host"  # those about the same host
    REGION = "region"  # all
    PAIR = "pair"  # all, when the cause is about a database host


Condition = Callable[[Finding, Finding], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """Findings of codes `effects` in reach of a finding of `causes` follow from it, where `when` holds."""

    causes: tuple[str, ...]
    effects: tuple[str, ...]
    scope: Scope
    when: Condition | None = None


def _not_degraded(cause: Finding, effect: Finding) -> bool:
    """A host that was probed without root was seen after all."""
    return cause.details.get("kind") != "degraded"


def _start_refused(cause: Finding, effect: Finding) -> bool:
    """A failed start: what the agent does when PGSQL.lock is there; old ones give no reason (DOMAIN 1.4)."""
    text = " ".join([effect.summary, *(f"{quote.fact} {quote.value}" for quote in effect.evidence)]).casefold()
    return "start" in text or "may be inconsistent" in text


def _only_cluster_sections(cause: Finding, effect: Finding) -> bool:
    unknown = set(effect.details.get("unknown") or ())
    return bool(unknown) and unknown <= {"cluster", "cib"}


def _a_node_is_away(cause: Finding, effect: Finding) -> bool:
    """Maintenance of the whole cluster takes no quorum and moves no address: it only keeps the cluster from mending."""
    return cause.host is not None


def _on_the_data_disk(cause: Finding, effect: Finding) -> bool:
    """WAL that cannot be archived stays there."""
    return "data" in (effect.details.get("purposes") or ())


# What holds for a host that could not be looked at at all, and what says by itself that it has gone.
UNSEEN = ("H01", "H02", "H03")
# Causes whose own severity does not speak for how bad their effects are: they are the plain reason.
PLAIN_REASONS = (*UNSEEN, "C04")

RULES: tuple[Rule, ...] = (
    Rule(
        UNSEEN,
        ("P01", "P03", "P04", "P05", "C01", "C03", "C04", "C05", "C06", "C07", "C09", "S01", "U03"),
        Scope.PAIR,
        _not_degraded,
    ),
    Rule(UNSEEN, ("H04", "H05", "H06", "P08", "P09", "C02", "S02", "S05", "A01", "A05", "U01", "U04"), Scope.HOST),
    Rule(("P02",), ("S01", "S03", "S04", "S05", "S09", "P03", "P04", "C06", "C09", "U03"), Scope.REGION),
    Rule(("C04",), ("C01", "C03", "P03", "P04", "P05", "C09"), Scope.HOST),
    Rule(("C04",), ("C05", "C06"), Scope.REGION, _a_node_is_away),
    Rule(("C04",), ("H04",), Scope.HOST, _only_cluster_sections),
    Rule(("C02",), ("C01", "P03", "P04", "P08", "C09"), Scope.HOST),
    Rule(("C02",), ("C03",), Scope.HOST, _start_refused),
    Rule(("P07",), ("P06", "P03", "P04", "C01"), Scope.REGION),
    Rule(("P06",), ("P03", "P04", "P05", "C01", "C09"), Scope.REGION),
    Rule(("P01",), ("P03", "P04", "C06", "S01", "S09", "U01", "U02", "U03"), Scope.REGION),
    Rule(("A04",), ("A03",), Scope.HOST),
    Rule(("A01",), ("A02", "A03", "A05"), Scope.HOST),
    Rule(("A03",), ("H05",), Scope.HOST, _on_the_data_disk),
    Rule(("A05",), ("P03", "P04", "C01"), Scope.HOST),
    Rule(("P03",), ("C01", "P04"), Scope.REGION),
    Rule(("P05",), ("P04",), Scope.REGION),
    Rule(("S04",), ("S05",), Scope.HOST),
    Rule(("S08",), ("S02",), Scope.HOST),
    Rule(("U02",), ("U01",), Scope.REGION),
)


def fold(findings: Iterable[Finding], databases: Collection[str]) -> tuple[Finding, ...]:
    """The same findings in the same order, `caused_by` set where a rule says so (the first rule that does wins).

    `databases` are the names of the fleet's database hosts. A cause that a check itself has named stays, if it is
    among the findings.
    """
    given = tuple(findings)
    keys = {finding.key for finding in given}
    named = keys | {None}
    found = tuple(item if item.caused_by in named else replace(item, caused_by=None) for item in given)
    by_code: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        by_code.setdefault((finding.region, finding.code), []).append(finding)
    return _without_cycles(tuple(_marked(finding, by_code, databases) for finding in found))


def _without_cycles(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The rules alone make none; a cause that a check has named might, together with them: then it is a root."""
    causes = {finding.key: finding.caused_by for finding in findings}

    def free(finding: Finding) -> Finding:
        seen, key = set(), finding.caused_by
        while key is not None and key not in seen:
            if key == finding.key:
                causes[key] = None
                return replace(finding, caused_by=None)
            seen.add(key)
            key = causes.get(key)
        return finding

    return tuple(free(finding) for finding in findings)


def _marked(effect: Finding, by_code: dict[tuple[str, str], list[Finding]], databases: Collection[str]) -> Finding:
    if effect.caused_by is not None:
        return effect
    for rule in _RULES_OF.get(effect.code, ()):
        causes = [cause for code in rule.causes for cause in by_code.get((effect.region, code), ())]
        reached = [cause for cause in causes if _follows(rule, cause, effect, databases)]
        if reached:
            nearest = min((_nearness(cause, effect), cause.key) for cause in reached)
            return replace(effect, caused_by=nearest[1])
    return effect


def _nearness(cause: Finding, effect: Finding) -> tuple[bool, int]:
    """The cause about the same host first, then the worst."""
    return cause.host != effect.host, cause.severity.rank


def _follows(rule: Rule, cause: Finding, effect: Finding, databases: Collection[str]) -> bool:
    """A worse finding is not hidden under a milder one, unless that is the plain reason for it."""
    milder = cause.severity.rank > effect.severity.rank
    if milder and cause.code not in PLAIN_REASONS:
        return False
    return _in_reach(rule.scope, cause, effect, databases) and (rule.when is None or rule.when(cause, effect))


def _in_reach(scope: Scope, cause: Finding, effect: Finding, databases: Collection[str]) -> bool:
    if scope is Scope.HOST:
        return cause.host is not None and cause.host == effect.host
    return scope is Scope.REGION or cause.host in databases


_RULES_OF: dict[str, tuple[Rule, ...]] = {
    code: tuple(rule for rule in RULES if code in rule.effects)
    for code in {code for rule in RULES for code in rule.effects}
}
