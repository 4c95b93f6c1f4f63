"""What changed, newest first: it stays here after the toast is gone."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content

from console.history.change import Change
from console.scene import Scene
from console.screens.narrowing import NarrowingScreen
from widgets.columns import beside
from widgets.event_lines import event_keys, event_matches, event_row, event_text
from widgets.filter_line import FilterLine
from widgets.line import Line
from widgets.rows import RowList
from widgets.words import FAINT, plain


class EventsScreen(NarrowingScreen):
    """The list of changes; enter opens the region of one."""

    NAME = "Events"
    ABOUT = (
        "What changed since this console began to look, newest first, in UTC: roles, reachability, streaming, lag, "
        "timelines, endpoints, findings that came and went, and what the console said."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "filter", "copy")
    CSS = "EventsScreen > #head { margin: 0 0 1 0; }"

    def __init__(self) -> None:
        super().__init__()
        self._events: dict[str, Change] = {}
        self._of: tuple[Change, ...] | None = None

    def compose(self) -> ComposeResult:
        """Heading, the list, the filter."""
        yield Line(id="head")
        yield RowList(id="events")
        yield FilterLine()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Show the changes."""
        changes = scene.changes if scene is not None else ()
        if changes is not self._of:
            self._of, self._events = changes, event_keys(changes)
        words = self.words
        keys = [key for key, change in self._events.items() if not words or event_matches(change, words)]
        self.query_one("#head", Line).show(heading(len(changes), len(keys), words, self.size.width))
        self.query_one(RowList).show(keys, lambda key, width: [event_row(self._events[key], width, now)])

    def selected(self) -> Change | None:
        """The change under the cursor."""
        key = self.query_one(RowList).key
        return self._events.get(key) if key is not None else None

    def reason_disabled(self, action: str) -> str:
        """What is not about a region cannot be opened."""
        if action not in ("open", "copy") or not self.is_mounted:
            return ""
        change = self.selected()
        if change is None:
            return "no event is selected"
        known = any(region.name == change.region for region in self.setting.fleet.regions)
        return "" if known or action == "copy" else "this event is not about a region"

    def on_row_list_chosen(self) -> None:
        """Open the region of the change."""
        self.action_open()

    def action_open(self) -> None:
        """Open the region of the change under the cursor."""
        change = self.selected()
        if change is not None and not self.reason_disabled("open"):
            self.console.open_region(change.region)

    def action_copy(self) -> None:
        """Copy the change under the cursor as text."""
        change = self.selected()
        self.console.copy(event_text(change) if change is not None else "")


def heading(all_of_them: int, shown: int, words: str, width: int) -> Content:
    """How many there are, and with a filter how many it shows."""
    count = "nothing has changed since this console began to look" if not all_of_them else f"{all_of_them} changes"
    told = Content.assemble(" ", ("Events", "bold"), "  ", (count, FAINT))
    if not words:
        return told
    return beside(told, Content.assemble(plain(f"{shown} have “{words}”"), (" · esc: all ", FAINT)), width)
