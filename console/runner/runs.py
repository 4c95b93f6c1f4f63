"""Runs as their journals tell: the state of every step, and the list of all runs. Pure but for reading the folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from console.exit_codes import ExitCode
from console.runner.journal import SUFFIX, Event, JournalError, Kind, journal_path, read_events

FINISHED = frozenset({ExitCode.OK, ExitCode.REFUSED, ExitCode.CANCELLED, ExitCode.ROLLED_BACK})


class StepState(StrEnum):
    """How far a step is. From `INTENDED` on it may have been carried out, in part or whole."""

    NOT_BEGUN = "not begun"
    INTENDED = "begun"
    PERFORMED = "performed"
    VERIFIED = "done"
    UNDOING = "being taken back"
    UNDONE = "taken back"

    @property
    def standing(self) -> bool:
        """Whether something of the step may stand on the host."""
        return self not in {StepState.NOT_BEGUN, StepState.UNDONE}


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step of a run's plan, and how far it is. `commands` as they were planned.

    `attempt`: the last one that may have reached the host (`Order.attempt`), 0 before the first.
    """

    key: str
    title: str
    host: str
    commands: tuple[str, ...] = ()
    state: StepState = StepState.NOT_BEGUN
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `outcome` None: it goes on at this moment, or its console died. `changed`: hosts may have been changed.

    `parameters` are the runbook's own, as JSON. `leases`: hosts where it holds the lease, as far as the journal knows:
    of a finished run, those that did not answer when it was to be given back; resuming it gives it back there.
    `who` is USER@HOST of the last console that drove it, `drives` how many have.
    """

    run: str
    runbook: str
    region: str
    target: str
    reason: str
    who: str
    inventory: str
    began: datetime
    ended: datetime | None
    summary: str
    parameters: Mapping[str, Any]
    steps: tuple[StepRecord, ...]
    changed: bool = False
    leases: tuple[str, ...] = ()
    outcome: ExitCode | None = None
    words: str = ""
    error: str | None = None
    losses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    drives: int = 0

    @property
    def finished(self) -> bool:
        """Whether nothing is left to resume or to roll back."""
        return self.outcome in FINISHED

    @property
    def words_for_outcome(self) -> str:
        """The outcome in a word or two."""
        if self.outcome is None:
            return "not ended"
        return OUTCOME_WORDS[self.outcome]

    @property
    def stands(self) -> bool:
        """Whether something of any step may stand on a host."""
        return any(step.state.standing for step in self.steps)

    def step(self, key: str) -> StepRecord:
        """A step by its key; StopIteration for an unknown one is a defect."""
        return next(step for step in self.steps if step.key == key)


OUTCOME_WORDS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.REFUSED: "refused",
    ExitCode.HALF_WAY: "half-way",
    ExitCode.CANCELLED: "cancelled",
    ExitCode.ROLLED_BACK: "rolled back",
}


@dataclass(slots=True)
class _Fold:
    """What the events told so far."""

    states: dict[str, StepState]
    before: dict[str, tuple[StepState, bool, int]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    drives: int = 0
    leases: dict[str, bool] = field(default_factory=dict)
    changed: bool = False
    outcome: ExitCode | None = None
    words: str = ""
    error: str | None = None
    ended: datetime | None = None
    who: str = ""


def run_of(run: str, events: Sequence[Event], source: str = "") -> Run:
    """The run that the events tell of; JournalError where they do not begin as a run does."""
    begin = events[0] if events else None
    if begin is None or begin.kind is not Kind.BEGIN:
        raise JournalError(f"{source or run}: the run had not begun when its console died. Nothing was changed.")
    steps = tuple(_planned(begin.data.get("steps")))
    fold = _Fold({step.key: StepState.NOT_BEGUN for step in steps})
    for event in events:
        _take(fold, event)
    data = begin.data
    return Run(
        run=run,
        runbook=_text(data, "runbook"),
        region=_text(data, "region"),
        target=_text(data, "target"),
        reason=_text(data, "reason"),
        who=fold.who,
        inventory=_text(data, "inventory"),
        began=begin.at,
        ended=fold.ended,
        summary=_text(data, "summary"),
        parameters=data["parameters"] if isinstance(data.get("parameters"), dict) else {},
        steps=tuple(
            replace(step, state=fold.states[step.key], attempt=fold.attempts.get(step.key, 0)) for step in steps
        ),
        changed=fold.changed,
        leases=tuple(host for host, held in fold.leases.items() if held),
        outcome=fold.outcome,
        words=fold.words,
        error=fold.error,
        losses=_texts(data.get("losses")),
        needs=_texts(data.get("needs")),
        drives=fold.drives,
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def _planned(steps: object) -> Iterable[StepRecord]:
    for step in steps if isinstance(steps, list | tuple) else ():
        if isinstance(step, dict):
            yield StepRecord(
                _text(step, "key"), _text(step, "title"), _text(step, "host"), _texts(step.get("commands"))
            )


def _take(fold: _Fold, event: Event) -> None:
    if event.kind in {Kind.BEGIN, Kind.RESUME}:
        fold.outcome, fold.words, fold.ended = None, "", None
        fold.drives += 1
        who = event.data.get("who")
        fold.who = f"{who.get('user')}@{who.get('host')}" if isinstance(who, dict) else ""
    elif event.kind is Kind.LEASE:
        fold.leases[_text(event.data, "host")] = event.data.get("held") is True
    elif event.kind is Kind.FAILED:
        fold.error = _text(event.data, "words")
    elif event.kind is Kind.END:
        fold.outcome = _exit_code(event.data.get("code"))
        fold.words, fold.ended = _text(event.data, "words"), event.at
    if event.step in fold.states:
        _take_step(fold, event, event.step)


def _take_step(fold: _Fold, event: Event, key: str) -> None:
    """How an event moves its step on. What certainly did not reach the host takes its intent back."""
    if event.kind is Kind.INTENT:
        began = fold.attempts.get(key, 0)
        fold.before[key] = fold.states[key], fold.changed, began
        fold.states[key] = StepState.INTENDED
        attempt = event.data.get("attempt")
        fold.attempts[key] = attempt if isinstance(attempt, int) else max(1, began)
        fold.changed = fold.changed or event.data.get("changes") is not False
    elif event.kind is Kind.UNREACHED:
        if event.data.get("changed") is False and event.data.get("undo") is not True and key in fold.before:
            fold.states[key], fold.changed, fold.attempts[key] = fold.before.pop(key)
    elif event.kind in {Kind.PERFORMED, Kind.JOB_ENDED}:
        fold.states[key] = StepState.PERFORMED if event.data.get("status") == 0 else StepState.INTENDED
    elif event.kind in _STATES:
        fold.states[key] = _STATES[event.kind]


_STATES = {Kind.VERIFIED: StepState.VERIFIED, Kind.UNDO_INTENT: StepState.UNDOING, Kind.UNDONE: StepState.UNDONE}


def _exit_code(value: object) -> ExitCode | None:
    try:
        return ExitCode(value) if isinstance(value, int) else None
    except ValueError:
        return None


def read_run(folder: Path, run: str) -> Run:
    """One run; UsageError for what is no run's id, JournalError where there is no such run or it is damaged."""
    path = journal_path(folder, run)
    return run_of(run, read_events(path), str(path))


def list_runs(folder: Path) -> tuple[tuple[Run, ...], tuple[JournalError, ...]]:
    """Every run, newest first, and why others cannot be read; runs that never began are left out."""
    runs: list[Run] = []
    damaged: list[JournalError] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            events = read_events(path)
            if events:
                runs.append(run_of(path.name.removesuffix(SUFFIX), events, str(path)))
        except JournalError as error:
            damaged.append(error)
    return tuple(sorted(runs, key=lambda run: (run.began, run.run), reverse=True)), tuple(damaged)
