"""The last question before anything is changed: why, and host names typed. Cancel has the focus; Enter alone is no yes.

Whatever was typed ahead lands on Cancel. The button that begins is dead until every word is there, and it is not the
key that opened this dialog.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from console.screens.redraw import update
from console.wizards.consent import Consent, Form, missing, worded
from widgets.words import plain


class ConfirmScreen(ModalScreen[Consent | None]):
    """Dismissed with the Consent, or None: cancelled, nothing is changed."""

    DEFAULT_CSS = """
    ConfirmScreen { align: center middle; background: $background 60%; }
    ConfirmScreen > VerticalScroll {
        width: 90%; max-width: 100; height: auto; max-height: 100%;
        background: $surface; border: round $status-warning; padding: 0 2;
    }
    ConfirmScreen Static { height: auto; }
    ConfirmScreen Input { height: 1; border: none; padding: 0 1; background: $panel; }
    ConfirmScreen Input:focus { border: none; background: $background; }
    ConfirmScreen Horizontal { height: 1; }
    ConfirmScreen Button { margin: 0 2 0 0; }
    ConfirmScreen #lacking { height: auto; min-height: 1; margin: 1 0; color: $status-warning; }
    ConfirmScreen #standing { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, form: Form, environment: str) -> None:
        super().__init__()
        self._form = form
        self._environment = environment
        self._hindrance = ""

    def compose(self) -> ComposeResult:
        """What begins, the words to be typed, Cancel and the other button."""
        form = self._form
        with VerticalScroll(can_focus=False):
            yield Static(self._head(), markup=False)
            yield Static(id="standing", markup=False)
            more = "kept in the journal" if form.reason_needed else "kept in the journal; may stay empty"
            yield Static(Content.assemble(("Why? ", "bold"), (f"({more})", "$faint")), markup=False)
            yield Input(id="reason", max_length=500)
            for number, word in enumerate(form.asked):
                yield Static(Content.assemble("To go on, type ", (word, "bold $status-warning")), markup=False)
                yield Input(id=f"word-{number}", max_length=255)
            yield Static(id="lacking", markup=False)
            with Horizontal():
                yield Button("Cancel", id="cancel", variant="primary", compact=True)
                yield Button(form.button, id="begin", variant="error", disabled=True, compact=True)

    def on_mount(self) -> None:
        """Cancel has the focus."""
        self.query_one("#cancel", Button).focus()
        self._judge()

    def hinder(self, reason: str) -> None:
        """Checks that held have ceased to hold, for this reason: nothing can be begun until they do again ("")."""
        self._hindrance = reason
        if self.is_mounted:
            self._judge()

    def on_input_changed(self) -> None:
        """See what is still missing."""
        self._judge()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field; from the last one back to Cancel, never further."""
        fields = list(self.query(Input))
        following = fields[fields.index(event.input) + 1 :]
        (following[0] if following else self.query_one("#cancel", Button)).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, or begin where nothing is missing."""
        if event.button.id == "begin" and not self._lacking():
            self.dismiss(Consent(worded(self._reason)))
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        """Leave; nothing is changed."""
        self.dismiss(None)

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value

    def _lacking(self) -> str:
        typed = [self.query_one(f"#word-{number}", Input).value for number in range(len(self._form.asked))]
        return self._hindrance or missing(self._form, self._reason, typed)

    def _judge(self) -> None:
        standing = self.query_one("#standing", Static)
        standing.display = bool(self._hindrance)
        update(standing, plain(self._hindrance, "bold $status-critical"))
        lacking = self._lacking()
        button = self.query_one("#begin", Button)
        button.disabled = bool(lacking)
        words = f"missing: {lacking}" if lacking else "Everything is there: Tab to the button, or click it."
        update(self.query_one("#lacking", Static), plain(words))

    def _head(self) -> Content:
        form = self._form
        lines = [
            Content.assemble(plain(form.title, "bold"), "  ", (f" {self._environment} ", "bold reverse")),
            plain(form.what),
            *(plain(f"▲ {warning}", "bold $status-warning") for warning in form.warnings),
            Content.styled("Tab goes to the next field, Esc cancels.", "$faint"),
        ]
        return Content("\n").join(lines)
