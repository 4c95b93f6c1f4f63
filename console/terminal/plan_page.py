"""The whole plan for a person: what is checked, done and verified, what may be lost, what must be typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from rich.text import Text

from console.facts.snapshot import Snapshot
from console.facts.text import clean
from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.runbooks.plan import Answer, Condition, Plan, Ruling, Step
from console.runner.verifying import Judged, judge
from console.terminal.page import Page

_SIGNS = {Answer.YES: ("✓", "holds", "green"), Answer.NO: ("✗", "does not hold", "bold red")}
_LATER = {Answer.YES: ("✓", "holds now", "green"), Answer.NO: ("·", "not yet", "dim")}
_UNKNOWN = ("?", "unknown", "bold magenta")
_WORTH_TELLING = 4
_NOT_SEEN = ("?", "not known yet", "dim")


def all_hold(judged: Judged) -> bool:
    """Whether every one is proven."""
    return all(ruling.holds for _, ruling in judged)


def print_plan(page: Page, plan: Plan, checks: Judged, snapshot: Snapshot, environment: str) -> None:
    """Print the whole plan, with `checks` and each step's guards as they stand in `snapshot`."""
    _head(page, plan, environment)
    print_checks(page, checks)
    _heading(page, "Steps")
    opening = print_opening(page, ((plan.parameters.platform(step.host), step.operations) for step in plan.steps))
    for number, step in enumerate(plan.steps, start=1):
        _step(page, number, step, plan.parameters.platform(step.host), snapshot, opening)
    _heading(page, "In short")
    for number, step in enumerate(plan.steps, start=1):
        page.hanging(f"{number:>3}. ", f"{step.title}, on {step.host.partition('.')[0]}{step_marks(step)}")
    _list(page, "What may be lost", plan.losses, "nothing")
    _list(page, "Time and space", plan.needs, "not told")
    names = plan.confirm or ()
    _list(page, "To be typed before it begins", names, "no host name; a reason, and yes")


def print_checks(page: Page, checks: Judged) -> None:
    """Print each check with its verdict and the facts for it."""
    _heading(page, "Checks, which must all hold before anything is done")
    for condition, ruling in checks:
        sign, word, style = _SIGNS.get(ruling.answer, _UNKNOWN)
        page.hanging(Text.assemble("  ", (f"{sign} {word}", style), ": "), _condition(condition, ruling))
    if not checks:
        page.line("  none")


def print_opening(page: Page, work: Iterable[tuple[Platform, Sequence[Operation]]]) -> list[str]:
    """Print the lines with which every command of `work` begins; they are left out of each afterwards.

    None where they are too few to be worth a word.
    """
    commands = [operation.command(host).split("\n") for host, operations in work for operation in operations]
    same = takewhile(lambda lines: len(set(lines)) == 1, zip(*commands, strict=False))
    opening = [lines[0] for lines in same] if len(commands) > 1 else []
    if len(opening) < _WORTH_TELLING:
        return []
    page.line("Every command below (after $) begins with these lines, so that it does the same everywhere:")
    page.verbatim("\n".join(opening), "       ", "dim")
    return opening


def print_commands(
    page: Page, operations: Iterable[Operation], platform: Platform, indent: str, opening: Sequence[str] = ()
) -> None:
    """Print what each operation does in words, and its command to the letter but for the `opening` told before."""
    for operation in operations:
        risk = " (destructive)" if operation.risk is Risk.DESTRUCTIVE else ""
        page.hanging(indent, f"{operation.describe()}{risk}")
        lines = operation.command(platform).rstrip("\n").split("\n")[len(opening) :]
        page.verbatim("\n".join(lines), f"{indent}  $ ", "cyan")


def step_marks(step: Step) -> str:
    """What is special about a step, in words, "" for nothing."""
    marks = []
    if step.window:
        marks.append("clients cannot write")
    if step.final:
        marks.append("cannot be taken back")
    if step.detached:
        marks.append("goes on without this console")
    return f" [{', '.join(marks)}]" if marks else ""


def _head(page: Page, plan: Plan, environment: str) -> None:
    parameters = plan.parameters
    page.line(
        Text.assemble(
            (clean(plan.runbook), "bold"), f" of {clean(parameters.target)}, region {clean(parameters.region)}, "
            f"environment {clean(environment)} (run {parameters.run})",
        )
    )  # fmt: skip
    page.line(plan.summary)


def _step(page: Page, number: int, step: Step, platform: Platform, snapshot: Snapshot, opening: Sequence[str]) -> None:
    title = Text.assemble((clean(step.title), "bold"), f", on {clean(step.host)}", (step_marks(step), "yellow"))
    page.hanging(f"{number:>3}. ", title)
    print_commands(page, step.operations, platform, "     ", opening)
    if step.prepare is not None:
        page.hanging("     ", "and what the facts call for when it is reached")
    for condition, ruling in judge(step.before, snapshot).judged:
        sign, word, style = _LATER.get(ruling.answer, _NOT_SEEN)
        page.hanging(Text.assemble("     only if: ", (f"{sign} {word}", style), ": "), _condition(condition, ruling))
    for condition in step.after:
        page.hanging("     verified: ", f"{condition.words}{_patience(step)}")
    if step.undo:
        page.hanging("     back: ", "; ".join(operation.describe() for operation in step.undo))


def _patience(step: Step) -> str:
    steady = f", and stays so for {step.steady:g} s" if step.steady else ""
    return f" (within {step.patience:g} s{steady})"


def _condition(condition: Condition, ruling: Ruling) -> str:
    """The condition and the facts for it, once where they are the same words."""
    same = not ruling.because or ruling.because == condition.words
    return condition.words if same else f"{condition.words}: {ruling.because}"


def _list(page: Page, heading: str, lines: Iterable[str], nothing: str) -> None:
    _heading(page, heading)
    for line in tuple(lines) or (nothing,):
        page.hanging("  - ", line)


def _heading(page: Page, words: str) -> None:
    page.line()
    page.line(words, "bold underline")
