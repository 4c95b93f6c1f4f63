"""What a Snapshot is compared with: one some seconds older, never the answer just before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.polling.trail import Trail

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> Snapshot:
    return Snapshot(Fleet("lab", ()), START + timedelta(seconds=seconds), {})


def test_nothing_is_old_enough_at_first() -> None:
    trail = Trail(span=10)
    assert trail.before(at(0)) is None
    assert trail.before(at(9.9)) is None


def test_the_newest_that_is_old_enough_is_taken() -> None:
    trail = Trail(span=10)
    for second in range(12):
        trail.before(at(second))
    found = trail.before(at(15))
    assert found is not None
    assert found.at == START + timedelta(seconds=5)


def test_only_the_span_is_remembered() -> None:
    trail = Trail(span=10)
    for tick in range(1000):
        trail.before(at(tick / 4))
    assert len(trail._kept) <= 42
