"""A plan as the journal's first line keeps it, in words and as JSON, and the same plan made from that again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from console.inventory.fleet import Fleet
from console.runbooks.plan import Parameters, Plan, Step
from console.runbooks.runbook import Runbook
from console.runner.driver import Driver
from console.runner.journal import JournalError
from console.runner.runs import Run


def begin_data(plan: Plan, reason: str, driver: Driver, fleet: Fleet) -> dict[str, Any]:
    """Everything of `begin`: who, why, what is planned, and the parameters that the same plan is made from again."""
    parameters = plan.parameters
    return {
        "run": parameters.run,
        "runbook": plan.runbook,
        "region": parameters.region,
        "target": parameters.target,
        "reason": reason,
        "who": {"user": driver.user, "host": driver.host, "pid": driver.pid, "console": driver.console},
        "inventory": fleet.source,
        "environment": fleet.environment,
        "summary": plan.summary,
        "losses": list(plan.losses),
        "needs": list(plan.needs),
        "steps": [_step(plan, step) for step in plan.steps],
        "parameters": TypeAdapter(type(parameters)).dump_python(parameters, mode="json"),
    }


def _step(plan: Plan, step: Step) -> dict[str, Any]:
    platform = plan.parameters.platform(step.host)
    return {
        "key": step.key,
        "title": step.title,
        "host": step.host,
        "commands": [operation.command(platform) for operation in step.operations],
    }


def plan_of(run: Run, runbooks: Mapping[str, Runbook], fleet: Fleet) -> Plan:
    """The plan that a run carries out, made anew from its parameters; JournalError where it is not the same plan."""
    runbook = runbooks.get(run.runbook)
    if runbook is None:
        raise JournalError(f"run {run.run}: this console has no runbook '{run.runbook[:40]}'. Nothing was changed.")
    try:
        parameters: Parameters = TypeAdapter(runbook.parameters).validate_python(dict(run.parameters))
        plan = runbook.plan(fleet, parameters)
    except (ValidationError, KeyError, StopIteration) as error:
        raise JournalError(
            f"run {run.run}: its parameters do not fit this console or inventory ({type(error).__name__}). "
            f"Go on with the inventory that it was begun with: {run.inventory or 'unknown'}. Nothing was changed."
        ) from error
    if [(step.key, step.host) for step in plan.steps] != [(step.key, step.host) for step in run.steps]:
        raise JournalError(
            f"run {run.run}: this console plans other steps than the one that began it. "
            "Go on with that version. Nothing was changed."
        )
    return plan
