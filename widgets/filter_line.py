"""The line in which one types what a list is narrowed to: it narrows while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterLine(Input):
    """Hidden until `begin`. Enter leaves it and keeps the words; escape leaves it and drops them."""

    DEFAULT_CSS = """
    FilterLine, FilterLine:focus {
        display: none; height: 1; border: none; padding: 0 1; background: $surface; color: $foreground;
    }
    FilterLine.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Clear filter", show=False),
        Binding("down", "keep", "Keep filter", show=False),
    ]

    @dataclass
    class Narrowed(Message):
        """Other words than before; "" is everything."""

        line: FilterLine
        words: str

    @dataclass
    class Left(Message):
        """The person wants back to the list."""

        line: FilterLine

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            placeholder="/ words that a line must have; enter keeps them, esc drops them", id=id, compact=True
        )

    @property
    def words(self) -> str:
        """What a line must have."""
        return self.value.strip()

    def begin(self) -> None:
        """Let the person type."""
        self.add_class("-shown")
        self.focus()

    def drop(self) -> None:
        """Show everything again."""
        self.value = ""
        self.remove_class("-shown")

    def action_drop(self) -> None:
        """Escape."""
        self.drop()
        self.post_message(self.Left(self))

    def action_keep(self) -> None:
        """To the list, narrowed as it is."""
        self.set_class(bool(self.words), "-shown")
        self.post_message(self.Left(self))

    async def action_submit(self) -> None:
        """Enter."""
        self.action_keep()

    def watch_value(self, value: str) -> None:
        """Narrow with each letter."""
        self.post_message(self.Narrowed(self, value.strip()))
