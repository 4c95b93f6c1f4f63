"""The simulated fleet for whole commands: one world that outlives a command, and a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from console.facts.traces import Lease
from console.inventory.fleet import Fleet
from console.operations.platform import Platform
from console.runbooks.plan import Choices
from console.runbooks.registry import RUNBOOKS
from console.runner.hands import HandsError, Order, Result
from console.runner.parts import RunParts
from console.simulation.clock import ManualClock
from console.simulation.hands import SimulatedHands
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from console.simulation.reference import demo_fleet
from console.terminal.asking import Consent
from console.terminal.options import ResumeOptions, RunOptions
from console.terminal.sources import Source
from tests.simulation.worlds import NOON, world
from tests.unit.terminal.plans import ONE, plain_page


class DyingHands(SimulatedHands):
    """The console dies right after the first thing that it did, before it could write down how that went."""

    def perform(self, order: Order) -> Result:
        """As SimulatedHands, and then no more."""
        super().perform(order)
        raise SystemExit("killed")


class KeepingHands(SimulatedHands):
    """A host does not answer when its lease is to be given back."""

    def release_lease(self, platform: Platform, run: str) -> None:
        raise HandsError(f"{platform.host}: no answer", changed=False)


@dataclass
class Stage:
    """A scenario's world, the source that commands work in, and what they printed."""

    scenario: str
    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    opened: list[RunParts] = field(default_factory=list)
    dying: bool = False
    keeping: bool = False

    def __post_init__(self) -> None:
        self.world = LivingWorld(world(self.scenario), self.clock)
        self.page, self.printed = plain_page()

    @property
    def source(self) -> Source:
        fleet = replace(demo_fleet(), source=f"simulated fleet, scenario {self.scenario}")
        return Source(fleet, self.scenario, self.folder, lambda one: self.parts(one).observer, self.parts)

    def parts(self, fleet: Fleet) -> RunParts:
        region = fleet.regions[0].name
        parts = replace(simulated_parts(self.world, region), fleet=fleet)
        if self.dying:
            parts = replace(parts, hands=DyingHands(self.world, region))
        if self.keeping:
            parts = replace(parts, hands=KeepingHands(self.world, region))
        self.opened.append(parts)
        return parts

    def platforms(self, runbook: str, region: str) -> tuple[Platform, ...]:
        """The pair's platforms, as a run of that runbook would have them."""
        fleet = replace(demo_fleet(), regions=(demo_fleet().region(region),))
        snapshot = self.parts(fleet).observer.survey([(h.name, "layout") for h in fleet.region(region).databases])
        return RUNBOOKS[runbook].decide(snapshot, region, None, Choices(), "20260101-000000-aaaa").platforms

    def hold(self, run: str, region: str = "dc1", runbook: str = "lock-cleanup") -> None:
        """Another console's run takes the pair now."""
        now = self.clock.now().timestamp()
        lease = Lease(run, runbook, "anna@bastion", "the disk was full", now, now)
        platforms = self.platforms(runbook, region)
        for platform in platforms:
            assert self.opened[-1].hands.take_lease(platform, lease) is None


def asked(
    runbook: str = "lock-cleanup",
    target: str = "dc1",
    *,
    reason: str | None = "night shift",
    confirm: tuple[str, ...] | None = (ONE,),
    take_over: str | None = None,
    dry_run: bool = False,
    choices: Choices | None = None,
) -> RunOptions:
    return RunOptions(runbook, target, choices or Choices(), take_over, dry_run, Consent(reason, confirm))


def resumed(
    run: str,
    *,
    roll_back: bool = False,
    dry_run: bool = False,
    confirm: tuple[str, ...] | None = (ONE,),
    reason: str | None = None,
    full: bool = False,
) -> ResumeOptions:
    return ResumeOptions(run, roll_back, dry_run, Consent(reason, confirm), full)
