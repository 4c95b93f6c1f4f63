"""Asked before the console ends while a run of its own goes on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from console.facts.text import clean
from console.screens.acting import GoingOn


class LeavingScreen(ModalScreen[bool]):
    """Ends with whether the person wants to quit. Staying has the focus; the key that opened it confirms nothing."""

    DEFAULT_CSS = """
    LeavingScreen { align: center middle; background: $background 60%; }
    LeavingScreen > Vertical {
        width: 90%; max-width: 76; height: auto; border: round $warning; background: $surface; padding: 1 2;
    }
    LeavingScreen Static { height: auto; }
    LeavingScreen Horizontal { height: auto; margin-top: 1; }
    LeavingScreen Button { margin-right: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(False)", "Stay")]

    def __init__(self, runs: tuple[GoingOn, ...]) -> None:
        super().__init__()
        self._runs = runs

    def compose(self) -> ComposeResult:
        """What happens, and the choice."""
        with Vertical():
            yield Static(words(self._runs), markup=False)
            with Horizontal():
                yield Button("Stay", id="stay", compact=True)
                yield Button("Stop the run, and quit", id="quit", variant="warning", compact=True)

    def on_mount(self) -> None:
        """Staying has the focus."""
        self.query_one("#stay", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """End with the choice."""
        self.dismiss(event.button.id == "quit")


def words(runs: tuple[GoingOn, ...]) -> Content:
    """What quitting does to each run (console.wizards.acting: `Wizards.close`)."""
    lines = [Content.assemble(("A run goes on in this console.", "bold"))]
    for run in runs:
        lines.append(Content(clean(f"  {run.runbook} of {run.target}: {run.step or 'going on'}")))
        lines.append(Content.assemble("  Continue it later: ", (f"vmdb-console resume {clean(run.run)}", "bold")))
    lines.append(
        Content(
            "Quitting stops it at its next safe point, never in the middle of an operation, and then ends this "
            "process. A copy that runs on a host goes on there. What is half-way says so, and keeps others out until "
            "it is resumed."
        )
    )
    return Content("\n").join(lines)
