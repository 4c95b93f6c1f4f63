"""`:` and ctrl+p: actions, regions, findings, hosts and themes by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from console.facts.text import one_line

_SHOWN = 60
_NAME_LIMIT = 70
_NAME_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Item:
    """`name` is what one searches, `kind` and `hint` stand beside it; all may quote hosts. `do` is called when it is
    chosen. `reason`: why it cannot be done now, or "".
    """

    kind: str
    name: str
    hint: str
    do: Callable[[], Any]
    reason: str = ""


class PaletteScreen(ModalScreen[Item | None]):
    """Ends with the chosen item, or None."""

    DEFAULT_CSS = """
    PaletteScreen { align: center top; background: $background 60%; }
    PaletteScreen > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 90%; margin-top: 2;
        border: round $primary; background: $surface; padding: 0 1;
    }
    PaletteScreen Input { background: $panel; }
    PaletteScreen OptionList {
        height: auto; max-height: 100%; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "dismiss(None)", "Back"),
        Binding("down,ctrl+n", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__()
        self._items = tuple(items)
        self._shown: tuple[Item, ...] = ()

    def compose(self) -> ComposeResult:
        """Search line and list."""
        with Vertical() as box:
            box.border_title = Content("Find an action, region, finding or host")
            box.border_subtitle = Content("↑↓ enter · esc back")
            yield Input(placeholder="type a few letters", select_on_focus=False, compact=True)
            options = OptionList(markup=False)
            options.can_focus = False
            yield options

    def on_mount(self) -> None:
        """Show everything."""
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches, the best first."""
        self._show(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Choose the line under the cursor."""
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._shown[highlighted])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose with the mouse."""
        self.dismiss(self._shown[event.option_index])

    def action_move(self, how: str) -> None:
        """Move the cursor of the list; the search line keeps the focus."""
        getattr(self.query_one(OptionList), f"action_{'cursor_' if how in ('up', 'down') else ''}{how}")()

    def _show(self, query: str) -> None:
        found = search(self._items, query)
        self._shown = tuple(item for item, _ in found)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_line(item, offsets)) for item, offsets in found])
        options.highlighted = 0 if found else None


def search(items: Sequence[Item], query: str) -> list[tuple[Item, Sequence[int]]]:
    """What matches, the best first and at most a screenful or two, with where the query's letters are in the name."""
    query = query.strip()
    if not query:
        return [(item, ()) for item in items[:_SHOWN]]
    fuzzy = FuzzySearch()
    scored = ((item, *fuzzy.match(query, one_line(item.name, _NAME_LIMIT))) for item in items)
    found = sorted(((score, item, at) for item, score, at in scored if score > 0), key=lambda each: -each[0])
    return [(item, at) for _, item, at in found[:_SHOWN]]


def _line(item: Item, offsets: Sequence[int]) -> Content:
    name = Content(f"{one_line(item.name, _NAME_LIMIT):<{_NAME_WIDTH}}")
    for offset in offsets:
        name = name.stylize("bold underline", offset, offset + 1)
    tail = f"not now: {one_line(item.reason)}" if item.reason else one_line(item.hint)
    return Content.assemble((f"{item.kind:<8} ", "$faint"), name, (f"  {tail}", "$faint"))
