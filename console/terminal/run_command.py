"""`run RUNBOOK`: look, show the whole plan, ask, carry it out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.runbooks.plan import Plan
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused, Runbook, layouts
from console.runner.observer import Observer
from console.runner.parts import RunParts
from console.runner.verifying import Judged, judge
from console.terminal.asking import ask_reason, confirm, require_answers
from console.terminal.options import RunOptions, find_runbook, require_fitting_choices
from console.terminal.page import Page
from console.terminal.permission import Permission
from console.terminal.plan_page import all_hold, print_plan
from console.terminal.sources import Source, new_run_id
from console.terminal.taking_over import holders_words, require_dead_console
from console.terminal.target import Target, find_target


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be done where, before it is known how."""

    runbook: Runbook
    target: Target
    options: RunOptions


def run(page: Page, source: Source, permission: Permission, options: RunOptions) -> ExitCode:
    """Do what `run` asks for. Raises UsageError, Refused and Cancelled, where nothing was changed."""
    runbook = find_runbook(RUNBOOKS, options.runbook)
    require_fitting_choices(runbook.name, options.choices)
    order = _Order(runbook, find_target(source.fleet, options.target, runbook.works_on), options)
    if options.dry_run:
        return _dry_run(page, source, order)
    permission.require(source.fleet)
    require_answers(page.asks, options.consent)
    parts = source.open(order.target.fleet)
    try:
        return _run(page, source, order, parts)
    finally:
        parts.close()


def _dry_run(page: Page, source: Source, order: _Order) -> ExitCode:
    observer = source.look(order.target.fleet)
    try:
        _present(page, observer, order)
    finally:
        observer.close()
    page.line()
    page.line("Dry run: nothing was changed. Every check holds.", "bold")
    return ExitCode.OK


def _run(page: Page, source: Source, order: _Order, parts: RunParts) -> ExitCode:
    plan = _present(page, parts.observer, order)
    page.line()
    page.line(_in_one_line(plan, order.target.fleet.environment), "bold")
    consent, take_over = order.options.consent, order.options.take_over
    reason = ask_reason(page, consent)
    confirm(page, consent, plan.confirm, plan.parameters.target, f"Begin {plan.runbook}")
    from console.terminal.carrying_out import begin

    return begin(page, source, parts, plan, reason, take_over)


def _in_one_line(plan: Plan, environment: str) -> str:
    """What is about to begin, and what of it matters most: the head of a long plan has scrolled away by now."""
    steps = list(enumerate(plan.steps, start=1))
    window = [number for number, step in steps if step.key in plan.without_writes]
    final = [number for number, step in steps if step.final]
    words = [f"{plan.runbook} of {plan.parameters.target}, region {plan.parameters.region}, environment {environment}"]
    if window:
        words.append(f"clients cannot write from step {window[0]} to step {window[-1]}")
    if final:
        words.append(f"no way back from step {final[0]} on")
    return "; ".join(words) + "."


def _present(page: Page, observer: Observer, order: _Order) -> Plan:
    """Look, decide, and print the whole plan with how its checks stand. Refused where one does not hold."""
    target, runbook = order.target, order.runbook
    snapshot = observer.survey(runbook.sees(target.fleet.region(target.region)))
    put_aside = _put_aside(snapshot, order)
    run = new_run_id(time.time())
    parameters = runbook.decide(snapshot, target.region, target.host, order.options.choices, run)
    plan = runbook.plan(target.fleet, parameters)
    snapshot = _look_for(plan, observer, snapshot, runbook)
    checks = judge(plan.checks_for(order.options.take_over), snapshot).judged
    print_plan(page, plan, checks, snapshot, target.fleet.environment, full=order.options.full)
    if put_aside:
        page.line(f"Takes over: {put_aside}.", "bold yellow")
    if not all_hold(checks):
        holders = holders_words(snapshot, target.region, order.options.take_over)
        raise Refused("\n".join([_not_holding(checks), *holders]))
    return plan


def sections_of_all(fleet: Fleet) -> tuple[tuple[str, str], ...]:
    """What all runbooks together need to see, to tell which of them fit."""
    regions = fleet.regions
    return tuple(dict.fromkeys(each for book in RUNBOOKS.values() for region in regions for each in book.sees(region)))


def layout_sections(fleet: Fleet) -> tuple[tuple[str, str], ...]:
    """How the data directories lie on their disks: every runbook that copies needs it."""
    return tuple(section for region in fleet.regions for section in layouts(region))


def _put_aside(snapshot: Snapshot, order: _Order) -> str:
    run = order.options.take_over
    return require_dead_console(snapshot, order.target.region, run) if run is not None else ""


def _look_for(plan: Plan, observer: Observer, snapshot: Snapshot, runbook: Runbook) -> Snapshot:
    """`snapshot`, or a newer one that has the sections that the plan's checks need besides."""
    seen = {section for region in snapshot.fleet.regions for section in runbook.sees(region)}
    more = tuple(each for each in plan.sections if each not in seen)
    return observer.look(clients=True, sections=more) if more else snapshot


def _not_holding(checks: Judged) -> str:
    failing = [(condition, ruling) for condition, ruling in checks if not ruling.holds]
    lines = [f"{len(failing)} of {len(checks)} checks do not hold. Nothing was changed."]
    lines += [f"  {ruling.answer.value}: {condition.words}: {ruling.because}" for condition, ruling in failing]
    return "\n".join(lines)
