"""What a person chooses before the plan is made: method, rate, and what becomes of the old data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from console.wizards.choosing import Order, questions_of, rate_of
from widgets.plan_outline import Item, Outline, hanging, item_of
from widgets.words import plain

_METHOD = "method "
_DISCARD = "discard"


class _Answers(Outline):
    """The questions as lines; space chooses, as enter does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "choose", "Choose", show=False)]


class ChoicesScreen(ModalScreen[Order | None]):
    """Dismissed with the order as it was chosen, or None where it was left."""

    DEFAULT_CSS = """
    ChoicesScreen { align: center middle; background: $background 60%; }
    ChoicesScreen > VerticalScroll {
        width: 90%; max-width: 100; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 2;
    }
    ChoicesScreen Static { height: auto; margin: 0 0 1 0; }
    ChoicesScreen Outline { background: $surface; margin: 0 0 1 0; }
    ChoicesScreen Input { height: 1; border: none; padding: 0 1; background: $panel; width: 24; margin: 0 0 1 0; }
    ChoicesScreen Input:focus { border: none; background: $background; }
    ChoicesScreen Horizontal { height: 1; }
    ChoicesScreen Button { margin: 0 2 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order
        self._questions = questions_of(order.runbook)

    @property
    def order(self) -> Order:
        """As it is chosen now, but for the rate."""
        return self._order

    def compose(self) -> ComposeResult:
        """The questions that the runbook has."""
        with VerticalScroll(can_focus=False):
            title = Content.assemble(
                plain(f"{self._order.runbook} of {self._order.target}", "bold"),
                ("\nFirst the plan is shown. Tab goes on, Space chooses, Esc leaves.", "$faint"),
            )
            yield Static(title, markup=False)
            yield _Answers(id="answers")
            if self._questions.copies:
                words = "At most so much a second for the copy, such as 20MB (empty: as fast as it goes)"
                yield Static(words, id="about-rate", markup=False)
                yield Input(_rate_text(self._order.choices.max_rate), id="rate", max_length=12)
            yield Static(id="wrong", markup=False)
            with Horizontal():
                yield Button("Show the plan", id="go", variant="primary", compact=True)
                yield Button("Cancel", id="leave", compact=True)

    def on_mount(self) -> None:
        """Who wants what is usual presses Enter: that changes nothing."""
        self.query_one("#wrong", Static).display = False
        self.query_one("#go", Button).focus()
        self._show()

    def _show(self) -> None:
        answers = self.query_one(Outline)
        answers.show_items(lambda width: tuple(self._items(max(20, width))))
        answers.styles.height = len(answers.keys)

    def on_resize(self) -> None:
        """Words may take more lines now."""
        self.call_after_refresh(self._show)

    def _items(self, width: int) -> Iterator[Item]:
        choices, methods = self._order.choices, self._questions.methods
        for number, method in enumerate(methods):
            chosen = choices.method == method.name or (choices.method is None and number == 0)
            head = Content.styled("(•) " if chosen else "( ) ", "bold $key" if chosen else "")
            words = Content.assemble((method.title, "bold"), f": {method.words}")
            yield Item(f"{_METHOD}{method.name}", hanging(head, words, width))
        if self._questions.copies:
            chosen = choices.discard_old
            head = Content.styled("[x] " if chosen else "[ ] ", "bold $key" if chosen else "")
            yield Item(_DISCARD, hanging(head, Content("remove the old data at the end (else it stays aside)"), width))

    def on_row_list_chosen(self, message: Outline.Chosen) -> None:
        """Choose, or choose no more."""
        message.stop()
        item, choices = item_of(message.key), self._order.choices
        if item.startswith(_METHOD):
            choices = replace(choices, method=item.removeprefix(_METHOD))
        else:
            choices = replace(choices, discard_old=not choices.discard_old)
        self._order = self._order.with_choices(choices)
        self._show()

    def on_input_submitted(self) -> None:
        """Enter in the field shows the plan."""
        self._go()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Go on, or leave."""
        if event.button.id == "go":
            self._go()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Leave as it was."""
        self.dismiss(None)

    def _go(self) -> None:
        rate = rate_of(self.query_one("#rate", Input).value) if self._questions.copies else None
        if isinstance(rate, str):
            wrong = self.query_one("#wrong", Static)
            wrong.display = True
            wrong.update(plain(f"✖ the rate: {rate}", "bold $status-critical"))
            self.query_one("#rate", Input).focus()
            return
        self.dismiss(self._order.with_choices(replace(self._order.choices, max_rate=rate)))


def _rate_text(rate: int | None) -> str:
    """kB a second as a person writes it."""
    if rate is None:
        return ""
    return f"{rate // 1024}MB" if rate % 1024 == 0 else f"{rate}kB"
