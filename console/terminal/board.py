"""How a run stands, step by step, as its face shows it; the Runner's events are written in as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from console.runbooks.plan import Plan
from console.runner.runs import Run, StepState
from console.terminal.copy_progress import CopyMeter, copy_words


class Stage(StrEnum):
    """Where a step is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    TAKING_BACK = "taking back"
    TAKEN_BACK = "taken back"


_ENDED = (Stage.DONE, Stage.FAILED, Stage.STOPPED, Stage.TAKEN_BACK)


@dataclass
class Line:
    """One step. `began` and `ended` are seconds of the run's clock; `note` is its newest news, in words.

    `waiting`: the note says what is waited for, and `left` for how many seconds more; it changes with every look.
    """

    number: int
    key: str
    title: str
    host: str
    window: bool
    stage: Stage = Stage.PENDING
    began: float | None = None
    ended: float | None = None
    note: str = ""
    waiting: bool = False
    left: float | None = None
    meter: CopyMeter = field(default_factory=CopyMeter)

    def seconds(self, now: float) -> float | None:
        """How long it has taken so far, or took; None where it has not begun."""
        return None if self.began is None else (self.ended if self.ended is not None else now) - self.began

    def progress(self, *, bar: bool) -> str:
        """A copy's progress in words, "" where nothing is copied."""
        state = self.meter.state
        return copy_words(state, bar=bar) if state is not None and self.stage is Stage.RUNNING else ""


@dataclass
class Board:
    """All steps of a plan, since when clients cannot write (None: they can), and the news of the run as a whole.

    `window_took`: for how many seconds clients could not write, once they can again.
    """

    title: str
    lines: list[Line]
    began: float
    window_since: float | None = None
    window_took: float | None = None
    news: str = ""
    stopping: bool = False
    over: bool = False

    def line(self, key: str) -> Line | None:
        """The step called so."""
        return next((line for line in self.lines if line.key == key), None)

    def set_stage(self, key: str, stage: Stage, now: float, note: str = "") -> None:
        """Note that a step has come to `stage`."""
        line = self.line(key)
        if line is None:
            return
        if line.began is None and stage is not Stage.PENDING:
            line.began = now
        if stage in _ENDED:
            line.ended = now
        elif line.stage is not stage:
            line.began, line.ended = now, None
        line.stage, line.note = stage, note
        self._mind_the_window(line, now)

    def current(self) -> Line | None:
        """The step that is being worked on, else the last that failed."""
        busy = [line for line in self.lines if line.stage in (Stage.RUNNING, Stage.TAKING_BACK)]
        failed = [line for line in self.lines if line.stage in (Stage.FAILED, Stage.STOPPED)]
        return next(reversed(busy or failed), None)

    def shown(self, room: int) -> Iterator[Line]:
        """At most `room` lines, the current one among them."""
        current = self.current()
        at = self.lines.index(current) if current is not None else self._next()
        first = max(0, min(at - room // 3, len(self.lines) - room))
        yield from self.lines[first : first + room]

    def _next(self) -> int:
        waiting = [index for index, line in enumerate(self.lines) if line.stage is Stage.PENDING]
        return waiting[0] if waiting else len(self.lines) - 1

    def _mind_the_window(self, line: Line, now: float) -> None:
        """Writes are down from the first step of the window until its last is done, or all are taken back."""
        window = [each for each in self.lines if each.window]
        touched = [each for each in window if each.stage not in (Stage.PENDING, Stage.TAKEN_BACK)]
        over = not touched or all(each.stage is Stage.DONE for each in window)
        if over:
            if self.window_since is not None:
                self.window_took = (self.window_took or 0.0) + now - self.window_since
            self.window_since = None
        elif self.window_since is None and line.window:
            self.window_since = now


_FROM_JOURNAL = {StepState.VERIFIED: Stage.DONE, StepState.UNDONE: Stage.TAKEN_BACK}


def board_of(plan: Plan, now: float, run: Run | None = None) -> Board:
    """Nothing has begun yet, but what `run`, which goes on, has behind it."""
    lines = [
        Line(number, step.key, step.title, step.host, step.key in plan.without_writes)
        for number, step in enumerate(plan.steps, start=1)
    ]
    if run is not None:
        for line in lines:
            line.stage = _FROM_JOURNAL.get(run.step(line.key).state, Stage.PENDING)
    return Board(f"{plan.runbook} of {plan.parameters.target}, run {plan.parameters.run}", lines, now)
