"""`run RUNBOOK`: look, show the whole plan, ask, carry it out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.runbooks.plan import Plan
from console.runbooks.registry import RUNBOOKS
from console.runbooks.runbook import Refused, Runbook
from console.runner.observer import Observer
from console.runner.parts import RunParts
from console.runner.verifying import Judged, judge
from console.terminal.asking import ask_reason, confirm, require_answers
from console.terminal.options import RunOptions, find_runbook, require_fitting_choices
from console.terminal.page import Page
from console.terminal.permission import Permission
from console.terminal.plan_page import all_hold, print_plan
from console.terminal.sources import Source, new_run_id
from console.terminal.taking_over import WithoutLease, holders_words, require_dead_console, without_lease
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
    order = _Order(runbook, find_target(source.fleet, options.target), options)
    if options.dry_run:
        return _dry_run(page, source, order)
    permission.require(source.fleet)
    require_answers(page, options.consent)
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
    consent, take_over = order.options.consent, order.options.take_over
    reason = ask_reason(page, consent)
    confirm(page, consent, plan.confirm, plan.parameters.target, f"Begin {plan.runbook}")
    from console.terminal.carrying_out import begin

    if take_over is not None:
        parts = replace(parts, observer=WithoutLease(parts.observer, take_over))
    return begin(page, source, parts, plan, reason, take_over)


def _present(page: Page, observer: Observer, order: _Order) -> Plan:
    """Look, decide, and print the whole plan with how its checks stand. Refused where one does not hold."""
    target, runbook = order.target, order.runbook
    if page.live:
        page.line(f"Looking at both database hosts of {target.region} …", "dim")
    snapshot = observer.survey(layout_sections(target.fleet))
    put_aside = _put_aside(snapshot, order)
    snapshot = _as_taken_over(snapshot, order)
    run = new_run_id(time.time())
    parameters = runbook.decide(snapshot, target.region, target.host, order.options.choices, run)
    plan = runbook.plan(target.fleet, parameters)
    snapshot = _as_taken_over(_look_for(plan, observer, snapshot), order)
    checks = judge(plan.checks, snapshot).judged
    print_plan(page, plan, checks, snapshot, target.fleet.environment)
    if put_aside:
        page.line(f"Takes over: {put_aside}.", "bold yellow")
    if not all_hold(checks):
        raise Refused("\n".join([_not_holding(checks), *holders_words(snapshot, target.region)]))
    return plan


def layout_sections(fleet: Fleet) -> tuple[tuple[str, str], ...]:
    """How the data directories lie on their disks: every runbook that copies needs it."""
    return tuple((host.name, "layout") for region in fleet.regions for host in region.databases)


def _put_aside(snapshot: Snapshot, order: _Order) -> str:
    run = order.options.take_over
    return require_dead_console(snapshot, order.target.region, run) if run is not None else ""


def _as_taken_over(snapshot: Snapshot, order: _Order) -> Snapshot:
    run = order.options.take_over
    return snapshot if run is None else without_lease(snapshot, run)


def _look_for(plan: Plan, observer: Observer, snapshot: Snapshot) -> Snapshot:
    """`snapshot`, or a newer one that has the sections that the plan's checks need besides."""
    seen = set(layout_sections(snapshot.fleet))
    more = tuple(each for each in plan.sections if each not in seen)
    return observer.look(clients=True, sections=more) if more else snapshot


def _not_holding(checks: Judged) -> str:
    failing = [(condition, ruling) for condition, ruling in checks if not ruling.holds]
    lines = [f"{len(failing)} of {len(checks)} checks do not hold. Nothing was changed."]
    lines += [f"  {ruling.answer.value}: {condition.words}: {ruling.because}" for condition, ruling in failing]
    return "\n".join(lines)
