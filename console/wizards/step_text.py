"""Steps, conditions and commands as Content: what plan, progress and run pages have in common. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.content import Content

from console.facts.text import clean
from console.journals.shell_lines import shell_lines
from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.runbooks.plan import Answer, Condition, Plan, Ruling, Step
from console.terminal.abbreviations import Abbreviations
from console.terminal.board import Stage
from console.terminal.step_words import step_marks
from widgets.plan_outline import hanging
from widgets.words import inert, plain

STAGES = {
    Stage.PENDING: ("·", "$faint"),
    Stage.RUNNING: ("▶", "bold $status-info"),
    Stage.DONE: ("✔", "$status-ok"),
    Stage.FAILED: ("✖", "bold $status-critical"),
    Stage.STOPPED: ("■", "bold $status-warning"),
    Stage.TAKING_BACK: ("◀", "bold $status-warning"),
    Stage.TAKEN_BACK: ("↶", "$status-warning"),
}
"""Symbol and style of a step's state; the word is the state's own value."""

_NOW = {
    Answer.YES: ("✔ holds", "$status-ok"),
    Answer.NO: ("✖ does not hold", "bold $status-critical"),
    Answer.UNKNOWN: ("? unknown", "bold $status-unknown"),
}
_LATER = {
    Answer.YES: ("✔ holds now", "$status-ok"),
    Answer.NO: ("· not yet", "$faint"),
    Answer.UNKNOWN: ("? not known yet", "$status-unknown"),
}
_LONGEST = 600


def verdict(answer: Answer, *, later: bool = False) -> Content:
    """A ruling as symbol, word and colour; `later`: of a guard whose step has not been reached."""
    return Content.styled(*(_LATER if later else _NOW)[answer])


def condition_words(condition: Condition, ruling: Ruling) -> Content:
    """What must hold and the facts for it, once where they are the same words."""
    same = not ruling.because or ruling.because == condition.words
    words = condition.words if same else f"{condition.words}: {ruling.because}"
    return Content(inert(words, _LONGEST))


def short_host(host: str) -> str:
    """A host's first label."""
    return clean(host.partition(".")[0])


def step_title(plan: Plan, step: Step, short: Abbreviations) -> Content:
    """Title, host where the title does not name it, and what is special about the step."""
    host = short_host(step.host)
    title = short(step.title)
    where = "" if host in title else f", on {host}"
    return Content.assemble(plain(title, "bold"), (where, "$faint"), (clean(step_marks(plan, step)), "$status-warning"))


def command_lines(operation: Operation, platform: Platform, width: int, indent: str) -> Iterator[Content]:
    """What an operation does in words, and under it its command to the letter."""
    risk = (" (destructive)", "bold $status-critical") if operation.risk is Risk.DESTRUCTIVE else ""
    yield from hanging(indent, Content.assemble(plain(operation.describe()), risk), width)
    yield from shell_lines(operation.command(platform), width, f"{indent}  ")


def gist_lines(
    operations: Iterable[Operation], platform: Platform, width: int, indent: str, short: Abbreviations
) -> Iterator[Content]:
    """The commands that matter; what destroys says so."""
    for operation in operations:
        for gist in operation.gist(platform):
            mark = "  # destructive" if operation.risk is Risk.DESTRUCTIVE else ""
            first, line_break, rest = short(gist).partition("\n")
            yield from shell_lines(f"{first}{mark}{line_break}{rest}", width, indent)


def commands_text(operations: Iterable[Operation], platform: Platform) -> str:
    """The commands alone, for copying."""
    return "\n".join(operation.command(platform).rstrip("\n") for operation in operations)
