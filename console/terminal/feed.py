"""The Runner's events, written into the Board."""

from __future__ import annotations

from collections.abc import Callable

from console.facts.text import one_line
from console.runner.journal import Event, Kind
from console.terminal.board import Board, Stage

_NOTE = 400
_STAGES = {
    Kind.INTENT: Stage.RUNNING,
    Kind.JOB_BEGUN: Stage.RUNNING,
    Kind.PERFORMED: Stage.RUNNING,
    Kind.JOB_ENDED: Stage.RUNNING,
    Kind.WAITING: Stage.RUNNING,
    Kind.JOB: Stage.RUNNING,
    Kind.UNREACHED: Stage.RUNNING,
    Kind.VERIFIED: Stage.DONE,
    Kind.FAILED: Stage.FAILED,
    Kind.UNDO_INTENT: Stage.TAKING_BACK,
    Kind.UNDO_PERFORMED: Stage.TAKING_BACK,
    Kind.UNDONE: Stage.TAKEN_BACK,
}


def take_in(board: Board, event: Event, now: float) -> None:
    """Let the board show `event`; whatever it holds, this never raises for it."""
    words = _words(event)
    if event.step is None:
        board.news = words or board.news
        return
    line = board.line(event.step)
    if line is None:
        return
    if event.kind in (Kind.JOB, Kind.JOB_ENDED):
        line.meter.read(str(event.data.get("output", "")), now)
    stage = _stage(event, line.stage)
    if event.kind is Kind.INTENT and not board.stopping:
        board.news = ""
    if stage is not None:
        board.set_stage(event.step, stage, now, words or (line.note if stage is line.stage else ""))
        line.waiting = event.kind is Kind.WAITING
        line.left = _seconds_left(event) if line.waiting else None


def _stage(event: Event, present: Stage) -> Stage | None:
    """The stage that an event leads to; what is looked at while a step is taken back does not begin it anew."""
    if event.kind is Kind.JUDGED:
        return Stage.RUNNING if event.data.get("place") == "before" else present
    if event.kind is Kind.FAILED and event.data.get("asked"):
        return Stage.STOPPED
    stage = _STAGES.get(event.kind)
    if stage is Stage.RUNNING and event.kind is not Kind.INTENT and present is Stage.TAKING_BACK:
        return present
    return stage


def _words(event: Event) -> str:
    return _WORDS.get(event.kind, _told)(event)


def _told(event: Event) -> str:
    return one_line(str(event.data.get("words", "")), _NOTE)


def _intent(event: Event) -> str:
    operations = event.data.get("operations") or event.data.get("commands") or ()
    return (
        one_line("; ".join(_name(each) for each in operations), _NOTE) if isinstance(operations, list | tuple) else ""
    )


def _name(operation: object) -> str:
    return str(operation.get("words", "")) if isinstance(operation, dict) else str(operation)


def _performed(event: Event) -> str:
    status = event.data.get("status")
    if status in (0, None):
        return one_line(str(event.data.get("output", "")), _NOTE) or "done; the facts are being looked at"
    return one_line(f"exit status {status}, the facts decide: {event.data.get('output', '')}", _NOTE)


def _judged(event: Event) -> str:
    """The first condition that does not hold, if any."""
    conditions = event.data.get("conditions")
    for each in conditions if isinstance(conditions, list | tuple) else ():
        if isinstance(each, dict) and each.get("answer") != "yes":
            return one_line(f"waits for: {each.get('words', '')}: {each.get('because', '')}", _NOTE)
    return ""


def _waiting(event: Event) -> str:
    return "holds, and must stay so" if event.data.get("steady") else _told(event) or _judged(event)


def _seconds_left(event: Event) -> float | None:
    left = event.data.get("left")
    return float(left) if isinstance(left, int | float) else None


def _lease(event: Event) -> str:
    return one_line(f"lease on {event.data.get('host', '?')}: {event.data.get('words', '')}", _NOTE)


def _retreat(event: Event) -> str:
    return _told(event) or (
        "clients can write again" if event.data.get("complete") else "the window's steps are being taken back"
    )


_WORDS: dict[Kind, Callable[[Event], str]] = {
    Kind.INTENT: _intent,
    Kind.UNDO_INTENT: _intent,
    Kind.PERFORMED: _performed,
    Kind.UNDO_PERFORMED: _performed,
    Kind.JUDGED: _judged,
    Kind.WAITING: _waiting,
    Kind.LEASE: _lease,
    Kind.RETREAT: _retreat,
    Kind.JOB: lambda event: "",
    Kind.BEGIN: lambda event: "",
    Kind.RESUME: lambda event: "",
    Kind.END: lambda event: "",
    Kind.SEEN: lambda event: "",
}
