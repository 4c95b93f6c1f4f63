"""A run that goes on, step by step, with what it prints; and its end, with what it means and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.exit_codes import ExitCode
from console.scene import Scene
from console.screens.base import SceneScreen
from console.screens.redraw import update
from console.wizards.carrying import Carrying
from console.wizards.progress import Progress
from console.wizards.progress_page import log_lines, status_lines, step_commands, step_items
from console.wizards.question_screen import QuestionScreen
from console.wizards.step_text import short_host
from console.wizards.telling import failure_items, outcome_items
from widgets.plan_outline import Item, Outline, item_of
from widgets.words import plain

if TYPE_CHECKING:
    from console.wizards.acting import Wizards

_STEP = "step "


class RunScreen(SceneScreen):
    """One run of this process. Leaving it leaves the run as it is."""

    NAME = "Run"
    ABOUT = (
        "A run as it goes on: every step with its state, what the current one waits for or copies, and what it prints. "
        "Leaving this screen does not touch the run: it goes on in this process, and the runs screen finds it again. "
        "Stopping is done at the next safe point; the run can then be continued or rolled back."
    )
    ACTIONS: ClassVar[tuple[str, ...]] = (
        "stop-run", "resume", "roll-back", "output", "details", "copy", "report", "back", "quit",
    )  # fmt: skip
    DEFAULT_CSS = """
    RunScreen #title { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    RunScreen #steps { height: 1fr; padding: 0 1; }
    RunScreen #status { height: auto; padding: 0 1; background: $panel; }
    RunScreen #log { height: 30%; min-height: 4; padding: 0 1; color: $faint; border-top: solid $panel; }
    RunScreen #end { height: auto; max-height: 70%; padding: 0 1; display: none; border-top: solid $panel; }
    RunScreen.-over #end { display: block; }
    RunScreen.-over #log { display: none; }
    RunScreen.-large #steps { display: none; }
    RunScreen.-large #log { height: 1fr; display: block; }
    """

    @dataclass
    class Moved(Message):
        """The run's thread has something new."""

        def can_replace(self, message: Message) -> bool:
            """The newest state is all that counts."""
            return isinstance(message, RunScreen.Moved)

    def __init__(self, wizards: Wizards, carrying: Carrying) -> None:
        super().__init__()
        self._wizards = wizards
        self._carrying = carrying
        self._opened: frozenset[str] = frozenset()
        self._followed: str | None = None
        self._progress: Progress | None = None

    @property
    def carrying(self) -> Carrying:
        """The run that is shown."""
        return self._carrying

    @property
    def own_run(self) -> str:
        """Its title says how far it is."""
        return self._carrying.run

    def compose(self) -> ComposeResult:
        """Title, steps, the state of the current one, what is printed; at the end the outcome."""
        yield Static(id="title", markup=False)
        yield Outline(id="steps")
        yield Static(id="status", markup=False)
        yield Static(id="log", markup=False)
        yield Outline(id="end")

    def on_mount(self) -> None:
        """Listen to the run; the seconds go by themselves."""
        self._carrying.listen(self._heard)
        self.query_one("#steps", Outline).focus()
        self.set_interval(0.25, self._tick)
        self._show()

    def on_unmount(self) -> None:
        """Listen no more; the run goes on."""
        self._carrying.forget(self._heard)

    def _heard(self) -> None:
        self.post_message(self.Moved())

    def on_run_screen_moved(self) -> None:
        """Draw what is new."""
        self._show()

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """The run's own thread says when something is new."""
        del scene, now
        self._show()

    def _tick(self) -> None:
        if self.is_current and (self._progress is None or not self._progress.over):
            self._show()

    # --- drawing ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        progress = self._carrying.progress()
        ended = progress.over and not (self._progress is not None and self._progress.over)
        self._progress = progress
        width = max(20, self.size.width - 2)
        update(self.query_one("#title", Static), self._title(progress))
        update(self.query_one("#status", Static), Content("\n").join(status_lines(progress, width)))
        self.query_one("#steps", Outline).show_items(
            lambda room: tuple(step_items(progress, self._carrying.plan, self._opened, room))
        )
        log = self.query_one("#log", Static)
        lines = log_lines(progress, max(20, log.size.width or width), max(1, log.content_size.height))
        update(log, Content("\n").join(lines))
        self._follow(progress)
        if ended:
            self._show_end(progress)

    def _title(self, progress: Progress) -> Content:
        plan, way = self._carrying.plan, self._carrying.beginning.words
        words = f"{plan.runbook} of {short_host(plan.parameters.target)}"
        words = words if way == plan.runbook else f"{way}: {words}"
        how_far = f"  {progress.how_far}, run {plan.parameters.run}"
        return Content.assemble(plain(words, "bold"), plain(how_far, "$faint"))

    def _follow(self, progress: Progress) -> None:
        """The cursor goes along with the run, step by step; in between it is the person's."""
        if progress.current is not None and progress.current != self._followed:
            self._followed = progress.current
            self.query_one("#steps", Outline).go_to(f"{_STEP}{progress.current}")

    def _show_end(self, progress: Progress) -> None:
        self.set_class(True, "-over")
        self.set_class(False, "-large")
        end = self.query_one("#end", Outline)
        items = self._end_items
        end.show_items(lambda room: tuple(items(progress, room)))
        end.styles.height = min(len(end.keys) + 1, max(6, self.size.height * 6 // 10))
        end.focus()

    def _end_items(self, progress: Progress, width: int) -> Iterator[Item]:
        if progress.outcome is not None:
            return outcome_items(self._carrying.plan, progress.outcome, width)
        return failure_items(progress.failure, width)

    # --- what is done ----------------------------------------------------------------------------------------------

    def reason_disabled(self, action: str) -> str:
        """A run is stopped while it goes on, and continued when it has stopped half-way."""
        over = self._carrying.over
        if action == "stop-run":
            if over:
                return "the run has ended"
            return "it stops at the next safe point already" if self._carrying.progress().stopping else ""
        if action in ("resume", "roll-back"):
            return self._why_not_onwards()
        if action == "report" and not over:
            return "the report is there when the run has ended; d shows what its journal tells so far"
        return ""

    def _why_not_onwards(self) -> str:
        outcome = self._carrying.outcome
        if not self._carrying.over:
            return "the run goes on: stop it first"
        if outcome is None or outcome.code is ExitCode.HALF_WAY:
            return ""
        return "the run is finished"

    def action_stop_run(self) -> None:
        """Ask, then stop at the next safe point."""

        def answered(stop: bool | None) -> None:
            if stop:
                self._carrying.stop()

        self.app.push_screen(
            QuestionScreen(
                "Stop this run at its next safe point?",
                "It is never stopped in the middle of an operation, nor where only going on helps clients. What is "
                "done stays; the run can then be continued, or taken back.",
                "Let it go on",
                "Stop at the next safe point",
            ),
            answered,
        )

    def action_back(self) -> None:
        """Leave; while the run goes on, only after having said so."""
        if self._carrying.over:
            self.dismiss()
            return

        def answered(leave: bool | None) -> None:
            if leave:
                self.dismiss()

        self.app.push_screen(
            QuestionScreen(
                "Leave this screen? The run goes on.",
                "It goes on in this process for as long as the console lives; the banner shows it, and the runs screen "
                "(4) finds it again. Quitting the console stops it at its next safe point, and it can be continued.",
                "Stay",
                "Leave it running",
            ),
            answered,
        )

    def action_resume(self) -> None:
        """Show what comes next, and ask."""
        self._wizards.open_going_on(self.app, self._carrying.run, roll_back=False, instead=True)

    def action_roll_back(self) -> None:
        """Show what is taken back, and ask."""
        self._wizards.open_going_on(self.app, self._carrying.run, roll_back=True, instead=True)

    def action_details(self) -> None:
        """What the journal tells."""
        self._wizards.open_run(self.app, self._carrying.run)

    def action_report(self) -> None:
        """Copy the Markdown report."""
        self._wizards.copy_report(self.console, self._carrying.run)

    def action_output(self) -> None:
        """The output large, or small again."""
        self.toggle_class("-large")
        self.call_after_refresh(self._show)

    def action_copy(self) -> None:
        """The item under the cursor, or in the large output all of it."""
        if self.has_class("-large") and self._progress is not None:
            self.console.copy("\n".join((*self._progress.lines, self._progress.output)))
            return
        focused = self.focused if isinstance(self.focused, Outline) else self.query_one("#steps", Outline)
        item = focused.item
        if item is not None and item.id.startswith(_STEP):
            self.console.copy(step_commands(self._carrying.plan, item.id.removeprefix(_STEP)))
        else:
            self.console.copy(item.text if item is not None else "")

    def on_row_list_chosen(self, message: Outline.Chosen) -> None:
        """Enter shows the commands of a step, or hides them."""
        message.stop()
        item = item_of(message.key)
        if item.startswith(_STEP):
            self._opened ^= {item}
            self._show()
