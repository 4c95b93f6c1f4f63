"""The simulated failover scripts of the scripted region (REFERENCE 4)."""

from __future__ import annotations

from console.simulation import events
from console.simulation.client import resolved
from console.simulation.dynamics import advance
from console.simulation.state import World
from tests.simulation.worlds import START, first, second, section, world

ENDPOINT = "cf-global-db.example.com"


def _host_1_stopped() -> World:
    now = world()
    state = now.region("global")
    return now.with_region(events.stop_service(state, first(state), START))


def test_the_first_failure_is_counted_and_waited_on() -> None:
    now = advance(_host_1_stopped(), START + 61)
    host = now.region("global").databases[1]
    assert host.scripts.counter == 1
    assert host.server.in_recovery
    assert host.scripts.log[-1].text == "Current failure count 1 less than threshold 2, waiting"


def test_the_second_failure_promotes_host_2_and_opens_its_port() -> None:
    now = advance(_host_1_stopped(), START + 121)
    host = now.region("global").databases[1]
    assert host.server.primary
    assert host.server.timeline == 2
    assert host.port_open
    assert host.scripts.counter == 0


def test_an_answer_resets_the_counter() -> None:
    now = advance(_host_1_stopped(), START + 61)
    state = events.start_service(now.region("global"), first(now.region("global")), now.at)
    host = advance(now.with_region(state), START + 121).region("global").databases[1]
    assert host.scripts.counter == 0
    assert host.scripts.log[-1].text == "Resetting failure count to 0"


def test_the_traffic_manager_goes_to_host_2_only_when_host_1_does_not_answer() -> None:
    assert resolved(world(), ENDPOINT) == ("10.19.10.51",)
    assert resolved(_host_1_stopped(), ENDPOINT) == ("10.16.10.51",)


def test_the_log_has_the_scripts_own_format_without_a_year() -> None:
    now = advance(_host_1_stopped(), START + 121)
    text = section(now, second(now.region("global")), "scripts").text
    assert "Nov 23 12:02:01 INFO: 2 failures reached, promoting myself to primary" in text


def test_the_history_of_9_2_names_the_segment_not_the_position() -> None:
    now = advance(_host_1_stopped(), START + 121)
    text = section(now, second(now.region("global")), "history").text
    header, row = text.split("\n")
    assert header == "@@00000002.history"
    assert row.split("\t")[1].startswith("0000000100000002000000")
