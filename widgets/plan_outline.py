"""A page of items that one reads line by line; each takes as many lines as it needs at the width that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual.content import Content

from widgets.columns import wrapped
from widgets.rows import RowList

_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class Item:
    """`id` once on a page; enter on any of its lines is about it. `copied` is what `y` takes of it, "" its lines."""

    id: str
    lines: tuple[Content, ...]
    copied: str = ""

    @property
    def text(self) -> str:
        """What is copied."""
        return self.copied or "\n".join(line.plain.rstrip() for line in self.lines)


Build = Callable[[int], Sequence[Item]]
"""From the width in cells to the page's items."""


class Outline(RowList):
    """Shows items; the cursor goes line by line and stays on its line when others come and go."""

    DEFAULT_CSS = "Outline { scrollbar-gutter: stable; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._build: Build = lambda width: ()
        self._items: dict[str, Item] = {}
        self._contents: dict[str, Content] = {}
        self._laid_out_for = 0

    def show_items(self, build: Build) -> None:
        """Show the page that `build` makes; nothing is drawn anew where it is the same."""
        self._build = build
        self._lay_out()

    def on_resize(self) -> None:
        """Another width is another page."""
        if self._room != self._laid_out_for:
            self._lay_out()

    @property
    def item(self) -> Item | None:
        """The item that the cursor is on."""
        return self._items.get(item_of(self.key)) if self.key is not None else None

    @property
    def page(self) -> str:
        """Everything on the page, as text."""
        return "\n".join(content.plain.rstrip() for content in self._contents.values())

    def go_to(self, item: str) -> None:
        """Move the cursor to an item's first line."""
        self.select(f"{item}{_BETWEEN}0")

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width or max(20, self.app.size.width - 2)

    def _lay_out(self) -> None:
        self._laid_out_for = self._room
        items = self._build(self._laid_out_for)
        self._items = {item.id: item for item in items}
        self._contents = {
            f"{item.id}{_BETWEEN}{number}": line for item in items for number, line in enumerate(item.lines)
        }
        self.show(tuple(self._contents), self._one_line)

    def _one_line(self, key: str, width: int) -> tuple[Content, ...]:
        del width
        return (self._contents[key],)


def item_of(key: str) -> str:
    """The id of the item that a line belongs to."""
    return key.rpartition(_BETWEEN)[0]


def hanging(head: Content | str, body: Content, width: int) -> tuple[Content, ...]:
    """`head`, and `body` beside it: wrapped at words, its further lines as deep as its first."""
    start = head if isinstance(head, Content) else Content(head)
    return tuple(wrapped(Content.assemble(start, body), max(10, width), start.cell_length))


def folded(head: Content | str, body: Content, width: int) -> tuple[Content, ...]:
    """The same for what is to be copied, such as a command: broken behind a blank where there is one, nothing is
    left out.
    """
    start = head if isinstance(head, Content) else Content(head)
    depth = start.cell_length
    parts = [body[begin:end] for begin, end in _folds(body.plain, max(10, width - depth))]
    return tuple(Content.assemble(start if number == 0 else " " * depth, part) for number, part in enumerate(parts))


def _folds(text: str, room: int) -> Iterator[tuple[int, int]]:
    """Where the lines of `text` begin and end; a word that is longer than `room` cells is broken inside."""
    begin = 0
    while (full := _fitting(text, begin, room)) < len(text):
        blank = text.rfind(" ", begin, full) + 1
        end = blank if text[begin:blank].strip() else full
        yield begin, end
        begin = end
    yield begin, len(text)


def _fitting(text: str, begin: int, room: int) -> int:
    """Where the characters end that have room, counted from `begin`; at least one has."""
    end, left = begin, room
    while end < len(text) and (left := left - cell_len(text[end])) >= 0:
        end += 1
    return max(end, min(begin + 1, len(text)))


def blank(item: str) -> Item:
    """An empty line."""
    return Item(item, (Content(""),))


def heading(item: str, words: Content | str) -> tuple[Item, Item]:
    """An empty line, and a heading under it."""
    content = words if isinstance(words, Content) else Content(words)
    return blank(f"{item} before"), Item(item, (Content.assemble(content).stylize_before("bold underline"),))


def copying(item: Item, text: str) -> Item:
    """The same item, of which something else is copied."""
    return replace(item, copied=text)
