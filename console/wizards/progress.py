"""How a run stands, as values that a screen draws: taken from its Board at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.runner.outcome import Outcome
from console.terminal.board import Board, Line, Stage
from console.terminal.copy_progress import copy_words


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: `seconds` it has taken so far or took, `note` its news (outside text), `share` of a copy done."""

    number: int
    key: str
    title: str
    host: str
    stage: Stage
    seconds: float | None
    note: str
    left: float | None
    copied: str
    share: float | None
    window: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole run. `window_seconds`: for how long clients cannot write now, None while they can; `window_took` for
    how long they could not. `current` is the key of the step that is worked on. `lines` and `output` are outside text.
    """

    seconds: float
    steps: tuple[StepView, ...]
    current: str | None
    window_seconds: float | None
    window_took: float | None
    news: str
    stopping: bool
    lines: tuple[str, ...]
    output: str
    outcome: Outcome | None
    failure: str

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on here."""
        return self.outcome is not None or bool(self.failure)

    @property
    def how_far(self) -> str:
        """How many steps are done, and how many were taken back."""
        done = sum(1 for step in self.steps if step.stage is Stage.DONE)
        back = sum(1 for step in self.steps if step.stage is Stage.TAKEN_BACK)
        return f"{done} of {len(self.steps)} steps done" + (f", {back} taken back" if back else "")

    def step(self, key: str | None) -> StepView | None:
        """A step by its key."""
        return next((step for step in self.steps if step.key == key), None)


def progress_of(
    board: Board, now: float, lines: Iterable[str], output: str, outcome: Outcome | None, failure: str
) -> Progress:
    """The board at second `now` of the run's clock, frozen."""
    current = board.current()
    end = max((line.ended for line in board.lines if line.ended is not None), default=now) if outcome else now
    return Progress(
        seconds=max(0.0, end - board.began),
        steps=tuple(_view(line, now) for line in board.lines),
        current=current.key if current is not None else None,
        window_seconds=None if board.window_since is None else now - board.window_since,
        window_took=board.window_took,
        news=board.news,
        stopping=board.stopping,
        lines=tuple(lines),
        output=output,
        outcome=outcome,
        failure=failure,
    )


def _view(line: Line, now: float) -> StepView:
    state = line.meter.state if line.stage is Stage.RUNNING else None
    return StepView(
        line.number,
        line.key,
        line.title,
        line.host,
        line.stage,
        line.seconds(now),
        line.note,
        line.left,
        copy_words(state) if state is not None else "",
        state.progress.share if state is not None else None,
        line.window,
    )
