"""`resume RUN`: tell what was done and what comes next, ask, go on with it, or take it back."""

from __future__ import annotations

from console.errors import UsageError
from console.exit_codes import ExitCode
from console.facts.text import clean
from console.operations.operation import Risk
from console.runbooks.plan import Plan, Step
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused
from console.runner.planned import plan_of
from console.runner.runs import Run, StepState
from console.terminal.asking import confirm
from console.terminal.options import ResumeOptions
from console.terminal.page import Page
from console.terminal.permission import Permission
from console.terminal.plan_page import print_commands, print_opening, step_marks
from console.terminal.runs_command import known_run
from console.terminal.sources import Source
from console.terminal.target import only_region

_NOT_STANDING = (StepState.NOT_BEGUN, StepState.UNDONE)


def resume(page: Page, source: Source, permission: Permission, options: ResumeOptions) -> ExitCode:
    """Do what `resume` asks for. Raises UsageError, Refused and Cancelled, where nothing was changed."""
    run = known_run(source.folder, options.run)
    if run.finished and run.outcome is not None:
        return _finished(page, run, options)
    _require_same_fleet(run, source)
    fleet = only_region(source.fleet, run.region)
    plan = plan_of(run, RUNBOOKS, fleet)
    _tell(page, run, plan, roll_back=options.roll_back)
    if options.dry_run:
        page.line()
        page.line("Dry run: nothing was changed.", "bold")
        return ExitCode.OK
    permission.require(source.fleet)
    _require_lasting_hosts(source)
    _require_confirm(page, run, options)
    _confirm(page, run, plan, options)
    from console.terminal.carrying_out import go_on

    parts = source.open(fleet)
    try:
        return go_on(page, source, parts, plan, roll_back=options.roll_back)
    finally:
        parts.close()


def remaining(run: Run, plan: Plan) -> tuple[Step, ...]:
    """The steps that are not done yet."""
    return tuple(step for step in plan.steps if run.step(step.key).state is not StepState.VERIFIED)


def standing(run: Run, plan: Plan) -> tuple[Step, ...]:
    """The steps of which something may stand on a host, the last first: what a roll back takes back."""
    return tuple(step for step in reversed(plan.steps) if run.step(step.key).state not in _NOT_STANDING)


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


def _tell(page: Page, run: Run, plan: Plan, *, roll_back: bool) -> None:
    page.line(f"{run.runbook} of {run.target}, region {run.region}, run {run.run}", "bold")
    page.hanging("began: ", f"{run.began:%Y-%m-%d %H:%M:%S} UTC by {run.who}: {run.reason}")
    page.hanging("stands: ", f"{run.words_for_outcome}. {run.words or run.error or 'Its console ended meanwhile.'}")
    page.line()
    for number, step in enumerate(plan.steps, start=1):
        state = run.step(step.key).state.value
        page.hanging(f"{number:>3}. {state:<16} ", f"{clean(step.title)}, on {step.host}{step_marks(step)}")
    page.line()
    page.line("What is taken back, in this order" if roll_back else "What comes next", "bold underline")
    steps = standing(run, plan) if roll_back else remaining(run, plan)
    work = [(step, plan.parameters.platform(step.host), step.undo if roll_back else step.operations) for step in steps]
    opening = print_opening(page, ((platform, operations) for _, platform, operations in work))
    for step, platform, operations in work:
        page.hanging("  - ", f"{step.title}, on {step.host}")
        print_commands(page, operations, platform, "      ", opening)
    if not steps:
        page.line("  nothing is left on the hosts but the lease" if roll_back else "  the lease is given back")


def _require_confirm(page: Page, run: Run, options: ResumeOptions) -> None:
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
    confirm(page, options.consent, names, plan.parameters.target, f"{way} run {run.run}")
