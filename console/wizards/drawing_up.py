"""From a look at the pair to a plan and how its checks stand, or why there is none and what else could be done."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.runbooks.plan import Plan
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused
from console.runner.observer import Observer
from console.runner.verifying import Judged, judge
from console.terminal.run_command import layout_sections
from console.terminal.taking_over import holders_words, require_dead_console
from console.wizards.choosing import Order
from console.wizards.offers import Offer, offers_instead, take_over_offers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """How a plan's conditions are judged on one look, `at` its time (UTC). `guards` by the step's key."""

    at: datetime
    checks: Judged
    guards: Mapping[str, Judged]
    holders: tuple[str, ...] = ()

    @property
    def broken(self) -> Judged:
        """The checks that do not hold, or of which it is not known."""
        return tuple(each for each in self.checks if not each[1].holds)


@dataclass(frozen=True)
class Drawn:
    """A plan that fits. `put_aside` says who loses the lease by it; `offers` what could be done instead."""

    plan: Plan
    standing: Standing
    put_aside: str = ""
    offers: tuple[Offer, ...] = ()

    @property
    def may_begin(self) -> bool:
        """Whether every check is proven."""
        return not self.standing.broken


@dataclass(frozen=True)
class Unfit:
    """No plan: the reason in words, and what could be done instead. Nothing was changed."""

    at: datetime
    reason: str
    offers: tuple[Offer, ...] = ()


def draw_up(observer: Observer, fleet: Fleet, order: Order, run: str) -> Drawn | Unfit:
    """Look at everything, decide, plan, and judge. `fleet` has the order's region alone."""
    runbook = RUNBOOKS[order.runbook]
    snapshot = observer.survey(runbook.sees(fleet.region(order.region)))
    try:
        put_aside = require_dead_console(snapshot, order.region, order.take_over) if order.take_over else ""
        plan = runbook.plan(fleet, runbook.decide(snapshot, order.region, order.host, order.choices, run))
    except Refused as error:
        return Unfit(snapshot.at, str(error), offers_instead(fleet, snapshot, order, run))
    return _drawn(plan, look_for(observer, fleet, plan), order, put_aside)


def look_for(observer: Observer, fleet: Fleet, plan: Plan) -> Snapshot:
    """A fresh look at what the plan's conditions need to see, and at what a client meets."""
    sections = dict.fromkeys((*layout_sections(fleet), *plan.sections))
    return observer.look(clients=True, sections=tuple(sections))


def _drawn(plan: Plan, snapshot: Snapshot, order: Order, put_aside: str) -> Drawn:
    standing = stand(plan, snapshot, order)
    offers = take_over_offers(snapshot, order) if standing.broken else ()
    return Drawn(plan, standing, put_aside, offers)


def judged_anew(drawn: Drawn, snapshot: Snapshot, order: Order) -> Drawn:
    """The same plan on a newer look."""
    return _drawn(drawn.plan, snapshot, order, drawn.put_aside)


def stand(plan: Plan, snapshot: Snapshot, order: Order) -> Standing:
    """Judge the checks, and every step's guards as far as they can be told before it is reached."""
    checks = judge(plan.checks_for(order.take_over), snapshot).judged
    guards = {step.key: judge(step.before, snapshot).judged for step in plan.steps}
    broken = any(not ruling.holds for _, ruling in checks)
    holders = holders_words(snapshot, order.region, order.take_over) if broken else ()
    return Standing(snapshot.at, checks, guards, holders)
