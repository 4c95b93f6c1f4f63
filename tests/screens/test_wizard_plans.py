"""The plan in front of a person: whole, judged anew while they read, or refused with what else could be done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Button, Input

from console.errors import UsageError
from console.facts.traces import Lease
from console.inventory.fleet import Fleet
from console.journals.run_page_screen import RunPageScreen
from console.journals.runs_screen import RunsScreen
from console.runbooks.plan import Choices, Plan
from console.runbooks.registry import RUNBOOKS
from console.runner.observer import Observer
from console.screens.actions import actions_of
from console.screens.app import ConsoleApp
from console.screens.base import SceneScreen
from console.screens.fleet import FleetScreen
from console.simulation import events
from console.simulation.state import RegionState
from console.wizards.choices_screen import ChoicesScreen
from console.wizards.choosing import Order
from console.wizards.confirm_screen import ConfirmScreen
from console.wizards.drawing_up import Drawn, Unfit
from console.wizards.going_on_screen import GoingOnScreen
from console.wizards.plan_page import OFFER
from console.wizards.plan_screen import PlanScreen, form_of
from console.wizards.run_screen import RunScreen
from console.wizards.runbooks_screen import RunbooksScreen
from tests.screens.wizard_world import LARGE, SMALL, Bench, GatedPlace
from widgets.plan_outline import Outline

pytestmark = pytest.mark.slow

CASES = {
    "lock-cleanup": ("lock-safe", Order("lock-cleanup", "dc1")),
    "rebuild-standby": ("standby-out-of-date", Order("rebuild-standby", "dc1")),
    "failback": ("failed-over", Order("failback", "global")),
    "failback by copying": ("failed-over", Order("failback", "global", None, Choices("copy"))),
}


def every_case() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("scenario", "order"), CASES.values(), ids=CASES.keys())


async def planned(bench: Bench, order: Order) -> Plan:
    bench.app.push_screen(PlanScreen(bench.wizards, order))
    return await bench.drawn()


def unwrapped(text: str) -> str:
    return "".join(text.split())


@every_case()
async def test_every_step_command_loss_and_need_is_on_the_page(scenario: str, order: Order) -> None:
    async with Bench(scenario).shown(LARGE) as bench:
        plan = await planned(bench, order)
        await bench.press("x")
        page = unwrapped(bench.page)
        for step in plan.steps:
            assert unwrapped(step.title.partition(" in /")[0][:40]) in page or step.title[:20] in bench.page
            for operation in step.operations:
                assert unwrapped(operation.command(plan.parameters.platform(step.host))) in page
            for condition in (*step.before, *step.after):
                assert unwrapped(condition.words)[:60] in page
        for words in (*plan.losses, *plan.needs):
            assert unwrapped(words)[:60] in page


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])
async def test_what_matters_most_is_on_the_first_page(size: tuple[int, int]) -> None:
    async with Bench("failed-over").shown(size) as bench:
        await planned(bench, Order("failback", "global"))
        assert "all 27 checks hold" in bench.glass
        assert "What may be lost" in bench.glass
        assert "nothing is changed yet" in bench.glass
        assert "b Begin" in bench.glass


async def test_enter_unfolds_a_step_and_folds_it_again() -> None:
    async with Bench("lock-safe").shown() as bench:
        await planned(bench, Order("lock-cleanup", "dc1"))
        folded = bench.page
        assert "only if: ✔ holds now" not in folded
        bench.app.screen.query_one(Outline).go_to("step cleanup")
        await bench.press("enter")
        assert "only if: ✔ holds now" in bench.page
        await bench.press("enter")
        assert bench.page == folded


async def test_a_step_is_copied_as_its_commands() -> None:
    async with Bench("lock-safe").shown() as bench:
        plan = await planned(bench, Order("lock-cleanup", "dc1"))
        step = plan.step("cleanup")
        bench.app.screen.query_one(Outline).go_to("step cleanup")
        await bench.press("y")
        assert bench.app.clipboard.strip() == step.operations[0].command(plan.parameters.platform(step.host)).strip()


# --- refusals --------------------------------------------------------------------------------------------------------


async def test_an_unsafe_lock_is_refused_and_a_rebuild_offered_with_the_commits_that_would_be_lost() -> None:
    async with Bench("lock-unsafe").shown() as bench:
        await bench.open("dc2", "cf-dc2-db1.example.com", "lock-cleanup")
        await bench.until(lambda: "REFUSED" in bench.page)
        assert "unsafe to delete" in bench.page
        assert "Nothing was changed." in bench.page
        assert "▸ rebuild-standby of dc2" in bench.page
        assert "3 commits that only cf-dc2-db1 has" in bench.page
        assert "nothing is proven" not in bench.page, "what is unsafe is never offered"
        assert "does not fit" in bench.app.reason_disabled("begin")
        bench.app.screen.query_one(Outline).go_to("offer 0")
        await bench.press("enter")
        plan = await bench.drawn()
        assert plan.runbook == "rebuild-standby"
        assert plan.parameters.target == "cf-dc2-db1.example.com"


async def test_a_finding_told_of_the_primary_still_leads_to_the_standby() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await bench.open("dc1", "cf-dc1-db1.example.com", "rebuild-standby")
        await bench.press("enter")
        await bench.until(lambda: "REFUSED" in bench.page)
        assert "▸ rebuild-standby of dc1" in bench.page


async def test_a_healthy_pair_is_not_failed_back() -> None:
    async with Bench("healthy").shown() as bench:
        await bench.open("global", None, "failback")
        await bench.press("enter")
        await bench.until(lambda: "REFUSED" in bench.page)
        assert "nothing to fail back" in bench.page


async def test_without_a_runbook_those_that_fit_come_first_and_the_others_with_their_reasons() -> None:
    async with Bench("lock-unsafe").shown() as bench:
        await bench.open("dc2", None, None)
        assert isinstance(bench.app.screen, RunbooksScreen)
        await bench.until(lambda: "Repairs that fit" in bench.page)
        assert bench.page.index("▸ rebuild-standby") < bench.page.index("lock-cleanup: cf-dc2-db1")
        bench.app.screen.query_one(Outline).go_to("offer rebuild-standby")
        await bench.press("enter", "enter")
        assert (await bench.drawn()).runbook == "rebuild-standby"


# --- judged anew -----------------------------------------------------------------------------------------------------


async def test_the_cursor_goes_from_repair_to_repair_over_headings_and_further_lines() -> None:
    async with Bench("standby-out-of-date").shown(SMALL) as bench:
        bench.app.push_screen(RunbooksScreen(bench.wizards, "dc1", None))
        await bench.until(lambda: "Those that do not" in bench.page)
        page = bench.app.screen.query_one(Outline)
        met = [page.item]
        for _ in range(len(RUNBOOKS) - 1):
            await bench.press("j")
            met.append(page.item)
        assert {item.id for item in met if item} == {f"{OFFER}{name}" for name in RUNBOOKS}
        await bench.press("k")
        assert page.item == met[-2]


async def test_a_check_that_ceases_to_hold_while_one_reads_keeps_the_plan_from_beginning() -> None:
    async with Bench("lock-safe", pause=0.2).shown() as bench:
        await planned(bench, Order("lock-cleanup", "dc1"))
        assert bench.app.reason_disabled("begin") == ""
        bench.happens("dc1", lambda state, at: events.power_off(state, "cf-dc1-db2.example.com"))
        await bench.until(lambda: "all 18 checks hold" not in bench.glass)
        assert "a check does not hold" in bench.app.reason_disabled("begin")
        await bench.press("b")
        assert not isinstance(bench.app.screen, ConfirmScreen)


async def test_a_check_that_ceases_to_hold_while_one_types_disables_the_button() -> None:
    async with Bench("lock-safe", pause=0.2).shown() as bench:
        await planned(bench, Order("lock-cleanup", "dc1"))
        await bench.press("b")
        await bench.fill_in("why", "yes")
        button = bench.app.screen.query_one("#begin", Button)
        assert not button.disabled
        bench.happens("dc1", lambda state, at: events.power_off(state, "cf-dc1-db2.example.com"))
        await bench.until(lambda: button.disabled)
        assert "a check does not hold" in bench.glass


def hold_lease(state: RegionState, run: str, reason: str) -> RegionState:
    host = state.databases[0]
    lease = Lease(run, "rebuild-standby", "somebody@elsewhere", reason, 0.0, 0.0)
    return state.with_database(replace(host, lease=lease))


async def test_the_lease_of_a_dead_console_is_told_and_can_be_taken_over() -> None:
    async with Bench("lock-safe").shown(LARGE) as bench:
        bench.happens("dc1", lambda state, at: hold_lease(state, "20260101-000000-dead", "[red]a[/red] \x1b[2J reason"))
        await planned(bench, Order("lock-cleanup", "dc1"))
        assert "somebody@elsewhere" in bench.page
        assert "Take the pair over" in bench.page
        assert "[red]a[/red]" in bench.page, "markup is shown as it was written"
        assert "\x1b" not in bench.page
        assert not isinstance(seen := bench.plan_screen.seen, Drawn) or not seen.may_begin
        bench.app.screen.query_one(Outline).go_to("offer 0")
        await bench.press("enter")
        await bench.drawn()
        assert isinstance(taking := bench.plan_screen.seen, Drawn)
        assert "20260101-000000-dead" in taking.put_aside
        assert taking.may_begin


# --- choices ---------------------------------------------------------------------------------------------------------


async def test_the_choices_are_asked_first_and_make_another_plan() -> None:
    async with Bench("failed-over").shown() as bench:
        await bench.open("global", None, "failback")
        assert isinstance(bench.app.screen, ChoicesScreen)
        await bench.press("shift+tab", "shift+tab")
        bench.app.screen.query_one(Outline).focus()
        bench.app.screen.query_one(Outline).go_to("method copy")
        await bench.press("space")
        assert "(•) copy" in bench.page
        bench.app.screen.query_one(Outline).go_to("discard")
        await bench.press("space")
        bench.app.screen.query_one("#go", Button).press()
        plan = await bench.drawn()
        assert "while clients are shut out" in plan.summary
        assert "method copy, as fast as it goes, old data removed at the end" in bench.page


async def test_a_rate_that_the_server_does_not_know_is_refused_and_the_same_offered_without_it() -> None:
    async with Bench("failed-over").shown() as bench:
        await bench.open("global", None, "failback")
        bench.app.screen.query_one("#rate", Input).value = "20MB"
        await bench.press("enter")
        await bench.until(lambda: "REFUSED" in bench.page)
        assert "at most 20480 kB/s" in bench.page
        assert "has no --max-rate" in bench.page
        bench.app.screen.query_one(Outline).go_to("offer 0")
        await bench.press("enter")
        assert (await bench.drawn()).runbook == "failback"


async def test_a_rate_that_is_none_is_said_and_no_plan_is_made() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await bench.open("dc1", None, "rebuild-standby")
        bench.app.screen.query_one("#rate", Input).value = "fast"
        await bench.press("enter")
        assert isinstance(bench.app.screen, ChoicesScreen)
        assert "✖ the rate" in bench.glass


async def test_leaving_the_choices_leaves_the_wizard() -> None:
    async with Bench("failed-over").shown() as bench:
        await bench.open("global", None, "failback")
        await bench.press("escape")
        assert isinstance(bench.app.screen, FleetScreen)


# --- consent ---------------------------------------------------------------------------------------------------------


async def test_data_that_stays_is_not_asked_about_as_if_it_were_lost() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await planned(bench, Order("rebuild-standby", "dc1"))
        seen = bench.plan_screen.seen
        assert isinstance(seen, Drawn)
        assert not [words for words in form_of(seen).warnings if "may be lost" in words]
        assert "the old data stays on cf-dc1-db2" in bench.page


async def test_data_that_is_let_go_is_asked_about() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await planned(bench, Order("rebuild-standby", "dc1", choices=Choices(discard_old=True)))
        seen = bench.plan_screen.seen
        assert isinstance(seen, Drawn)
        (lost,) = [words for words in form_of(seen).warnings if "may be lost" in words]
        assert "the old data of cf-dc1-db2 is removed" in lost


async def at_the_form(bench: Bench) -> None:
    await planned(bench, Order("rebuild-standby", "dc1"))
    await bench.press("b")
    assert isinstance(bench.app.screen, ConfirmScreen)


def nothing_happened(bench: Bench) -> bool:
    return not list(bench.folder.iterdir()) and not bench.wizards.busy() and bench.host("dc1", 2).lease is None


async def test_cancel_has_the_focus_and_changes_nothing() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await at_the_form(bench)
        assert bench.app.focused is bench.app.screen.query_one("#cancel", Button)
        await bench.press("enter")
        assert isinstance(bench.app.screen, PlanScreen)
        assert nothing_happened(bench)


async def test_keys_typed_ahead_confirm_nothing() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await planned(bench, Order("rebuild-standby", "dc1"))
        await bench.press("b", "b", "enter", "enter")
        assert not isinstance(bench.app.screen, RunScreen)
        assert nothing_happened(bench)


async def test_a_wrong_host_name_keeps_the_button_dead_and_says_why() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await at_the_form(bench)
        await bench.fill_in("why", "cf-dc1-db1.example.com")
        assert bench.app.screen.query_one("#begin", Button).disabled
        assert "'cf-dc1-db1.example.com' is not cf-dc1-db2.example.com" in bench.glass
        await bench.press("enter", "enter")
        assert not isinstance(bench.app.screen, RunScreen)
        assert nothing_happened(bench)


async def test_enter_in_the_last_field_goes_to_cancel_even_when_everything_is_there() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await at_the_form(bench)
        await bench.fill_in("why", "cf-dc1-db2.example.com")
        await bench.press("enter")
        assert bench.app.focused is bench.app.screen.query_one("#cancel", Button)
        await bench.press("enter")
        assert isinstance(bench.app.screen, PlanScreen)
        assert nothing_happened(bench)


async def test_without_a_reason_nothing_begins() -> None:
    async with Bench("standby-out-of-date").shown() as bench:
        await at_the_form(bench)
        await bench.fill_in("  ", "cf-dc1-db2.example.com")
        assert bench.app.screen.query_one("#begin", Button).disabled
        assert "say why" in bench.glass


async def test_everything_can_be_done_with_the_keyboard_alone() -> None:
    async with Bench("lock-safe").shown() as bench:
        await planned(bench, Order("lock-cleanup", "dc1"))
        await bench.press("b", "tab")
        await bench.write("ticket-7")
        await bench.press("tab")
        await bench.write("yes")
        await bench.press("tab", "tab")
        assert bench.app.focused is bench.app.screen.query_one("#begin", Button)
        await bench.press("enter")
        assert isinstance(bench.app.screen, RunScreen)


async def test_the_form_fits_a_small_terminal_with_two_names_to_be_typed() -> None:
    async with Bench("failed-over").shown(SMALL) as bench:
        await planned(bench, Order("failback", "global"))
        await bench.press("b")
        await bench.fill_in("back", "cf-global-db1.example.com", "cf-global-db2.example.com")
        assert "DEMO" in bench.glass
        bench.app.screen.query_one("#begin", Button).focus()
        await bench.pilot.pause()
        assert "Begin" in bench.glass
        assert "Cancel" in bench.glass


async def test_a_host_that_does_not_answer_is_a_reason_and_no_crash() -> None:
    async with Bench("host-down").shown() as bench:
        bench.app.push_screen(PlanScreen(bench.wizards, Order("rebuild-standby", "dc2")))
        await bench.until(lambda: isinstance(bench.plan_screen.seen, Unfit))
        assert "cannot be looked at" in bench.page


async def test_hosts_that_cannot_be_asked_at_all_are_said_and_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: GatedPlace, fleet: Fleet) -> Observer:
        raise UsageError("no ssh here [/red] \x1b[2J")

    monkeypatch.setattr(GatedPlace, "look", refuse)
    async with Bench("lock-safe").shown() as bench:
        bench.app.push_screen(PlanScreen(bench.wizards, Order("lock-cleanup", "dc1")))
        await bench.until(lambda: "NOT SEEN" in bench.page)
        assert "no ssh here [/red]" in bench.page
        assert "\x1b" not in bench.glass
        assert "could not be looked at" in bench.app.reason_disabled("begin")


async def test_a_plan_fits_the_terminal_after_it_has_shrunk() -> None:
    async with Bench("failed-over").shown(LARGE) as bench:
        plan = await planned(bench, Order("failback", "global"))
        await bench.pilot.resize_terminal(*SMALL)
        await bench.until(lambda: all(len(line) <= SMALL[0] for line in bench.page.splitlines()))
        assert unwrapped(plan.summary) in unwrapped(bench.page)


async def test_looking_again_makes_the_plan_anew() -> None:
    async with Bench("lock-safe").shown() as bench:
        first = await planned(bench, Order("lock-cleanup", "dc1"))
        await bench.press("r")
        await bench.until(lambda: isinstance(bench.plan_screen.seen, Drawn))
        assert (await bench.drawn()).parameters.run != first.parameters.run


SCREENS = (PlanScreen, RunScreen, RunsScreen, RunPageScreen, GoingOnScreen, RunbooksScreen)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_action_of_a_screen_is_done_by_somebody(screen: type[SceneScreen]) -> None:
    assert screen.ABOUT
    for action in actions_of(screen.ACTIONS):
        assert hasattr(screen, action.method) or hasattr(ConsoleApp, action.method), action.id


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_no_key_of_a_screen_means_two_things(screen: type[SceneScreen]) -> None:
    keys = [key for action in actions_of(screen.ACTIONS) for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))
