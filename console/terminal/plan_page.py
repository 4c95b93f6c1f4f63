"""The plan for a person: what is checked, what runs and how it is verified, what may be lost, what must be typed.

It is read at 3 a.m.: a line for what is as it should be, everything about what is not. `full` prints all of all.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from console.facts.snapshot import Snapshot
from console.facts.text import clean
from console.runbooks.plan import Answer, Plan, Step
from console.runner.verifying import Judged, judge
from console.terminal.abbreviations import abbreviations_of
from console.terminal.page import Page
from console.terminal.step_words import patience, print_gists, step_marks
from console.terminal.whole_plan import condition_words, print_whole_steps

_SIGNS = {Answer.YES: ("✓", "holds", "green"), Answer.NO: ("✗", "does not hold", "bold red")}
_UNKNOWN = ("?", "unknown", "bold magenta")
_LATER = {Answer.YES: "", Answer.NO: " (not yet)", Answer.UNKNOWN: " (not known yet)"}
_INDENT = "     "


def all_hold(judged: Judged) -> bool:
    """Whether every one is proven."""
    return all(ruling.holds for _, ruling in judged)


def print_plan(
    page: Page, plan: Plan, checks: Judged, snapshot: Snapshot, environment: str, *, full: bool = False
) -> None:
    """Print the plan, with `checks` and each step's guards as they stand in `snapshot`."""
    _head(page, plan, environment)
    print_checks(page, checks, full=full)
    _heading(page, "Steps")
    if full:
        print_whole_steps(page, plan, snapshot)
    else:
        _print_steps(page, plan, checks, snapshot)
    _list(page, "What may be lost", plan.losses, "nothing")
    _list(page, "Time and space", plan.needs, "not told")
    page.line()
    page.hanging("To be typed before it begins: ", ", ".join(plan.confirm) or "no host name; a reason, and yes", "bold")
    if not full:
        page.line("Every command and every guard whole: --full. The journal keeps each command as it runs.", "dim")


def print_checks(page: Page, checks: Judged, *, full: bool) -> None:
    """Print each check with its verdict and the facts for it; those that hold on one line each, but with `full`."""
    broken = [each for each in checks if not each[1].holds]
    standing = f"{len(broken)} of {len(checks)} do not hold" if broken else f"all {len(checks)} hold"
    _heading(page, f"Checks, before anything is done: {standing if checks else 'none'}")
    for condition, ruling in checks if full else broken:
        sign, word, style = _SIGNS.get(ruling.answer, _UNKNOWN)
        page.hanging(Text.assemble("  ", (f"{sign} {word}", style), ": "), condition_words(condition, ruling))
    for condition, ruling in () if full else checks:
        if ruling.holds:
            sign, _, style = _SIGNS[Answer.YES]
            page.cut(Text.assemble("  ", (sign, style), " ", clean(condition_words(condition, ruling))))


def _print_steps(page: Page, plan: Plan, checks: Judged, snapshot: Snapshot) -> None:
    short = abbreviations_of(plan)
    if short.names:
        page.verbatim("\n".join(short.assignments()), _INDENT, "cyan")
    told = {(condition.words, ruling.answer) for condition, ruling in checks}
    for number, step in enumerate(plan.steps, start=1):
        host = clean(step.host.partition(".")[0])
        title = Text.assemble((clean(short(step.title)), "bold"), f", on {host}", (step_marks(plan, step), "yellow"))
        page.hanging(f"{number:>3}. ", title)
        print_gists(page, step.operations, plan.parameters.platform(step.host), _INDENT, short)
        if step.prepare is not None:
            page.hanging(_INDENT, "and what the facts call for when it is reached")
        _tell(page, "only if", short(_guards(step, told, snapshot)))
        _tell(page, _verified_how(step), short("; ".join(condition.words for condition in step.after)))
        _tell(page, "back", short("; ".join(operation.describe() for operation in step.undo)))


def _guards(step: Step, told: set[tuple[str, Answer]], snapshot: Snapshot) -> str:
    """The guards that are none of the checks, what does not hold yet first; of the checks only how many."""
    judged = judge(step.before, snapshot).judged
    own = [each for each in judged if (each[0].words, each[1].answer) not in told]
    own.sort(key=lambda each: each[1].holds)
    words = [f"{condition.words}{_LATER[ruling.answer]}" for condition, ruling in own]
    again = len(judged) - len(own)
    if again:
        words.append(f"{'and ' if own else ''}{again} of the checks above, on fresh facts")
    return "; ".join(words)


def _verified_how(step: Step) -> str:
    """By the exit status of what is run to prove something, and by facts within some time."""
    proves = any(operation.proves for operation in step.operations)
    ways = [*(["by its exit status"] if proves else []), *([patience(step)] if step.after else [])]
    return f"verified {' and '.join(ways)}" if ways else ""


def _tell(page: Page, head: str, words: str) -> None:
    """One paragraph of a step; nothing where it has no words, but that a step is verified is told all the same."""
    if words:
        page.hanging(_INDENT, Text.assemble((f"{head}: ", "dim"), clean(words)), further="  ")
    elif head.startswith("verified"):
        page.hanging(_INDENT, Text(head, "dim"))


def _head(page: Page, plan: Plan, environment: str) -> None:
    parameters = plan.parameters
    page.line(
        Text.assemble(
            (clean(plan.runbook), "bold"), f" of {clean(parameters.target)}, region {clean(parameters.region)}, "
            f"environment {clean(environment)} (run {parameters.run})",
        )
    )  # fmt: skip
    page.line(plan.summary)


def _list(page: Page, heading: str, lines: Iterable[str], nothing: str) -> None:
    _heading(page, heading)
    for line in tuple(lines) or (nothing,):
        page.hanging("  - ", line)


def _heading(page: Page, words: str) -> None:
    page.line()
    page.line(words, "bold underline")
