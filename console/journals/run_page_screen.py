"""One run as its journal tells it: commands, outputs, judged guards, times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.message import Message

from console.errors import VmdbConsoleError
from console.journals.reading import KnownRun
from console.journals.runs_page import run_items
from console.scene import Scene
from console.screens.base import SceneScreen
from widgets.plan_outline import Item, Outline, hanging, item_of
from widgets.words import plain

if TYPE_CHECKING:
    from console.journals.journals import Journals

_READ_EVERY = 2.0


class RunPageScreen(SceneScreen):
    """A run by its id; read in a worker thread, and again while it goes on."""

    NAME = "Run"
    ABOUT = (
        "One run as its journal tells it: who, why, what was judged, each command with its output and time, and the "
        "end. Enter opens what a line has more of."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("resume", "roll-back", "unfold-all", "copy", "report", "back")
    DEFAULT_CSS = "RunPageScreen Outline { padding: 0 1; }"

    @dataclass
    class Read(Message):
        """The journal was read, or why not."""

        known: KnownRun | str

    def __init__(self, journals: Journals, run: str) -> None:
        super().__init__()
        self._journals = journals
        self._run = run
        self._known: KnownRun | str | None = None
        self._opened: frozenset[str] = frozenset()
        self._reading = False

    @property
    def known(self) -> KnownRun | str | None:
        """What was read, or why it could not be."""
        return self._known

    def compose(self) -> ComposeResult:
        """The page."""
        yield Outline(id="page")

    def on_mount(self) -> None:
        """Read now, and again while it goes on."""
        self.query_one(Outline).focus()
        self.set_interval(_READ_EVERY, self._read)
        self._read()

    def on_screen_resume(self) -> None:
        """What happened meanwhile is shown at once."""
        self._read(always=True)

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Nothing here is of the fleet."""
        del scene, now

    def _read(self, *, always: bool = False) -> None:
        over = isinstance(self._known, KnownRun) and self._known.run.outcome is not None
        if self._reading or not self.is_current or (over and not always):
            return
        self._reading = True
        self.run_worker(lambda: self.post_message(self.Read(self._look())), thread=True, exit_on_error=False)

    def _look(self) -> KnownRun | str:
        try:
            return self._journals.read_known(self._run)
        except VmdbConsoleError as error:
            return str(error)

    def on_run_page_screen_read(self, message: Read) -> None:
        """Show it."""
        self._reading = False
        self._known = message.known
        self._show()

    def _show(self) -> None:
        self.query_one(Outline).show_items(lambda width: tuple(self._items(max(20, width))))
        self.console.draw()

    def _items(self, width: int) -> tuple[Item, ...]:
        known = self._known
        if isinstance(known, KnownRun):
            return tuple(run_items(known, self._opened, width))
        return (Item("unread", hanging("✖ ", plain(known or "reading its journal …"), width)),)

    # --- what is done ----------------------------------------------------------------------------------------------

    def reason_disabled(self, action: str) -> str:
        """A run is gone on with where something of it is left."""
        if action in ("resume", "roll-back", "unfold-all", "report") and not isinstance(self._known, KnownRun):
            return self._known or "its journal is being read"
        if action in ("resume", "roll-back") and isinstance(self._known, KnownRun):
            return self._journals.why_not_onwards(self._known)
        return ""

    def action_resume(self) -> None:
        """Show what comes next, and ask."""
        self._journals.open_going_on(self.app, self._run, roll_back=False, instead=True)

    def action_roll_back(self) -> None:
        """Show what is taken back, and ask."""
        self._journals.open_going_on(self.app, self._run, roll_back=True, instead=True)

    def action_report(self) -> None:
        """The Markdown report."""
        self._journals.copy_report(self.console, self._run)

    def action_copy(self) -> None:
        """The item under the cursor; of an event its commands and output."""
        item = self.query_one(Outline).item
        self.console.copy(item.text if item is not None else "")

    def action_unfold_all(self) -> None:
        """Every event whole, or all folded."""
        if isinstance(self._known, KnownRun):
            everything = frozenset(f"event {number}" for number in range(len(self._known.events)))
            self._opened = frozenset() if self._opened >= everything else everything
            self._show()

    def on_row_list_chosen(self, message: Outline.Chosen) -> None:
        """Enter opens an event, or folds it."""
        message.stop()
        self._opened ^= {item_of(message.key)}
        self._show()
