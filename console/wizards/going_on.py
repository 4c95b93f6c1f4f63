"""Runs that are gone on with: may this one be, what comes next or is taken back, and what must be typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.inventory.fleet import Fleet
from console.journals.reading import Whereabouts
from console.journals.runs_page import head_items, step_items
from console.operations.operation import Operation
from console.runbooks.plan import Plan, Step
from console.runbooks.registry import RUNBOOKS
from console.runner.planned import plan_of
from console.runner.runs import Run
from console.terminal.abbreviations import abbreviations_of
from console.terminal.resume_command import cannot_be_taken_back, remaining, standing
from console.terminal.target import only_region
from console.wizards.consent import Form
from console.wizards.step_text import commands_text, gist_lines, step_title
from widgets.plan_outline import Item, blank, hanging, heading
from widgets.words import plain


@dataclass(frozen=True)
class GoingOnPlan:
    """What is to be done of a run. `steps` are those left, or with `roll_back` those to be taken back, in order."""

    run: Run
    plan: Plan
    fleet: Fleet
    roll_back: bool
    steps: tuple[Step, ...]

    @property
    def only_leases(self) -> bool:
        """Whether it is finished, and only its lease is to be given back."""
        return self.run.finished

    @property
    def form(self) -> Form:
        """What is asked before it goes on. Names are, where a step that is left cannot be taken back."""
        final = any(cannot_be_taken_back(step) for step in self.steps) and not self.roll_back and not self.only_leases
        way = "Roll back" if self.roll_back else "Continue"
        title = f"{way} {self.plan.runbook} of {self.plan.parameters.target}"
        window = any(step.key in self.plan.without_writes for step in self.steps) and not self.roll_back
        warnings = [*(["clients cannot write for a part of it"] if window else [])]
        warnings += ["there is no way back from some of its steps"] if final else []
        return Form(title, f"Run {self.run.run}.", way, self.plan.confirm if final else (), tuple(warnings), False)

    def operations(self, step: Step) -> tuple[Operation, ...]:
        """What runs of a step."""
        return step.undo if self.roll_back else step.operations


def why_not(run: Run, fleet: Fleet, where: Whereabouts, *, lasting: bool) -> str:
    """Why a run cannot be gone on with, in words; "" where it can."""
    if where.here:
        return "it goes on in this console at this moment"
    if where.driver:
        return f"another console drives it: {where.driver}"
    if run.finished and not run.leases:
        return f"it is finished ({run.words_for_outcome})"
    if not lasting and not where.began_here:
        return "a simulated fleet ends with its console: the one that this run worked on is no more"
    if run.inventory != fleet.source and not lasting:
        return f"it was made in the {run.inventory}"
    if run.region not in {region.name for region in fleet.regions}:
        return f"it works on region {run.region} of {run.inventory}, which this console does not show"
    return ""


def go_on_with(run: Run, fleet: Fleet, *, roll_back: bool) -> GoingOnPlan:
    """What comes next. JournalError where its plan cannot be made anew."""
    one = only_region(fleet, run.region)
    plan = plan_of(run, RUNBOOKS, one)
    steps = standing(run, plan) if roll_back else remaining(run, plan)
    return GoingOnPlan(run, plan, one, roll_back, () if run.finished else steps)


def going_on_items(onward: GoingOnPlan, width: int) -> Iterator[Item]:
    """How the run stands, and what comes next or is taken back."""
    run = onward.run
    yield from head_items(run, width)
    yield from step_items(run, width)
    if onward.only_leases:
        hosts = " and ".join(run.leases)
        words = f"The run is finished. Only its lease on {hosts} is left: that is given back now."
        yield blank("before leases")
        yield Item("leases", hanging("", plain(words), width))
        return
    title = "What is taken back, in this order" if onward.roll_back else "What comes next"
    yield from heading("next", title)
    short = abbreviations_of(onward.plan)
    for number, line in enumerate(short.assignments() if onward.steps else ()):
        yield Item(f"name {number}", hanging("     ", plain(line, "$status-info"), width))
    for step in onward.steps:
        platform = onward.plan.parameters.platform(step.host)
        lines = [*hanging("  - ", step_title(onward.plan, step, short), width)]
        lines += gist_lines(onward.operations(step), platform, width, "     ", short)
        yield Item(f"next {step.key}", tuple(lines), commands_text(onward.operations(step), platform))
    if not onward.steps:
        words = "nothing is left on the hosts but the lease" if onward.roll_back else "the lease is given back"
        yield Item("nothing", hanging("  ", plain(words), width))
