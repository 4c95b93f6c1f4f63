"""Guided repairs from the plan to the end, in a world that changes by them."""

from __future__ import annotations

import pytest

from console.exit_codes import ExitCode
from console.journals.runs_screen import RunsScreen
from console.runner.journal import Kind, journal_path, read_events
from console.screens.banner import Banner
from console.screens.fleet import FleetScreen
from console.screens.key_bar import KeyBar
from console.wizards.going_on_screen import GoingOnScreen
from console.wizards.question_screen import QuestionScreen
from console.wizards.run_screen import RunScreen
from console.wizards.runbooks_screen import RunbooksScreen
from tests.screens.driving import GivenSource, text_of
from tests.screens.wizard_world import LARGE, SMALL, Bench, Gate
from widgets.plan_outline import Outline

pytestmark = pytest.mark.slow

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])


@SIZES
async def test_a_safe_lock_is_deleted_and_the_node_follows_again(size: tuple[int, int]) -> None:
    async with Bench("lock-safe").shown(size) as bench:
        await bench.open("dc1", None, "lock-cleanup")
        await bench.drawn()
        await bench.confirm("ticket 7", "yes")
        assert await bench.ended() is ExitCode.OK
        assert bench.host("dc1", 1).lock_since is None
        assert bench.host("dc1", 1).server.streaming
        assert "✔ DONE" in bench.glass
        assert "exit code 0" in bench.glass


@SIZES
async def test_a_standby_is_rebuilt_and_the_old_data_is_named(size: tuple[int, int]) -> None:
    async with Bench("standby-out-of-date").shown(size) as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        plan = await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        assert await bench.ended() is ExitCode.OK
        assert bench.host("dc1", 2).server.streaming
        assert "The old data is still on cf-dc1-db2.example.com" in bench.page
        assert plan.parameters.run in bench.page


@SIZES
async def test_a_failback_makes_host_1_the_primary_again(size: tuple[int, int]) -> None:
    async with Bench("failed-over").shown(size) as bench:
        await bench.open("global", None, "failback")
        await bench.press("enter")
        plan = await bench.drawn()
        await bench.confirm("back to DC1", *plan.confirm)
        assert await bench.ended() is ExitCode.OK
        assert bench.host("global", 1).server.primary
        assert bench.host("global", 2).server.streaming
        assert "Clients can write again" in bench.glass


async def test_old_data_is_let_go_after_a_rebuild() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("first", "cf-dc1-db2.example.com")
        assert await bench.ended() is ExitCode.OK
        assert bench.host("dc1", 2).folders
        await bench.open("dc1", None, "discard-old")
        await bench.drawn()
        await bench.confirm("second", "cf-dc1-db2.example.com")
        assert await bench.ended() is ExitCode.OK
        assert bench.host("dc1", 2).folders == ()


async def test_the_journal_keeps_the_reason_that_was_typed() -> None:
    async with Bench("lock-safe").shown() as bench:
        await bench.open("dc1", None, "lock-cleanup")
        plan = await bench.drawn()
        await bench.confirm("ticket 7", "yes")
        await bench.ended()
        begin = read_events(journal_path(bench.folder, plan.parameters.run))[0]
        assert begin.kind is Kind.BEGIN
        assert begin.data["reason"] == "ticket 7"


async def test_while_a_run_goes_on_its_step_and_output_are_seen() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown(LARGE) as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        await bench.until(lambda: "running" in bench.glass)
        assert "check the copy" in bench.glass
        bench.app.draw()
        await bench.pilot.pause()
        assert "goes on" not in text_of(bench.app.screen.query_one(Banner)), "its own title says it"
        assert "kB (100%)" in "\n".join(bench.carrying.progress().lines), "the last that the copy printed"
        assert bench.wizards.busy()[0].step.startswith("step 3 of 7")
        gate.open()
        assert await bench.ended() is ExitCode.OK


async def test_leaving_asks_and_the_run_goes_on_and_is_found_again() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        await bench.press("escape")
        assert isinstance(bench.app.screen, QuestionScreen)
        await bench.press("enter")
        assert isinstance(bench.app.screen, RunScreen), "Enter stays"
        await bench.press("escape", "tab", "enter")
        assert isinstance(bench.app.screen, FleetScreen)
        bench.app.draw()
        await bench.pilot.pause()
        assert "rebuild-standby of cf-dc1-db2 goes on: step 3 of 7: check the copy" in bench.glass
        await bench.press("4")
        assert isinstance(bench.app.screen, RunsScreen)
        await bench.until(lambda: "GOES ON HERE" in bench.glass)
        await bench.press("enter")
        assert isinstance(bench.app.screen, RunScreen)
        gate.open()
        assert await bench.ended() is ExitCode.OK


async def test_a_wizard_in_a_region_where_a_run_goes_on_shows_that_run() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        carrying = bench.carrying
        await bench.until(gate.reached.is_set)
        await bench.open("dc1", None, "lock-cleanup")
        assert bench.carrying is carrying
        gate.open()
        await bench.ended()


async def stopped_half_way(bench: Bench, gate: Gate) -> None:
    """A rebuild that was stopped by its operator while the copy was checked."""
    await bench.open("dc1", None, "rebuild-standby")
    await bench.press("enter")
    await bench.drawn()
    await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
    await bench.until(gate.reached.is_set)
    await bench.press("s")
    assert isinstance(bench.app.screen, QuestionScreen)
    await bench.press("tab", "enter")
    gate.open()
    assert await bench.ended() is ExitCode.HALF_WAY


async def test_a_stopped_run_says_that_it_is_half_way_and_how_it_goes_on() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        await stopped_half_way(bench, gate)
        assert "▲ HALF-WAY" in bench.glass
        assert "exit code 11" in bench.glass
        assert "c continues where it stopped" in bench.page
        assert bench.app.reason_disabled("resume") == ""


async def test_the_stop_question_has_its_focus_on_going_on() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        await bench.press("s", "enter")
        gate.open()
        assert await bench.ended() is ExitCode.OK


@SIZES
async def test_a_run_that_stopped_half_way_is_continued_to_its_end(size: tuple[int, int]) -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown(size) as bench:
        await stopped_half_way(bench, gate)
        await bench.press("c")
        await bench.until(lambda: "What comes next" in bench.page)
        await bench.confirm("go on", "yes")
        assert await bench.ended() is ExitCode.OK
        assert bench.host("dc1", 2).server.streaming


async def test_a_run_that_stopped_half_way_is_rolled_back() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        before = bench.host("dc1", 2).server.system_identifier
        await stopped_half_way(bench, gate)
        await bench.press("b")
        await bench.until(lambda: "What is taken back" in bench.page)
        assert isinstance(bench.app.screen, GoingOnScreen)
        await bench.confirm("not tonight", "yes")
        assert await bench.ended() is ExitCode.ROLLED_BACK
        host = bench.host("dc1", 2)
        assert host.folders == ()
        assert host.lease is None
        assert host.server.system_identifier == before


async def test_the_end_of_a_run_is_told_whatever_is_in_front() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        await bench.press("escape", "tab", "enter")
        gate.open()
        await bench.until(lambda: not bench.wizards.busy())
        await bench.until(lambda: any("ended: done and verified" in change.words for change in bench.app._told))
        assert any("ended: done and verified" in toast.message for toast in bench.app._notifications)


async def mended_lock(bench: Bench) -> None:
    await bench.drawn()
    await bench.confirm("ticket 7", "yes")
    assert await bench.ended() is ExitCode.OK
    await bench.until(lambda: any("ended: done and verified" in change.words for change in bench.app._told))


async def test_over_the_report_of_its_end_the_end_of_a_run_is_not_told_once_more() -> None:
    async with Bench("lock-safe").shown() as bench:
        await bench.open("dc1", None, "lock-cleanup")
        await mended_lock(bench)
        assert not [toast.message for toast in bench.app._notifications if "ended" in toast.message]


async def test_when_a_run_has_ended_everything_is_looked_at_at_once() -> None:
    async with Bench("lock-safe").shown() as bench:
        source = bench.app._source
        assert isinstance(source, GivenSource)
        await bench.open("dc1", None, "lock-cleanup")
        assert source.hastened == 0
        await mended_lock(bench)
        assert source.hastened == 1


async def test_who_leaves_a_run_that_has_ended_finds_the_choice_of_repairs_looked_at_anew() -> None:
    async with Bench("lock-safe").shown() as bench:
        await bench.open("dc1", None, None)
        await bench.until(lambda: "▸ lock-cleanup" in bench.page)
        await bench.press("enter")
        await mended_lock(bench)
        await bench.press("escape")
        assert isinstance(bench.app.screen, RunbooksScreen)
        assert "▸ lock-cleanup" not in bench.page
        await bench.until(lambda: "lock-cleanup: " in bench.page)
        assert "▸ lock-cleanup" not in bench.page


async def test_a_choice_of_repairs_that_was_only_read_stays_as_it_was() -> None:
    async with Bench("lock-safe").shown() as bench:
        await bench.open("dc1", None, None)
        await bench.until(lambda: "▸ lock-cleanup" in bench.page)
        await bench.press("enter")
        await bench.drawn()
        await bench.press("escape")
        assert isinstance(bench.app.screen, RunbooksScreen)
        assert "▸ lock-cleanup" in bench.page


async def test_at_the_end_of_a_run_the_key_bar_of_a_small_terminal_has_the_report() -> None:
    async with Bench("lock-safe").shown(SMALL) as bench:
        await bench.open("dc1", None, "lock-cleanup")
        await mended_lock(bench)
        bench.app.draw()
        await bench.pilot.pause()
        assert "Y Copy report" in text_of(bench.app.screen.query_one(KeyBar))


async def test_closing_stops_a_run_at_its_next_safe_point_and_leaves_it_resumable() -> None:
    gate = Gate("check")
    said: list[str] = []
    bench = Bench("standby-out-of-date", gate)
    async with bench.shown():
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        carrying = bench.carrying
        bench.app.exit()
        carrying.stop()
        gate.open()
        bench.wizards.close(said.append)
        assert carrying.wait(0)
        assert carrying.outcome is not None
        assert carrying.outcome.code is ExitCode.HALF_WAY
        assert "resume" in carrying.outcome.words


async def test_a_journal_that_cannot_be_made_stops_the_run_before_anything_is_changed() -> None:
    async with Bench("lock-safe").shown() as bench:
        await bench.open("dc1", None, "lock-cleanup")
        plan = await bench.drawn()
        journal_path(bench.folder, plan.parameters.run).write_text("somebody else's")
        await bench.confirm("why", "yes")
        carrying = bench.carrying
        await bench.until(lambda: carrying.over and bench.app.screen.has_class("-over"))
        assert "NOT BEGUN" in bench.glass
        assert "cannot be created" in bench.page
        assert bench.host("dc1", 1).lock_since is not None


async def test_of_a_step_that_runs_its_commands_are_shown_and_copied() -> None:
    gate = Gate("check")
    async with Bench("standby-out-of-date", gate).shown(LARGE) as bench:
        await bench.open("dc1", None, "rebuild-standby")
        await bench.press("enter")
        plan = await bench.drawn()
        await bench.confirm("it fell behind", "cf-dc1-db2.example.com")
        await bench.until(gate.reached.is_set)
        await bench.until(lambda: bench.app.screen.query_one("#steps", Outline).key == "step check\n0")
        await bench.press("enter", "y")
        step = plan.step("check")
        command = step.operations[0].command(plan.parameters.platform(step.host)).strip()
        assert command.splitlines()[0] in bench.page
        assert bench.app.clipboard.strip().startswith(command)
        gate.open()
        await bench.ended()
