"""The Runner at work, shown as it goes. Only a process that may change hosts imports this (DESIGN 7)."""

from __future__ import annotations

from collections.abc import Callable

from console.exit_codes import ExitCode
from console.operations.copying import DiscardOld, SwapIn
from console.runbooks.plan import Plan
from console.runbooks.registry import RUNBOOKS
from console.runner.journal import Journal
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.terminal.page import Page, stop_printing
from console.terminal.sources import Source
from console.terminal.watching import Watcher, stopping_on_signals

_STYLES = {ExitCode.OK: "bold green", ExitCode.ROLLED_BACK: "bold yellow", ExitCode.CANCELLED: "bold yellow"}


def begin(page: Page, source: Source, parts: RunParts, plan: Plan, reason: str, take_over: str | None) -> ExitCode:
    """Carry out a plan that was confirmed. `take_over`: put this run in the place of that one."""
    journal = Journal.create(source.folder, plan.parameters.run, parts.clock)
    return _drive(page, source, parts, plan, journal, lambda runner: runner.start(plan, reason, take_over))


def go_on(page: Page, source: Source, parts: RunParts, plan: Plan, *, roll_back: bool) -> ExitCode:
    """Go on with a run that stopped half-way, or take it back."""
    journal = Journal.open(source.folder, plan.parameters.run, parts.clock)
    return _drive(
        page,
        source,
        parts,
        plan,
        journal,
        lambda runner: runner.roll_back(RUNBOOKS) if roll_back else runner.resume(RUNBOOKS),
    )


def _drive(
    page: Page,
    source: Source,
    parts: RunParts,
    plan: Plan,
    journal: Journal,
    way: Callable[[Runner], Outcome],
) -> ExitCode:
    watcher = Watcher(page, plan, parts.clock)
    runner = Runner(parts, journal, watcher.on_event)
    try:
        with stopping_on_signals(watcher, runner.stop), watcher.showing():
            outcome = way(runner)
    finally:
        journal.close()
    try:
        _tell(page, source, plan, outcome)
    except OSError:
        stop_printing()  # the journal has it all
    return outcome.code


def _tell(page: Page, source: Source, plan: Plan, outcome: Outcome) -> None:
    """The last words: how it ended, what is left, where it is all written."""
    page.line()
    page.line(outcome.words, _STYLES.get(outcome.code, "bold red"))
    for host, path in old_data(plan) if outcome.code is ExitCode.OK else ():
        page.line(f"The old data is still on {host}; when it is needed no more, remove it there by hand:")
        page.verbatim(path, "  ")
    demo = f"--demo={source.scenario} " if source.scenario is not None else ""
    page.verbatim(f"vmdb-console {demo}runs report {outcome.run}", "The whole run: ")


def old_data(plan: Plan) -> list[tuple[str, str]]:
    """Host and path of what the plan's copies replace, unless the plan removes it at its end."""
    operations = [(step.host, operation) for step in plan.steps for operation in step.operations]
    removed = {(host, operation.layout) for host, operation in operations if isinstance(operation, DiscardOld)}
    return [
        (host, operation.layout.old)
        for host, operation in operations
        if isinstance(operation, SwapIn) and (host, operation.layout) not in removed
    ]
