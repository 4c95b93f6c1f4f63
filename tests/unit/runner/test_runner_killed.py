"""A console killed at any point leaves a journal from which the run goes on to its end, or is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.runner.journal import Journal, JournalError, Kind, RunDriven
from tests.unit.runner.runner_world import AT_FIRST, DONE, RUN, Console, Fault, Killed, World

pytestmark = pytest.mark.usefixtures("quick_journals")


def writes_of_a_whole_run(folder: Path) -> int:
    console = Console(folder)
    console.start()
    return sum(event.kind not in {Kind.JOB, Kind.WAITING} for event in console.events)


def killed_at(folder: Path, write: int) -> Console:
    console = Console(folder)
    console.kill_at_write = write
    with pytest.raises(Killed):
        console.start()
    console.kill_at_write = None
    return console


def test_killed_at_any_write_and_resumed_it_ends_done(tmp_path: Path) -> None:
    for write in range(2, writes_of_a_whole_run(tmp_path / "whole") + 1):
        console = killed_at(tmp_path / str(write), write)
        assert (write, console.resume().code, console.world.marks) == (write, ExitCode.OK, DONE)
        assert all(host.lease is None for host in console.world.hosts.values())


def test_killed_at_any_write_and_rolled_back_it_is_as_before_or_says_why_not(tmp_path: Path) -> None:
    codes = set()
    for write in range(2, writes_of_a_whole_run(tmp_path / "whole") + 1):
        console = killed_at(tmp_path / str(write), write)
        before = console.world.marks
        outcome = console.roll_back()
        codes.add(outcome.code)
        if outcome.code is ExitCode.ROLLED_BACK:
            assert (write, console.world.marks) == (write, AT_FIRST)
        else:
            assert (write, outcome.code) == (write, ExitCode.HALF_WAY)
            assert "promote" in outcome.words or "Every step of it is done" in outcome.words
            assert (write, console.world.marks) == (write, before)
            assert console.resume().code is ExitCode.OK
    assert codes == {ExitCode.ROLLED_BACK, ExitCode.HALF_WAY}


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
@pytest.mark.parametrize("call", range(1, 10))
def test_killed_around_any_call_of_the_hands_and_resumed_it_ends_done(tmp_path: Path, call: int, fault: Fault) -> None:
    console = Console(tmp_path)
    with pytest.raises(Killed):
        console.start({call: fault})
    assert console.resume().code is ExitCode.OK
    assert console.world.marks == DONE


def test_killed_again_while_it_is_resumed_it_still_ends_done(tmp_path: Path) -> None:
    for write in range(1, 30, 3):
        console = killed_at(tmp_path / str(write), 12)
        console.kill_at_write = write
        with pytest.raises(Killed):
            console.resume()
        console.kill_at_write = None
        assert (write, console.resume().code, console.world.marks) == (write, ExitCode.OK, DONE)


def test_killed_while_it_is_rolled_back_it_can_be_rolled_back_or_resumed(tmp_path: Path) -> None:
    for write in range(1, 12):
        for way, wanted in (("roll_back", AT_FIRST), ("resume", DONE)):
            console = Console(tmp_path / f"{write}{way}")
            console.start({5: Fault.LIES_DONE})
            console.kill_at_write = write
            with pytest.raises(Killed):
                console.roll_back()
            console.kill_at_write = None
            getattr(console, way)()
            assert (write, way, console.world.marks) == (write, way, wanted)


def test_killed_in_the_middle_of_a_line_it_is_resumed(tmp_path: Path) -> None:
    for write in (3, 9, 20):
        console = killed_at(tmp_path / str(write), write)
        path = tmp_path / str(write) / f"{RUN}.jsonl"
        with path.open("ab") as file:
            file.write(b'{"v": 1, "at": "2026-03-01T03:0')
        assert console.resume().code is ExitCode.OK
        assert console.world.marks == DONE


def test_killed_before_its_first_line_there_is_nothing_to_resume(tmp_path: Path) -> None:
    console = killed_at(tmp_path, 1)
    with pytest.raises(JournalError, match="Nothing was changed"):
        console.resume()


def test_a_second_console_cannot_drive_the_same_run(tmp_path: Path) -> None:
    world = World()
    console = Console(tmp_path, world=world)
    console.start({4: Fault.LIES_DONE})
    held = Journal.open(tmp_path, RUN, world.clock)
    with pytest.raises(RunDriven, match="process"):
        console.resume()
    held.close()
    assert console.resume().code is ExitCode.OK


@pytest.mark.parametrize("fault", list(Fault))
def test_one_fault_at_any_call_ends_as_planned_or_can_be_resumed(tmp_path: Path, fault: Fault) -> None:
    for call in range(1, 10):
        console = Console(tmp_path / str(call))
        try:
            code = console.start({call: fault}).code
        except Killed:
            code = ExitCode.HALF_WAY
        assert (call, code in {ExitCode.OK, ExitCode.HALF_WAY, ExitCode.REFUSED}) == (call, True)
        if code is ExitCode.REFUSED:
            assert (call, console.world.marks) == (call, AT_FIRST)
        else:
            assert (call, console.resume().code, console.world.marks) == (call, ExitCode.OK, DONE)


@pytest.mark.parametrize("fault", list(Fault))
def test_one_fault_at_any_call_of_a_roll_back_can_be_rolled_back_again(tmp_path: Path, fault: Fault) -> None:
    for call in range(1, 5):
        console = Console(tmp_path / str(call))
        console.start({5: Fault.LIES_DONE})
        try:
            code = console.roll_back({call: fault}).code
        except Killed:
            code = ExitCode.HALF_WAY
        if code is not ExitCode.ROLLED_BACK:
            assert (call, console.roll_back().code) == (call, ExitCode.ROLLED_BACK)
        assert (call, console.world.marks) == (call, AT_FIRST)
