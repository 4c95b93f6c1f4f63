"""A recording in the screens of the console, with its controls on each of them. Nothing here can change anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from console.errors import UsageError
from console.recording.playing import FORMS, Playing, moment_of
from console.recording.replay import ReplaySource
from console.screens.actions import ACTIONS
from console.screens.app import ConsoleApp
from console.screens.bindings import bindings_of
from console.screens.key_bar import Key, keys_of
from widgets.replay_bar import ReplayBar
from widgets.words import plain

CONTROLS = ("play", "replay-back", "replay-forward", "previous-mark", "next-mark", "slower", "faster", "seek")
"""Ids of the controls' actions."""
STEP = 10.0
"""Seconds that `[` and `]` go."""


class ReplayApp(ConsoleApp):
    """The application on a recording."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(CONTROLS)]

    def __init__(self, source: ReplaySource, **options: Any) -> None:
        """`options` are the application's (keymap, theme, colourless)."""
        super().__init__(source.setting, source, None, **options)
        self._replay = source

    def above(self) -> Iterable[Widget]:
        """The controls."""
        yield ReplayBar()

    def draw(self) -> None:
        """Draw the screens, and where the recording stands."""
        super().draw()
        if self.is_running:
            state = self._replay.state
            for bar in self.screen.query(ReplayBar):
                bar.show(state)

    def keys(self, screen: Screen[Any]) -> tuple[Key, ...]:
        """What can be done on a screen, and with the recording."""
        controls = [keys_of(ACTIONS[each], self.keymap, self.reason_disabled(each)) for each in CONTROLS]
        return (*controls, *super().keys(screen))

    def reason_disabled(self, action_id: str) -> str:
        """Why an action cannot be done in a recording."""
        if action_id == "poll-now":
            return "a recording asks no host"
        return super().reason_disabled(action_id)

    def action_play(self) -> None:
        """Play or halt."""
        self._replay.toggle()
        self.draw()

    def action_replay_back(self) -> None:
        """Ten seconds back."""
        self._replay.skip(-STEP)
        self.draw()

    def action_replay_forward(self) -> None:
        """Ten seconds on."""
        self._replay.skip(STEP)
        self.draw()

    def action_previous_mark(self) -> None:
        """To the change before."""
        self._to_mark(-1, "There is no change before this moment.")

    def action_next_mark(self) -> None:
        """To the next change."""
        self._to_mark(1, "There is no change after this moment.")

    def action_slower(self) -> None:
        """Half the speed."""
        self._replay.change_speed(-1)
        self.draw()

    def action_faster(self) -> None:
        """Twice the speed."""
        self._replay.change_speed(1)
        self.draw()

    def action_seek(self) -> None:
        """Ask for a time, and go there."""
        self.push_screen(SeekScreen(self._replay.state), self._sought)

    def on_replay_bar_sought(self, event: ReplayBar.Sought) -> None:
        """Go where a person clicked."""
        self._sought(event.at)

    def _sought(self, at: datetime | None) -> None:
        if at is not None:
            self._replay.seek(at)
        self.draw()

    def _to_mark(self, direction: int, otherwise: str) -> None:
        mark = self._replay.seek_mark(direction)
        if mark is None:
            self.toast(otherwise)
        else:
            self.toast(mark.words, mark.severity)
        self.draw()


class SeekScreen(ModalScreen[datetime | None]):
    """Ends with the moment that was typed, or None."""

    DEFAULT_CSS = """
    SeekScreen { align: center top; background: $background 60%; }
    SeekScreen > Vertical {
        width: 90%; max-width: 70; height: auto; margin-top: 3;
        border: round $primary; background: $surface; padding: 0 1;
    }
    SeekScreen Input { background: $panel; }
    SeekScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, state: Playing) -> None:
        super().__init__()
        self._state = state

    def compose(self) -> ComposeResult:
        """The line to type into, and what it takes."""
        with Vertical() as box:
            box.border_title = Content("Go to a time of the recording (UTC)")
            box.border_subtitle = Content("enter goes · esc back")
            yield Input(placeholder=f"{self._state.at:%H:%M:%S}", compact=True)
            yield Static(Content.styled(FORMS, "$faint"), markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there, or say what is wrong with it."""
        try:
            self.dismiss(moment_of(event.value, self._state))
        except UsageError as error:
            self.query_one(Static).update(plain(str(error), "bold $status-warning"))
