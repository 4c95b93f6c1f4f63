"""How a condition answers: yes only when proven, unknown when not seen, always with the facts in words."""

from __future__ import annotations

from typing import Any

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.words import one_line, short
from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Host
from console.runbooks.plan import Answer, Ruling

_LENGTH = 400


def yes(because: str) -> Ruling:
    """It holds."""
    return Ruling(Answer.YES, one_line(because, _LENGTH))


def no(because: str) -> Ruling:
    """It certainly does not hold."""
    return Ruling(Answer.NO, one_line(because, _LENGTH))


def unseen(because: str) -> Ruling:
    """Nobody can tell; never taken for yes."""
    return Ruling(Answer.UNKNOWN, one_line(because, _LENGTH))


def not_looked(facts: HostFacts, what: str, observed: Observed[Any]) -> Ruling:
    """`what` of a host is unknown, and why."""
    reason = observed.error or (facts.reach.failure.message if facts.reach.failure is not None else "not looked at yet")
    return unseen(f"{what} of {short(facts.name)} is unknown: {reason}")


def context_of(snapshot: Snapshot, region: str) -> RegionContext:
    """The region as the diagnosis sees it; KeyError for a region of another fleet."""
    return region_context(snapshot, snapshot.fleet.region(region))


def region_of(snapshot: Snapshot, host: str) -> str:
    """The region that a host belongs to."""
    return snapshot.fleet.hosts[host].region


def entry(snapshot: Snapshot, host: str) -> Host:
    """The inventory's entry of a host."""
    return snapshot.fleet.hosts[host]


def pair(snapshot: Snapshot, region: str) -> tuple[HostFacts, HostFacts]:
    """Facts of the region's two database hosts."""
    return snapshot.pair(snapshot.fleet.region(region))
