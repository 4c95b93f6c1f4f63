"""The simulated Transport and client's eye keep the contracts of the real ones."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from console.errors import UsageError
from console.facts.client import ClientAnswer, PortAnswer
from console.inventory.fleet import Fleet
from console.polling.poller import Poller, client_questions
from console.selection import restrict
from console.simulation.client import look
from console.simulation.clock import ManualClock, RunClock, SystemClock
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.transport import SimulatedTransport
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import FailureKind, Reply, Request
from tests.simulation.worlds import NOON, world

PRIMARY = "cf-dc1-db1.example.com"
DEAD = "cf-dc2-db2.example.com"


def _ask(scenario: str, host: str, deadline: float = 5.0) -> Reply:
    witnesses = simulated_witnesses(scenario)
    witnesses.transport.submit(Request(host, ("identity",), deadline))
    found: list[Reply] = []
    while not found:
        found = witnesses.transport.replies(1.0)
    return found[0]


def test_a_request_is_answered_once() -> None:
    witnesses = simulated_witnesses("healthy")
    witnesses.transport.submit(Request(PRIMARY, ("identity",), 5))
    (reply,) = witnesses.transport.replies(1.0)
    assert reply.report is not None
    assert reply.failure is None
    assert witnesses.transport.replies(0.01) == []


def test_a_host_has_one_request_at_a_time() -> None:
    witnesses = simulated_witnesses("healthy")
    witnesses.transport.submit(Request(PRIMARY, ("identity",), 5))
    with pytest.raises(RuntimeError):
        witnesses.transport.submit(Request(PRIMARY, ("clock",), 5))


def test_a_host_without_power_is_unreachable_as_over_ssh() -> None:
    reply = _ask("host-down", DEAD)
    assert reply.report is None
    assert reply.failure is not None
    assert reply.failure.kind is FailureKind.UNREACHABLE
    assert "10.16.12.13:22" in reply.failure.message


def test_a_deadline_shorter_than_the_answer_is_a_failure() -> None:
    reply = _ask("healthy", PRIMARY, deadline=0.0)
    assert reply.failure is not None
    assert reply.failure.kind is FailureKind.HUNG


def test_replies_never_waits_longer_than_it_was_told() -> None:
    clock = ManualClock(NOON)
    fleet = demo_fleet()
    transport = SimulatedTransport(fleet, LivingWorld(world("host-down"), clock), RunClock(clock))
    transport.submit(Request(DEAD, ("identity",), 5))
    assert transport.replies(0.02) == []
    assert clock.at - NOON <= timedelta(seconds=0.02)


def test_close_forgets_what_is_under_way() -> None:
    witnesses = simulated_witnesses("healthy")
    witnesses.transport.submit(Request(PRIMARY, ("identity",), 5))
    witnesses.close()
    witnesses.close()
    assert witnesses.transport.replies(0.02) == []


def test_an_unknown_scenario_names_the_nearest_and_all() -> None:
    with pytest.raises(UsageError, match=r"did you mean lock-unsafe\?.*healthy, standby-out-of-date"):
        simulated_witnesses("lock-unsave")


def test_the_fleet_can_be_restricted_to_a_region() -> None:
    def only_dc1(fleet: Fleet) -> Fleet:
        return restrict(fleet, ["dc1"])

    witnesses = simulated_witnesses("healthy", only_dc1)
    assert {host.region for host in witnesses.fleet.hosts.values()} == {"dc1"}
    with pytest.raises(KeyError):
        witnesses.transport.submit(Request(DEAD, ("identity",), 5))


def test_the_demo_is_not_production() -> None:
    assert not simulated_witnesses("healthy").fleet.production


def _answers(scenario: str) -> dict[str, tuple[PortAnswer, ClientAnswer]]:
    now = world(scenario)
    views = [
        (question.key, look(now, question)) for region in now.regions for question in client_questions(region.region, 5)
    ]
    return {key: (view.tcp, view.answer) for key, view in views}


def test_a_client_meets_primaries_standbys_and_the_closed_port_of_host_2() -> None:
    met = _answers("healthy")
    assert met["host cf-dc1-db1.example.com"] == (PortAnswer.OPEN, ClientAnswer.WRITABLE)
    assert met["host cf-dc1-db2.example.com"] == (PortAnswer.OPEN, ClientAnswer.IN_RECOVERY)
    assert met["endpoint dc1 10.19.11.14"] == (PortAnswer.OPEN, ClientAnswer.WRITABLE)
    assert met["host cf-global-db2.example.com"] == (PortAnswer.UNREACHABLE, ClientAnswer.NO_ANSWER)
    assert met["endpoint global 10.19.10.51"] == (PortAnswer.OPEN, ClientAnswer.WRITABLE)


def test_a_client_meets_a_stopped_server_as_refused_and_a_dead_host_as_silence() -> None:
    assert _answers("failed-over")["host cf-global-db1.example.com"][0] is PortAnswer.REFUSED
    assert _answers("host-down")["host cf-dc2-db2.example.com"][0] is PortAnswer.FILTERED


def test_a_split_brain_lets_clients_write_to_both() -> None:
    met = _answers("split-brain")
    both = {met[f"host cf-global-db{n}.example.com"][1] for n in (1, 2)}
    assert both == {ClientAnswer.WRITABLE}


def test_an_event_changes_the_world_for_who_looks_next() -> None:
    from console.simulation import events

    living = LivingWorld(world(), SystemClock())
    living.change(lambda now: now.with_region(events.power_off(now.region("dc2"), DEAD)))
    assert not living.view(DEAD).machine.on


def test_a_look_at_the_demo_opens_no_socket_and_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the demo must not touch the network or start a program")

    monkeypatch.setattr("socket.socket.__init__", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("subprocess.Popen.__init__", refuse)
    snapshot = Poller(simulated_witnesses("healthy")).look_once(5)
    assert all(facts.reach.reachable for facts in snapshot.hosts.values())


def test_the_simulation_needs_neither_textual_nor_paramiko_nor_psycopg2() -> None:
    program = (
        "import sys; from console.simulation.witnesses import simulated_witnesses; simulated_witnesses('healthy');"
        "print(sorted({'textual', 'paramiko', 'psycopg2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
