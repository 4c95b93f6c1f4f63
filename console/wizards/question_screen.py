"""A question with two answers; the safe one has the focus, and Esc gives it too."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from widgets.words import plain


class QuestionScreen(ModalScreen[bool]):
    """Dismissed with True for the answer `other`, with False for the safe one."""

    DEFAULT_CSS = """
    QuestionScreen { align: center middle; background: $background 60%; }
    QuestionScreen > VerticalScroll {
        width: 80%; max-width: 90; height: auto; max-height: 90%;
        background: $surface; border: round $status-warning; padding: 0 2;
    }
    QuestionScreen Static { height: auto; margin: 0 0 1 0; }
    QuestionScreen Horizontal { height: 1; }
    QuestionScreen Button { margin: 0 2 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Back"),
        Binding("left,right", "app.focus_next", "Other answer", show=False),
    ]

    def __init__(self, question: str, details: str, safe: str, other: str) -> None:
        super().__init__()
        self._question, self._details, self._safe, self._other = question, details, safe, other

    def compose(self) -> ComposeResult:
        """The question, and two buttons."""
        with VerticalScroll(can_focus=False):
            yield Static(Content("\n").join([plain(self._question, "bold"), plain(self._details)]), markup=False)
            with Horizontal():
                yield Button(self._safe, id="safe", variant="primary", compact=True)
                yield Button(self._other, id="other", variant="warning", compact=True)

    def on_mount(self) -> None:
        """The safe answer has the focus."""
        self.query_one("#safe", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "other")

    def action_stay(self) -> None:
        """The safe answer."""
        self.dismiss(False)
