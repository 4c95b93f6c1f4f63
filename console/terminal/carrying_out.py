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
from console.runner.runs import run_of
from console.terminal.options import ResumeOptions
from console.terminal.page import Page
from console.terminal.sources import Source
from console.terminal.streams import leave, stop_printing
from console.terminal.watching import Watcher, stopping_on_signals

_STYLES = {ExitCode.OK: "bold green", ExitCode.ROLLED_BACK: "bold yellow", ExitCode.CANCELLED: "bold yellow"}


def begin(page: Page, source: Source, parts: RunParts, plan: Plan, reason: str, take_over: str | None) -> ExitCode:
    """Carry out a plan that was confirmed. `take_over`: put this run in the place of that one."""
    journal = Journal.create(source.folder, plan.parameters.run, parts.clock)
    return _drive(page, source, parts, plan, journal, lambda runner: runner.start(plan, reason, take_over))


def go_on(page: Page, source: Source, parts: RunParts, plan: Plan, options: ResumeOptions) -> ExitCode:
    """Go on with a run that stopped half-way, or take it back."""
    journal = Journal.open(source.folder, plan.parameters.run, parts.clock)
    reason = options.consent.reason or ""

    def way(runner: Runner) -> Outcome:
        go = runner.roll_back if options.roll_back else runner.resume
        return go(RUNBOOKS, reason=reason)

    return _drive(page, source, parts, plan, journal, way)


def _drive(
    page: Page,
    source: Source,
    parts: RunParts,
    plan: Plan,
    journal: Journal,
    way: Callable[[Runner], Outcome],
) -> ExitCode:
    before = run_of(journal.run, journal.events) if journal.events else None
    watcher = Watcher(page, plan, parts.clock, before)
    runner = Runner(parts, journal, watcher.on_event)
    outcome: Outcome | None = None
    try:
        with watcher.showing():
            try:
                with stopping_on_signals(watcher, runner.stop):
                    outcome = way(runner)
            finally:
                journal.close()
        _tell(page, source, plan, outcome)
    except OSError:
        if outcome is None:
            raise
        stop_printing()  # the journal has it all
    except KeyboardInterrupt:
        if outcome is None:
            raise
        leave(outcome.code)  # whoever waits no more for a terminal that stands still
    return outcome.code


def _tell(page: Page, source: Source, plan: Plan, outcome: Outcome) -> None:
    """The last words: how it ended, what is left, where it is all written."""
    page.line()
    page.line(outcome.words, _STYLES.get(outcome.code, "bold red"))
    demo = f"--demo={source.scenario} " if source.scenario is not None else ""
    for host, path in old_data(plan) if outcome.code is ExitCode.OK else ():
        page.line(f"The old data is still on {host}, in")
        page.verbatim(path, "  ")
        if source.lasting:
            page.line("When it is needed no more:")
            page.verbatim(f"vmdb-console run discard-old --target {host}", "  ")
    page.line("The whole run:")
    page.verbatim(f"vmdb-console {demo}runs report {outcome.run}", "  ")


def old_data(plan: Plan) -> list[tuple[str, str]]:
    """Host and path of what the plan's copies replace, unless the plan removes it at its end."""
    operations = [(step.host, operation) for step in plan.steps for operation in step.operations]
    removed = {(host, operation.layout) for host, operation in operations if isinstance(operation, DiscardOld)}
    return [
        (host, operation.layout.old)
        for host, operation in operations
        if isinstance(operation, SwapIn) and (host, operation.layout) not in removed
    ]
