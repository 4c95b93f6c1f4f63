"""A list of rows that are drawn only where they are seen: as cheap with five hundred rows as with five."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

Draw = Callable[[str, int], Sequence[Content]]
"""From a row's key and the width in cells to its lines."""


@dataclass
class _Drawn:
    """A row as it was drawn: its lines, and of each what Textual made of it in a style."""

    lines: tuple[Content, ...]
    strips: dict[tuple[int, bool, Style], Strip] = field(default_factory=dict)

    def line(self, number: int) -> Content:
        """A line; there may be fewer than the row is high."""
        return self.lines[number] if number < len(self.lines) else Content("")


class RowList(ScrollView, can_focus=True):
    """Rows by key, each of the same number of lines. The cursor stays on its key when rows change.

    Rows leave their first cell blank: there stands the cursor's bar, which is seen without colour too. A row with fewer
    lines than it is high keeps the rest as a distance to the next one: the cursor does not cover it.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor", "row-list--hover"}
    DEFAULT_CSS = """
    RowList {
        height: 1fr; overflow-x: hidden; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: clip;
        & > .row-list--cursor { background: $foreground 6%; }
        & > .row-list--hover { background: $foreground 4%; }
        &:focus > .row-list--cursor { background: $accent 20%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", "Down", show=False),
        Binding("up", "cursor_up", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(-1)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """Enter or a click on the row that the cursor is on."""

        rows: RowList
        key: str

        @property
        def control(self) -> RowList:
            """The list, for `on`."""
            return self.rows

    @dataclass
    class Moved(Message):
        """The cursor is on another row; None: there are no rows."""

        rows: RowList
        key: str | None

        @property
        def control(self) -> RowList:
            """The list, for `on`."""
            return self.rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._keys: tuple[str, ...] = ()
        self._draw: Draw = lambda key, width: ()
        self._height = 1
        self._key: str | None = None
        self._index = 0
        self._hover: int | None = None
        self._drawn: dict[str, _Drawn] = {}
        self._drawn_width = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows, in their order."""
        return self._keys

    @property
    def key(self) -> str | None:
        """The row under the cursor; None where there are no rows."""
        return self._key

    @property
    def row_height(self) -> int:
        """Lines of a row."""
        return self._height

    def show(self, keys: Sequence[str], draw: Draw, height: int = 1) -> None:
        """Show these rows; only lines that differ from what stands there are drawn anew.

        A key that is gone leaves the cursor at its place in the list.
        """
        self._draw = draw
        fresh = tuple(dict.fromkeys(keys))
        if (fresh, height) != (self._keys, self._height):
            self._keys, self._height = fresh, height
            self._drawn = {}
            self._keep_cursor()
            self.virtual_size = Size(0, len(fresh) * height)
            self.refresh()
        else:
            self._redraw_changed()

    def line(self, key: str, number: int) -> Content:
        """A line of a row as it is drawn."""
        return self._of(key).line(number)

    def text(self) -> str:
        """What all rows say, as plain text."""
        return "\n".join(line.plain.rstrip() for key in self._keys for line in self._of(key).lines)

    def select(self, key: str) -> None:
        """Move the cursor to a row, where there is such a one."""
        if key in self._keys:
            self._move_to(self._keys.index(key))

    def render_line(self, y: int) -> Strip:
        """One line of the screen (Textual's line API)."""
        index, number = divmod(self.scroll_offset.y + y, self._height)
        width = self.scrollable_content_region.width
        drawn = self._of(self._keys[index]) if index < len(self._keys) else _Drawn(())
        if number >= len(drawn.lines):
            return Strip.blank(width, self.get_visual_style().rich_style)
        style = self.get_visual_style(*self._component(index))
        bar = self.has_focus and index == self._index
        strip = drawn.strips.get((number, bar, style))
        if strip is None:
            line = drawn.line(number).truncate(width, pad=True)
            strips = Visual.to_strips(self, _with_bar(line) if bar else line, width, 1, style)
            strip = strips[0] if strips else Strip.blank(0)
            strip = drawn.strips[number, bar, style] = strip.extend_cell_length(width, style.rich_style)
        return strip

    def action_cursor_down(self) -> None:
        """Move the cursor to the next row."""
        self._move_to(self._index + 1)

    def action_cursor_up(self) -> None:
        """Move the cursor to the row before."""
        self._move_to(self._index - 1)

    def action_page(self, by: int) -> None:
        """Move the cursor by what is seen at once."""
        self._move_to(self._index + by * max(1, self.size.height // self._height - 1))

    def action_edge(self, index: int) -> None:
        """Move the cursor to the first or the last row."""
        self._move_to(index % max(1, len(self._keys)))

    def action_choose(self) -> None:
        """Say that the row under the cursor was chosen."""
        if self._key is not None:
            self.post_message(self.Chosen(self, self._key))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click where it is already chooses."""
        index = self._at(event.y)
        if index is None:
            return
        if index == self._index and event.chain > 1:
            self.action_choose()
        self._move_to(index)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which row a click would take."""
        self._hover_at(self._at(event.y))

    def on_leave(self) -> None:
        """The pointer is elsewhere."""
        self._hover_at(None)

    def on_resize(self) -> None:
        """Another width is another drawing."""
        if self._drawn_width != self.scrollable_content_region.width:
            self._drawn = {}
            self.refresh()
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Another theme: the same Content in other colours."""
        super().notify_style_update()
        self._drawn = {}
        self.refresh()

    def _component(self, index: int) -> tuple[str, ...]:
        if index == self._index:
            return ("row-list--cursor",)
        return ("row-list--hover",) if index == self._hover else ()

    def _of(self, key: str) -> _Drawn:
        if key not in self._drawn:
            self._drawn_width = self.scrollable_content_region.width
            self._drawn[key] = _Drawn(tuple(self._draw(key, self._drawn_width)))
        return self._drawn[key]

    def _visible(self) -> range:
        first = self.scroll_offset.y // self._height
        last = (self.scroll_offset.y + self.size.height) // self._height + 1
        return range(max(0, first), min(len(self._keys), last))

    def _redraw_changed(self) -> None:
        """What is not seen is forgotten; it is drawn again when one comes there."""
        before, self._drawn = self._drawn, {}
        for index in self._visible():
            old = before.get(self._keys[index])
            if old is not None:
                self._refresh_changed(index, old, self._of(self._keys[index]))

    def _refresh_changed(self, index: int, old: _Drawn, new: _Drawn) -> None:
        same = {number for number in range(self._height) if old.line(number).is_same(new.line(number))}
        new.strips = {place: strip for place, strip in old.strips.items() if place[0] in same}
        for number in range(self._height):
            if number not in same:
                self.refresh_lines(index * self._height + number)

    def _keep_cursor(self) -> None:
        if self._key in self._keys:
            self._index = self._keys.index(self._key)
            return
        self._index = max(0, min(self._index, len(self._keys) - 1))
        self._set_key(self._keys[self._index] if self._keys else None)

    def _set_key(self, key: str | None) -> None:
        if key != self._key:
            self._key = key
            self.post_message(self.Moved(self, key))

    def _move_to(self, index: int) -> None:
        if not self._keys:
            return
        old, self._index = self._index, max(0, min(index, len(self._keys) - 1))
        self._set_key(self._keys[self._index])
        for changed in {old, self._index}:
            self.refresh_lines(changed * self._height, self._height)
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self._keys:
            region = Region(0, self._index * self._height, 1, self._height)
            self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def _at(self, y: int) -> int | None:
        index = (self.scroll_offset.y + y) // self._height
        return index if 0 <= index < len(self._keys) else None

    def _hover_at(self, index: int | None) -> None:
        old, self._hover = self._hover, index
        for changed in {old, index} - {None} if old != index else ():
            assert changed is not None
            self.refresh_lines(changed * self._height, self._height)


def _with_bar(line: Content) -> Content:
    return Content.assemble(("▌", "$accent"), line[1:]) if line.plain.startswith(" ") else line
