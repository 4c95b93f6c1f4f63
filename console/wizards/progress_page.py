"""A run that goes on, as lines: its steps, the state of the current one, and the end of what was printed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from console.runbooks.plan import Plan
from console.terminal.board import Stage
from console.terminal.copy_progress import clock
from console.wizards.progress import Progress, StepView
from console.wizards.step_text import STAGES, command_lines, commands_text, short_host
from widgets.columns import beside
from widgets.plan_outline import Item, hanging
from widgets.words import inert, plain

_BAR = 20
_LONGEST_LINE = 1000


def step_items(progress: Progress, plan: Plan, opened: frozenset[str], width: int) -> Iterator[Item]:
    """A line a step: number, state, title, how long it has taken; under an open one its commands."""
    for step in progress.steps:
        item = f"step {step.key}"
        lines = [_step_line(step, width)]
        if item in opened:
            lines += _opened(step, plan, width)
        yield Item(item, tuple(lines))


def step_commands(plan: Plan, key: str) -> str:
    """The commands of a step, for copying."""
    step = plan.step(key)
    return commands_text(step.operations, plan.parameters.platform(step.host))


def _opened(step: StepView, plan: Plan, width: int) -> Iterator[Content]:
    if step.note:
        yield from hanging("        ", plain(step.note), width)
    for operation in plan.step(step.key).operations:
        yield from command_lines(operation, plan.parameters.platform(step.host), width, "        ")


def _step_line(step: StepView, width: int) -> Content:
    symbol, style = STAGES[step.stage]
    host = short_host(step.host)
    where = "" if host in step.title else f"{host}: "
    time = f" {clock(step.seconds)}" if step.seconds is not None else ""
    left = Content.assemble((f"{symbol} {step.number:>2} ", style), plain(f"{where}{step.title}", _title_style(step)))
    return beside(left, Content.styled(f"{step.stage.value}{time}", style), width)


def _title_style(step: StepView) -> str:
    if step.stage in (Stage.RUNNING, Stage.TAKING_BACK, Stage.FAILED, Stage.STOPPED):
        return "bold"
    return "$faint" if step.stage is Stage.PENDING else ""


def status_lines(progress: Progress, width: int) -> Iterator[Content]:
    """Whether clients can write, what the current step does, and the news of the run as a whole."""
    if progress.window_seconds is not None:
        words = f"✖ CLIENTS CANNOT WRITE now: {progress.window_seconds:.1f} s"
        yield Content.styled(words, "bold $status-critical")
    elif progress.window_took is not None:
        yield Content.styled(f"✔ Clients can write again, after {progress.window_took:.1f} s.", "$status-ok")
    step = progress.step(progress.current)
    if step is not None and not progress.over:
        yield from _current(step, width)
    elif not progress.over and not progress.steps[0].seconds:
        yield Content.styled("reaching the hosts, and judging every check once more …", "$status-info")
    if progress.news and not progress.over:
        yield from hanging("", plain(progress.news, "$status-warning"), width)[:3]
    words = "ended" if progress.over else "goes on"
    yield Content.styled(f"{words}, {clock(progress.seconds)}", "$faint")


def _current(step: StepView, width: int) -> Iterator[Content]:
    if step.copied:
        yield Content.assemble(_bar(step.share), plain(step.copied, "bold"))
        return
    left = f" ({clock(step.left)} left)" if step.left is not None else ""
    note = step.note or step.title
    yield from hanging(Content.styled("▶ ", "$status-info"), plain(f"{note}{left}"), width)[:3]


def _bar(share: float | None) -> Content:
    """How much of a copy is done."""
    if share is None:
        return Content("")
    full = int(share * _BAR)
    return Content.assemble(("█" * full, "$status-info"), ("░" * (_BAR - full), "$faint"), " ")


def log_lines(progress: Progress, width: int, room: int) -> list[Content]:
    """The end of the log and of what a job prints now, as many lines as there is room; each cut to the width."""
    printed = [f"         {line}" for line in progress.output.splitlines() if line.strip()]
    lines = [*progress.lines, *printed][-room:]
    return [Content(inert(line, _LONGEST_LINE)).truncate(width, ellipsis=True) for line in lines]
