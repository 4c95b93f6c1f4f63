"""The client's eye in the simulated fleet: what an appliance or the traffic manager would meet at an address."""

from __future__ import annotations

from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.observed import Observed, unknown
from console.inventory.fleet import ManagedBy
from console.polling.witnesses import ClientQuestion
from console.simulation import rows
from console.simulation.living import LivingWorld
from console.simulation.network import lets_in, serves_clients
from console.simulation.noise import noise
from console.simulation.state import DatabaseHost, RegionState, World

SOURCE = "client"


class SimulatedClient:
    """Implements console.polling.witnesses.ClientWitness on a LivingWorld."""

    def __init__(self, world: LivingWorld) -> None:
        self._world = world
        self._views: list[tuple[str, Observed[ClientView]]] = []
        self._resolutions: list[tuple[str, Observed[tuple[str, ...]]]] = []

    def submit(self, question: ClientQuestion) -> None:
        """Look at once: nothing here takes time."""
        view = look(self._world.now(), question)
        self._views.append((question.key, Observed(view, SOURCE, self._world.clock.now())))

    def resolve(self, key: str, name: str, deadline: float) -> None:
        """Resolve an endpoint's name as the traffic manager would answer now."""
        del deadline
        now = self._world.clock.now()
        addresses = resolved(self._world.now(), name)
        known = Observed(addresses, "DNS", now) if addresses else unknown("DNS", f"{name} has no address", now)
        self._resolutions.append((key, known))

    def views(self) -> list[tuple[str, Observed[ClientView]]]:
        """Answers that are there now."""
        found, self._views = self._views, []
        return found

    def resolutions(self) -> list[tuple[str, Observed[tuple[str, ...]]]]:
        """Resolved names that are there now."""
        found, self._resolutions = self._resolutions, []
        return found

    def close(self) -> None:
        """Nothing is open."""


def look(world: World, question: ClientQuestion) -> ClientView:
    """What answers at the question's address."""
    found = _behind(world, question.address)
    place = f"{question.address}:{question.settings.port}"
    if found is None:
        return _no_answer(question, PortAnswer.FILTERED, f"no answer to TCP from {place}")
    region, host = found
    if not host.reachable:
        return _no_answer(question, PortAnswer.FILTERED, f"no answer to TCP from {place}")
    if not host.port_open:
        words = "no route, or a firewall rejects it"
        return _no_answer(question, PortAnswer.UNREACHABLE, f"{words} (No route to host)")
    if not host.server.running or not lets_in(host, None):
        words = "TCP connection refused: nothing listens there, or a firewall rejects it"
        return _no_answer(question, PortAnswer.REFUSED, f"{words} (Connection refused)")
    return _session(question, region, host, world.at)


def _no_answer(question: ClientQuestion, tcp: PortAnswer, message: str) -> ClientView:
    return ClientView(question.address, question.settings.port, tcp, ClientAnswer.NO_ANSWER, message)


def _session(question: ClientQuestion, region: RegionState, host: DatabaseHost, at: float) -> ClientView:
    answer = ClientAnswer.IN_RECOVERY if host.server.in_recovery else ClientAnswer.WRITABLE
    backlog, error = None, None
    if question.region_number is not None:
        if question.region_number == 0:  # the global region replicates to nobody
            error = 'relation "rr0_pending_changes" does not exist'
        else:
            backlog = rows.backlog(region, at)
    return ClientView(
        address=question.address,
        port=question.settings.port,
        tcp=PortAnswer.OPEN,
        answer=answer,
        latency=0.004 + 0.02 * noise(host.name, int(at)),
        server_address=host.host.address if host.host.address == question.address else question.address,
        backlog=backlog,
        backlog_error=error,
    )


def _behind(world: World, address: str) -> tuple[RegionState, DatabaseHost] | None:
    """Which host answers at `address`: its own, the virtual address's holder, or the site's traffic manager's."""
    for region in world.regions:
        for host in region.databases:
            if host.host.address == address or _leads_to(region, host, address):
                return region, host
    return None


def _leads_to(region: RegionState, host: DatabaseHost, address: str) -> bool:
    endpoint = region.region.endpoint
    if endpoint is None or address not in endpoint.addresses:
        return False
    if endpoint.managed_by is ManagedBy.CLUSTER:
        return region.cluster is not None and region.cluster.vip == host.host.node
    return endpoint.addresses.index(address) == host.host.ordinal - 1


def resolved(world: World, name: str) -> tuple[str, ...]:
    """The traffic manager sends everyone to host 1 as long as its port 5432 answers, else to host 2 (REFERENCE 4)."""
    for region in world.regions:
        endpoint = region.region.endpoint
        if endpoint is None or endpoint.name != name:
            continue
        answers = serves_clients(region.databases[0])
        return endpoint.addresses[:1] if answers else endpoint.addresses[1:]
    return ()
