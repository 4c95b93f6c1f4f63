"""What holds for every screen of the product: its actions, help and banner, and that a reader can break nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import console.screens
from console.screens.actions import ACTIONS, EVERYWHERE, GROUPS
from console.screens.actions_table import markdown_table
from console.screens.app import FINDING_SCREEN, MAIN_SCREENS, REGION_SCREEN, ConsoleApp
from console.screens.base import SceneScreen
from tests.screens.driving import LARGE, SMALL, demo_app, on_glass, shown, until

pytestmark = pytest.mark.slow

PLACES = [place for place in (*MAIN_SCREENS.values(), REGION_SCREEN, FINDING_SCREEN) if place]


def screen_class(place: str) -> type[SceneScreen]:
    module, name = place.split(":")
    found: type[SceneScreen] = getattr(import_module(module), name)
    assert issubclass(found, SceneScreen)
    return found


def keys_of(ids: tuple[str, ...]) -> list[str]:
    return [key for each in ids for key in ACTIONS[each].keys.split(",")]


@pytest.mark.parametrize("place", PLACES)
def test_a_screen_says_what_one_sees_there(place: str) -> None:
    screen = screen_class(place)
    assert screen.NAME
    assert screen.ABOUT


@pytest.mark.parametrize("place", PLACES)
def test_every_action_that_a_screen_offers_can_be_done(place: str) -> None:
    screen = screen_class(place)
    for action in screen.ACTIONS:
        assert hasattr(screen, ACTIONS[action].method) or hasattr(ConsoleApp, ACTIONS[action].method), action


@pytest.mark.parametrize("place", PLACES)
def test_no_key_means_two_things_on_a_screen(place: str) -> None:
    own = screen_class(place).ACTIONS
    keys = keys_of((*own, *(each for each in EVERYWHERE if each not in own)))
    assert len(keys) == len(set(keys))


def test_what_is_offered_everywhere_is_done_by_the_application() -> None:
    for action in EVERYWHERE:
        assert hasattr(ConsoleApp, ACTIONS[action].method), action


def test_every_action_has_words_and_a_group_of_the_help() -> None:
    for action in ACTIONS.values():
        assert action.help.endswith(".")
        assert action.group in GROUPS


def test_the_registry_is_whole_before_any_screen_is_loaded() -> None:
    """The config file is checked against it then."""
    before = set(ACTIONS)
    for package in (console.screens, import_module("console.wizards")):
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    assert set(ACTIONS) == before


def test_only_one_module_of_the_screens_asks_who_may_change_something() -> None:
    """The reason stands in the Setting; no screen decides by itself (STYLE: one read-only check, below the UI)."""
    folder = Path(console.screens.__file__).parent
    asking = [path.name for path in folder.glob("*.py") if ".production" in path.read_text(encoding="utf-8")]
    assert not asking


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_main_screen_says_where_one_is_and_what_one_can_do(size: tuple[int, int]) -> None:
    app = demo_app("lock-safe")
    async with app.run_test(size=size) as pilot:
        await until(app, lambda: app.scene is not None)
        for key in ("2", "3", "1"):
            await pilot.press(key)
            await pilot.pause()
            first, *_, last = on_glass(app).splitlines()
            assert "DEMO" in first, key
            assert "READ-ONLY" in first, key
            assert "? Help" in last, key


async def test_help_on_a_real_screen_says_what_is_seen_there() -> None:
    app = demo_app()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        page = " ".join(shown(app).split())
        assert " ".join(screen_class(MAIN_SCREENS["fleet"]).ABOUT.split()) in page


OPENINGS: dict[str, Callable[[ConsoleApp], None]] = {
    "fleet": lambda app: app.open_screen("fleet"),
    "findings": lambda app: app.open_screen("findings"),
    "events": lambda app: app.open_screen("events"),
    "region": lambda app: app.open_region("dc1"),
    "finding": lambda app: app.open_finding(min(_standing(app))),
}


@pytest.mark.parametrize("name", OPENINGS)
async def test_every_key_of_a_screen_in_a_read_only_process_opens_a_screen_at_most(name: str) -> None:
    app = demo_app("lock-safe")
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: "PGSQL.lock" in shown(app))
        OPENINGS[name](app)
        await pilot.pause()
        screen, findings = app.screen, _standing(app)
        for key in keys_of(tuple(each.action.id for each in app.keys(screen) if each.action.id != "quit")):
            await pilot.press(key)
            if app.screen is not screen:
                app.open_screen("fleet")
                OPENINGS[name](app)
                await pilot.pause()
                screen = app.screen
        assert app.is_running
        assert _standing(app) == findings


def _standing(app: ConsoleApp) -> set[str]:
    assert app.scene is not None
    return {finding.key for finding in app.scene.findings if finding.code == "C02"}


def test_the_table_for_the_docs_has_every_action_with_its_key() -> None:
    table = markdown_table()
    for action in ACTIONS.values():
        assert f"| {action.title} | {action.help} | `{action.id}` |" in table
    assert "| `:` `ctrl+p` | Palette |" in table
