"""What is told of a step wherever one is shown: its marks, its patience, and the gist of what runs."""

from __future__ import annotations

from collections.abc import Iterable

from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.runbooks.plan import Plan, Step
from console.terminal.abbreviations import Abbreviations
from console.terminal.page import Page

_UNTOUCHED = Abbreviations()


def step_marks(plan: Plan, step: Step) -> str:
    """What is special about a step, in words, "" for nothing."""
    marks = []
    if step.key in plan.without_writes:
        marks.append("clients cannot write")
    if step.final:
        marks.append("cannot be taken back")
    if step.detached:
        marks.append("goes on without this console")
    return f" [{', '.join(marks)}]" if marks else ""


def patience(step: Step) -> str:
    """How long it may take until it is verified."""
    steady = f", and stays so for {step.steady:g} s" if step.steady else ""
    return f"within {step.patience:g} s{steady}"


def print_gists(
    page: Page, operations: Iterable[Operation], platform: Platform, indent: str, short: Abbreviations = _UNTOUCHED
) -> None:
    """Print the commands that matter; what destroys is marked by a comment."""
    for operation in operations:
        for gist in operation.gist(platform):
            first, line_break, rest = short(gist).partition("\n")
            mark = "  # destructive" if operation.risk is Risk.DESTRUCTIVE else ""
            page.verbatim(f"{first}{mark}{line_break}{rest}", f"{indent}$ ", "cyan")
