"""What holds for every plan: it comes back from the journal the same, takes back what it does, and never guesses."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from console.operations.gate import ClosePort, DenyPort
from console.operations.operation import Operation, Risk
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.plan import Answer, Condition, Plan, Step
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runbooks.runbook import Runbook
from tests.unit.runbooks.scenes import DC1_2, G1, G2, answers, decided, names, planned, survey, unasked

Case = tuple[Runbook, str, str, str | None]
CASES: tuple[Case, ...] = (
    (LOCK_CLEANUP, "lock-safe", "dc1", None),
    (REBUILD_STANDBY, "lock-unsafe", "dc2", None),
    (REBUILD_STANDBY, "lock-safe", "dc1", None),
    (REBUILD_STANDBY, "healthy", "dc1", DC1_2),
    (REBUILD_STANDBY, "healthy", "global", G2),
    (REBUILD_STANDBY, "failed-over", "global", G1),
)
IDS = [f"{runbook.name}-{scenario}-{region}" for runbook, scenario, region, _ in CASES]


def plan_of(case: Case) -> Plan:
    runbook, scenario, region, host = case
    choices = {"discard_old": True} if runbook is REBUILD_STANDBY else {}
    return planned(runbook, survey(scenario, region), region, host, **choices)


def told(plan: Plan) -> list[tuple[object, ...]]:
    """A plan without its functions: what is done, judged and said."""

    def words(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
        return tuple(condition.words for condition in conditions)

    def of_step(step: Step) -> tuple[object, ...]:
        told = words(step.before), words(step.after), words(step.undone)
        what = (step.key, step.title, step.host, step.operations, step.undo)
        return (*what, *told, step.detached, step.final, step.patience, step.steady, step.clients, step.sections)

    whole = (plan.summary, plan.losses, plan.needs, plan.confirm, words(plan.checks), plan.sections)
    return [*map(of_step, plan.steps), whole]


@pytest.fixture(params=CASES, ids=IDS)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def changes(operation: Operation) -> bool:
    return operation.risk is not Risk.READ


def test_the_plan_is_the_same_from_parameters_that_went_through_json(case: Case) -> None:
    runbook, scenario, region, host = case
    snapshot = survey(scenario, region)
    parameters = decided(runbook, snapshot, region, host)
    adapter = TypeAdapter(runbook.parameters)
    again = adapter.validate_json(adapter.dump_json(parameters))
    assert again == parameters
    assert told(runbook.plan(snapshot.fleet, again)) == told(runbook.plan(snapshot.fleet, parameters))


def test_every_step_that_changes_something_has_an_undo_or_is_final_or_only_closes_a_port(case: Case) -> None:
    for step in plan_of(case).steps:
        closes = all(isinstance(operation, ClosePort | DenyPort) for operation in step.operations)
        stops_nothing = names(step) == ["StopDatabase"] and not step.undo and step.undone
        assert step.undo or step.final or closes or stops_nothing or not any(map(changes, step.operations)), step.key


def test_every_undo_says_what_must_be_true_then(case: Case) -> None:
    for step in plan_of(case).steps:
        closes = all(isinstance(operation, ClosePort) for operation in step.operations)
        assert step.undone or not step.undo or closes, step.key


def test_nothing_is_true_of_a_fleet_that_nobody_has_looked_at(case: Case) -> None:
    plan = plan_of(case)
    blank = unasked(case[2])
    for step in plan.steps:
        assert Answer.YES not in answers((*step.after, *step.undone), blank), step.key
    assert Answer.YES not in answers(plan.checks, blank)


def test_every_step_that_changes_something_is_guarded_and_verified(case: Case) -> None:
    for step in plan_of(case).steps:
        if any(map(changes, step.operations)):
            assert step.before, step.key
            assert step.after, step.key


def test_steps_work_on_the_target_alone_and_have_keys_of_their_own(case: Case) -> None:
    plan = plan_of(case)
    assert {step.host for step in plan.steps} == {plan.parameters.target}
    assert len({step.key for step in plan.steps}) == len(plan.steps)


def test_nothing_is_destroyed_before_the_new_standby_streams(case: Case) -> None:
    plan = plan_of(case)
    final = [step for step in plan.steps if step.final]
    assert final == list(plan.steps[len(plan.steps) - len(final) :])
    assert all(any("streams from" in item.words for item in step.before) for step in final)


def test_every_operation_can_be_written_for_its_host(case: Case) -> None:
    plan = plan_of(case)

    def commands(step: Step) -> list[str]:
        platform = plan.parameters.platform(step.host)
        return [operation.command(platform) for operation in (*step.operations, *step.undo)]

    assert all(text.strip() for step in plan.steps for text in commands(step))
