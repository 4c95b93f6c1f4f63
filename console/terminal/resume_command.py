"""`resume RUN`: tell what was done and what comes next, ask, go on with it, or take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile

from console.errors import UsageError
from console.exit_codes import ExitCode
from console.facts.text import clean
from console.operations.operation import Operation, Risk
from console.runbooks.plan import Plan, Step
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused
from console.runner.planned import plan_of
from console.runner.runs import Run, StepState
from console.terminal.abbreviations import abbreviations_of
from console.terminal.asking import confirm, worded
from console.terminal.options import ResumeOptions
from console.terminal.page import Page
from console.terminal.permission import Permission
from console.terminal.runs_command import known_run
from console.terminal.sources import Source
from console.terminal.step_words import print_gists, step_marks
from console.terminal.target import only_region
from console.terminal.whole_plan import print_commands, print_opening


@dataclass(frozen=True, slots=True)
class _Work:
    """What is still to be done at a step, or taken back of it."""

    step: Step
    operations: tuple[Operation, ...]


def resume(page: Page, source: Source, permission: Permission, options: ResumeOptions) -> ExitCode:
    """Do what `resume` asks for. Raises UsageError, Refused and Cancelled, where nothing was changed."""
    run = known_run(source.folder, options.run)
    if run.finished and run.outcome is not None and not run.leases:
        return _finished(page, run, options)
    _require_same_fleet(run, source)
    fleet = only_region(source.fleet, run.region)
    plan = plan_of(run, RUNBOOKS, fleet)
    if run.finished:
        _tell_leases(page, run)
    else:
        _tell(page, run, plan, options)
    if options.dry_run:
        page.line()
        page.line("Dry run: nothing was changed.", "bold")
        return ExitCode.OK
    permission.require(source.fleet)
    _require_lasting_hosts(source)
    if not run.finished:  # to give a lease back needs no more consent than the run had
        _require_confirm(page, run, options)
        _confirm(page, run, plan, options)
    from console.terminal.carrying_out import go_on

    parts = source.open(fleet)
    try:
        return go_on(page, source, parts, plan, options)
    finally:
        parts.close()


def remaining(run: Run, plan: Plan) -> tuple[Step, ...]:
    """The steps that are not done yet."""
    return tuple(step for step in plan.steps if run.step(step.key).state is not StepState.VERIFIED)


def standing(run: Run, plan: Plan) -> tuple[Step, ...]:
    """The steps of which something may stand on a host, in the order in which a roll back takes them back.

    That is the order of `console.runner.rollback.Undoer`: what may shut clients out first, then the rest; each time
    the last step first.
    """
    back = [step for step in reversed(plan.steps) if run.step(step.key).state.standing]
    window = {step.key for step in dropwhile(lambda step: not step.window, plan.steps) if not step.stays}
    return (*(step for step in back if step.key in window), *(step for step in back if step.key not in window))


def cannot_be_taken_back(step: Step) -> bool:
    """Whether a step is final, or removes something."""
    return step.final or any(operation.risk is Risk.DESTRUCTIVE for operation in step.operations)


def _finished(page: Page, run: Run, options: ResumeOptions) -> ExitCode:
    assert run.outcome is not None
    asked = "to roll back" if options.roll_back else "to resume"
    page.line(f"Run {run.run} is finished ({run.words_for_outcome}): there is nothing {asked}. Nothing was changed.")
    page.verbatim(run.words, "  ")
    page.line(f"vmdb-console runs report {run.run}")
    return run.outcome


def _tell_leases(page: Page, run: Run) -> None:
    hosts = " and ".join(run.leases)
    page.line(
        f"Run {run.run} is finished ({run.words_for_outcome}). Only its lease on {hosts} is left, which could not be "
        "given back: that is what is done now."
    )


def _require_same_fleet(run: Run, source: Source) -> None:
    """A run of one fleet never goes on in another, above all no demo's on real hosts."""
    here = {region.name for region in source.fleet.regions}
    if source.scenario is not None and run.inventory != source.fleet.source:
        raise UsageError(
            f"Run {run.run} was made in the {run.inventory}, this is the {source.fleet.source}: name that scenario "
            "with --demo=SCENARIO. Nothing was changed."
        )
    if run.region not in here:
        raise UsageError(
            f"Run {run.run} works on region {run.region} of {run.inventory}, and {source.fleet.source} has no such "
            "region: name that inventory with --inventory. Nothing was changed."
        )


def _require_lasting_hosts(source: Source) -> None:
    if not source.lasting:
        raise Refused(
            "a simulated fleet ends with its console, so that there is nothing left to go on with: this process has a "
            "new one. On real hosts the run would go on from here. Nothing was changed."
        )


def _tell(page: Page, run: Run, plan: Plan, options: ResumeOptions) -> None:
    page.line(f"{run.runbook} of {run.target}, region {run.region}, run {run.run}", "bold")
    page.hanging("began: ", f"{run.began:%Y-%m-%d %H:%M:%S} UTC by {run.who}: {run.reason}")
    page.hanging("stands: ", f"{run.words_for_outcome}. {run.words or run.error or 'Its console ended meanwhile.'}")
    page.line()
    for number, step in enumerate(plan.steps, start=1):
        state = run.step(step.key).state.value
        page.hanging(
            f"{number:>3}. {state:<16} ",
            f"{clean(step.title)}, on {step.host.partition('.')[0]}{step_marks(plan, step)}",
        )
    page.line()
    page.line("What is taken back, in this order" if options.roll_back else "What comes next", "bold underline")
    steps = standing(run, plan) if options.roll_back else remaining(run, plan)
    work = [_Work(step, step.undo if options.roll_back else step.operations) for step in steps]
    (_print_whole if options.full else _print_gists)(page, plan, work)
    if not steps:
        page.line("  nothing is left on the hosts but the lease" if options.roll_back else "  the lease is given back")


def _print_gists(page: Page, plan: Plan, work: Sequence[_Work]) -> None:
    short = abbreviations_of(plan)
    if work and short.names:
        page.verbatim("\n".join(short.assignments()), "      ", "cyan")
    for each in work:
        page.hanging("  - ", f"{each.step.title}, on {each.step.host.partition('.')[0]}")
        print_gists(page, each.operations, plan.parameters.platform(each.step.host), "      ", short)


def _print_whole(page: Page, plan: Plan, work: Sequence[_Work]) -> None:
    platforms = [plan.parameters.platform(each.step.host) for each in work]
    opening = print_opening(page, ((platform, each.operations) for platform, each in zip(platforms, work, strict=True)))
    for platform, each in zip(platforms, work, strict=True):
        page.hanging("  - ", f"{each.step.title}, on {each.step.host.partition('.')[0]}")
        print_commands(page, each.operations, platform, "      ", opening)


def _require_confirm(page: Page, run: Run, options: ResumeOptions) -> None:
    if options.consent.reason is not None:
        worded(options.consent.reason)
    if options.consent.confirm is None and not page.asks:
        raise UsageError(
            f"There is no terminal to ask at: add --confirm {run.target} (--dry-run shows what comes next).\n"
            "Nothing was changed."
        )


def _confirm(page: Page, run: Run, plan: Plan, options: ResumeOptions) -> None:
    """Host names are asked for again where a step that is left cannot be taken back."""
    left = () if options.roll_back else remaining(run, plan)
    names = plan.confirm if any(cannot_be_taken_back(step) for step in left) else ()
    way = "Roll back" if options.roll_back else "Resume"
    confirm(page, options.consent, names, plan.parameters.target, f"{way} run {run.run}", plan.confirm)
