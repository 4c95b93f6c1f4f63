"""A recording in the screens of the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.diagnosis.finding import Severity
from console.history.change import Change, ChangeKind
from console.recording.playing import Playing
from console.recording.replay import replay_source
from console.screens.actions import ACTIONS
from console.screens.replay import CONTROLS, ReplayApp, SeekScreen
from tests.screens.driving import LARGE, SMALL, on_glass, shown, until
from tests.unit.history.watching import BEGIN
from tests.unit.recording.making import failover
from widgets.replay_bar import ReplayBar, bar, time_line

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "failover.vmdb"
    failover(path)
    return path


@asynccontextmanager
async def replayed(path: Path, size: tuple[int, int] = SMALL) -> AsyncIterator[tuple[ReplayApp, Pilot[Any]]]:
    """The application on the recording, when its first Scene is drawn."""
    app = ReplayApp(replay_source(path))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(app, lambda: "PRIMARY" in on_glass(app))
        yield app, pilot


def moment(app: ReplayApp) -> str:
    return f"{app.now():%H:%M:%S}"


@SIZES
async def test_every_screen_says_recording_and_its_time(path: Path, size: tuple[int, int]) -> None:
    async with replayed(path, size) as (app, pilot):
        for key in ("1", "2", "3"):
            await pilot.press(key)
            await until(app, lambda: "‖ halted" in on_glass(app))
            assert "RECORDING" in on_glass(app)
            assert moment(app) in on_glass(app).splitlines()[1]


async def test_space_plays_and_halts(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("space")
        await until(app, lambda: "▶ playing" in on_glass(app))
        before = app.now()
        await until(app, lambda: app.now() > before)
        await pilot.press("space")
        await until(app, lambda: "‖ halted" in on_glass(app))


async def test_brackets_go_ten_seconds(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        before = app.now()
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert app.now() - before == timedelta(seconds=10)


async def test_braces_go_to_changes_and_show_what_was_then(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("right_curly_bracket")
        await until(app, lambda: "STOPPED" in on_glass(app))
        await until(app, lambda: "P01" in on_glass(app))
        assert app.scene is not None
        assert app.scene.snapshot.at == app.now()


async def test_before_the_first_change_there_is_none_and_it_says_so(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("left_curly_bracket")
        await until(app, lambda: "There is no change before" in on_glass(app))


async def test_a_typed_time_is_gone_to(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("g", *"03:00:40", "enter")
        await until(app, lambda: moment(app) == "03:00:40" and "03:00:40 UTC" in on_glass(app))


async def test_a_typed_text_that_is_no_time_is_explained_and_nothing_moves(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        before = app.now()
        await pilot.press("g", *"[b]soon", "enter")
        assert isinstance(app.screen, SeekScreen)
        await until(app, lambda: "'[b]soon' is no time" in shown(app))
        await pilot.press("escape")
        assert app.now() == before


async def test_a_click_on_the_time_line_goes_there(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        line = on_glass(app).splitlines()[1]
        await pilot.click(ReplayBar, offset=(line.rindex("─"), 0))
        await until(app, lambda: app.now() > BEGIN + timedelta(seconds=60))


async def test_speed_is_changed_and_shown(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(app, lambda: "×4" in on_glass(app))
        await pilot.press("less_than_sign")
        await until(app, lambda: "×2" in on_glass(app))


async def test_polling_and_repairing_are_refused_with_the_reason(path: Path) -> None:
    async with replayed(path) as (app, pilot):
        await pilot.press("r")
        await until(app, lambda: "a recording asks no host" in on_glass(app))
        assert app.reason_disabled("repair")


async def test_help_tells_the_keys_of_the_recording(path: Path) -> None:
    async with replayed(path, LARGE) as (app, pilot):
        await pilot.press("question_mark")
        for control in CONTROLS:
            await until(app, lambda title=ACTIONS[control].title: title in shown(app))  # type: ignore[misc]


async def test_ages_are_against_the_recordings_time(path: Path) -> None:
    async with replayed(path) as (app, _):
        assert "STALE" not in on_glass(app)


def state(**changes: object) -> Playing:
    fields: dict[str, Any] = {"first": BEGIN, "last": BEGIN + timedelta(hours=1), "at": BEGIN, **changes}
    return Playing(**fields)


def change(minutes: float, severity: Severity | None) -> Change:
    return Change(BEGIN + timedelta(minutes=minutes), ChangeKind.ROLE, "dc1", None, "words", severity)


def test_the_time_line_shows_the_worst_change_of_each_cell() -> None:
    marks = (change(31, None), change(32, Severity.CRITICAL), change(33, Severity.WARNING), change(59, None))
    assert time_line(state(marks=marks), 10).plain == "◆────✖───·"


def test_a_recording_of_one_moment_has_a_time_line() -> None:
    assert time_line(state(last=BEGIN), 10).plain[0] == "◆"


@pytest.mark.parametrize("width", [1, 20, 60, 80, 160])
def test_the_bar_never_is_wider_than_the_screen(width: int) -> None:
    first = bar(state(), width).plain.splitlines()[0]
    assert len(first) <= max(width, 30)


def test_a_remark_on_the_file_is_a_line_of_its_own_and_inert() -> None:
    text = bar(state(remark="the file [b]was[/b] cut\x1b[2J off"), 80).plain.splitlines()
    assert text[1].startswith("▲ the file [b]was[/b] cut")
    assert text[1].isprintable()


def test_a_recording_over_midnight_shows_the_date() -> None:
    over = state(last=BEGIN + timedelta(days=1))
    assert "2026-11-23 03:00:00 UTC" in bar(over, 80).plain
