"""The drill menu: each drill does what its sentence says, fits only where it makes sense, and breaks no host's text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding
from console.polling.poller import Poller
from console.probe.sections import sections_for
from console.simulation.client import SimulatedClient
from console.simulation.clock import ManualClock
from console.simulation.drills.drill import Scope
from console.simulation.drills.menu import DRILLS, LivingDrills, Offer, offers
from console.simulation.living import LivingWorld
from console.simulation.scenarios import SCENARIOS
from console.simulation.server import is_part_of
from console.simulation.transport import SimulatedTransport
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from tests.simulation.contract import broken_promises
from tests.simulation.worlds import clock, world

REGIONS = ("global", "dc1", "dc2")
G1, G2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
D1, D2 = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"
UI = "cf-dc2-ui1.example.com"


class Bench:
    """A living world, its menu, and a console that looks at it."""

    def __init__(self, scenario: str = "healthy") -> None:
        self.clock: ManualClock = clock()
        self.world = LivingWorld(world(scenario), self.clock)
        self.drills = LivingDrills(self.world)
        self.witnesses = simulated_witnesses(scenario, world=self.world)

    def findings(self) -> tuple[Finding, ...]:
        poller = Poller(self.witnesses)
        before = poller.look_once(10)
        self.clock.pass_seconds(10)
        return diagnose(poller.look_once(10), before)

    def codes(self) -> set[tuple[str, str | None]]:
        return {(finding.code, finding.host) for finding in self.findings()}

    def offered(self, region: str) -> set[tuple[str, str | None]]:
        return {(offer.id, offer.host) for offer in self.drills.offers(region)}


# drill, region, host, seconds later, what the console finds then
FINDS = [
    ("power-off", "dc1", D2, 10, ("H01", D2)),
    ("stop-database", "global", G1, 300, ("S03", G2)),
    ("node-standby", "dc1", D2, 10, ("C04", D2)),
    ("put-lock", "dc1", D2, 10, ("C02", D2)),
    ("fall-behind", "dc1", D2, 10, ("A05", D2)),
    ("hold-replay", "dc1", D2, 60, ("P05", D2)),
    ("close-port", "dc1", D1, 10, ("P03", D2)),
    ("open-port", "global", G2, 10, ("S05", G2)),
    ("fill-disk", "dc1", D1, 10, ("H05", D1)),
    ("cut-host", "dc1", D1, 10, ("H01", D1)),
    ("stop-httpd", "dc2", UI, 10, ("U01", UI)),
    ("stop-workers", "dc2", UI, 700, ("U03", UI)),
    ("ui-power-off", "dc2", UI, 10, ("H01", UI)),
    ("cut-network", "global", None, 200, ("P02", None)),
    ("cut-network", "dc1", None, 60, ("C04", D2)),
    ("archive-gap", "dc1", None, 10, ("A02", D1)),
    ("gap-at-standby", "dc1", None, 10, ("A05", D2)),
    ("stop-check-promote", "global", None, 10, ("S02", G2)),
    ("lose-site", "dc1", None, 60, ("H01", "cf-global-ui2.example.com")),
]
TAKES_BACK = {
    "power-off": "power-on",
    "node-standby": "node-unstandby",
    "hold-replay": "release-replay",
    "close-port": "open-port",
    "open-port": "close-port",
    "fill-disk": "free-disk",
    "cut-host": "reconnect-host",
    "stop-httpd": "start-appliance",
    "ui-power-off": "ui-power-on",
    "archive-gap": "mend-archive",
    "gap-at-standby": "mend-archive",
    "stop-check-promote": "start-check-promote",
}


@pytest.mark.parametrize(("drill", "region", "host", "seconds", "finding"), FINDS)
def test_the_console_finds_what_a_drill_broke(
    drill: str, region: str, host: str | None, seconds: float, finding: tuple[str, str | None]
) -> None:
    bench = Bench()
    words = bench.drills.apply(drill, region, host)
    assert DRILLS[drill].words in words
    bench.clock.pass_seconds(seconds)
    assert finding in bench.codes()


@pytest.mark.parametrize(
    ("drill", "region", "host"), [(drill, region, host) for drill, region, host, *_ in FINDS if drill in TAKES_BACK]
)
def test_what_a_drill_broke_is_well_again_when_it_is_taken_back(drill: str, region: str, host: str | None) -> None:
    bench = Bench()
    bench.drills.apply(drill, region, host)
    bench.clock.pass_seconds(30)
    assert (TAKES_BACK[drill], host) in bench.offered(region)
    bench.drills.apply(TAKES_BACK[drill], region, host)
    bench.clock.pass_seconds(60)
    assert bench.codes() == set()


@pytest.mark.parametrize("drill", ["lose-site", "cut-network", "stop-httpd", "fill-disk", "archive-gap", "power-off"])
def test_mending_everything_around_the_databases_leaves_no_finding(drill: str) -> None:
    bench = Bench()
    host = {"stop-httpd": UI, "fill-disk": "cf-dc2-db1.example.com", "power-off": "cf-dc2-db2.example.com"}.get(drill)
    bench.drills.apply(drill, "dc2", host)
    bench.clock.pass_seconds(50)  # not long enough for the scripts to promote
    bench.drills.apply("heal", "dc2", None)
    bench.clock.pass_seconds(60)
    assert bench.codes() == set()


def test_a_power_cut_and_its_return_are_never_offered_at_once() -> None:
    for scenario in SCENARIOS:
        for region in world(scenario).regions:
            found = {(offer.id, offer.host) for offer in offers(region)}
            for host in region.databases:
                assert (("power-off", host.name) in found) is not (("power-on", host.name) in found)


def test_service_commands_are_offered_where_scripts_rule_and_pcs_where_a_cluster_does() -> None:
    bench = Bench()
    assert ("stop-database", G1) in bench.offered("global")
    assert not {name for name, _ in bench.offered("global")} & {"node-standby", "put-lock", "delete-lock"}
    assert ("node-standby", D1) in bench.offered("dc1")
    assert "stop-database" not in {name for name, _ in bench.offered("dc1")}


def test_a_drill_that_does_not_fit_any_more_changes_nothing_and_says_so() -> None:
    bench = Bench()
    bench.drills.apply("power-off", "dc1", D2)
    before = bench.world.now()
    assert "nothing to do" in bench.drills.apply("power-off", "dc1", D2)
    assert bench.world.now() == before


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_can_begin_in_any_other(scenario: str) -> None:
    bench = Bench("split-brain")
    words = bench.drills.apply(f"scenario-{scenario}", "dc1", None)
    assert SCENARIOS[scenario].story in words
    assert {finding.code for finding in bench.findings()} == {finding.code for finding in Bench(scenario).findings()}


def test_every_drill_says_in_a_sentence_what_it_does() -> None:
    for drill in DRILLS.values():
        assert drill.words.endswith(".")
        assert len(drill.title) <= 42, drill.title
        assert drill.scope in Scope


def test_a_lock_that_is_deleted_blindly_lets_the_old_primary_diverge_unseen_and_the_simulator_keeps_count() -> None:
    """DOMAIN 0.1: the pair looks healthy, and is not; what is kept of it does not grow with time."""
    bench = Bench()
    bench.drills.apply("cut-network", "dc1", None)
    bench.clock.pass_seconds(3)
    bench.drills.apply("power-off", "dc1", D1)
    bench.drills.apply("mend-network", "dc1", None)
    bench.clock.pass_seconds(60)
    bench.drills.apply("power-on", "dc1", D1)
    bench.drills.apply("delete-lock", "dc1", D1)
    bench.drills.apply("reboot", "dc1", D1)
    sizes = []
    for _ in range(4):
        bench.clock.pass_seconds(300)
        old, new = bench.world.now().region("dc1").databases
        sizes.append(len(old.server.branches))
    assert old.server.streaming
    assert not is_part_of(old.server, new.server)
    assert sizes == [sizes[0]] * 4


# --- whatever one does ----------------------------------------------------------------------------------------------


def _replies(bench: Bench, region: str) -> list[Reply]:
    transport = SimulatedTransport(bench.witnesses.fleet, bench.world)
    hosts = bench.witnesses.fleet.region(region).hosts
    for host in hosts:
        sections = sections_for(host.kind, bench.witnesses.fleet.region(region), slow=True)
        transport.submit(Request(host.name, sections, 10.0))
    found: list[Reply] = []
    while len(found) < len(hosts):
        found += transport.replies(1.0)
    return found


def _silent(bench: Bench, region: str, name: str) -> frozenset[str]:
    """Sections that a host of this state cannot answer."""
    state = bench.world.now().region(region)
    host = next((host for host in state.databases if host.name == name), None)
    if host is None:
        return frozenset()
    stopped = {"sql", "settings"} if not host.server.running else set()
    member = state.cluster is None or state.cluster.node(host.host.node).online
    return frozenset(stopped | (set() if member else {"cluster", "cib"}))


@pytest.mark.parametrize("region", REGIONS)
def test_after_any_drill_every_host_that_answers_keeps_the_contract(region: str) -> None:
    for offer in Bench().drills.offers(region):
        if offer.id.startswith("scenario-"):
            continue
        bench = Bench()
        bench.drills.apply(offer.id, region, offer.host)
        bench.clock.pass_seconds(70)
        for reply in _replies(bench, region):
            if reply.report is not None:
                host = bench.witnesses.fleet.hosts[reply.host]
                silent = _silent(bench, region, reply.host)
                faults = broken_promises(host, bench.witnesses.fleet.region(region), reply, silent)
                assert faults == [], (offer, reply.host)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REGIONS), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 100)), min_size=1, max_size=8))
def test_no_order_of_drills_raises_or_makes_a_standby_overtake_what_it_follows(
    region: str, steps: list[tuple[int, int]]
) -> None:
    bench = Bench()
    for number, seconds in steps:
        found: tuple[Offer, ...] = bench.drills.offers(region)
        offer = found[number % len(found)]
        if not offer.id.startswith("scenario-"):
            bench.drills.apply(offer.id, region, offer.host)
        bench.clock.pass_seconds(seconds)
        for state in bench.world.now().regions:
            for host in state.databases:
                other = state.other(host.name)
                assert not host.server.streaming or host.server.written <= other.server.written
    Poller(bench.witnesses).look_once(10)
    SimulatedClient(bench.world).close()
