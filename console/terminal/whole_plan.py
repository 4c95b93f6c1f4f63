"""`--full`: each step with its commands to the letter, every guard and its evidence, and what is verified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from rich.text import Text

from console.facts.snapshot import Snapshot
from console.facts.text import clean
from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.runbooks.plan import Answer, Condition, Plan, Ruling
from console.runner.verifying import judge
from console.terminal.page import Page
from console.terminal.step_words import patience, step_marks

_LATER = {Answer.YES: ("✓", "holds now", "green"), Answer.NO: ("·", "not yet", "dim")}
_NOT_SEEN = ("?", "not known yet", "dim")
_WORTH_TELLING = 4


def print_whole_steps(page: Page, plan: Plan, snapshot: Snapshot) -> None:
    """Print every step, then all of them in a line each."""
    opening = print_opening(page, ((plan.parameters.platform(step.host), step.operations) for step in plan.steps))
    for number in range(1, len(plan.steps) + 1):
        _step(page, plan, number, snapshot, opening)
    page.line()
    page.line("In short", "bold underline")
    for number, step in enumerate(plan.steps, start=1):
        page.hanging(f"{number:>3}. ", f"{step.title}, on {step.host.partition('.')[0]}{step_marks(plan, step)}")


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


def condition_words(condition: Condition, ruling: Ruling) -> str:
    """The condition and the facts for it, once where they are the same words."""
    same = not ruling.because or ruling.because == condition.words
    return condition.words if same else f"{condition.words}: {ruling.because}"


def _step(page: Page, plan: Plan, number: int, snapshot: Snapshot, opening: Sequence[str]) -> None:
    step = plan.steps[number - 1]
    platform = plan.parameters.platform(step.host)
    title = Text.assemble((clean(step.title), "bold"), f", on {clean(step.host)}", (step_marks(plan, step), "yellow"))
    page.hanging(f"{number:>3}. ", title)
    print_commands(page, step.operations, platform, "     ", opening)
    if step.prepare is not None:
        page.hanging("     ", "and what the facts call for when it is reached")
    for condition, ruling in judge(step.before, snapshot).judged:
        sign, word, style = _LATER.get(ruling.answer, _NOT_SEEN)
        head = Text.assemble("     only if: ", (f"{sign} {word}", style), ": ")
        page.hanging(head, condition_words(condition, ruling))
    for condition in step.after:
        page.hanging("     verified: ", f"{condition.words} ({patience(step)})")
    if step.undo:
        page.hanging("     back: ", "; ".join(operation.describe() for operation in step.undo))
