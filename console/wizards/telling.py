"""How a run ended, in words: the outcome, what its exit code means, and how it goes on. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from console.diagnosis.finding import Severity
from console.exit_codes import ExitCode
from console.facts.text import clean
from console.journals.outcomes import OUTCOMES
from console.runbooks.plan import Plan
from console.runner.outcome import Outcome
from console.terminal.carrying_out import old_data
from widgets.plan_outline import Item, blank, folded, hanging
from widgets.words import plain


def outcome_text(code: ExitCode | None) -> Content:
    """Symbol, word and colour of an outcome; None: it has not ended."""
    if code is None:
        return Content.styled("? NOT ENDED", "bold $status-unknown")
    word, style, _ = OUTCOMES[code]
    return Content.styled(word, style)


def severity_of(code: ExitCode) -> Severity | None:
    """How bad news of that outcome is."""
    if code is ExitCode.HALF_WAY:
        return Severity.CRITICAL
    return None if code is ExitCode.OK else Severity.WARNING


def ended_words(plan: Plan, code: ExitCode) -> str:
    """The news in a line, for people who look at something else."""
    return f"{plan.runbook} of {plan.parameters.target} ended: {OUTCOMES[code][2]} (run {plan.parameters.run})"


def outcome_items(plan: Plan, outcome: Outcome, width: int) -> Iterator[Item]:
    """The end of a run as a page."""
    meaning = OUTCOMES[outcome.code][2]
    head = Content.assemble(outcome_text(outcome.code), f"  exit code {int(outcome.code)}: {meaning}")
    yield Item("outcome", hanging("", head, width), outcome.words)
    for number, line in enumerate(clean(outcome.words, lines=True).splitlines()):
        yield Item(f"words {number}", hanging("  ", plain(line), width), outcome.words)
    if outcome.code is ExitCode.HALF_WAY:
        words = "Here: c continues where it stopped; b takes back what can be taken back. d tells everything."
        yield Item("onwards", hanging("  ", Content.styled(words, "bold"), width))
    for host, path in old_data(plan) if outcome.code is ExitCode.OK else ():
        yield Item(f"old {host}", hanging("  ", plain(f"The old data is still on {host}, in"), width))
        yield Item(f"path {host}", folded("    ", plain(path), width), path)
        let_go = f"vmdb-console run discard-old --target {host}"
        yield Item(f"let go {host}", hanging("  ", plain(f"When it is needed no more: {let_go}"), width), let_go)
    report = f"vmdb-console runs report {outcome.run}"
    yield Item("report", hanging("  ", plain(f"For the hand-over: Y copies the report ({report})"), width), report)


def failure_items(words: str, width: int) -> Iterator[Item]:
    """Why a run could not be driven at all."""
    yield Item("outcome", hanging("", Content.styled("✖ NOT BEGUN", "bold $status-critical"), width), words)
    for number, line in enumerate(clean(words, lines=True).splitlines()):
        yield Item(f"words {number}", hanging("  ", plain(line), width), words)
    yield blank("after")
