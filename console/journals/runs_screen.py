"""The runs made from here: which go on, which stand half-way, and all that are over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.journals.reading import KnownRun, Listing
from console.journals.runs_page import heading_line, matches, run_line
from console.scene import Scene
from console.screens.narrowing import NarrowingScreen
from console.screens.redraw import update
from widgets.filter_line import FilterLine
from widgets.rows import RowList
from widgets.words import plain

if TYPE_CHECKING:
    from console.journals.journals import Journals

_READ_EVERY = 5.0


class RunsScreen(NarrowingScreen):
    """A line a run, newest first; journals are read in a worker thread, never here."""

    NAME = "Runs"
    ABOUT = (
        "The guided repairs made from this machine by this user, as their journals tell: what goes on, what stopped "
        "half-way and can be continued or rolled back, and what is over. Enter opens one."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "filter", "resume", "roll-back", "copy", "report", "poll-now")
    DEFAULT_CSS = """
    RunsScreen #heading { height: 1; padding: 0 1; }
    RunsScreen RowList { padding: 0 1; }
    RunsScreen #notes { height: auto; max-height: 6; padding: 0 1; }
    """

    @dataclass
    class Read(Message):
        """The journals were read."""

        listing: Listing

    def __init__(self, journals: Journals) -> None:
        super().__init__()
        self._journals = journals
        self._listing: Listing | None = None
        self._reading = False

    @property
    def listing(self) -> Listing | None:
        """What was read last."""
        return self._listing

    def compose(self) -> ComposeResult:
        """Filter, columns, rows, notes."""
        yield FilterLine()
        yield Static(id="heading", markup=False)
        yield RowList(id="runs")
        yield Static(id="notes", markup=False)

    def on_mount(self) -> None:
        """Read now and from time to time."""
        self.query_one(RowList).focus()
        self.set_interval(_READ_EVERY, self._read)

    def on_screen_resume(self) -> None:
        """What happened meanwhile is shown at once."""
        self._read()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Nothing here is of the fleet."""
        del scene, now
        self._show()

    def _read(self) -> None:
        if not self._reading and self.is_current:
            self._reading = True
            read: Callable[[], Listing] = self._journals.read_listing
            self.run_worker(lambda: self.post_message(self.Read(read())), thread=True, exit_on_error=False)

    def on_runs_screen_read(self, message: Read) -> None:
        """Show them."""
        self._reading = False
        self._listing = message.listing
        self._show()

    def _show(self) -> None:
        if self._listing is None:
            return
        wanted = self.words
        found = {each.run.run: each for each in self._listing.runs if matches(each, wanted)}
        rows = self.query_one(RowList)
        rows.show(tuple(found), lambda key, width: (run_line(found[key], width),))
        update(self.query_one("#heading", Static), heading_line(rows.scrollable_content_region.width))
        update(self.query_one("#notes", Static), self._notes(self._listing, len(found), wanted))

    def _notes(self, listing: Listing, shown: int, wanted: str) -> Content:
        lines = [plain(f"▲ damaged: {words}", "$status-warning") for words in listing.damaged[:3]]
        if not listing.runs:
            lines.append(plain(f"No run was made from here yet ({self._journals.folder}).", "$faint"))
        elif not shown:
            lines.append(plain(f"None of {len(listing.runs)} runs has '{wanted}'.", "$faint"))
        if self._journals.note:
            lines.append(plain(self._journals.note, "$faint"))
        return Content("\n").join(lines)

    # --- what is done ----------------------------------------------------------------------------------------------

    @property
    def selected(self) -> KnownRun | None:
        """The run under the cursor."""
        key = self.query_one(RowList).key
        runs = self._listing.runs if self._listing is not None else ()
        return next((each for each in runs if each.run.run == key), None)

    def reason_disabled(self, action: str) -> str:
        """A run is gone on with where something of it is left."""
        if action not in ("open", "resume", "roll-back", "copy", "report"):
            return ""
        known = self.selected
        if known is None:
            return "no run is selected"
        return self._journals.why_not_onwards(known) if action in ("resume", "roll-back") else ""

    def action_open(self) -> None:
        """The run as it goes on here, or what its journal tells."""
        if (known := self.selected) is not None:
            self._journals.open_run(self.app, known.run.run)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Enter opens a run."""
        message.stop()
        self.action_open()

    def action_resume(self) -> None:
        """Show what comes next, and ask."""
        if (known := self.selected) is not None:
            self._journals.open_going_on(self.app, known.run.run, roll_back=False)

    def action_roll_back(self) -> None:
        """Show what is taken back, and ask."""
        if (known := self.selected) is not None:
            self._journals.open_going_on(self.app, known.run.run, roll_back=True)

    def action_copy(self) -> None:
        """The run's id."""
        self.console.copy(known.run.run if (known := self.selected) is not None else "")

    def action_report(self) -> None:
        """The Markdown report."""
        if (known := self.selected) is not None:
            self._journals.copy_report(self.console, known.run.run)

    def action_poll_now(self) -> None:
        """Read the journals anew."""
        self._read()
