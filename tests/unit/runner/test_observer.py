"""How a run sees: the simulated fleet's witnesses, with hosts and a client's eye that can fall silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from console.facts.client import ClientAnswer, ClientView
from console.facts.observed import Observed
from console.inventory.fleet import Fleet, HostKind
from console.polling.witnesses import ClientQuestion, ClientWitness, Witnesses
from console.probe.sections import sections_for
from console.runner.witness_observer import CLIENT_DEADLINE, OPEN_PATIENCE, PATIENCE, WitnessObserver
from console.simulation.client import SimulatedClient
from console.simulation.clock import ManualClock, RunClock
from console.simulation.parts import living
from console.simulation.reference import demo_fleet
from console.simulation.transport import SimulatedTransport
from console.transport.protocol import Failure, FailureKind, Reply, Request, Transport

DB1, DB2 = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"
LOCKED = "cf-dc2-db1.example.com"


@dataclass
class Wire:
    """A transport that notes what it is asked, and on which hosts can be silent for a while, or refuse."""

    others: Transport
    asked: list[Request] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    held: dict[str, Request] = field(default_factory=dict)
    ready: list[Reply] = field(default_factory=list)
    retries: int = 0

    def submit(self, request: Request) -> None:
        assert request.host not in self.held, "a second request"
        self.asked.append(request)
        if request.host in self.refused:
            now, failure = datetime.now(UTC), Failure(FailureKind.REFUSED, "no sshd")
            self.ready.append(Reply(request.host, request.sections, now, now, failure=failure))
        elif request.host in self.silent:
            self.held[request.host] = request
        else:
            self.others.submit(request)

    def release(self, host: str) -> None:
        """The late answer of a host that was silent, with what it shows now."""
        self.silent.discard(host)
        self.others.submit(self.held.pop(host))

    def replies(self, timeout: float) -> list[Reply]:
        ready, self.ready = self.ready, []
        return ready or self.others.replies(timeout)

    def retry_now(self) -> None:
        self.retries += 1

    def close(self) -> None:
        self.others.close()


@dataclass
class Eye:
    """A client's eye that notes what it is asked, and can keep its answers back."""

    others: ClientWitness
    asked: list[ClientQuestion] = field(default_factory=list)
    shut: bool = False
    kept: list[tuple[str, Observed[ClientView]]] = field(default_factory=list)

    def submit(self, question: ClientQuestion) -> None:
        self.asked.append(question)
        self.others.submit(question)

    def resolve(self, key: str, name: str, deadline: float) -> None:
        self.others.resolve(key, name, deadline)

    def views(self) -> list[tuple[str, Observed[ClientView]]]:
        self.kept += self.others.views()
        if self.shut:
            return []
        kept, self.kept = self.kept, []
        return kept

    def resolutions(self) -> list[tuple[str, Observed[tuple[str, ...]]]]:
        return self.others.resolutions()

    def close(self) -> None:
        self.others.close()


@dataclass
class Seen:
    """An observer of region dc1 and what it is made of."""

    observer: WitnessObserver
    wire: Wire
    eye: Eye
    clock: ManualClock
    fleet: Fleet

    def sections(self, host: str) -> list[tuple[str, ...]]:
        return [request.sections for request in self.wire.asked if request.host == host]


def begin(scenario: str = "healthy", region: str = "dc1") -> Seen:
    clock = ManualClock(datetime(2026, 3, 1, 3, 0, 0, tzinfo=UTC))
    fleet, world, time = demo_fleet(), living(scenario, clock), RunClock(clock)
    wire, eye = Wire(SimulatedTransport(fleet, world, time)), Eye(SimulatedClient(world))
    return Seen(WitnessObserver(Witnesses(fleet, wire, eye), region, time), wire, eye, clock, fleet)


@pytest.fixture
def seen() -> Seen:
    return begin()


def fast(seen: Seen) -> tuple[str, ...]:
    region = seen.fleet.region("dc1")
    return sections_for(region.databases[0].kind, region, slow=False)


def test_a_look_asks_the_fast_sections_of_the_pair_and_of_nobody_else(seen: Seen) -> None:
    snapshot = seen.observer.look()
    assert [(request.host, request.sections) for request in seen.wire.asked] == [(DB1, fast(seen)), (DB2, fast(seen))]
    assert all(snapshot.facts(host).sql.known for host in (DB1, DB2))
    assert seen.eye.asked == []


def test_sections_of_its_own_go_with_the_same_request(seen: Seen) -> None:
    snapshot = seen.observer.look(sections=[(DB2, "layout"), (DB2, "layout")])
    assert seen.sections(DB1) == [fast(seen)]
    assert seen.sections(DB2) == [(*fast(seen), "layout")]
    assert snapshot.facts(DB2).layout.known


def test_an_appliance_is_asked_only_where_it_is_named_and_then_for_its_fast_sections_too(seen: Seen) -> None:
    appliance, other = (host.name for host in seen.fleet.region("dc1").uis)
    look = seen.observer.look(sections=[(appliance, "ui")])
    assert seen.sections(appliance) == [sections_for(HostKind.UI, seen.fleet.region("dc1"), slow=False)]
    assert seen.sections(other) == []
    assert look.facts(appliance).ui.known
    assert look.facts(appliance).identity.known
    seen.observer.survey([(other, "ui")])
    assert len(seen.sections(other)) == 1
    assert len(seen.sections(appliance)) == 1


def test_with_clients_it_meets_the_hosts_and_the_endpoint_and_counts_no_backlog(seen: Seen) -> None:
    snapshot = seen.observer.look(clients=True)
    client = snapshot.facts(DB1).client.value
    assert client is not None
    assert client.answer is ClientAnswer.WRITABLE
    assert len(snapshot.endpoints["dc1"].value or ()) == 1
    assert len(seen.eye.asked) == 3
    assert {(question.deadline, question.region_number) for question in seen.eye.asked} == {(CLIENT_DEADLINE, None)}


def test_tcp_has_the_whole_deadline_to_open_until_a_client_was_answered_and_then_what_that_took(seen: Seen) -> None:
    patiences = []
    for _ in range(2):
        seen.observer.look(clients=True)
        patiences.append(seen.eye.asked[-1].patience)
    assert patiences[0] == CLIENT_DEADLINE
    assert OPEN_PATIENCE <= patiences[1] < CLIENT_DEADLINE / 2


def test_facts_that_are_not_asked_anew_stay_with_their_age(seen: Seen) -> None:
    before = seen.observer.survey().facts(DB1)
    seen.clock.pass_seconds(10)
    after = seen.observer.look().facts(DB1)
    assert after.disks == before.disks
    assert after.client == before.client
    assert after.sql.observed_at is not None
    assert before.sql.observed_at is not None
    assert (after.sql.observed_at - before.sql.observed_at).total_seconds() >= 10


def test_a_survey_asks_everything_and_the_evidence_that_the_diagnosis_calls_for() -> None:
    seen = begin("lock-unsafe", "dc2")
    snapshot = seen.observer.survey([(LOCKED, "layout")])
    assert {"disks", "archive", "layout", *fast(seen)} <= set(seen.sections(LOCKED)[0])
    asked = [name.partition(":")[0] for sections in seen.sections(LOCKED)[1:] for name in sections]
    assert asked == ["wal_end", "commits"]
    assert snapshot.facts(LOCKED).evidence.commits_after is not None
    assert {request.host for request in seen.wire.asked} == {LOCKED, "cf-dc2-db2.example.com"}
    assert snapshot.endpoint_resolution == {}


def test_a_survey_resolves_a_name_that_a_traffic_manager_gives_out() -> None:
    assert begin(region="global").observer.survey().endpoint_resolution["global"].value == ("10.19.10.51",)


def test_a_host_that_hangs_is_unknown_when_the_patience_is_over(seen: Seen) -> None:
    seen.observer.survey()
    seen.wire.silent.add(DB2)
    began = seen.clock.at
    snapshot = seen.observer.look()
    assert (seen.clock.at - began).total_seconds() == pytest.approx(PATIENCE, abs=1)
    assert snapshot.facts(DB1).sql.known
    hung = snapshot.facts(DB2)
    assert hung.reach.failure is not None
    assert (hung.reach.failure.kind, hung.sql.value) == (FailureKind.HUNG, None)


def test_a_host_that_the_transport_gives_up_is_waited_for_no_longer(seen: Seen) -> None:
    seen.wire.refused.add(DB2)
    began = seen.clock.at
    assert seen.observer.look().facts(DB2).reach.failure is not None
    assert (seen.clock.at - began).total_seconds() < 1


def test_a_host_whose_request_is_still_out_is_not_asked_twice_and_stays_unknown(seen: Seen) -> None:
    seen.wire.silent.add(DB2)
    seen.observer.look()
    snapshot = seen.observer.look()
    assert len(seen.sections(DB2)) == 1
    assert snapshot.facts(DB2).reach.failure is not None


def test_a_late_answer_to_an_earlier_look_is_dropped_and_the_host_asked_anew(seen: Seen) -> None:
    """What it says may be older than an operation that was done since."""
    seen.wire.silent.add(DB2)
    seen.observer.look(sections=[(DB2, "layout")])
    seen.wire.release(DB2)
    snapshot = seen.observer.look()
    assert [len(sections) for sections in seen.sections(DB2)] == [len(fast(seen)) + 1, len(fast(seen))]
    assert snapshot.facts(DB2).sql.known
    assert not snapshot.facts(DB2).layout.known


def test_a_failed_host_is_dialled_at_once_with_the_next_look(seen: Seen) -> None:
    seen.wire.silent.add(DB2)
    seen.observer.look()
    assert seen.wire.retries == 0
    seen.observer.look()
    assert seen.wire.retries == 1


def test_evidence_that_is_asked_anew_and_does_not_come_is_not_the_earlier_one() -> None:
    seen = begin("lock-unsafe", "dc2")
    before = seen.observer.survey().facts(LOCKED).evidence
    assert before.wal_end is not None
    seen.wire.silent.add(LOCKED)
    evidence = seen.observer.look(sections=[(LOCKED, "wal_end:1:0/1")]).facts(LOCKED).evidence
    assert evidence.wal_end is None
    assert evidence.commits_after == before.commits_after


def test_a_client_that_does_not_answer_in_time_is_unknown_and_not_the_earlier_view(seen: Seen) -> None:
    assert seen.observer.look(clients=True).facts(DB1).client.known
    seen.eye.shut = True
    snapshot = seen.observer.look(clients=True)
    assert snapshot.facts(DB1).client.value is None
    assert snapshot.facts(DB1).client.error
    assert snapshot.endpoints["dc1"].value is None


def test_a_late_view_is_not_taken_for_the_next_rounds(seen: Seen) -> None:
    seen.eye.shut = True
    seen.observer.look(clients=True)
    late = list(seen.eye.kept)
    seen.eye.shut = False
    seen.eye.kept.clear()
    seen.eye.kept = [(key, replace(view, source="late")) for key, view in late]
    snapshot = seen.observer.look(clients=True)
    assert snapshot.facts(DB1).client.source == "client"


@pytest.mark.parametrize("call", [WitnessObserver.survey, WitnessObserver.look])
def test_everything_silent_ends_all_the_same(seen: Seen, call: Callable[[WitnessObserver], object]) -> None:
    """With a clock that stands still unless it is slept on."""
    seen.wire.silent |= {DB1, DB2}
    seen.eye.shut = True
    call(seen.observer)
    assert seen.clock.at < datetime(2026, 3, 1, 3, 1, 0, tzinfo=UTC)
