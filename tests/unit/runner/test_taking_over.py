"""`instead_of`: a run in the place of one whose console is gone. Its lease is no hindrance any more, its jobs are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.facts.traces import JobTrace, Lease
from console.runbooks.conditions.hosts import nobody_else_works_here
from console.runbooks.plan import Answer, Plan
from console.runner.journal import Journal
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.runner import Runner
from tests.unit.runner.runner_world import (
    FLEET,
    REGION,
    RUN,
    STEPS,
    A,
    B,
    World,
    WorldHands,
    WorldObserver,
    has,
    plan_of_steps,
)

pytestmark = pytest.mark.usefixtures("quick_journals")

OTHER = "20260228-010101-ffff"
PLAN = replace(plan_of_steps(STEPS), checks=(has(A, "ready"), nobody_else_works_here(REGION.name, RUN)))


class Seen(WorldObserver):
    """Shows jobs of other runs on host B besides."""

    jobs: tuple[JobTrace, ...] = ()

    def survey(self, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        snapshot = super().survey(sections)
        facts = snapshot.facts(B)
        assert facts.traces.value is not None
        traces = replace(facts.traces, value=replace(facts.traces.value, jobs=self.jobs))
        return replace(snapshot, hosts={**snapshot.hosts, B: replace(facts, traces=traces)})


class Pair:
    """The two hosts, held by a run whose console is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World()
        self.observer = Seen(self.world)
        for host in self.world.hosts.values():
            host.lease = Lease(OTHER, "failback", "eve@desk", "gone home", 1.0, 2.0)

    def start(self, instead_of: str | None, plan: Plan = PLAN) -> Outcome:
        parts = RunParts(FLEET, self.observer, WorldHands(self.world), self.world.clock)
        journal = Journal.create(self.folder, RUN, self.world.clock)
        try:
            return Runner(parts, journal).start(plan, "why", instead_of)
        finally:
            journal.close()


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_a_run_in_the_place_of_the_holder_is_carried_out(pair: Pair) -> None:
    outcome = pair.start(OTHER)
    assert outcome.code is ExitCode.OK, outcome.words


def test_without_being_asked_for_no_run_takes_the_place_of_another(pair: Pair) -> None:
    outcome = pair.start(None)
    assert outcome.code is ExitCode.REFUSED
    assert f"run {OTHER} (failback) of eve@desk holds it" in outcome.words


def test_only_the_run_that_was_named_gives_its_place(pair: Pair) -> None:
    assert pair.start("20260227-010101-eeee").code is ExitCode.REFUSED
    assert {host.lease.run for host in pair.world.hosts.values() if host.lease is not None} == {OTHER}


@pytest.mark.parametrize("running", [True, None])
def test_a_job_of_the_run_that_is_put_aside_keeps_this_one_out(pair: Pair, running: bool | None) -> None:
    pair.observer.jobs = (JobTrace(OTHER, "copy", running, None),)
    outcome = pair.start(OTHER)
    assert outcome.code is ExitCode.REFUSED
    assert f"step copy of run {OTHER}" in outcome.words


def test_a_job_of_it_that_has_ended_does_not(pair: Pair) -> None:
    pair.observer.jobs = (JobTrace(OTHER, "copy", False, 0),)
    assert pair.start(OTHER).code is ExitCode.OK


def test_every_other_check_is_judged_as_it_is(pair: Pair) -> None:
    pair.world.hosts[A].marks.clear()
    outcome = pair.start(OTHER)
    assert outcome.code is ExitCode.REFUSED
    assert f"{A} has ready" in outcome.words


def test_the_condition_is_made_anew_for_the_run_that_is_put_aside(pair: Pair) -> None:
    check = nobody_else_works_here(REGION.name, RUN)
    assert check.taking_over is not None
    snapshot = pair.observer.survey()
    answers = [item.judge(snapshot).answer for item in (check, check.taking_over(OTHER), check.taking_over("another"))]
    assert answers == [Answer.NO, Answer.YES, Answer.NO]
