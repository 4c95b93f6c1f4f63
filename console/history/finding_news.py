"""Findings as news: one appeared, became worse or better, is over. What can no longer be looked at is not over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from console.diagnosis.engine import FLEET
from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot
from console.history.aspects import slow_sections_seen
from console.history.change import Change, ChangeKind
from console.inventory.fleet import Host

TOLD_OTHERWISE = frozenset({"H01", "P04", "H08"})
"""Codes that a change of reach, of lag or of a run's lease tells."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that stands. `blind`: the sections that could not be read when it was seen, by host."""

    finding: Finding
    blind: frozenset[tuple[str, str]]


Standings = Mapping[str, Standing]
"""By the finding's key."""


def standing(findings: tuple[Finding, ...], snapshot: Snapshot) -> dict[str, Standing]:
    """What is worth telling of `findings`: roots, not what follows from them."""
    kept = (each for each in findings if each.caused_by is None and each.code not in TOLD_OTHERWISE)
    return {each.key: Standing(each, _blind(each, snapshot)) for each in kept}


def still_standing(before: Standings, findings: tuple[Finding, ...], snapshot: Snapshot) -> dict[str, Standing]:
    """What stands now: `findings`, and what stood before and cannot be looked at any more, or follows from another."""
    now = standing(findings, snapshot)
    there = {each.key for each in findings}
    gone = {key: old for key, old in before.items() if key not in now}
    kept = {key: old for key, old in gone.items() if key in there or not _looked_at(old, snapshot)}
    return {**now, **kept}


def finding_changes(before: Standings, after: Standings, fresh: frozenset[str], at: datetime) -> Iterator[Change]:
    """`fresh` are regions that had not been seen whole before: what stands there is the beginning, not news."""
    for key, new in after.items():
        old = before.get(key)
        if old is None and new.finding.region not in fresh:
            yield _change(new.finding, at, f"{new.finding.code} {new.finding.summary}")
        elif old is not None and old.finding.severity is not new.finding.severity:
            words = f"{new.finding.code} is {new.finding.severity.value} now (was {old.finding.severity.value})"
            yield _change(new.finding, at, f"{words}: {new.finding.summary}")
    for key, old in before.items():
        if key not in after and old.finding.region not in fresh:
            over = _change(old.finding, at, f"{old.finding.code} is over: {old.finding.summary}")
            yield replace(over, severity=None)


def not_yet_whole(snapshot: Snapshot) -> frozenset[str]:
    """Regions of which something has never been asked; the fleet's own findings wait for all of them."""
    regions = {
        region.name
        for region in snapshot.fleet.regions
        if not all(slow_sections_seen(snapshot, host) for host in region.hosts)
    }
    return frozenset(regions | {FLEET}) if regions else frozenset()


def _change(finding: Finding, at: datetime, words: str) -> Change:
    return Change(at, ChangeKind.FINDING, finding.region, finding.host, words, finding.severity)


def _hosts_of(finding: Finding, snapshot: Snapshot) -> list[Host]:
    """The hosts that it is about: its own, else its region's."""
    if finding.host is not None:
        return [host for name, host in snapshot.fleet.hosts.items() if name == finding.host]
    regions = [region for region in snapshot.fleet.regions if region.name == finding.region]
    return [host for region in regions for host in region.hosts]


def _blind(finding: Finding, snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    hosts = _hosts_of(finding, snapshot)
    return frozenset((host.name, name) for host in hosts for name, _ in snapshot.facts(host).reach.incomplete)


def _looked_at(old: Standing, snapshot: Snapshot) -> bool:
    """Whether its hosts answer, and tell no less than when it stood."""
    hosts = _hosts_of(old.finding, snapshot)
    answering = all(snapshot.facts(host).reach.failure is None for host in hosts)
    return answering and _blind(old.finding, snapshot) <= old.blind
