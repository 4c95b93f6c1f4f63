"""Snapshots for runbooks: the simulated fleet's scenarios as a run's survey sees them, and changes to single facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.runbooks.plan import Answer, Choices, Condition, Parameters, Plan, Ruling, Step
from console.runbooks.runbook import Refused, Runbook
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from tests.simulation.worlds import clock, world
from tests.unit.diagnosis.builders import seen

RUN = "20261123-120000-abcd"
DC1_1, DC1_2 = "cf-dc1-db1.example.com", "cf-dc1-db2.example.com"
DC2_1, DC2_2 = "cf-dc2-db1.example.com", "cf-dc2-db2.example.com"
G1, G2 = "cf-global-db1.example.com", "cf-global-db2.example.com"


@cache
def survey(scenario: str, region: str) -> Snapshot:
    """What a run sees before it decides: everything, and how the data directories lie."""
    parts = simulated_parts(LivingWorld(world(scenario), clock()), region)
    sections = [(host.name, "layout") for host in parts.fleet.region(region).databases]
    return parts.observer.survey(sections)


def unasked(region: str = "dc1") -> Snapshot:
    """The same fleet, of which nothing has been looked at."""
    known = survey("healthy", region)
    return replace(known, hosts={name: HostFacts(name, facts.region) for name, facts in known.hosts.items()})


def with_host(snapshot: Snapshot, host: str, **fields: Any) -> Snapshot:
    """The snapshot with other facts of one host; each an Observed, or a field that is none (`reach`, `evidence`)."""
    return replace(snapshot, hosts={**snapshot.hosts, host: replace(snapshot.facts(host), **fields)})


def with_value(snapshot: Snapshot, host: str, name: str, **changes: Any) -> Snapshot:
    """The snapshot with some attributes of one known fact changed."""
    value = getattr(snapshot.facts(host), name).value
    assert value is not None, f"{name} of {host} is unknown in this scene"
    return with_host(snapshot, host, **{name: seen(replace(value, **changes), name)})


def ruling(condition: Condition, snapshot: Snapshot) -> Ruling:
    return condition.judge(snapshot)


def answer(condition: Condition, snapshot: Snapshot) -> Answer:
    return condition.judge(snapshot).answer


def answers(conditions: Iterable[Condition], snapshot: Snapshot) -> set[Answer]:
    return {condition.judge(snapshot).answer for condition in conditions}


def broken(plan: Plan, snapshot: Snapshot) -> dict[str, Ruling]:
    """The plan's checks that do not hold, by their words."""
    found = {condition.words: condition.judge(snapshot) for condition in plan.checks}
    return {words: ruled for words, ruled in found.items() if not ruled.holds}


def decided(runbook: Runbook, snapshot: Snapshot, region: str, host: str | None = None, **choices: Any) -> Parameters:
    return runbook.decide(snapshot, region, host, Choices(**choices), RUN)


def planned(runbook: Runbook, snapshot: Snapshot, region: str, host: str | None = None, **choices: Any) -> Plan:
    return runbook.plan(snapshot.fleet, decided(runbook, snapshot, region, host, **choices))


def refusal(runbook: Runbook, snapshot: Snapshot, region: str, host: str | None = None, **choices: Any) -> str:
    with pytest.raises(Refused) as caught:
        decided(runbook, snapshot, region, host, **choices)
    return str(caught.value)


def keys(plan: Plan) -> list[str]:
    return [step.key for step in plan.steps]


def names(step: Step) -> list[str]:
    """The class names of a step's operations."""
    return [type(operation).__name__ for operation in step.operations]


def undo_names(step: Step) -> list[str]:
    return [type(operation).__name__ for operation in step.undo]


Change = Callable[[Snapshot], Snapshot]
