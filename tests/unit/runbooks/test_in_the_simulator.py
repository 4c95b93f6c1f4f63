"""The runbooks carried out by the Runner on simulated hosts: they end well, and no step passes for done too early."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.diagnosis.engine import diagnose
from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.plan import Answer, Choices, Plan, Step
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runbooks.runbook import Runbook
from console.runner.journal import Journal, Kind
from console.runner.outcome import Outcome
from console.runner.runner import Runner
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from tests.simulation.worlds import clock, world
from tests.unit.runbooks.scenes import DC1_2, G1, G2, RUN, answers

CASES = (
    (LOCK_CLEANUP, "lock-safe", "dc1", None, Choices()),
    (REBUILD_STANDBY, "lock-unsafe", "dc2", None, Choices()),
    (REBUILD_STANDBY, "healthy", "dc1", DC1_2, Choices(discard_old=True)),
    (REBUILD_STANDBY, "healthy", "global", G2, Choices(discard_old=True)),
    (REBUILD_STANDBY, "failed-over", "global", G1, Choices()),
)
ALREADY = {("failed-over", "stop"), ("healthy", "gate")}
"""Steps that find what they are for: a stopped server, a standby's closed port."""


@dataclass(frozen=True)
class Ended:
    """A run to its end: what came of it, which steps passed for done when they began, and what was found then."""

    scenario: str
    region: str
    plan: Plan
    outcome: Outcome
    over_before: tuple[str, ...]
    after: Snapshot


def carried_out(
    folder: Path, runbook: Runbook, scenario: str, region: str, host: str | None, choices: Choices
) -> Ended:
    parts = simulated_parts(LivingWorld(world(scenario), clock()), region)
    sections = [(item.name, "layout") for item in parts.fleet.region(region).databases]
    parameters = runbook.decide(parts.observer.survey(sections), region, host, choices, RUN)
    plan = runbook.plan(parts.fleet, parameters)
    over: list[str] = []

    def listen(event: Any) -> None:
        if event.kind is Kind.INTENT:
            step: Step = plan.step(event.step)
            seen = parts.observer.look(clients=step.clients, sections=step.sections)
            if step.after and answers(step.after, seen) == {Answer.YES}:
                over.append(step.key)

    outcome = Runner(parts, Journal.create(folder, RUN, parts.clock), listen).start(plan, "a test")
    return Ended(scenario, region, plan, outcome, tuple(over), parts.observer.survey(sections))


@pytest.fixture(scope="module", params=CASES, ids=[f"{case[0].name}-{case[1]}-{case[2]}" for case in CASES])
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    runbook, scenario, region, host, choices = request.param
    return carried_out(tmp_path_factory.mktemp("runs"), runbook, scenario, region, host, choices)


def test_the_run_is_done_and_verified(ended: Ended) -> None:
    assert ended.outcome.code is ExitCode.OK, ended.outcome.words


def test_no_step_passes_for_done_when_it_begins(ended: Ended) -> None:
    assert {(ended.scenario, key) for key in ended.over_before} <= ALREADY


def test_nothing_worse_is_found_afterwards_than_what_the_operator_chose(ended: Ended) -> None:
    pair = {host.name for host in ended.after.fleet.region(ended.region).databases}
    found = {finding.code for finding in diagnose(ended.after) if finding.host in pair | {None}}
    kept = {"H08"} if not any(step.key == "discard-old" for step in ended.plan.steps) else set()
    pending = {"S03"} if ended.scenario == "failed-over" else set()
    assert found <= kept | pending


def test_no_lease_no_copy_no_held_script_and_no_lock_is_left(ended: Ended) -> None:
    for host in ended.after.fleet.region(ended.region).databases:
        traces = ended.after.facts(host).traces.value
        assert traces is not None
        assert (traces.lease, traces.jobs, traces.held, traces.lock_aside) == (None, (), (), False)
        assert not any("vmdb-new" in path for path in traces.leftovers)


def test_host_2_of_a_scripted_region_can_archive_as_before(ended: Ended) -> None:
    """A base backup of host 1 has no such folder (REFERENCE 2)."""
    archive = ended.after.facts(G2).archive.value if ended.region == "global" else None
    assert archive is None or (archive.write is not None and archive.write.exists)


# --- taken back --------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The console dies."""


@dataclass(frozen=True)
class TakenBack:
    """What was before the run, what came of taking it back, and what was then."""

    before: Snapshot
    outcome: Outcome
    after: Snapshot


def taken_back(folder: Path, runbook: Runbook, scenario: str, region: str, host: str | None, killed: str) -> TakenBack:
    parts = simulated_parts(LivingWorld(world(scenario), clock()), region)
    sections = [(item.name, "layout") for item in parts.fleet.region(region).databases]
    before = parts.observer.survey(sections)
    plan = runbook.plan(parts.fleet, runbook.decide(before, region, host, Choices(), RUN))

    def die(event: Any) -> None:
        if event.kind is Kind.VERIFIED and event.step == killed:
            raise Killed

    journal = Journal.create(folder, RUN, parts.clock)
    with pytest.raises(Killed):
        Runner(parts, journal, die).start(plan, "a test")
    journal.close()
    outcome = Runner(parts, Journal.open(folder, RUN, parts.clock)).roll_back({runbook.name: runbook})
    return TakenBack(before, outcome, parts.observer.survey(sections))


@pytest.mark.parametrize(
    ("runbook", "scenario", "region", "killed"),
    [(LOCK_CLEANUP, "lock-safe", "dc1", "cleanup"), (REBUILD_STANDBY, "lock-unsafe", "dc2", "follow")],
)
def test_taken_back_the_old_data_and_its_lock_are_in_place_and_the_node_is_stopped(
    tmp_path: Path, runbook: Runbook, scenario: str, region: str, killed: str
) -> None:
    found = taken_back(tmp_path, runbook, scenario, region, None, killed)
    assert found.outcome.code is ExitCode.ROLLED_BACK, found.outcome.words
    host = found.after.fleet.region(region).databases[0].name
    old, now = (snapshot.facts(host).data.value for snapshot in (found.before, found.after))
    processes = found.after.facts(host).processes.value
    assert old is not None
    assert now is not None
    assert (now.created, now.lock) == (old.created, old.lock)
    assert processes is not None
    assert not processes.running


def test_taken_back_a_standby_runs_on_its_old_data_and_its_promotion_is_watched_again(tmp_path: Path) -> None:
    found = taken_back(tmp_path, REBUILD_STANDBY, "healthy", "global", G2, "follow")
    assert found.outcome.code is ExitCode.ROLLED_BACK, found.outcome.words
    facts = found.after.facts(G2)
    assert facts.sql.value is not None
    assert facts.sql.value.in_recovery
    old, now = found.before.facts(G2).data.value, facts.data.value
    assert old is not None
    assert now is not None
    assert (now.created, now.files, now.recovery) == (old.created, old.files, old.recovery)
    assert facts.traces.value is not None
    assert (facts.traces.value.held, facts.traces.value.leftovers) == ((), ())
