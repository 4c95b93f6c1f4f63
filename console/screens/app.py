"""`vmdb-console`: the application. A Source posts Scenes from its own thread; nothing here waits for a host.

Screens are loaded when they are first opened: the first paint waits for the fleet screen alone.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from console.diagnosis.finding import Finding, Severity
from console.facts.text import clean, one_line
from console.history.change import Change, ChangeKind
from console.scene import Face, Scene, Setting
from console.screens.acting import Acting, GoingOn
from console.screens.actions import ACTIONS, EVERYWHERE, Action, key_words
from console.screens.banner import Banner, BannerFacts, newest_answer
from console.screens.base import SceneScreen
from console.screens.bindings import bindings_of
from console.screens.key_bar import Key, KeyBar, keys_of
from console.screens.messages import SceneTaken, SourceFailed
from console.screens.source import Source
from console.screens.themes import DEFAULT, THEMES, variables_for
from console.screens.too_small import TooSmallScreen, fits
from widgets.mending import runbook_for

if TYPE_CHECKING:
    from console.screens.drill import Drilling
    from console.screens.palette import Item

_log = logging.getLogger(__name__)
_TOLD_KEPT = 200
_WORDS_LIMIT = 600
_DEFECT = (
    "vmdb-console ended by a defect of its own. Start it again; --log-file FILE keeps the details. A run that went on "
    "in it is listed by 'vmdb-console runs', and can be continued."
)
_TOASTS: dict[Severity | None, Any] = {Severity.CRITICAL: "error", Severity.WARNING: "warning"}

MAIN_SCREENS = {
    "fleet": "console.screens.fleet:FleetScreen",
    "findings": "console.screens.findings:FindingsScreen",
    "events": "console.screens.events:EventsScreen",
    "runs": "",  # of `acting`, or `runs`
    "drill": "console.screens.drill:DrillScreen",
    "wall": "console.screens.wall:WallScreen",
}
"""The screens that one switches between, by id: where their class is. Made without arguments, and kept."""
SCENES = "console.screens.fleet_page"
"""What draws a Scene, loaded while the first one is made."""
REGION_SCREEN = "console.screens.region:RegionScreen"
FINDING_SCREEN = "console.screens.finding:FindingScreen"


class ConsoleApp(App[None]):
    """The interactive faces on a Source of Scenes. `acting` is None in a process that changes nothing.

    `runs` makes the list of runs of such a process. `drilling` makes what the drill menu of --demo acts on. `keymap`
    gives actions other keys.
    Screens opened over the main ones: `console.screens.region:RegionScreen(region_name)`,
    `console.screens.finding:FindingScreen(finding_key)`; both are SceneScreens.
    """

    TITLE = "vmdb-console"
    SURVIVES: ClassVar[bool] = True
    """Whether a screen that cannot be drawn is only told of; the tests want to know."""
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen, VerticalScroll, OptionList { scrollbar-size-vertical: 1; }
    SceneScreen { background: $background; }
    OptionList { background: $background; border: none; padding: 0; }
    OptionList:nocolor > .option-list--option-highlighted { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(EVERYWHERE),
        *(Binding(str(number), f"app.number({number})", show=False) for number in range(5, 10)),
    ]

    def __init__(
        self,
        setting: Setting,
        source: Source,
        acting: Acting | None = None,
        *,
        drilling: Callable[[], Drilling] | None = None,
        runs: Callable[[], Screen[Any]] | None = None,
        keymap: Mapping[str, str] | None = None,
        theme: str | None = None,
        colourless: bool = False,
    ) -> None:
        self._environment = setting.environment
        super().__init__(ansi_color=True if colourless else None)
        self.setting = setting
        self.scene: Scene | None = None
        self.drilling = drilling
        self.keymap: dict[str, str] = dict(keymap or {})
        self._source = source
        self._acting = acting
        self._runs = acting.runs_screen if acting is not None else runs
        self._trouble = ""
        self._undrawn = ""
        self._told: deque[Change] = deque(maxlen=_TOLD_KEPT)
        self._main: dict[str, Screen[Any]] = {}
        self._begin_look(theme, colourless=colourless)

    def _begin_look(self, theme: str | None, *, colourless: bool) -> None:
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme or (self.theme if colourless else DEFAULT)
        self.set_keymap(self.keymap)

    # -- what screens use ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The moment that ages are told against (UTC): the clock, or the recording's time."""
        return self._source.now()

    def poll_now(self) -> None:
        """Ask everything now."""
        self._source.hasten()

    def finding(self, key: str) -> Finding | None:
        """The finding with this key in the newest Scene, or None where it is gone."""
        findings = self.scene.findings if self.scene is not None else ()
        return next((each for each in findings if each.key == key), None)

    def open_region(self, name: str) -> None:
        """Show everything about a region."""
        self.push_screen(_screen_class(REGION_SCREEN)(name))

    def open_finding(self, finding_key: str) -> None:
        """Show a finding whole."""
        self.push_screen(_screen_class(FINDING_SCREEN)(finding_key))

    def open_screen(self, screen: str) -> None:
        """Switch to a main screen by its id (MAIN_SCREENS); what was opened over the one before is closed."""
        reason = self.reason_disabled(f"show-{screen}")
        if reason:
            self.tell(reason, Severity.WARNING)
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        wanted = self._main_screen(screen)
        if self.screen is not wanted:
            self.switch_screen(wanted)

    def begin_repair(self, region: str, finding_key: str | None) -> None:
        """Open the wizard that mends the finding, or that of the region; says why where there is none."""
        reason = self.reason_disabled("repair")
        if reason or self._acting is None:
            self.tell(reason, Severity.WARNING)
            return
        finding = self.finding(finding_key) if finding_key is not None else None
        runbook = runbook_for(finding) if finding is not None else None
        self.push_screen(self._acting.wizard(region, finding.host if finding is not None else None, runbook))

    def tell(self, words: str, severity: Severity | None = None) -> None:
        """Say something for a moment (`words` may quote hosts), and keep it among the events."""
        self.note(words, severity)
        self.toast(words, severity)

    def note(self, words: str, severity: Severity | None = None) -> None:
        """Keep something among the events, for what is said on the screen in front already."""
        change = Change(self.now(), ChangeKind.CONSOLE, "", None, one_line(words, _WORDS_LIMIT), severity)
        self._told.append(change)
        if self.scene is not None:
            self.scene = replace(self.scene, changes=(*self.scene.changes, change))

    def toast(self, words: str, severity: Severity | None = None) -> None:
        """Say something for a moment only."""
        title = severity.value.upper() if severity is not None else ""
        said = clean(words[:_WORDS_LIMIT], lines=True)
        self.notify(said, title=title, severity=_TOASTS.get(severity, "information"), markup=False)

    def begun(self, scenario: str) -> None:
        """The simulated fleet has begun anew with another scenario: banner and help name that one."""
        setting = self.setting
        if setting.demo is not None and setting.demo != scenario:
            source = setting.source.replace(f"scenario {setting.demo}", f"scenario {scenario}")
            self.setting = replace(setting, demo=scenario, source=source)

    def copy(self, text: str) -> None:
        """Put text into the clipboard of the terminal (OSC 52), which works over ssh."""
        if not text:
            self.toast("There is nothing selected to copy.")
            return
        self.copy_to_clipboard(clean(text, lines=True))
        self.toast(f"Copied: {one_line(text, 60)}")

    def use_theme(self, name: str) -> None:
        """Change the theme until the console ends."""
        self.theme = name
        self.toast(f"Theme {name}. To keep it, write 'theme: {name}' into the config file ('vmdb-console info').")

    def going_on(self) -> tuple[GoingOn, ...]:
        """The runs that this process carries out now."""
        return self._acting.busy() if self._acting is not None else ()

    def above(self) -> Iterable[Widget]:
        """Widgets that stand below the banner of every screen (a recording's controls)."""
        return ()

    # -- actions ---------------------------------------------------------------------------------------------------

    async def action_act(self, action_id: str) -> None:
        """Do an action of the registry, or say why it cannot be done now."""
        if not self._offers(action_id):
            return
        screen, action = self.screen, ACTIONS[action_id]
        reason = self.reason_disabled(action_id)
        if reason:
            self.toast(f"{action.title}: {reason}", Severity.WARNING)
            return
        for owner in (screen, self):
            method = getattr(owner, action.method, None)
            if method is not None:
                result = method()
                if asyncio.iscoroutine(result):
                    await result
                return

    def _offers(self, action_id: str) -> bool:
        """Whether there is such an action in this process at all: drills are in a demo only, the wall has none."""
        if self.setting.face is Face.WALL:
            return action_id == "quit"
        return action_id != "drill" or self.setting.demo is not None

    def reason_disabled(self, action_id: str) -> str:
        """Why an action cannot be done here and now; "" where it can."""
        action = ACTIONS.get(action_id)
        if action is not None and action.danger and self._acting is None:
            return self.setting.read_only or "this console shows only, and changes nothing"
        if action_id == "show-runs" and self._runs is None:
            return "'vmdb-console runs' lists the runs made from here"
        if action_id in ("drill", "show-drill") and self.drilling is None:
            return "there are drills in a simulated fleet only (--demo)"
        screen = self.screen if self.is_running else None
        return screen.reason_disabled(action_id) if isinstance(screen, SceneScreen) else ""

    def action_poll_now(self) -> None:
        """Poll everything now."""
        self.poll_now()
        self.toast("Asking every host now.")

    def action_show_fleet(self) -> None:
        """Go to the fleet."""
        self.open_screen("fleet")

    def action_show_findings(self) -> None:
        """Go to the findings."""
        self.open_screen("findings")

    def action_show_events(self) -> None:
        """Go to the events."""
        self.open_screen("events")

    def action_show_runs(self) -> None:
        """Go to the runs."""
        self.open_screen("runs")

    def action_drill(self) -> None:
        """Go to the drill menu."""
        self.open_screen("drill")

    def action_number(self, number: int) -> None:
        """Say that there is no such screen."""
        if self._offers("show-fleet"):
            self.toast(f"There is no screen {number}: 1 fleet, 2 findings, 3 events, 4 runs.")

    async def action_back(self) -> None:
        """Leave the screen in front; from a main screen to the fleet."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.open_screen("fleet")

    def action_down(self) -> None:
        """Move the cursor, or scroll."""
        self._move("action_cursor_down", "scroll_down")

    def action_up(self) -> None:
        """Move the cursor, or scroll."""
        self._move("action_cursor_up", "scroll_up")

    def action_help(self) -> None:
        """Show what can be done here."""
        from console.screens.help import HelpFacts, HelpScreen

        screen = self.screen
        name, about = getattr(screen, "NAME", ""), getattr(screen, "ABOUT", "")
        self.push_screen(HelpScreen(HelpFacts(name, about, self.keys(screen), self.setting)))

    def action_palette(self) -> None:
        """Find something by its name."""
        from console.screens.palette import PaletteScreen
        from console.screens.palette_items import items_of

        self.push_screen(PaletteScreen(tuple(items_of(self, self.keys(self.screen)))), self._picked)

    async def _picked(self, item: Item | None) -> None:
        """Do what was chosen in the palette; it is closed by now."""
        if item is None:
            return
        if item.reason:
            self.toast(f"{item.name}: {item.reason}", Severity.WARNING)
            return
        result = item.do()
        if asyncio.iscoroutine(result):
            await result

    async def action_quit(self) -> None:
        """End the process; asks first while a run of this process goes on."""
        if not self.going_on():
            self.exit()
            return
        from console.screens.leaving import LeavingScreen

        self.push_screen(LeavingScreen(self.going_on()), self._left)

    def action_help_quit(self) -> None:
        """Ctrl+C is for copying; say how one quits."""
        self.toast(f"Press {key_words(self.keymap.get('quit', ACTIONS['quit'].keys))} to quit.")

    def _left(self, wanted: bool | None) -> None:
        if wanted:
            self.exit()
        else:
            self._fit(self.size)

    def _move(self, *methods: str) -> None:
        target = self.focused or self.screen
        method = next(filter(None, (getattr(target, name, None) for name in methods)), None)
        if method is not None:
            method()

    # -- life ------------------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every theme knows our variables."""
        return variables_for(self.current_theme, self._environment)

    def on_mount(self) -> None:
        """Show the first screen and begin to look; a closed terminal ends the process."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.exit)
        self.push_screen(self._main_screen("wall" if self.setting.face is Face.WALL else "fleet"))
        self._fit(self.size)
        self.set_interval(1.0, self.draw)
        self.call_after_refresh(threading.Thread(target=self._look, name="source", daemon=True).start)

    def on_unmount(self) -> None:
        """Stop to look at once; hung hosts are left behind."""
        self._source.stop()
        self._source.close()

    def on_scene_taken(self, message: SceneTaken) -> None:
        """Take a new Scene. What is wrong is drawn at once; figures that moved wait for the second's tick."""
        before, self.scene = self.scene, self._with_told(message.scene)
        at_once = self.setting.face is Face.REPLAY or bool(self._undrawn)
        if before is None or at_once or _told_apart(before, self.scene):
            self.draw()

    def on_source_failed(self, message: SourceFailed) -> None:
        """Say that the figures are frozen."""
        self._trouble = message.reason
        self.draw()

    def get_driver_class(self) -> type[Driver]:
        """On a terminal, a driver that outlives it."""
        from textual.drivers.linux_driver import LinuxDriver

        from console.screens.hardy_driver import HardyDriver

        chosen = super().get_driver_class()
        return HardyDriver if chosen is LinuxDriver else chosen

    def _fatal_error(self) -> None:
        """A defect ends the console. Textual would print every variable's value, and one may be a password."""
        from rich.text import Text

        _log.exception("the console ended by a defect")
        said = clean(traceback.format_exc(), lines=True)
        self.panic(Text(f"{said}\n{_DEFECT}"))

    def on_resize(self, event: Resize) -> None:
        """Say what is needed where the terminal is too small, and stop when it has grown."""
        if self._main:
            self._fit(event.size)

    def _fit(self, size: Size) -> None:
        shown = next((each for each in self.screen_stack if isinstance(each, TooSmallScreen)), None)
        if shown is None and not fits(size):
            self.push_screen(TooSmallScreen(self.setting))
        elif shown is not None and fits(size) and shown is self.screen:
            self.pop_screen()
        elif shown is not None and shown.is_mounted:
            shown.show(size)

    def draw(self) -> None:
        """Draw the screens that can be seen, each with its frame."""
        if not self.is_running:
            return
        for screen in self._seen():
            self._draw(screen)

    def _draw(self, screen: SceneScreen) -> None:
        if not screen.is_mounted:
            return
        now = self.now()
        try:
            screen.draw(self.scene, now)
            self._undrawn = ""
        except Exception as error:  # a console that ends at 3 a.m. helps nobody; a run may go on in it
            if not self.SURVIVES:
                raise
            _log.exception("a screen could not be drawn")
            self._undrawn = f"{type(error).__name__}: {error}"
        self._frame(screen, now)

    def _seen(self) -> list[SceneScreen]:
        """From the one in front down to the first that covers what lies below it."""
        seen: list[SceneScreen] = []
        for screen in reversed(self.screen_stack):
            if isinstance(screen, SceneScreen):
                seen.append(screen)
            if not screen.is_modal:
                break
        return seen

    def _frame(self, screen: SceneScreen, now: datetime) -> None:
        for banner in screen.query(Banner):
            banner.show(self._banner_facts(now, screen.own_run))
        for bar in screen.query(KeyBar):
            bar.show(self.keys(screen))

    def _banner_facts(self, now: datetime, own_run: str | None) -> BannerFacts:
        return BannerFacts(
            self.setting,
            now,
            newest_answer(self.scene),
            self.setting.fleet.poll.stale_after,
            self._trouble,
            self._undrawn,
            tuple(each for each in self.going_on() if each.run != own_run),
        )

    def keys(self, screen: Screen[Any]) -> tuple[Key, ...]:
        """Everything that can be done on a screen, its own actions first, each with its keys and reason."""
        own = getattr(screen, "ACTIONS", ())
        ids = [*own, *(each for each in EVERYWHERE if each not in own and self._offers(each))]
        return tuple(keys_of(self._action(each), self.keymap, self.reason_disabled(each)) for each in ids)

    @staticmethod
    def _action(action_id: str) -> Action:
        return ACTIONS[action_id]

    def _main_screen(self, screen: str) -> Screen[Any]:
        """The kept screen with this id. Installed, so that Textual does not end it when another is shown."""
        if screen not in self._main:
            made = self._runs() if screen == "runs" and self._runs is not None else None
            self._main[screen] = made or _screen_class(MAIN_SCREENS[screen])()
            self.install_screen(self._main[screen], screen)
        return self._main[screen]

    def _with_told(self, scene: Scene) -> Scene:
        if not self._told:
            return scene
        changes = sorted((*scene.changes, *self._told), key=lambda change: change.at)
        return replace(scene, changes=tuple(changes))

    def _publish(self, scene: Scene) -> None:
        self.post_message(SceneTaken(scene))

    def _look(self) -> None:
        """The Source's thread: it touches no widget, only posts messages."""
        try:
            import_module(SCENES)
            self._source.run(self._publish)
        except Exception as error:  # the thread's last word must reach the screen
            _log.exception("the source's thread ended")
            self.post_message(SourceFailed(f"{type(error).__name__}: {error}"))


def _told_apart(before: Scene, after: Scene) -> bool:
    """Whether something happened between two Scenes: other findings, or a change."""
    return after.changes != before.changes or [(each.key, each.severity) for each in before.findings] != [
        (each.key, each.severity) for each in after.findings
    ]


def _screen_class(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)
