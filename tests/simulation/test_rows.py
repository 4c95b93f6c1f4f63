"""Rows that wait for replication: a few for a moment, ever more while the worker or the global database stands."""

from __future__ import annotations

import re

import pytest

from console.simulation import events, rows
from console.simulation.dynamics import advance
from console.simulation.printing.sections import printed
from console.simulation.printing.view import UiView
from console.simulation.state import World
from tests.simulation.worlds import START, world

UI = "cf-dc1-ui1.example.com"
GLOBAL1 = "cf-global-db1.example.com"


def _waiting(now: World, region: str = "dc1") -> int:
    return rows.backlog(now.region(region), now.at)


def _line(now: World) -> str:
    state = now.region("dc1")
    appliance = next(host for host in state.uis if host.name == UI)
    return next(line for line in printed(UiView(state, appliance, now.at), "ui").text.splitlines() if "Backlog" in line)


@pytest.mark.parametrize("region", ["dc1", "dc2"])
def test_in_a_healthy_fleet_the_backlog_moves_and_stays_small(region: str) -> None:
    now, seen = world(), set()
    for _ in range(120):
        now = advance(now, now.at + 3)
        seen.add(_waiting(now, region))
    assert len(seen) > 8
    assert min(seen) == 0
    assert max(seen) < 100


def test_rows_pile_up_while_the_worker_is_stopped_and_are_worked_off_afterwards() -> None:
    now = world()
    now = now.with_region(events.stop_workers(now.region("dc1"), UI, now.at))
    now = advance(now, START + 600)
    assert 1000 < _waiting(now) < 2000
    now = now.with_region(events.start_appliance(now.region("dc1"), UI))
    assert _waiting(advance(now, START + 660)) < 100


def test_rows_pile_up_in_every_region_while_the_global_database_answers_nobody() -> None:
    now = world()
    now = now.with_region(events.power_off(now.region("global"), GLOBAL1))
    now = advance(now, START + 100)  # the scripts promote host 2 after two minutes
    assert _waiting(now) > 150
    assert _waiting(now, "dc2") > 150
    assert _waiting(advance(now, START + 300)) < 100


def test_a_stopped_worker_s_last_line_stays_in_the_log_and_gets_old() -> None:
    now = advance(world(), START + 30)
    stopped = now.with_region(events.stop_workers(now.region("dc1"), UI, now.at))
    line = _line(stopped)
    assert _line(advance(stopped, START + 400)) == line
    assert _line(advance(now, START + 400)) != line


def test_a_line_stays_as_it_was_written_until_the_next_one() -> None:
    now = world()
    now = now.with_region(events.power_off(now.region("global"), GLOBAL1))
    lines = [_line(advance(now, START + seconds)) for seconds in (5, 20, 45, 62)]
    assert len(set(lines)) == 1
    later = _line(advance(now, START + 64))
    counts = [int(found) for line in (lines[0], later) for found in re.findall(r"Backlog=\[(\d+)\]", line)]
    assert counts[1] > counts[0] + 80
