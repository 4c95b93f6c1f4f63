"""Before a run is continued or rolled back: how it stands, what comes next, and the same consent as at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.errors import VmdbConsoleError
from console.scene import Scene
from console.screens.base import SceneScreen
from console.wizards.carrying import resuming, rolling_back
from console.wizards.confirm_screen import ConfirmScreen
from console.wizards.consent import Consent
from console.wizards.going_on import GoingOnPlan, going_on_items
from widgets.plan_outline import Item, Outline, hanging
from widgets.words import plain

if TYPE_CHECKING:
    from console.wizards.acting import Wizards


class GoingOnScreen(SceneScreen):
    """What is left of a run, or with `roll_back` what is taken back of it."""

    NAME = "Go on"
    ABOUT = (
        "A run that stopped half-way: how far each step is, and what comes next, or what is taken back and in which "
        "order. Nothing happens before you have confirmed."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = ("begin", "copy", "details", "back")
    DEFAULT_CSS = """
    GoingOnScreen #title { height: 1; padding: 0 1; text-style: bold; }
    GoingOnScreen Outline { padding: 0 1; }
    """

    @dataclass
    class Read(Message):
        """The journal was read, or why nothing can come of it."""

        onward: GoingOnPlan | str

    def __init__(self, wizards: Wizards, run: str, *, roll_back: bool) -> None:
        super().__init__()
        self._wizards = wizards
        self._run = run
        self._roll_back = roll_back
        self._onward: GoingOnPlan | str | None = None

    def compose(self) -> ComposeResult:
        """Title and page."""
        yield Static(id="title", markup=False)
        yield Outline(id="page")

    def on_mount(self) -> None:
        """Read the journal."""
        way = "Take back what the run did" if self._roll_back else "Continue the run where it stopped"
        self.query_one("#title", Static).update(Content.assemble(way, ("  nothing is done yet", "$faint")))
        self.query_one(Outline).focus()
        self.run_worker(lambda: self.post_message(self.Read(self._look())), thread=True, exit_on_error=False)

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Nothing here is of the fleet."""
        del scene, now

    def _look(self) -> GoingOnPlan | str:
        try:
            return self._wizards.plan_onwards(self._run, roll_back=self._roll_back)
        except VmdbConsoleError as error:
            return str(error)

    def on_going_on_screen_read(self, message: Read) -> None:
        """Show it."""
        self._onward = message.onward
        self.query_one(Outline).show_items(lambda width: self._items(max(20, width)))
        self.console.draw()

    def _items(self, width: int) -> tuple[Item, ...]:
        onward = self._onward
        if isinstance(onward, GoingOnPlan):
            return tuple(going_on_items(onward, width))
        head = Content.styled("✖ ", "bold $status-critical")
        return (Item("unfit", hanging(head, plain(onward or "reading its journal …"), width)),)

    def reason_disabled(self, action: str) -> str:
        """Only what was read can be gone on with."""
        if action != "begin" or isinstance(self._onward, GoingOnPlan):
            return ""
        return self._onward or "its journal is being read"

    def action_begin(self) -> None:
        """Ask for confirmation, then go on."""
        onward = self._onward
        if not isinstance(onward, GoingOnPlan):
            return

        def confirmed(consent: Consent | None) -> None:
            if consent is None:
                return
            way = rolling_back(consent.reason) if onward.roll_back else resuming(consent.reason)
            self.app.switch_screen(self._wizards.carry_out(self.app, onward.plan, way))

        self.app.push_screen(ConfirmScreen(onward.form, self.setting.environment), confirmed)

    def action_details(self) -> None:
        """What the journal tells."""
        self._wizards.open_run(self.app, self._run)

    def action_copy(self) -> None:
        """The item under the cursor; of a step its commands."""
        item = self.query_one(Outline).item
        self.console.copy(item.text if item is not None else "")
