"""The whole simulated fleet by a clock that only the script moves: what the screenshots show is the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from console.diagnosis.engine import diagnose
from console.diagnosis.evidence_needed import evidence_needed
from console.history.history import History
from console.inventory.fleet import Fleet, ManagedBy
from console.polling.ledger import Ledger
from console.polling.poller import client_questions
from console.polling.trail import Trail
from console.polling.witnesses import Witnesses
from console.probe.sections import sections_for
from console.scene import Scene
from console.simulation.client import SimulatedClient
from console.simulation.clock import ManualClock, RunClock
from console.simulation.demo import demo_world
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.state import RegionState
from console.simulation.transport import SimulatedTransport
from console.transport.protocol import Request

NIGHT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
"""When the first picture's fleet is looked at first."""
_EVERY = 2.0
_SLOW_EVERY = 30
_DEADLINE = 8.0


class FleetWatch:
    """Every host is looked at every two seconds, as a Poller does it, in simulated time alone.

    `wrap` puts something between the world and the looks (a recorder).
    """

    def __init__(
        self,
        scenario: str,
        *,
        clock: ManualClock | None = None,
        world: LivingWorld | None = None,
        wrap: Callable[[Witnesses], Witnesses] = lambda witnesses: witnesses,
    ) -> None:
        self.clock = clock or ManualClock(NIGHT)
        self.world = world or demo_world(scenario, self.clock)
        self.fleet: Fleet = replace(demo_fleet(), source=f"simulated fleet, scenario {scenario}")
        transport = SimulatedTransport(self.fleet, self.world, RunClock(self.clock))
        self.witnesses = wrap(Witnesses(self.fleet, transport, SimulatedClient(self.world)))
        self.history = History()
        self._ledger = Ledger(self.fleet)
        self._trail = Trail()
        self._looks = 0

    def looks(self, count: int) -> Scene:
        """So many looks, two seconds apart; the Scene of the last. The clock stands where that look ended."""
        scene = self.look()
        for _ in range(count - 1):
            self.pause()
            scene = self.look()
        return scene

    def pause(self) -> None:
        """Let time pass until the next look is due."""
        self.clock.pass_seconds(_EVERY - self.clock.at.timestamp() % _EVERY)

    def look(self) -> Scene:
        """Ask every host and as a client; slow sections at first, and again every minute; evidence where it is due."""
        self._ask_hosts(slow=self._looks % _SLOW_EVERY == 0)
        self._ask_as_client()
        self._ask_evidence()
        self._looks += 1
        snapshot = self._ledger.snapshot(self.clock.now())
        findings = diagnose(snapshot, self._trail.before(snapshot))
        self.history.take(snapshot, findings)
        return Scene(snapshot, findings, self.history.changes, self.history.lags)

    def happen(self, region: str, event: Callable[[RegionState, float], RegionState]) -> None:
        """Let something happen to a region now."""
        self.world.change(lambda world: world.with_region(event(world.region(region), world.at)))

    def _ask_hosts(self, *, slow: bool) -> None:
        for region in self.fleet.regions:
            for host in region.hosts:
                self._ask(host.name, sections_for(host.kind, region, slow=slow))
        self._take(len(self.fleet.hosts))

    def _ask_evidence(self) -> None:
        """One section after the other: a host has one request at a time."""
        for request in evidence_needed(self._ledger.snapshot(self.clock.now()).current()):
            self._ask(request.host, (request.section,))
            self._take(1)

    def _ask(self, host: str, sections: tuple[str, ...]) -> None:
        self.witnesses.transport.submit(Request(host, sections, _DEADLINE))

    def _take(self, waiting: int) -> None:
        while waiting:
            for reply in self.witnesses.transport.replies(1.0):
                self._ledger.take_reply(reply)
                waiting -= 1

    def _ask_as_client(self) -> None:
        client = self.witnesses.client
        for region in self.fleet.regions:
            for question in client_questions(region, _DEADLINE):
                client.submit(question)
            if region.endpoint is not None and region.endpoint.managed_by is ManagedBy.DNS:
                client.resolve(region.name, region.endpoint.name, _DEADLINE)
        for key, view in client.views():
            self._ledger.take_view(key, view)
        for name, addresses in client.resolutions():
            self._ledger.take_resolution(name, addresses)
