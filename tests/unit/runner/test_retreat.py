"""Taking a window back: clients come first, one step that cannot be taken back keeps nothing else from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.operations.operation import Operation
from console.runbooks.plan import Step
from console.runner.journal import Kind, journal_path, read_events
from tests.unit.runner.runner_world import RUN, A, B, Console, Fault, Killed, Put, Take, WorldHost, has, lacks, put

pytestmark = pytest.mark.usefixtures("quick_journals")

HOLD = put("hold", A)
CLOSE = put("close", B, window=True)
COPY = put("copy", A, window=True, stays=True)
PREPARE = put("prepare", A, window=True)
STOP = put("stop", B, window=True)
FAILS = Step("fails", "Fail", B, after=(has(B, "missing"),), window=True, patience=1.0)
PROMOTE = put("promote", A, window=True, final=True)
NEVER_TAKEN = (Take("other"),)


def console_of(tmp_path: Path, *steps: Step) -> Console:
    return Console(tmp_path / "runs", steps)


def undone(console: Console) -> list[str | None]:
    return [event.step for event in read_events(journal_path(console.folder, RUN)) if event.kind is Kind.UNDONE]


def dies_after(console: Console, mark: str) -> WorldHost:
    """Host A answers nothing any more once `mark` was put."""
    real, dying = console.world.do, console.world.hosts[A]

    def do(host: str, operation: Operation) -> int:
        status = real(host, operation)
        if operation == Put(mark):
            dying.hostname, dying.seen = "", False
        return status

    console.world.do = do  # type: ignore[method-assign]
    return dying


# --- what cannot be taken back ---------------------------------------------------------------------------------------


def test_a_step_that_cannot_be_taken_back_keeps_no_other_from_it(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, replace(PREPARE, undo=NEVER_TAKEN), FAILS)
    console.start()
    assert console.world.marks[B] == set()


def test_what_could_not_be_taken_back_is_named_with_its_host(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, replace(PREPARE, undo=NEVER_TAKEN), FAILS)
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"Put prepare ({A})" in outcome.words
    assert "Put close" not in outcome.words


def test_a_retreat_that_left_something_does_not_say_that_clients_can_write(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, replace(PREPARE, undo=NEVER_TAKEN), FAILS)
    words = console.start().words
    assert "clients can write again" not in words
    assert "CLIENTS MAY BE UNABLE TO WRITE" in words


def test_a_dead_host_keeps_the_other_one_from_nothing(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PREPARE, FAILS)
    dies_after(console, "prepare")
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert console.world.marks[B] == set()


def test_a_dead_host_is_waited_for_only_when_clients_can_write(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PREPARE, FAILS)
    dies_after(console, "prepare")
    console.start()
    begun = next(event.at for event in console.events if event.kind is Kind.RETREAT)
    opened = next(event.at for event in console.events if event.kind is Kind.UNDONE and event.step == "close")
    assert (opened - begun).total_seconds() < 10


def test_a_host_that_answers_again_meanwhile_is_taken_back_too(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PREPARE, FAILS)
    host = dies_after(console, "prepare")

    def back() -> None:
        if console.world.clock.now > 20:
            host.hostname, host.seen = A, True

    console.world.clock.when_slept = back
    assert "clients can write again" in console.start().words
    assert undone(console) == ["close", "prepare"]


def test_what_was_left_is_taken_back_by_a_later_roll_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, HOLD, CLOSE, PREPARE, FAILS)
    host = dies_after(console, "prepare")
    console.start()
    host.hostname, host.seen = A, True
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert console.world.marks == {A: {"ready"}, B: set()}


def test_resuming_after_something_was_left_goes_on(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PREPARE, FAILS)
    host = dies_after(console, "prepare")
    console.start()
    host.hostname, host.seen = A, True
    console.steps = (CLOSE, PREPARE, replace(FAILS, after=()))
    assert console.resume().code is ExitCode.OK
    assert console.world.marks == {A: {"ready", "prepare"}, B: {"close"}}


def test_nothing_is_taken_back_past_a_final_step_whose_undo_fails(tmp_path: Path) -> None:
    """It did not take effect, but it is not certain that it never will."""
    stuck = replace(PROMOTE, undone=(lacks(A, "promote"), has(A, "stopped")))
    console = console_of(tmp_path, CLOSE, STOP, stuck)
    outcome = console.start({3: Fault.LIES_DONE})
    assert outcome.code is ExitCode.HALF_WAY
    assert "CLIENTS MAY BE UNABLE TO WRITE" in outcome.words
    assert console.world.marks[B] == {"close", "stop"}


# --- what stays ------------------------------------------------------------------------------------------------------


def test_a_retreat_leaves_a_step_that_keeps_no_client_from_writing(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, COPY, PREPARE, FAILS)
    assert "clients can write again" in console.start().words
    assert console.world.marks == {A: {"ready", "copy"}, B: set()}


def test_resuming_after_a_retreat_does_not_do_again_what_stayed(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, COPY, FAILS)
    console.start()
    console.steps = (CLOSE, COPY, replace(FAILS, after=()))
    assert console.resume().code is ExitCode.OK
    assert console.hands.done == [f"put close on {B}"]


def test_a_job_that_stays_goes_on_through_a_retreat_and_says_so(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, replace(COPY, detached=True), STOP)
    console.stop_at = (Kind.JOB, "copy")
    outcome = console.start()
    assert console.world.marks[B] == set()
    assert "job goes on" in outcome.words
    console.stop_at = None
    assert console.resume().code is ExitCode.OK
    assert "job copy" not in console.hands.done


def test_where_only_what_stays_stands_there_is_nothing_to_take_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, COPY, FAILS)
    console.start()
    console.steps = (replace(CLOSE, before=(has(B, "missing"),)), COPY, FAILS)
    outcome = console.resume()
    assert outcome.step == "close"
    assert len(undone(console)) == 1


def test_where_only_what_stays_was_begun_clients_are_not_shut_out_yet(tmp_path: Path) -> None:
    console = console_of(tmp_path, COPY, replace(HOLD, after=(has(A, "missing"),)), CLOSE)
    assert "clients" not in console.start().words
    assert console.world.marks[A] == {"ready", "copy", "hold"}


# --- a roll back -----------------------------------------------------------------------------------------------------


def test_a_roll_back_lets_clients_in_before_it_takes_back_what_stays(tmp_path: Path) -> None:
    console = console_of(tmp_path, HOLD, CLOSE, COPY, PREPARE, STOP)
    with pytest.raises(Killed):
        console.start({5: Fault.KILLED_AFTER})
    assert console.roll_back().code is ExitCode.ROLLED_BACK
    assert undone(console) == ["stop", "prepare", "close", "copy", "hold"]


def test_a_roll_back_that_cannot_let_clients_in_takes_no_copy_away(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, COPY, replace(STOP, undo=NEVER_TAKEN), PREPARE)
    with pytest.raises(Killed):
        console.start({4: Fault.KILLED_AFTER})
    assert console.roll_back().code is ExitCode.HALF_WAY
    assert console.world.marks == {A: {"ready", "copy"}, B: {"stop"}}


# --- the way back that is offered ------------------------------------------------------------------------------------


def test_going_back_is_offered_after_a_retreat(tmp_path: Path) -> None:
    assert "--roll-back" in console_of(tmp_path, CLOSE, COPY, FAILS).start().words


def test_going_back_is_not_offered_where_a_final_step_may_have_taken_effect(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PROMOTE)
    dies_after(console, "promote")
    words = console.start().words
    assert "not known" in words
    assert f"resume {RUN}" in words
    assert "--roll-back" not in words


def test_going_back_is_offered_where_the_final_step_was_taken_back(tmp_path: Path) -> None:
    console = console_of(tmp_path, CLOSE, PROMOTE)
    assert "--roll-back" in console.start({2: Fault.LIES_DONE}).words
