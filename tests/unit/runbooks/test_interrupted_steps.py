"""A console may die at any moment: a step that was begun is found undone as long as any of its operations is missing.

A resumed run looks first, and does not do again what `after` shows to be there. So `after` must not hold, in full, in
the world right before the step, nor when only the first of its operations were carried out, unless what is left would
change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.operations.operation import Operation
from console.runbooks.failback import FAILBACK
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.plan import Answer, Choices, Plan, Step
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runbooks.runbook import Runbook
from console.runner.journal import Journal, Kind
from console.runner.runner import Runner
from console.simulation.living import LivingWorld
from console.simulation.obeying.obey import obey
from console.simulation.parts import living, simulated_parts
from console.simulation.state import RegionState, World
from tests.simulation.worlds import clock
from tests.unit.runbooks.scenes import DC1_2, DC2_2, G1, G2, RUN

CASES: tuple[tuple[Runbook, str, str, str | None, Choices], ...] = (
    (LOCK_CLEANUP, "lock-safe", "dc1", None, Choices()),
    (REBUILD_STANDBY, "lock-unsafe", "dc2", None, Choices(discard_old=True)),
    (REBUILD_STANDBY, "healthy", "dc1", DC1_2, Choices()),
    (REBUILD_STANDBY, "healthy", "dc2", DC2_2, Choices()),
    (REBUILD_STANDBY, "healthy", "global", G2, Choices(discard_old=True)),
    (REBUILD_STANDBY, "failed-over", "global", G1, Choices()),
    (FAILBACK, "failed-over", "global", None, Choices(discard_old=True)),
    (FAILBACK, "failed-over", "global", None, Choices(method="copy", discard_old=True)),
)
IDS = [f"{case[0].name}-{case[4].method or ''}-{case[1]}-{case[2]}" for case in CASES]

HARMLESS = {
    ("failback", "checkpoint"): "a checkpoint only makes the later stop shorter",
}
"""Steps that may be passed over though something in them would change the world, and why."""


@dataclass
class Watched:
    """A run and the worlds before its operations: `early` are steps that pass for done, with what was done by then."""

    plan: Plan
    code: ExitCode
    early: dict[str, list[str]] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)


def with_done(state: RegionState, step: Step, operations: tuple[Operation, ...], at: float) -> RegionState:
    for operation in operations:
        state = obey(state, step.host, operation, at).state
    return state


def passes_for_done(world: LivingWorld, region: str, step: Step) -> bool:
    """What a console that has just been started sees."""
    observer = simulated_parts(world, region).observer
    try:
        seen: Snapshot = observer.survey(step.sections)
        seen = observer.look(clients=step.clients, sections=(*step.sections, *step.evidence(seen)))
    finally:
        observer.close()
    return all(condition.judge(seen).answer is Answer.YES for condition in step.after)


def early(world: LivingWorld, region: str, step: Step, operations: tuple[Operation, ...]) -> list[str]:
    before = world.now()
    found = []
    for count in range(len(operations)):
        done, left = operations[:count], operations[count:]
        state = with_done(before.region(region), step, done, before.at)
        here = before.with_region(state)
        world.change(replaced_by(here))
        if with_done(state, step, left, before.at) != state and passes_for_done(world, region, step):
            found.append(", ".join(item.describe() for item in done) or "nothing done")
    world.change(replaced_by(before))
    return found


def replaced_by(world: World) -> Any:
    return lambda _: world


@pytest.fixture(scope="module", params=CASES, ids=IDS)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    runbook, scenario, region, host, choices = request.param
    world = living(scenario, clock())
    parts = simulated_parts(world, region)
    sections = [(item.name, "layout") for item in parts.fleet.region(region).databases]
    parameters = runbook.decide(parts.observer.survey(sections), region, host, choices, RUN)
    plan = runbook.plan(parts.fleet, parameters)
    found = Watched(plan, ExitCode.OK)

    def listen(event: Any) -> None:
        step = plan.step(event.step) if event.kind is Kind.INTENT else None
        if step is None or not step.after or any(item.proves for item in step.operations):
            return
        made = step.prepare(parts.observer.look(sections=step.sections)) if step.prepare is not None else ()
        found.looked_at.add(step.key)
        if places := early(world, region, step, (*made, *step.operations)):
            found.early[step.key] = places

    journal = Journal.create(tmp_path_factory.mktemp("runs"), RUN, parts.clock)
    found.code = Runner(parts, journal, listen).start(plan, "a test").code
    journal.close()
    return found


def test_no_step_passes_for_done_before_all_of_its_operations_were_carried_out(watched: Watched) -> None:
    name = watched.plan.runbook
    assert {key: places for key, places in watched.early.items() if (name, key) not in HARMLESS} == {}


def test_every_step_that_a_look_decides_was_looked_at(watched: Watched) -> None:
    """And the run was not disturbed by that."""
    assert watched.code is ExitCode.OK
    judged = {
        step.key
        for step in watched.plan.steps
        if step.operations and step.after and not any(item.proves for item in step.operations)
    }
    assert watched.looked_at == judged
