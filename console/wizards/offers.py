"""What else could be done where a runbook is refused: the others, decided on the same facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from console.errors import VmdbConsoleError
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused
from console.terminal.taking_over import require_dead_console
from console.wizards.choosing import Order

_INSTEAD = {
    "lock-cleanup": ("lock-cleanup", "rebuild-standby"),
    "rebuild-standby": ("lock-cleanup", "failback", "discard-old"),
    "failback": ("failback", "rebuild-standby", "discard-old"),
    "discard-old": ("rebuild-standby",),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be done: what for, what it does in words, and what would be lost by it."""

    order: Order
    summary: str
    losses: tuple[str, ...] = ()
    risky: bool = False


@dataclass(frozen=True, slots=True)
class NoFit:
    """A runbook that does not fit what is there, and why."""

    runbook: str
    reason: str


def offers_instead(fleet: Fleet, snapshot: Snapshot, order: Order, run: str) -> tuple[Offer, ...]:
    """Which other runbooks, or choices of the same one, fit the pair as it is. They may still find checks that fail."""
    found = (try_out(fleet, snapshot, other, run) for other in _others(order))
    return tuple(each for each in found if isinstance(each, Offer))


def fitting(fleet: Fleet, snapshot: Snapshot, region: str, host: str | None, run: str) -> tuple[Offer | NoFit, ...]:
    """Every runbook on the pair: what it would do, or why it does not fit. Of a host what fits that host, or else the
    pair: a finding may be told of one host, and be mended on the other.
    """
    found = [try_out(fleet, snapshot, Order(runbook, region), run) for runbook in RUNBOOKS]
    if host is None:
        return tuple(found)
    own = [try_out(fleet, snapshot, Order(runbook, region, host), run) for runbook in RUNBOOKS]
    return tuple(mine if isinstance(mine, Offer) else pair for mine, pair in zip(own, found, strict=True))


def try_out(fleet: Fleet, snapshot: Snapshot, order: Order, run: str) -> Offer | NoFit:
    """What the order would come to."""
    runbook = RUNBOOKS[order.runbook]
    try:
        plan = runbook.plan(fleet, runbook.decide(snapshot, order.region, order.host, order.choices, run))
    except Refused as error:
        return NoFit(order.runbook, str(error))
    return Offer(order, plan.summary, plan.losses, order.choices.accept_unproven)


def take_over_offers(snapshot: Snapshot, order: Order) -> tuple[Offer, ...]:
    """To take the lease of a run whose console gives no sign of life any more; jobs of it still stand in the way."""
    if order.take_over is not None:
        return ()
    return tuple(_take_overs(snapshot, order))


def _take_overs(snapshot: Snapshot, order: Order) -> Iterator[Offer]:
    runs: dict[str, None] = {}
    for facts in snapshot.pair(snapshot.fleet.region(order.region)):
        if facts.traces.value is not None and facts.traces.value.lease is not None:
            runs[facts.traces.value.lease.run] = None
    for run in runs:
        try:
            who = require_dead_console(snapshot, order.region, run)
        except VmdbConsoleError:
            continue
        yield Offer(replace(order, take_over=run), f"Take the pair over: {who}.", risky=True)


def _others(order: Order) -> Iterator[Order]:
    if order.host is not None:
        yield replace(order, host=None)
    if order.choices.max_rate is not None:  # 9.2 cannot slow a copy down
        yield order.with_choices(replace(order.choices, max_rate=None))
    for name in _INSTEAD.get(order.runbook, ()):
        if name != order.runbook:
            yield Order(name, order.region)
        elif name == "lock-cleanup" and not order.choices.accept_unproven:
            yield order.with_choices(replace(order.choices, accept_unproven=True))
        elif name == "failback":
            other = "rejoin" if order.choices.method == "copy" else "copy"
            yield order.with_choices(replace(order.choices, method=other))
