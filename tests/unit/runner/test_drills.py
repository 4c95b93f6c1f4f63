"""A drill leaves nothing behind: whatever fails, all of it is taken back at once, each step for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.runbooks.plan import Parameters, Plan, Step
from console.runner.journal import Kind, journal_path, read_events
from tests.unit.runner import runner_world
from tests.unit.runner.runner_world import (
    AT_FIRST,
    RUN,
    A,
    B,
    Console,
    Fault,
    Killed,
    Take,
    has,
    plan_of_steps,
    put,
)
from tests.unit.runner.test_going_on import full_from

pytestmark = pytest.mark.usefixtures("quick_journals", "drills")

MAKE, TOUCH = put("make", A), put("touch", B)
FAILS = Step("fails", "Fail", B, after=(has(B, "missing"),), patience=1.0)
TIDY = Step("tidy", "Tidy", A, (Take("make"),), after=())


@pytest.fixture
def drills(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plans of this world are drills."""
    plain: Callable[..., Plan] = plan_of_steps

    def drill(steps: tuple[Step, ...], parameters: Parameters = runner_world.PARAMETERS) -> Plan:
        return replace(plain(steps, parameters), drill=True)

    monkeypatch.setattr(runner_world, "plan_of_steps", drill)


def console_of(tmp_path: Path, *steps: Step) -> Console:
    return Console(tmp_path / "runs", steps)


def leases(console: Console) -> list[object]:
    return [host.lease for host in console.world.hosts.values()]


def test_a_step_that_fails_takes_everything_back_at_once(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH, FAILS)
    outcome = console.start()
    assert outcome.code is ExitCode.ROLLED_BACK, outcome.words
    assert console.world.marks == AT_FIRST
    assert leases(console) == [None, None]


def test_the_outcome_says_what_failed_and_that_nothing_is_left(tmp_path: Path) -> None:
    words = console_of(tmp_path, MAKE, FAILS).start().words
    assert "stopped at: Fail" in words
    assert "B has missing" in words.replace(B, "B")
    assert "Everything that it did is taken back" in words


def test_the_journal_says_why_everything_was_taken_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, FAILS)
    console.start()
    events = read_events(journal_path(console.folder, RUN))
    assert "taking everything back" in next(event.data["words"] for event in events if event.kind is Kind.RETREAT)


def test_an_operator_who_stops_it_ends_it(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH, FAILS)
    console.stop_at = (Kind.VERIFIED, "make")
    outcome = console.start()
    assert outcome.code is ExitCode.ROLLED_BACK, outcome.words
    assert console.world.marks == AT_FIRST


def test_where_nothing_was_changed_it_is_refused(tmp_path: Path) -> None:
    outcome = console_of(tmp_path, FAILS, MAKE).start()
    assert outcome.code is ExitCode.REFUSED
    assert "Nothing was changed" in outcome.words


def test_a_killed_drill_can_be_gone_on_with(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH, TIDY)
    with pytest.raises(Killed):
        console.start({2: Fault.KILLED_AFTER})
    assert console.resume().code is ExitCode.OK
    assert console.world.marks == {A: {"ready"}, B: {"touch"}}


def test_a_killed_drill_can_be_taken_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH)
    with pytest.raises(Killed):
        console.start({2: Fault.KILLED_AFTER})
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST


def test_a_dead_host_keeps_what_was_done_on_the_other_from_standing_by_no_means(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH)
    with pytest.raises(Killed):
        console.start({2: Fault.KILLED_AFTER})
    dead = console.world.hosts[B]
    dead.hostname, dead.seen = "", False
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"Put touch ({B})" in outcome.words
    assert "Put make" not in outcome.words
    assert "CLIENTS" not in outcome.words
    assert console.world.marks[A] == {"ready"}


def test_what_is_left_goes_when_the_host_is_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, MAKE, TOUCH)
    with pytest.raises(Killed):
        console.start({2: Fault.KILLED_AFTER})
    dead = console.world.hosts[B]
    dead.hostname, dead.seen = "", False
    console.roll_back()
    dead.hostname, dead.seen = B, True
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == AT_FIRST
    assert leases(console) == [None, None]


def test_what_it_did_is_taken_back_also_where_the_journal_can_be_written_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_from(monkeypatch, Kind.INTENT, "touch", reserve=False)
    console = console_of(tmp_path, MAKE, TOUCH)
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "What it did was taken back" in outcome.words
    assert console.world.marks == AT_FIRST
