"""A simulated day before the wall: hosts die and return; from the probes' text to the drawn lines all is real.

The Poller itself needs the machine's clock; here its place is taken by one loop over the same Ledger, requests and
evidence, on a clock that a test moves. What is measured: memory, exceptions, and whether every host was seen again.
"""

from __future__ import annotations

import gc
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from console.diagnosis.evidence_needed import evidence_needed
from console.inventory.fleet import Fleet, HostKind
from console.polling.ledger import Ledger
from console.polling.poller import client_questions
from console.probe.sections import sections_for
from console.scene import Scene
from console.screens.scenery import Scenery
from console.screens.source import NoMemory
from console.simulation import events
from console.simulation.client import SimulatedClient
from console.simulation.clock import ManualClock, RunClock
from console.simulation.demo import demo_world
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.state import World
from console.simulation.transport import SimulatedTransport
from console.transport.protocol import Request
from widgets.wall_page import WallFacts, wall_lines

BEGIN = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SLOW_EVERY = 60.0
_SIZES = ((160, 50), (80, 24))


@dataclass
class Fate:
    """What happens to hosts: each goes down every so many seconds or so, for up to half an hour. Seeded."""

    fleet: Fleet
    seed: int = 4
    every: float = 14_400.0
    down: dict[str, float] = field(default_factory=dict)
    deaths: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def turn(self, world: LivingWorld, now: float, step: float) -> None:
        """Let hosts die and return at second `now`."""
        for name in [name for name, until in self.down.items() if until <= now]:
            del self.down[name]
            world.change(partial(self._switch, name=name, now=now, on=True))
        for host in self.fleet.hosts.values():
            if host.name not in self.down and self._random.random() < step / self.every:
                self.down[host.name] = now + self._random.uniform(60, 1800)
                self.deaths += 1
                world.change(partial(self._switch, name=host.name, now=now, on=False))

    def everybody_returns(self, world: LivingWorld, now: float) -> None:
        """The end of the day: all power is back."""
        self.down = dict.fromkeys(self.down, now)
        self.turn(world, now, 0.0)

    def _switch(self, world: World, name: str, now: float, *, on: bool) -> World:
        host = self.fleet.hosts[name]
        region = world.region(host.region)
        if host.kind is HostKind.UI:
            return world.with_region(events.switch_appliance(region, name, now, on=on))
        changed = events.boot(region, name, now) if on else events.power_off(region, name)
        return world.with_region(changed)


class WallDay:
    """The simulated fleet, polled every `step` simulated seconds, drawn each time at one of two sizes."""

    def __init__(self, step: float = 10.0, scenario: str = "healthy") -> None:
        self.step = step
        self.clock = ManualClock(BEGIN)
        self.fleet = demo_fleet()
        self.world = demo_world(scenario, self.clock)
        self.fate = Fate(self.fleet)
        self.polls = 0
        self.scene: Scene | None = None
        self.drawn = 0
        self.draws: list[float] = []
        self._transport = SimulatedTransport(self.fleet, self.world, RunClock(self.clock))
        self._client = SimulatedClient(self.world)
        self._ledger = Ledger(self.fleet)
        self._scenery = Scenery(NoMemory(), None)
        self._slow_at = 0.0

    def live(self, seconds: float) -> None:
        """Let so much simulated time pass, polling and drawing."""
        end = self.clock.at + timedelta(seconds=seconds)
        while self.clock.at < end:
            began = self.clock.at
            self.fate.turn(self.world, began.timestamp(), self.step)
            self._poll()
            self._draw()
            spent = (self.clock.at - began).total_seconds()
            self.clock.pass_seconds(max(0.0, self.step - spent))

    def recover(self) -> None:
        """Every host returns, and is polled for some minutes."""
        self.fate.everybody_returns(self.world, self.clock.at.timestamp())
        for _ in range(30):
            self._poll()
            self.clock.pass_seconds(self.step)
        self._draw()

    def drawn_within(self, share: float) -> float:
        """Seconds of processor time within which this share of all drawings of the whole screen was done."""
        return sorted(self.draws)[int(share * (len(self.draws) - 1))]

    def unseen(self) -> list[str]:
        """Hosts that did not answer in the last round."""
        assert self.scene is not None
        return [name for name, facts in self.scene.snapshot.hosts.items() if facts.reach.reachable is not True]

    def _poll(self) -> None:
        slow = self.clock.at.timestamp() >= self._slow_at
        if slow:
            self._slow_at = self.clock.at.timestamp() + SLOW_EVERY
        regions = {host.name: region for region in self.fleet.regions for host in region.hosts}
        for host in self.fleet.hosts.values():
            sections = sections_for(host.kind, regions[host.name], slow=slow)
            self._transport.submit(Request(host.name, sections, 8.0))
        self._gather(len(self.fleet.hosts))
        self._ask_clients()
        self._evidence()
        snapshot = self._ledger.snapshot(self.clock.now())
        self.scene = self._scenery.scene(snapshot)
        self.polls += 1

    def _gather(self, expected: int) -> None:
        """Every request is answered, whatever its host does: one that is not would be a stuck host."""
        waiting = expected
        for _ in range(1000):
            for reply in self._transport.replies(10.0):
                self._ledger.take_reply(reply)
                waiting -= 1
            if not waiting:
                return
        raise AssertionError(f"{waiting} requests were never answered")

    def _ask_clients(self) -> None:
        for region in self.fleet.regions:
            for question in client_questions(region, 3.0):
                self._client.submit(question)
            if region.endpoint is not None:
                self._client.resolve(region.name, region.endpoint.name, 3.0)
        for key, view in self._client.views():
            self._ledger.take_view(key, view)
        for name, addresses in self._client.resolutions():
            self._ledger.take_resolution(name, addresses)

    def _evidence(self) -> None:
        needed = evidence_needed(self._ledger.snapshot(self.clock.now()).current())
        asked = {request.host: request for request in needed}
        for request in asked.values():
            self._transport.submit(Request(request.host, (request.section,), 30.0))
        self._gather(len(asked)) if asked else None

    def _draw(self) -> None:
        """As the wall's screen does, without a terminal: an exception here is a failure of the day."""
        assert self.scene is not None
        scene, now = self.scene, self.clock.now()
        width, height = _SIZES[self.drawn % len(_SIZES)]
        facts = WallFacts(
            self.fleet, "DEMO", "a simulated day", scene.snapshot, scene.findings, scene.changes, scene.lags
        )
        began = time.thread_time()
        lines = wall_lines(facts, now, width, height, self.drawn)
        self.draws.append(time.thread_time() - began)
        assert len(lines) == height
        assert all(line.cell_length <= width for line in lines)
        self.drawn += 1


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds: blocks that Python has allocated, and resident bytes."""

    blocks: int
    resident: int


def held() -> Held:
    """Weigh the process after collecting what is dead."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Held(sys.getallocatedblocks(), pages * resource.getpagesize())


def halves(day: WallDay, hours: float) -> tuple[Held, Held]:
    """Live so long, weighed in the middle and at the end: the first half fills what is bounded."""
    day.live(hours * 1800)
    middle = held()
    day.live(hours * 1800)
    return middle, held()
