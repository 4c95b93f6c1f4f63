"""What changed between two looks at a fleet, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot
from console.facts.text import one_line
from console.history.aspects import Aspect, Aspects, region_aspects
from console.history.change import Change
from console.history.finding_news import Standings, finding_changes, not_yet_whole, still_standing
from console.inventory.fleet import Region

LONGEST = 200
"""Characters of a change's words."""


@dataclass(frozen=True)
class Known:
    """What was known last of every part of a fleet, however long ago, and which findings stand.

    `fresh` are the regions that had not been seen whole yet. `seen` are the facts by region that the aspects were made
    of: where they are the very same objects, nothing needs to be looked at again.
    """

    aspects: Mapping[str, Aspects] = field(default_factory=dict)
    standings: Standings = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    seen: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


def changes_between(
    before: Snapshot | None,
    after: Snapshot,
    findings_before: tuple[Finding, ...] = (),
    findings_after: tuple[Finding, ...] = (),
) -> tuple[Change, ...]:
    """What is news in `after`, as of its time. Nothing is news against nothing (`before` is None).

    What could not be looked at on either side is not told as changed.
    """
    if before is None:
        return ()
    earlier = before.current()
    known = learnt(Known(), before, earlier, findings_before, None)
    return news(known, learnt(known, after, after.current(), findings_after, earlier), after.at)


def learnt(
    known: Known, snapshot: Snapshot, current: Snapshot, findings: tuple[Finding, ...], previous: Snapshot | None
) -> Known:
    """`known`, brought up to date: what is unknown now stays as it was known last.

    `current` is `snapshot.current()`; so is `previous`, of some seconds earlier, for trends.
    """
    aspects, seen = dict(known.aspects), dict(known.seen)
    for region in snapshot.fleet.regions:
        facts = _facts_of(snapshot, region)
        if not _same(facts, seen.get(region.name)):
            before = aspects.get(region.name, {})
            aspects[region.name] = {**before, **region_aspects(current, region, before, previous)}
            seen[region.name] = facts
    standings = still_standing(known.standings, findings, snapshot)
    return Known(aspects, standings, not_yet_whole(snapshot), seen)


def news(before: Known, after: Known, at: datetime) -> tuple[Change, ...]:
    """The differences, region by region: first what changed, then what follows of it as findings."""
    told = list(_aspect_changes(before, after, at))
    told += finding_changes(before.standings, after.standings, before.fresh | after.fresh, at)
    return tuple(told)


def _aspect_changes(before: Known, after: Known, at: datetime) -> Iterator[Change]:
    for region, aspects in after.aspects.items():
        old = before.aspects.get(region, {})
        if aspects is old:
            continue
        for key, aspect in aspects.items():
            known = old.get(key)
            if known is not None and known.value != aspect.value:
                yield _change(known, aspect, at)


def _change(old: Aspect, new: Aspect, at: datetime) -> Change:
    was = f" (was {old.name})" if old.name and new.name else ""
    words = f"{one_line(new.words, LONGEST - len(was))}{was}"
    return Change(at, new.kind, new.region, new.host, one_line(words, LONGEST), new.severity)


def _facts_of(snapshot: Snapshot, region: Region) -> tuple[object, ...]:
    name = region.name
    hosts = tuple(snapshot.facts(host) for host in region.hosts)
    endpoint = snapshot.endpoints.get(name)
    views = endpoint.value or () if endpoint is not None else ()
    return (*hosts, *views, snapshot.endpoint_resolution.get(name))


def _same(facts: tuple[object, ...], seen: tuple[object, ...] | None) -> bool:
    return seen is not None and len(facts) == len(seen) and all(map(_is, facts, seen))


def _is(one: object, other: object) -> bool:
    return one is other
