"""The wall in the application: no key but q, whatever is drawn; and a Source that is begun anew."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from textual.app import App

from console.scene import Face, Scene
from console.screens import wall as wall_module
from console.screens.actions import ACTIONS
from console.screens.app import ConsoleApp
from console.screens.source import Publish, Source
from console.screens.supervised import SupervisedSource
from console.screens.wall import WallScreen
from console.simulation.witnesses import simulated_witnesses
from tests.screens.driving import LARGE, SMALL, app_on, on_glass, still_app, until
from tests.screens.region_scenes import pass_second, scene_of


def wall_app(scenario: str = "healthy") -> ConsoleApp:
    return still_app(scene_of(scenario), face=Face.WALL)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_it_shows_every_region_and_says_that_it_is_a_demo(size: tuple[int, int]) -> None:
    app = app_on(simulated_witnesses("healthy"), "healthy", face=Face.WALL)
    async with app.run_test(size=size):
        await until(app, lambda: on_glass(app).count("PRIMARY") >= 3)
        glass = on_glass(app)
        assert " DEMO " in glass
        assert "shows only" in glass
        assert all(region in glass for region in ("global", "dc1", "dc2"))


async def test_no_key_does_anything() -> None:
    app = wall_app("lock-unsafe")
    keys = {key.strip() for action in ACTIONS.values() for key in action.keys.split(",")} - {"q"}
    keys |= {str(number) for number in range(10)} | {"up", "down", "left", "right", "tab", "delete", "home", "a", "Z"}
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await until(app, lambda: "PRIMARY" in on_glass(app))
        before, stack = on_glass(app), list(app.screen_stack)
        await pilot.press(*sorted(keys))
        await pilot.click(offset=(10, 10))
        await pilot.pause()
        assert app.screen_stack == stack
        assert on_glass(app) == before
        assert app.focused is None
        assert app.clipboard == ""
        assert app.is_running


async def test_q_ends_it() -> None:
    app = wall_app()
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: "PRIMARY" in on_glass(app))
        await pilot.press("q")
        await until(app, lambda: not app.is_running)
    assert app.return_code == 0


async def test_a_scene_that_cannot_be_drawn_is_said_and_logged_once_and_the_next_is_drawn(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = wall_app()

    def defect(*_: object) -> object:
        raise ZeroDivisionError("a [defect]")

    monkeypatch.setattr(logging.getLogger("console"), "propagate", True)
    async with app.run_test(size=SMALL):
        await until(app, lambda: "PRIMARY" in on_glass(app))
        with monkeypatch.context() as broken:
            broken.setattr(wall_module, "wall_lines", defect)
            with caplog.at_level(logging.ERROR, logger="console"):
                pass_second(app)
                pass_second(app)
                await until(app, lambda: "could not be drawn (ZeroDivisionError: a [defect])" in on_glass(app))
        assert len([record for record in caplog.records if "could not be drawn" in record.message]) == 1
        pass_second(app)
        await until(app, lambda: "PRIMARY" in on_glass(app))


async def test_the_wall_is_drawn_anew_when_the_terminal_changes() -> None:
    app = wall_app()
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: "PRIMARY" in on_glass(app))
        await pilot.resize_terminal(160, 50)
        await until(app, lambda: "UI appliances" in on_glass(app))


async def test_a_terminal_that_was_too_small_for_a_while_shows_the_wall_again() -> None:
    app = wall_app()
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: "PRIMARY" in on_glass(app))
        await pilot.resize_terminal(40, 12)
        await until(app, lambda: "PRIMARY" not in on_glass(app))
        await pilot.resize_terminal(80, 24)
        await until(app, lambda: isinstance(app.screen, WallScreen) and "PRIMARY" in on_glass(app))


def test_the_wall_is_an_application_screen() -> None:
    assert issubclass(ConsoleApp, App)
    assert WallScreen.ACTIONS == ()


# --- the supervised Source ---------------------------------------------------------------------------------------


class Scripted:
    """A Source that does what `life` says, and remembers how it was ended."""

    def __init__(self, life: Callable[[Publish, threading.Event], None]) -> None:
        self._life = life
        self.told = threading.Event()
        self.closed = threading.Event()
        self.hastened = 0

    def run(self, publish: Publish) -> None:
        self._life(publish, self.told)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def hasten(self) -> None:
        self.hastened += 1

    def stop(self) -> None:
        self.told.set()

    def close(self) -> None:
        self.closed.set()


def dies(publish: Publish, told: threading.Event) -> None:
    raise OSError("the disk is [full]")


def ends(publish: Publish, told: threading.Event) -> None:
    return


def speaks(publish: Publish, told: threading.Event) -> None:
    while not told.wait(0.02):
        publish(scene_of("healthy"))


def hangs(publish: Publish, told: threading.Event) -> None:
    """Hears nothing, not even that it is to stop; speaks up much later."""
    time.sleep(1.5)
    publish(scene_of("split-brain"))


class Watched:
    """A SupervisedSource over a row of lives (the last one again and again), running in a thread."""

    def __init__(self, *lives: Callable[[Publish, threading.Event], None], silence: float = 30.0) -> None:
        self.made: list[Scripted] = []
        self.heard: list[Scene] = []
        self._lives = lives
        self.source = SupervisedSource(self._make, silence=silence, first_wait=0.01)
        self.thread = threading.Thread(target=self.source.run, args=(self.heard.append,), daemon=True)

    def _make(self) -> Source:
        life = self._lives[min(len(self.made), len(self._lives) - 1)]
        self.made.append(Scripted(life))
        return self.made[-1]

    def __enter__(self) -> Watched:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.source.stop()
        self.source.close()
        self.thread.join(5.0)
        assert not self.thread.is_alive()

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.mark.parametrize("death", [dies, ends])
def test_a_source_that_dies_is_begun_anew_with_connections_of_its_own(
    death: Callable[[Publish, threading.Event], None],
) -> None:
    with Watched(death, death, speaks) as watched:
        watched.until(lambda: len(watched.heard) > 3)
        assert len(watched.made) == 3
        assert all(source.closed.is_set() for source in watched.made[:2])


def test_a_source_that_falls_silent_is_left_and_what_it_says_later_is_not_passed_on() -> None:
    with Watched(hangs, speaks, silence=0.3) as watched:
        watched.until(lambda: len(watched.heard) > 3)
        assert watched.made[0].told.is_set()
        time.sleep(1.5)
        assert scene_of("split-brain") not in watched.heard


def test_witnesses_that_cannot_be_made_are_tried_again() -> None:
    tries: list[int] = []

    def make() -> Source:
        tries.append(1)
        if len(tries) < 3:
            raise FileNotFoundError("inventory.yaml")
        return Scripted(speaks)

    heard: list[Scene] = []
    source = SupervisedSource(make, first_wait=0.01)
    thread = threading.Thread(target=source.run, args=(heard.append,), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not heard and time.monotonic() < end:
        time.sleep(0.01)
    source.stop()
    source.close()
    thread.join(5.0)
    assert heard
    assert len(tries) == 3


def test_it_stops_within_a_moment_also_while_its_source_hangs() -> None:
    watched = Watched(hangs)
    with watched:
        watched.until(lambda: bool(watched.made))
        began = time.monotonic()
    assert time.monotonic() - began < 1.2


def test_it_stops_within_a_moment_while_it_waits_to_begin_anew() -> None:
    source = SupervisedSource(lambda: Scripted(dies), first_wait=30.0)
    thread = threading.Thread(target=source.run, args=(lambda scene: None,), daemon=True)
    thread.start()
    end = time.monotonic() + 5
    while not source.begun and time.monotonic() < end:
        time.sleep(0.01)
    source.stop()
    thread.join(2.0)
    assert not thread.is_alive()


def test_its_time_and_its_haste_are_those_of_the_source_that_it_watches() -> None:
    with Watched(speaks) as watched:
        watched.until(lambda: bool(watched.heard))
        watched.source.hasten()
        assert watched.made[0].hastened == 1
        assert watched.source.now() == datetime(2026, 1, 1, tzinfo=UTC)
