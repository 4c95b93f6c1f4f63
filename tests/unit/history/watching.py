"""A simulated fleet that is looked at by a clock that only the test moves: each look is what a Poller would publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from console.diagnosis.engine import diagnose
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
from console.simulation.reference import demo_fleet
from console.simulation.state import RegionState
from console.simulation.transport import SimulatedTransport
from console.transport.protocol import Request

BEGIN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DB1, DB2 = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"


class Watch:
    """A region of the simulated fleet, looked at every two seconds. `wrap` puts something between it and the looks."""

    def __init__(
        self,
        scenario: str = "healthy",
        region: str = "dc1",
        wrap: Callable[[Witnesses], Witnesses] = lambda witnesses: witnesses,
        begin: datetime = BEGIN,
    ) -> None:
        self.clock = ManualClock(begin)
        self.world = demo_world(scenario, self.clock)
        whole = demo_fleet()
        self.fleet: Fleet = replace(whole, regions=(whole.region(region),))
        transport = SimulatedTransport(self.fleet, self.world, RunClock(self.clock))
        self.witnesses = wrap(Witnesses(self.fleet, transport, SimulatedClient(self.world)))
        self.ledger = Ledger(self.fleet)
        self.history = History()
        self._trail = Trail()
        self._looks = 0

    def look(self) -> Scene:
        """Ask every host, and as a client; the second look and every thirtieth after it ask the slow sections too."""
        slow = self._looks % 30 == 1
        self._looks += 1
        self._ask_hosts(slow)
        self._ask_as_client()
        snapshot = self.ledger.snapshot(self.clock.now())
        findings = diagnose(snapshot, self._trail.before(snapshot))
        self.history.take(snapshot, findings)
        return Scene(snapshot, findings, self.history.changes, self.history.lags)

    def looks(self, count: int) -> list[Scene]:
        """So many looks, two seconds apart."""
        scenes = []
        for _ in range(count):
            began = self.clock.now()
            scenes.append(self.look())
            self.clock.pass_seconds(2.0 - (self.clock.now() - began).total_seconds())
        return scenes

    def happen(self, event: Callable[[RegionState], RegionState]) -> None:
        """Let something happen to the region now."""
        name = self.fleet.regions[0].name
        self.world.change(lambda world: world.with_region(event(world.region(name))))

    @property
    def now(self) -> float:
        """The clock, in seconds since 1970."""
        return self.clock.now().timestamp()

    def _ask_hosts(self, slow: bool) -> None:
        transport = self.witnesses.transport
        for region in self.fleet.regions:
            for host in region.hosts:
                transport.submit(Request(host.name, sections_for(host.kind, region, slow=slow), 8.0))
        waiting = len(self.fleet.hosts)
        while waiting:
            for reply in transport.replies(1.0):
                self.ledger.take_reply(reply)
                waiting -= 1

    def _ask_as_client(self) -> None:
        client = self.witnesses.client
        for region in self.fleet.regions:
            for question in client_questions(region, 3.0):
                client.submit(question)
            if region.endpoint is not None and region.endpoint.managed_by is ManagedBy.DNS:
                client.resolve(region.name, region.endpoint.name, 3.0)
        for key, view in client.views():
            self.ledger.take_view(key, view)
        for name, addresses in client.resolutions():
            self.ledger.take_resolution(name, addresses)
