"""The interactive faces put together: the console, the wall, and a recording; for real hosts or a simulated fleet.

This is the one place that knows the screens and the wizards both: what may not change anything never loads the latter.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.errors import UsageError
from console.inventory.fleet import Fleet
from console.scene import Face, Setting

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.polling.witnesses import Witnesses
    from console.screens.acting import GoingOn
    from console.screens.app import ConsoleApp
    from console.screens.drill import Drilling
    from console.screens.source import Source
    from console.settings.settings import Settings
    from console.simulation.drills.menu import LivingDrills
    from console.simulation.living import LivingWorld
    from console.wizards.acting import Wizards

_LOADED_AFTER = 2.0
"""Seconds from the first Scene until what guided repairs need is loaded: the first keys come before."""
_NOW_NOT_THEN = "Journals as they stand now: a recording has no runs."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks of an interactive face."""

    demo: str | None = None
    wall: bool = False
    read_only: bool = False
    write: bool = False
    theme: str | None = None
    record: Path | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A fleet, how it is looked at, and how it is worked on; nothing is contacted before the functions are called.

    `drilling` makes what the drill menu acts on, of a simulated fleet.
    """

    fleet: Fleet
    witnesses: Callable[[], Witnesses]
    wizards: Callable[[], Wizards]
    drilling: Callable[[], Drilling] | None = None


def real_ground(fleet: Fleet, witnesses: Callable[[], Witnesses]) -> Ground:
    """The inventory's hosts."""

    def wizards() -> Wizards:
        from console.wizards.acting import wizards_on_hosts

        return wizards_on_hosts(fleet)

    return Ground(fleet, witnesses, wizards)


def demo_ground(scenario: str, restrict: Callable[[Fleet], Fleet]) -> Ground:
    """A simulated fleet, of which one world is polled, mended and drilled. UsageError names the scenarios.

    The world is made when somebody looks or acts first.
    """
    from console.simulation.reference import demo_inventory

    fleet = restrict(demo_inventory(scenario))

    @cache
    def world() -> LivingWorld:
        from console.simulation.demo import demo_world

        return demo_world(scenario)

    def witnesses() -> Witnesses:
        from console.simulation.witnesses import simulated_witnesses

        return simulated_witnesses(scenario, restrict, world=world())

    def wizards() -> Wizards:
        from console.wizards.acting import wizards_in_demo

        return wizards_in_demo(fleet, world(), begun_anew=lambda: drilling().scenario)

    @cache
    def drilling() -> LivingDrills:
        from console.simulation.drills.menu import LivingDrills

        return LivingDrills(world())

    return Ground(fleet, witnesses, wizards, drilling)


def run_console(ground: Ground, wishes: Wishes) -> int:
    """Run the console or the wall until the person quits; returns the exit code.

    Raises UsageError for an unknown theme, a wrong config file or a file that cannot be recorded into.
    """
    look = _look(wishes.theme)
    face = Face.WALL if wishes.wall else Face.CONSOLE
    setting = Setting(ground.fleet, face, wishes.demo, read_only_reason(wishes, ground.fleet), ground.fleet.source)
    acting = None if setting.read_only else _Late(ground.wizards)
    drilling = ground.drilling if face is Face.CONSOLE else None
    runs = _runs(setting) if face is Face.CONSOLE and acting is None else None
    from console.screens.app import ConsoleApp

    source = _source(ground, wishes)
    if acting is not None:
        from console.screens.first_scene import AfterFirstScene

        source = AfterFirstScene(source, acting.load_soon)
    app = ConsoleApp(setting, source, acting, drilling=drilling, runs=runs, **look.options)
    return _run(app, acting)


def run_replay(path: Path, theme: str | None) -> int:
    """Show the recording at `path` until the person quits. Raises RecordingError, and UsageError as `run_console`."""
    look = _look(theme)
    from console.recording.replay import replay_source

    source = replay_source(path)
    from console.screens.replay import ReplayApp

    return _run(ReplayApp(source, runs=_runs(source.setting, _NOW_NOT_THEN), **look.options), None)


def read_only_reason(wishes: Wishes, fleet: Fleet) -> str:
    """Why this process changes nothing; "" where it may (DESIGN 7; the same rule as `run` has).

    What stands before the colon is short enough for the banner.
    """
    if wishes.wall:
        return "the wall shows only"
    if wishes.read_only:
        return "started with --read-only: the console changes nothing"
    if fleet.production and wishes.demo is None and not wishes.write:
        return "started without --write: in production the console then changes nothing"
    return ""


def _run(app: ConsoleApp, acting: _Late | None) -> int:
    try:
        app.run()
    finally:
        if acting is not None:
            acting.close()
        gc.freeze()  # the process ends: Python need not search all that for rubbish, which took up to a second
    return app.return_code or 0


def _runs(setting: Setting, note: str = "") -> Callable[[], Screen[Any]]:
    """The list of runs of a process that changes nothing: it reads their journals."""

    def screen() -> Screen[Any]:
        from console.journals.journals import Journals
        from console.terminal.sources import runs_folder

        return Journals(runs_folder(demo=setting.demo is not None), setting.read_only, note).runs_screen()

    return screen


def _source(ground: Ground, wishes: Wishes) -> Source:
    if wishes.wall:
        from console.screens.supervised import SupervisedSource

        # The first one is made now: what is wrong with a file or the inventory is said before the screen is taken.
        made = [_live(ground, wishes)]
        return SupervisedSource(lambda: made.pop() if made else _live(ground, wishes))
    return _live(ground, wishes)


def _live(ground: Ground, wishes: Wishes) -> Source:
    from console.screens.source import FileMemory, LiveSource, NoMemory

    memory = FileMemory() if wishes.demo is None else NoMemory()
    if wishes.record is None:
        return LiveSource(ground.witnesses, memory)
    from console.recording.tee import recorded

    taped = recorded(ground.witnesses(), wishes.record)
    return LiveSource(lambda: taped, memory, taped.recorder)


class _Late:
    """Acting that is made when somebody wants to act, and loaded a little before: no paint waits for the Runner."""

    def __init__(self, make: Callable[[], Wizards]) -> None:
        self._make = make
        self._made: Wizards | None = None
        self._closed = threading.Event()

    def load_soon(self) -> None:
        """Begin a thread that loads what acting needs once the first Scene has been drawn and looked at."""
        threading.Thread(target=self._load, name="preloading", daemon=True).start()

    def _load(self) -> None:
        if not self._closed.wait(_LOADED_AFTER):
            from console.wizards.preloading import preload

            preload(self._closed.is_set)

    def wizard(self, region: str, host: str | None, runbook: str | None) -> Any:
        """The wizard."""
        return self._wizards().wizard(region, host, runbook)

    def runs_screen(self) -> Any:
        """The runs."""
        return self._wizards().runs_screen()

    def busy(self) -> tuple[GoingOn, ...]:
        """The runs of this process: none before somebody has acted."""
        return self._made.busy() if self._made is not None else ()

    def close(self) -> None:
        """Stop runs at their next safe point."""
        self._closed.set()
        if self._made is not None:
            self._made.close()

    def _wizards(self) -> Wizards:
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True)
class _Look:
    """`theme` None: the default one."""

    theme: str | None
    keymap: dict[str, str]
    colourless: bool

    @property
    def options(self) -> dict[str, Any]:
        """As the application takes them."""
        return {"theme": self.theme, "keymap": self.keymap, "colourless": self.colourless}


def _look(wanted: str | None) -> _Look:
    """The theme and keys to use. --theme is stronger than NO_COLOR, and that than the config file."""
    from console.paths import config_path

    path = config_path()
    settings = _settings(path)
    colourless = bool(os.environ.get("NO_COLOR")) and wanted is None
    if not colourless:
        os.environ.pop("NO_COLOR", None)  # Textual would turn the theme into greys, even where it is empty
    _require_theme(wanted, "--theme")
    _require_theme(settings.theme, f"{path}: theme")
    return _Look(wanted or settings.theme, dict(settings.keymap), colourless)


def _settings(path: Path) -> Settings:
    """What the config file says. Most people have none: then nothing that reads YAML is loaded."""
    from console.settings.settings import Settings

    if not os.path.lexists(path):
        return Settings()
    from console.settings.loading import load_settings

    return load_settings(path)


def _require_theme(name: str | None, place: str) -> None:
    if name is None:
        return
    from console.inventory.problems import printable
    from console.screens.themes import theme_names

    if name not in theme_names():
        raise UsageError(f"{place}: there is no theme '{printable(name)}'; there are {', '.join(theme_names())}")
