"""What stands around every screen: banner, key bar, actions, help, palette, toasts, going and coming back, the end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Button, OptionList

from console.diagnosis.finding import Finding, Severity
from console.interactive import Wishes, read_only_reason
from console.inventory.fleet import Fleet
from console.polling.witnesses import Witnesses
from console.scene import Face, Scene, Setting
from console.screens import app as app_module
from console.screens.acting import GoingOn
from console.screens.actions import ACTIONS
from console.screens.app import ConsoleApp
from console.screens.banner import Banner, BannerFacts, banner_lines
from console.screens.help import HelpScreen
from console.screens.key_bar import KeyBar, bar, keys_of
from console.screens.leaving import LeavingScreen
from console.screens.messages import SceneTaken, SourceFailed
from console.screens.palette import PaletteScreen
from console.screens.source import LiveSource, NoMemory, Publish
from console.screens.too_small import TooSmallScreen
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from tests.screens.driving import LARGE, SMALL, GivenSource, app_on, demo_app, on_glass, shown, text_of, until
from tests.screens.plain_screen import OtherScreen, PlainScreen, RegionPage

HOSTILE = [
    "[/nonsense]",
    "[red]x[/red]",
    "\x1b[2J\x1b[31m",
    "a\nb\tc",
    "\u202eabc",
    "[@click=app.quit]x[/]",
    "漢字" * 99,
]
AT = datetime(2026, 3, 1, 3, 0, 0, tzinfo=UTC)


class FakeActing:
    """Wizards that are plain screens, and the runs that a test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.runs: tuple[GoingOn, ...] = ()

    def wizard(self, region: str, host: str | None, runbook: str | None) -> Screen[Any]:
        self.asked.append((region, host, runbook))
        return OtherScreen()

    def runs_screen(self) -> Screen[Any]:
        return OtherScreen()

    def busy(self) -> tuple[GoingOn, ...]:
        return self.runs


@pytest.fixture(autouse=True)
def _plain_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {
        "fleet": f"{PlainScreen.__module__}:{PlainScreen.__name__}",
        "findings": f"{OtherScreen.__module__}:{OtherScreen.__name__}",
        "wall": f"{PlainScreen.__module__}:{PlainScreen.__name__}",
    }
    monkeypatch.setattr(app_module, "MAIN_SCREENS", {**app_module.MAIN_SCREENS, **places})


FLEET = simulated_witnesses("healthy").fleet


def given(acting: FakeActing | None = None, **changes: Any) -> ConsoleApp:
    """A console that sees nothing by itself, at AT."""
    read_only = "" if acting else "the test says so"
    setting = replace(Setting(FLEET, demo="healthy", read_only=read_only, source="scenario healthy"), **changes)
    return ConsoleApp(setting, GivenSource(AT), acting)


def banner(app: ConsoleApp) -> str:
    return text_of(app.screen.query_one(Banner))


def toasts(app: ConsoleApp) -> list[str]:
    return [toast.message for toast in app._notifications]


def finding(summary: str, remedy: str = "lock-cleanup") -> Finding:
    return Finding("C02", Severity.CRITICAL, "dc1", "cf-dc1-db1.example.com", summary, (), remedy)


def scene_with(*findings: Finding) -> Scene:
    from console.polling.ledger import Ledger

    return Scene(Ledger(FLEET, {}).snapshot(AT), findings)


# -- banner ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_banner_says_environment_permission_clock_and_age_at_every_size(size: tuple[int, int]) -> None:
    app = given()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        first = on_glass(app).splitlines()[0]
        for word in ("DEMO", "READ-ONLY", "03:00:00 UTC", "no answer yet"):
            assert word in first


async def test_an_environment_is_said_as_the_inventory_says_it() -> None:
    app = given(demo=None, fleet=replace(FLEET, environment="production"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "PRODUCTION" in banner(app)


async def test_production_without_write_is_said_with_its_reason_at_80_columns() -> None:
    fleet = replace(FLEET, environment="production")
    app = given(demo=None, fleet=fleet, read_only=read_only_reason(Wishes(), fleet))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        first = on_glass(app).splitlines()[0]
        for words in ("PRODUCTION", "READ-ONLY (started without --write)", "03:00:00 UTC", "no answer yet"):
            assert words in first


async def test_a_console_that_may_repair_says_write_and_not_read_only() -> None:
    app = given(FakeActing())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "WRITE" in banner(app)
        assert "READ-ONLY" not in banner(app)


async def test_the_banner_tells_the_age_of_the_newest_answer_and_stale_when_answers_stop() -> None:
    app = demo_app()
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: "seen now" in banner(app) or "seen 1 s ago" in banner(app))
        app._source.stop()
        assert app.scene is not None
        old = replace(app.scene.snapshot, hosts=_aged(app.scene, timedelta(minutes=5)))
        app.post_message(SceneTaken(Scene(old)))
        await pilot.pause()
        await until(app, lambda: "STALE 5 min" in banner(app))


@pytest.mark.parametrize(("age", "words"), [(0.9, "seen now"), (1.9, "seen 1 s ago"), (150, "seen 2 min ago")])
def test_the_banners_age_is_in_whole_units_that_have_passed_as_everywhere(age: float, words: str) -> None:
    facts = BannerFacts(Setting(FLEET), AT, AT - timedelta(seconds=age), stale_after=1000.0)
    assert words in banner_lines(facts, 160).plain


@pytest.mark.parametrize("width", range(60, 120))
def test_nothing_in_the_banner_moves_while_the_age_counts(width: int) -> None:
    def before_the_age(age: float) -> str:
        setting = Setting(FLEET, demo="healthy", source="simulated fleet, scenario healthy")
        facts = BannerFacts(setting, AT, AT - timedelta(seconds=age), stale_after=1000.0)
        return banner_lines(facts, width).plain.partition("seen")[0]

    assert len({before_the_age(age) for age in (0, 1, 9, 10, 59)}) == 1


def _aged(scene: Scene, by: timedelta) -> dict[str, Any]:
    return {
        name: replace(facts, reach=replace(facts.reach, answered_at=(facts.reach.answered_at or AT) - by))
        for name, facts in scene.snapshot.hosts.items()
    }


async def test_when_looking_ends_by_a_defect_every_screen_says_that_it_is_frozen() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        app.post_message(SourceFailed("ValueError: [/boom]"))
        await pilot.pause()
        assert "Polling has stopped: ValueError: [/boom]. What is shown is frozen" in banner(app)


async def test_a_source_that_raises_is_told_and_not_swallowed() -> None:
    class Broken(GivenSource):
        def run(self, publish: Publish) -> None:
            raise ValueError("boom")

    app = ConsoleApp(Setting(FLEET, demo="healthy"), Broken(AT))
    async with app.run_test(size=SMALL):
        await until(app, lambda: "Polling has stopped: ValueError: boom" in banner(app))


async def test_a_screen_that_cannot_be_drawn_is_told_of_and_the_console_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ConsoleApp, "SURVIVES", True)
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        with monkeypatch.context() as patch:
            patch.setattr(PlainScreen, "draw", _undrawable)
            app.post_message(SceneTaken(scene_with()))
            await pilot.pause()
            assert "This screen could not be drawn: ValueError: [/boom]" in banner(app)
        app.post_message(SceneTaken(scene_with()))
        await pilot.pause()
        assert "could not be drawn" not in banner(app)


def _undrawable(screen: PlainScreen, scene: Scene | None, now: datetime) -> None:
    raise ValueError("[/boom]")


async def test_a_run_of_this_process_stands_in_the_banner() -> None:
    acting = FakeActing()
    acting.runs = (GoingOn("20260301-030000-1f2e", "failback", "global", "step 3 of 17: [copy]"),)
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        (line,) = [each for each in banner(app).splitlines() if "goes on" in each]
        assert line == " ▶ failback of global goes on in this console: step 3 of 17: [copy]"


async def test_of_a_run_in_the_banner_of_a_small_terminal_the_step_can_be_read() -> None:
    acting = FakeActing()
    step = "step 2 of 7: copy the database of cf-global-db1 beside the data"
    acting.runs = (GoingOn("20260301-030000-1f2e", "rebuild-standby", "cf-global-db2.example.com", step),)
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        (line,) = [each for each in banner(app).splitlines() if "goes on" in each]
        assert line.startswith(" ▶ rebuild-standby of cf-global-db2 goes on: step 2 of 7: copy the database")
    app = given(acting)
    async with app.run_test(size=LARGE) as pilot:
        await pilot.pause()
        (line,) = [each for each in banner(app).splitlines() if "goes on" in each]
        assert line == f" ▶ rebuild-standby of cf-global-db2 goes on in this console: {step}"


# -- actions -----------------------------------------------------------------------------------------------------------


async def test_the_key_bar_shows_the_screens_own_actions_first_and_help_always() -> None:
    app = given(FakeActing())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert text_of(app.screen.query_one(KeyBar)) == "w Repair  / Filter  y Copy  q Quit  ? Help"


def test_keys_that_can_be_used_get_the_room_before_those_that_cannot_and_all_keep_their_places() -> None:
    resume, roll_back, report, helping = (ACTIONS[each] for each in ("resume", "roll-back", "report", "help"))
    keys = (keys_of(resume, {}, "it is over"), keys_of(roll_back, {}), keys_of(report, {}), keys_of(helping, {}))
    whole = "c Continue  b Roll back  Y Copy report  ? Help"
    assert bar(keys, len(whole) + 2).plain == whole
    assert bar(keys, len(whole) - 1).plain == "b Roll back  Y Copy report  ? Help"


async def test_a_key_does_what_the_screen_says() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("slash")
        assert isinstance(app.screen, PlainScreen)
        assert app.screen.filtered == 1


async def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, PlainScreen)
        where = on_glass(app).splitlines()[-1].index("/ Filter")
        await pilot.click(offset=(where + 3, SMALL[1] - 1))
        assert app.screen.filtered == 1


async def test_an_action_that_cannot_be_done_says_its_reason_and_is_not_done() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        assert isinstance(app.screen, PlainScreen)
        app.screen.why_not_copy = "nothing is selected [here]"
        await pilot.press("y")
        assert toasts(app) == ["Copy: nothing is selected [here]"]
        assert app.clipboard == ""


async def test_a_read_only_console_refuses_every_dangerous_action_with_its_reason() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("w")
        assert toasts(app) == ["Repair: the test says so"]
        assert isinstance(app.screen, PlainScreen)


async def test_the_keymap_of_the_config_file_gives_an_action_another_key() -> None:
    source = GivenSource(AT)
    app = ConsoleApp(Setting(FLEET, demo="healthy"), source, keymap={"poll-now": "R", "filter": "x"})
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("r")
        assert source.hastened == 0
        await pilot.press("R")
        assert source.hastened == 1
        await pilot.press("x")
        assert isinstance(app.screen, PlainScreen)
        assert app.screen.filtered == 1
        assert "x Filter" in text_of(app.screen.query_one(KeyBar))


async def test_r_polls_now() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("r")
        assert isinstance(app._source, GivenSource)
        assert app._source.hastened == 1


async def test_j_and_k_move_as_the_arrows_do() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        options = app.screen.query_one(OptionList)
        options.focus()
        await pilot.press("j", "j")
        at = options.highlighted
        await pilot.press("k")
        assert at is not None
        assert options.highlighted == at - 1


async def test_letters_typed_into_a_search_line_do_nothing_else() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        app.screen.query_one("#words").focus()
        await pilot.press("q", "r", "w", "question_mark", "1")
        assert app.is_running
        assert "qrw?1" in shown(app)
        assert isinstance(app._source, GivenSource)
        assert app._source.hastened == 0


async def test_copying_writes_the_text_to_the_terminals_clipboard_without_control_characters() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("y")
        assert app.clipboard == "what is selected"
        app.copy("a\x1b]52;c;AAAA\x07b\nc")
        assert app.clipboard == "a\ufffd]52;c;AAAA\ufffdb\nc"


# -- going and coming back ---------------------------------------------------------------------------------------------


async def test_a_digit_opens_a_main_screen_and_escape_goes_back_to_the_fleet() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        fleet = app.screen
        await pilot.press("2")
        assert isinstance(app.screen, OtherScreen)
        await pilot.press("escape")
        assert app.screen is fleet
        await pilot.press("escape")
        assert app.screen is fleet


async def test_a_main_screen_is_the_same_one_when_it_is_opened_again() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        first = app.screen
        await pilot.press("1", "2")
        assert app.screen is first


async def test_a_digit_without_a_screen_says_which_there_are() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("7")
        assert "1 fleet" in toasts(app)[0]


async def test_only_screens_that_can_be_seen_are_drawn() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        fleet = app.screen
        assert isinstance(fleet, PlainScreen)
        await pilot.press("2")
        await pilot.pause()
        before = len(fleet.drawn)
        app.post_message(SceneTaken(scene_with()))
        await pilot.pause()
        assert len(fleet.drawn) == before
        assert isinstance(app.screen, OtherScreen)
        assert app.screen.drawn[-1][0] is not None


async def test_a_screen_is_drawn_with_what_is_known_as_soon_as_it_is_opened() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        app.post_message(SceneTaken(scene_with()))
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        assert isinstance(app.screen, OtherScreen)
        assert app.screen.drawn
        assert app.screen.drawn[-1][0] is app.scene


# -- repair ------------------------------------------------------------------------------------------------------------


async def test_a_repair_of_a_finding_opens_the_wizard_of_its_remedy_on_its_host() -> None:
    acting = FakeActing()
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        app.post_message(SceneTaken(scene_with(finding("locked"))))
        await pilot.pause()
        app.begin_repair("dc1", finding("locked").key)
        await pilot.pause()
        assert acting.asked == [("dc1", "cf-dc1-db1.example.com", "lock-cleanup")]
        assert isinstance(app.screen, OtherScreen)


async def test_a_remedy_in_words_leaves_the_choice_of_the_runbook_to_the_person() -> None:
    acting = FakeActing()
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        worded = replace(finding("full", "look at the log; rm -rf /"), code="H05")
        app.post_message(SceneTaken(scene_with(worded)))
        await pilot.pause()
        app.begin_repair("dc1", worded.key)
        assert acting.asked == [("dc1", "cf-dc1-db1.example.com", None)]


async def test_quitting_during_a_run_asks_and_staying_has_the_focus() -> None:
    acting = FakeActing()
    acting.runs = (GoingOn("20260301-030000-1f2e", "failback", "global"),)
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("q")
        assert isinstance(app.screen, LeavingScreen)
        assert "vmdb-console resume 20260301-030000-1f2e" in shown(app)
        focused = app.focused
        assert isinstance(focused, Button)
        assert focused.id == "stay"
        await pilot.press("enter")
        assert app.is_running
        assert not isinstance(app.screen, LeavingScreen)


async def test_behind_a_question_the_screen_below_is_dimmed_and_not_gone() -> None:
    acting = FakeActing()
    acting.runs = (GoingOn("20260301-030000-1f2e", "failback", "global"),)
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        before = on_glass(app).splitlines()[0]
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, LeavingScreen)
        assert on_glass(app).splitlines()[0] == before
        assert 0 < app.screen.styles.background.a < 1


async def test_quitting_during_a_run_is_possible() -> None:
    acting = FakeActing()
    acting.runs = (GoingOn("20260301-030000-1f2e", "failback", "global"),)
    app = given(acting)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("q", "tab", "enter")
        await pilot.pause()
    assert app.return_code == 0
    assert not app.is_running


# -- help and palette --------------------------------------------------------------------------------------------------


async def test_help_says_what_one_sees_what_one_can_do_and_why_not() -> None:
    app = given()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        page = shown(app)
        for words in (
            "Three lines [not markup].",
            "READ-ONLY: the test says so.",
            "Filter",
            "not now: the test says so",
        ):
            assert words in page


async def test_help_lists_every_action_that_is_offered_with_its_key() -> None:
    app = given(FakeActing())
    async with app.run_test(size=LARGE) as pilot:
        keys = app.keys(app.screen)
        await pilot.press("question_mark")
        page = shown(app)
        for key in keys:
            assert f"{key.keys:<13} {key.action.title}" in page


async def test_there_are_no_drills_for_real_hosts() -> None:
    app = given(demo=None)
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("D", "question_mark")
        assert not toasts(app)
        assert "Drill" not in shown(app)


async def test_ctrl_c_says_how_one_quits_and_does_not_quit() -> None:
    app = given(demo=None)
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("ctrl+c")
        assert toasts(app) == ["Press q to quit."]
        assert app.is_running


async def test_help_is_searched_by_typing() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("question_mark", *"clipb")
        assert "Copy" in shown(app)
        assert "Filter" not in shown(app)
        await pilot.press("escape")
        assert isinstance(app.screen, PlainScreen)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_finds_an_action_by_a_few_letters_and_does_it(key: str) -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(key, *"filt", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PlainScreen)
        assert app.screen.filtered == 1


async def test_the_palette_opens_a_host_at_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "REGION_SCREEN", f"{RegionPage.__module__}:{RegionPage.__name__}")
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("colon", *"dc2-ui1", "enter")
        await pilot.pause()
        assert isinstance(app.screen, RegionPage)
        assert app.screen.named == "dc2"


async def test_the_palette_says_why_an_action_cannot_be_done() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("colon", *"repair")
        assert "not now: the test says so" in shown(app)
        await pilot.press("enter")
        await pilot.pause()
        assert toasts(app) == ["Repair: the test says so"]


async def test_the_palette_changes_the_theme() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("colon", *"vmdb-light", "enter")
        await pilot.pause()
        assert app.theme == "vmdb-light"


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_text_is_inert_in_palette_toasts_and_banner(hostile: str) -> None:
    app = given(source=hostile)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        app.post_message(SceneTaken(scene_with(finding(hostile))))
        app.tell(hostile, Severity.CRITICAL)
        app.post_message(SourceFailed(hostile))
        await pilot.pause()
        await pilot.press("colon", *"C02")
        await pilot.pause()
        assert isinstance(app.screen, PaletteScreen)
        glass = on_glass(app)
        assert all(char.isprintable() or char == "\n" for char in glass)
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        assert all(char.isprintable() or char == "\n" for char in on_glass(app))
        assert app.is_running


async def test_what_is_told_stays_among_the_events_after_the_toast() -> None:
    app = given()
    async with app.run_test(size=SMALL) as pilot:
        app.tell("the drill began", Severity.WARNING)
        app.post_message(SceneTaken(scene_with()))
        await pilot.pause()
        assert app.scene is not None
        assert [change.words for change in app.scene.changes] == ["the drill began"]


# -- sizes -------------------------------------------------------------------------------------------------------------


async def test_a_terminal_of_40_by_12_says_what_it_needs_and_shows_it_whole() -> None:
    app = given()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        glass = on_glass(app)
        for words in ("needs 60 columns × 16 lines", "has 40 × 12", "press q to quit", "DEMO"):
            assert words in glass


async def test_the_screen_comes_back_when_the_terminal_grows() -> None:
    app = given()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert isinstance(app.screen, PlainScreen)
        await pilot.resize_terminal(59, 24)
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)


async def test_q_quits_in_a_terminal_that_is_too_small() -> None:
    app = given()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
    assert not app.is_running


async def test_no_other_key_does_anything_in_a_terminal_that_is_too_small() -> None:
    app = given()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        await pilot.press("w", "2", "escape", "colon", "r")
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        assert isinstance(app._source, GivenSource)
        assert app._source.hastened == 0


# -- the end -----------------------------------------------------------------------------------------------------------


class _HungTransport:
    """A transport whose hosts never answer: what a fleet behind a black hole looks like to the screen."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def submit(self, request: Request) -> None:
        pass

    def replies(self, timeout: float) -> list[Reply]:
        self.closed.wait(timeout)
        return []

    def retry_now(self) -> None:
        pass

    def close(self) -> None:
        self.closed.set()


async def test_it_quits_at_once_while_every_host_hangs() -> None:
    witnesses = simulated_witnesses("healthy")
    app = app_on(Witnesses(witnesses.fleet, _HungTransport(), witnesses.client), "healthy")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause(0.3)
        start = time.monotonic()
        await pilot.press("q")
        await pilot.pause()
    assert time.monotonic() - start < 2.0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
async def test_a_closed_terminal_ends_the_console(number: signal.Signals) -> None:
    app = given(FakeActing())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        os.kill(os.getpid(), number)
        await until(app, lambda: not app.is_running)
    assert isinstance(app._source, GivenSource)
    assert app._source.stopped


async def test_a_source_that_is_stopped_before_it_began_asks_nobody() -> None:
    source = LiveSource(lambda: simulated_witnesses("healthy"), NoMemory())
    source.stop()
    scenes: list[Scene] = []
    source.run(scenes.append)
    assert not scenes


async def test_a_defect_ends_the_console_with_words_and_without_the_values_of_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    panic = ConsoleApp.panic

    def remember(app: ConsoleApp, *renderables: Any) -> None:
        said.extend(map(str, renderables))
        panic(app, *renderables)

    def defect() -> None:
        password = "hunter" + "2"
        raise ValueError(f"[/boom] {len(password)}\x1b[2J")

    monkeypatch.setattr(ConsoleApp, "panic", remember)
    with pytest.raises(ValueError, match="boom"):
        await _with(given(), defect)
    assert "ValueError: [/boom] 7\ufffd[2J" in said[0]
    assert "ended by a defect of its own" in said[0]
    assert "hunter2" not in said[0]


async def _with(app: ConsoleApp, call: Callable[[], None]) -> None:
    async with app.run_test(size=SMALL) as pilot:
        app.call_later(call)
        await pilot.pause()


# -- the wall ----------------------------------------------------------------------------------------------------------


async def test_no_key_of_the_wall_does_anything_but_quit() -> None:
    app = given(face=Face.WALL)
    async with app.run_test(size=LARGE) as pilot:
        wall = app.screen
        assert isinstance(wall, PlainScreen)
        for key in "w slash y r 1 2 3 4 9 D escape colon ctrl+p question_mark f1 j k enter tab".split():  # noqa: SIM905
            await pilot.press(key)
        await pilot.pause()
        assert wall.filtered == 0
        assert app.screen is wall
        assert not toasts(app)
        assert isinstance(app._source, GivenSource)
        assert app._source.hastened == 0
        await pilot.press("q")
        await pilot.pause()
    assert not app.is_running


# -- who may change something ------------------------------------------------------------------------------------------

PRODUCTION, TEST = replace(FLEET, environment="Production"), replace(FLEET, environment="test")


@pytest.mark.parametrize(
    ("wishes", "fleet", "may"),
    [
        (Wishes(), TEST, True),
        (Wishes(), PRODUCTION, False),
        (Wishes(write=True), PRODUCTION, True),
        (Wishes(read_only=True), TEST, False),
        (Wishes(demo="healthy"), PRODUCTION, True),
        (Wishes(demo="healthy", read_only=True), TEST, False),
        (Wishes(demo="healthy", wall=True), TEST, False),
        (Wishes(wall=True), TEST, False),
    ],
)
def test_production_needs_write_the_wall_shows_only_and_a_demo_may_act(wishes: Wishes, fleet: Fleet, may: bool) -> None:
    assert (not read_only_reason(wishes, fleet)) is may
