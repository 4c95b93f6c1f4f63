"""Runs as lines of a list, and one run as a page: steps, commands, outputs, judged guards. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.content import Content

from console.facts.text import clean
from console.journals.outcomes import OUTCOMES
from console.journals.reading import KnownRun
from console.journals.shell_lines import shell_lines
from console.runner.journal import Event
from console.runner.report import told
from console.runner.runs import Run, StepState
from widgets.columns import row
from widgets.plan_outline import Item, hanging, heading
from widgets.words import inert, plain

_WIDE = 120
_REASON_LEAST = 12
_OUTPUT_LINES = 60
_STATES = {
    StepState.NOT_BEGUN: ("·", "$faint"),
    StepState.INTENDED: ("▶", "bold $status-warning"),
    StepState.PERFORMED: ("▶", "bold $status-warning"),
    StepState.VERIFIED: ("✔", "$status-ok"),
    StepState.UNDOING: ("◀", "bold $status-warning"),
    StepState.UNDONE: ("↶", "$status-warning"),
}


def state_text(known: KnownRun) -> Content:
    """How a run stands, as symbol, word and colour."""
    if known.where.here:
        return Content.styled("▶ GOES ON HERE", "bold $status-info")
    if known.where.driver:
        return Content.styled("▶ GOES ON ELSEWHERE", "bold $status-info")
    if known.run.outcome is None:
        return Content.styled("▲ NOT ENDED", "bold $status-critical" if known.run.changed else "bold $status-warning")
    word, style, _ = OUTCOMES[known.run.outcome]
    return Content.styled(word, style)


def state_words(known: KnownRun) -> str:
    """The same as words alone, for filters."""
    return state_text(known).plain.lower()


def matches(known: KnownRun, wanted: str) -> bool:
    """Whether every word that is wanted stands somewhere in what the list shows of the run."""
    run = known.run
    text = " ".join((run.run, run.runbook, run.region, run.target, run.who, run.reason, state_words(known))).casefold()
    return all(word in text for word in wanted.casefold().split())


def heading_line(width: int) -> Content:
    """The columns' names."""
    return _columns(("state", "when (UTC)", "runbook", "target", "who", "run", "reason"), width).stylize("$faint")


def run_line(known: KnownRun, width: int) -> Content:
    """One run in a line."""
    run = known.run
    when = f"{run.began:%Y-%m-%d %H:%M}"
    target = run.target.partition(".")[0]
    words = (when, run.runbook, target, run.who, run.run, run.reason)
    return _columns((state_text(known), *(plain(word) for word in words)), width)


def _columns(cells: tuple[Content | str, ...], width: int) -> Content:
    """Where there is little room the run alone tells when (its id begins with that), and says by what to name it."""
    state, when, runbook, target, who, run, reason = cells
    fixed: list[tuple[Content | str, int]]
    if width >= _WIDE:
        fixed = [(state, 19), (when, 16), (runbook, 18), (target, 14), (who, 18), (run, 20)]
    else:
        fixed = [(state, 19), (run, 20), (runbook, 18), (target, 14)]
    left = width - sum(size for _, size in fixed) - len(fixed)
    return row([*fixed, (reason, left)] if left >= _REASON_LEAST else fixed)


def run_items(known: KnownRun, opened: frozenset[str], width: int) -> Iterator[Item]:
    """Everything that the journal tells of a run; enter opens an event."""
    run = known.run
    yield from head_items(run, width)
    if known.where.driver:
        words = plain(f"▶ Another console drives it: {known.where.driver}.", "bold $status-info")
        yield Item("driver", hanging("", words, width))
    yield from _losses(run, width)
    yield from step_items(run, width)
    yield from heading("course", "What happened")
    titles = {step.key: step.title for step in run.steps}
    for number, event in enumerate(known.events):
        words_of_it = told(event)
        if words_of_it is not None:
            yield _event(f"event {number}", event, words_of_it, titles, opened, width)


def head_items(run: Run, width: int) -> Iterator[Item]:
    """What the run is, who made it, and how it stands."""
    title = f"{run.runbook} of {run.target}"
    yield Item("title", hanging("", Content.assemble(plain(title, "bold"), plain(f"  run {run.run}")), width), run.run)
    yield Item("summary", hanging("", plain(run.summary), width))
    began = f"{run.began:%Y-%m-%d %H:%M:%S} UTC by {run.who}"
    yield Item("began", hanging(Content.styled("began:  ", "$faint"), plain(f"{began}: {run.reason}"), width))
    words = run.words or run.error or ("" if run.outcome is not None else "Its console ended meanwhile.")
    stands = Content.assemble(plain(f"{run.words_for_outcome}. ", "bold"), plain(" ".join(clean(words).split())))
    yield Item("stands", hanging(Content.styled("stands: ", "$faint"), stands, width), words)


def step_items(run: Run, width: int) -> Iterator[Item]:
    """Every step and how far it is."""
    yield from heading("all steps", "Steps")
    for number, step in enumerate(run.steps, start=1):
        symbol, style = _STATES[step.state]
        head = Content.assemble(f"{number:>3} ", (f"{symbol} {step.state.value:<17}", style))
        words = plain(f"{step.title}, on {step.host.partition('.')[0]}")
        yield Item(f"state {step.key}", hanging(head, words, width), "\n".join(step.commands))


def _losses(run: Run, width: int) -> Iterator[Item]:
    if run.losses:
        yield from heading("losses", "What was to be lost")
    for number, loss in enumerate(run.losses):
        yield Item(f"loss {number}", hanging("  - ", plain(loss), width))


def _event(item: str, event: Event, words: str, titles: Mapping[str, str], opened: frozenset[str], width: int) -> Item:
    commands, output = _commands(event), _output(event)
    more = bool(commands or output or len(words) > width)
    is_open = item in opened
    fold = ("▾ " if is_open else "▸ ") if more else "  "
    about = f"{titles.get(event.step, event.step)}: " if event.step else ""
    head = Content.assemble((f"{event.at:%H:%M:%S} ", "$faint"), (fold, "bold $key"))
    body = plain(f"{about}{words}")
    lines = hanging(head, body, width) if is_open else (Content.assemble(head, body).truncate(width, ellipsis=True),)
    if is_open:
        lines = (*lines, *_blocks(commands, output, width))
    return Item(item, tuple(lines), "\n".join((*commands, output)) if more and (commands or output) else "")


def _blocks(commands: tuple[str, ...], output: str, width: int) -> Iterator[Content]:
    for command in commands:
        yield from shell_lines(command, width, "           ")
    lines = output.splitlines()
    if len(lines) > _OUTPUT_LINES:
        yield Content.styled(f"           … {len(lines) - _OUTPUT_LINES} lines before; y copies all", "$faint")
    for line in lines[-_OUTPUT_LINES:]:
        yield Content(f"           {inert(line)}").truncate(width, ellipsis=True)


def _commands(event: Event) -> tuple[str, ...]:
    operations = event.data.get("operations")
    found = operations if isinstance(operations, list | tuple) else ()
    return tuple(str(each.get("command", "")) for each in found if isinstance(each, Mapping))


def _output(event: Event) -> str:
    output = event.data.get("output")
    return output.replace("\r\n", "\n").replace("\r", "\n").strip("\n") if isinstance(output, str) else ""
