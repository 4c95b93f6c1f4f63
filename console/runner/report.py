"""A run for people: Markdown for the hand-over, and a plain page. What hosts printed is inert in both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from console.facts.text import clean, one_line
from console.runner.journal import Event, Kind, stamp
from console.runner.runs import Run

_ESCAPED = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|~$&!"})
_LONGEST = 2000


def inline(text: object) -> str:
    """Text within a Markdown line or table cell: one line, and no character of it is Markdown."""
    return one_line(str(text), _LONGEST).translate(_ESCAPED)


def fenced(text: str) -> list[str]:
    """Text as a code block, whose fence is longer than any run of backticks in it."""
    body = clean(text, lines=True).rstrip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in _backticks(body)), default=0))
    return [f"{fence}text", *body.split("\n"), fence]


def _backticks(text: str) -> Iterator[str]:
    run = ""
    for char in text:
        run = run + char if char == "`" else ""
        if run:
            yield run


def markdown_report(run: Run, events: Sequence[Event]) -> str:
    """The hand-over: who, why, before and after, every command with its output and times, and the outcome."""
    lines = [
        f"# {inline(run.runbook)} of {inline(run.target)}: {inline(run.words_for_outcome)}",
        "",
        *(f"- **{name}:** {inline(value)}" for name, value in _head(run) if value),
        "",
        *_hosts("Before", events, "before"),
        *_hosts("After", events, "after"),
        *_bullets("What was to be lost", run.losses),
        *_steps(run),
        *_course(run, events),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(run: Run) -> tuple[tuple[str, str], ...]:
    return (
        ("Run", run.run),
        ("Why", run.reason),
        ("Who", run.who),
        ("Region", run.region),
        ("Inventory", run.inventory),
        ("Plan", run.summary),
        ("Began", stamp(run.began)),
        ("Ended", _ended(run)),
        ("Outcome", run.words or run.words_for_outcome),
    )


def _ended(run: Run) -> str:
    return f"{stamp(run.ended)} ({duration(run.began, run.ended)})" if run.ended is not None else "not ended"


def duration(begin: datetime, end: datetime) -> str:
    """Hours, minutes and seconds between two moments: 1:02:03."""
    seconds = round((end - begin).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _hosts(title: str, events: Iterable[Event], place: str) -> list[str]:
    """The last view of the pair at that place."""
    seen = [event for event in events if event.kind is Kind.SEEN and event.data.get("place") == place]
    hosts = seen[-1].data.get("hosts") if seen else None
    if not isinstance(hosts, Mapping):
        return []
    rows = (f"| {inline(host)} | {inline(words)} |" for host, words in hosts.items())
    return [f"## {title} ({stamp(seen[-1].at)})", "", "| host | state |", "|---|---|", *rows, ""]


def _bullets(title: str, texts: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {inline(text)}" for text in texts), ""] if texts else []


def _steps(run: Run) -> list[str]:
    rows = (
        f"| {number} | {inline(step.title)} | {inline(step.host)} | {step.state.value} |"
        for number, step in enumerate(run.steps, 1)
    )
    return ["## Steps", "", "| | step | host | state |", "|---|---|---|---|", *rows, ""]


def _course(run: Run, events: Sequence[Event]) -> list[str]:
    lines = ["## What happened", ""]
    titles = {step.key: step.title for step in run.steps}
    for event in events:
        words = told(event)
        if words is None:
            continue
        about = f"{inline(titles.get(event.step, event.step))}: " if event.step else ""
        lines += [f"- {stamp(event.at)} {about}{inline(words)}"]
        for block in _blocks(event):
            lines += ["", *(f"  {line}" for line in fenced(block)), ""]
    return lines


def _blocks(event: Event) -> Iterator[str]:
    """Commands and outputs that belong to an event."""
    operations = event.data.get("operations")
    for operation in operations if isinstance(operations, list | tuple) else ():
        if isinstance(operation, Mapping):
            yield str(operation.get("command", ""))
    output = event.data.get("output")
    if isinstance(output, str) and output.strip():
        yield output


def told(event: Event) -> str | None:
    """An event in words; None for what tells a reader nothing."""
    data = event.data
    if event.kind is Kind.RESUME:
        who = data.get("who")
        name = f"{who.get('user')}@{who.get('host')}" if isinstance(who, Mapping) else "somebody"
        why = f", for: {data['reason']}" if data.get("reason") else ""
        return f"{'rolled back' if data.get('way') == 'roll-back' else 'resumed'} by {name}{why}"
    if event.kind is Kind.LEASE:
        return f"lease on {data.get('host')}: {data.get('words') or ('held' if data.get('held') else 'given back')}"
    if event.kind in {Kind.INTENT, Kind.UNDO_INTENT}:
        return f"{'takes back' if event.kind is Kind.UNDO_INTENT else 'begins'}: {_operation_words(data)}"
    if event.kind in _TOLD:
        return _TOLD[event.kind] + _details(data)
    return None


_TOLD = {
    Kind.BEGIN: "begun",
    Kind.JUDGED: "judged",
    Kind.PERFORMED: "performed",
    Kind.UNREACHED: "the host was not reached",
    Kind.JOB_BEGUN: "runs as a job on the host",
    Kind.JOB_ENDED: "the job ended",
    Kind.VERIFIED: "verified",
    Kind.FAILED: "failed",
    Kind.UNDO_PERFORMED: "performed",
    Kind.UNDONE: "taken back",
    Kind.RETREAT: "retreat",
    Kind.END: "ended",
}


def _operation_words(data: Mapping[str, Any]) -> str:
    operations = data.get("operations")
    found = operations if isinstance(operations, list | tuple) else ()
    return "; ".join(str(each.get("words", "")) for each in found if isinstance(each, Mapping))


def _details(data: Mapping[str, Any]) -> str:
    """Status, seconds, words and conditions, as far as an event has them."""
    parts = []
    if "status" in data:
        parts.append(f"exit status {data['status']}" if data["status"] is not None else "cut off")
    if isinstance(data.get("seconds"), int | float):
        parts.append(f"{data['seconds']:.1f} s")
    parts += [str(data[key]) for key in ("words", "noted") if data.get(key)]
    conditions = data.get("conditions")
    for each in conditions if isinstance(conditions, list | tuple) else ():
        if isinstance(each, Mapping):
            parts.append(f"{each.get('words')}: {each.get('answer')} ({each.get('because')})")
    return f": {'; '.join(parts)}" if parts else ""


def plain_page(run: Run, events: Sequence[Event]) -> str:
    """`runs show`: the head, the steps, and what happened, a line each; no control characters."""
    width = max((len(step.key) for step in run.steps), default=0)
    lines = [f"{name + ':':<11}{one_line(value, _LONGEST)}" for name, value in _head(run) if value]
    lines += [
        "",
        *(
            f"{number:>3}. {one_line(step.key):<{width}}  {step.state.value:<16} "
            f"{one_line(step.title)}, on {one_line(step.host)}"
            for number, step in enumerate(run.steps, 1)
        ),
        "",
    ]
    for event in events:
        if (words := told(event)) is not None:
            about = f"{event.step}: " if event.step else ""
            lines.append(f"{stamp(event.at)} {one_line(about + words, 400)}")
    return "\n".join(lines) + "\n"
