"""failback by copying, stopped while clients are shut out: they can write again in seconds, nothing is copied twice.

Carried out in a watched world, which raises at whatever DESIGN 10 forbids.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.operations.copying import BaseBackup, RemoveCopy, SwapBack, SwapIn
from console.operations.gate import HoldScript, ReleaseScript
from console.operations.operation import Operation
from console.runbooks.failback import FAILBACK
from console.runner.hands import Order, Result
from console.runner.journal import Event, Journal, Kind
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.simulation import events
from console.simulation.clock import ManualClock, RunClock
from console.simulation.hands import SimulatedHands
from console.simulation.parts import simulated_parts
from console.simulation.state import RegionState
from tests.simulation.faults import FaultyHands, Schedule
from tests.simulation.runs import CASES, RUN, Drill, unchanged
from tests.simulation.watched import WatchedWorld, writable

FIRST, SECOND = "cf-global-db1.example.com", "cf-global-db2.example.com"
WHOLE_COPY = ["copy", "check", "archive-aside", "stop-first", "swap", "start-first"]
STAYS = [*WHOLE_COPY, "login-back"]
SHUTS_OUT = ["hold-second", "close-second", "ready", "stop-second", "promote"]


class NotedHands(SimulatedHands):
    """Simulated hands that note what was done, and refuse the operations of `unwilling`."""

    done: list[Operation]
    unwilling: tuple[type[Operation], ...] = ()

    def perform(self, order: Order) -> Result:
        for operation in order.operations:
            if isinstance(operation, self.unwilling):
                return Result(1, "Operation not permitted\n", 0.1, operation)
        self.done.extend(order.operations)
        return super().perform(order)

    def begin(self, order: Order) -> None:
        self.done.extend(order.operations)
        super().begin(order)


class CoarseClock(RunClock):
    """A clock on which a wait takes `least` seconds at least."""

    def __init__(self, clock: ManualClock, least: float) -> None:
        super().__init__(clock)
        self._least = least

    def sleep(self, seconds: float) -> None:
        super().sleep(max(seconds, self._least))


class Stage(Drill):
    """A failback by copying, in which something happens at an event of the run."""

    def __init__(self, folder: Path) -> None:
        super().__init__(CASES["failback by copying"], Schedule(), folder)
        self.events: list[Event] = []
        self.happens: dict[tuple[Kind, str | None], Callable[[Runner], None]] = {}
        self._take_up([])

    def _take_up(self, done: list[Operation]) -> None:
        """Witnesses and hands of the world as it is."""
        self.noted = NotedHands(self.world, "global")
        self.noted.done = done
        parts = simulated_parts(self.world, "global")
        self.parts = RunParts(parts.fleet, parts.observer, self.noted, parts.clock)

    def copied(self, folder: Path) -> Stage:
        """The same at this moment, for another console to go on: this one is not touched by what it does."""
        stage = copy(self)
        stage.folder = Path(shutil.copytree(self.folder, folder))
        stage.clock = ManualClock(self.clock.at)
        stage.world = WatchedWorld(self.world.state, self.clock.at.timestamp(), stage.clock)
        stage.hands = FaultyHands(self.noted, stage.world, stage.clock, Schedule())
        stage.events, stage.happens = self.events[:], {}
        stage._take_up(self.noted.done[:])
        return stage

    def waits_coarsely(self, seconds: float) -> None:
        """Every wait takes so many seconds at least, so that what waits long does not look a thousand times."""
        self.parts = replace(self.parts, clock=CoarseClock(self.clock, seconds))

    def driven(self, way: str = "start") -> Outcome:
        journal = (Journal.create if way == "start" else Journal.open)(self.folder, RUN, self.parts.clock)
        runner = Runner(self.parts, journal, lambda event: self._hear(event, runner))
        try:
            if way == "start":
                return runner.start(self.plan, "a drill")
            books = {FAILBACK.name: FAILBACK}
            return runner.resume(books) if way == "resume" else runner.roll_back(books)
        finally:
            journal.close()

    def _hear(self, event: Event, runner: Runner) -> None:
        self.events.append(event)
        happens = self.happens.pop((event.kind, event.step), None)
        if happens is not None:
            happens(runner)

    def stopped_at(self, key: str, kind: Kind = Kind.VERIFIED) -> Outcome:
        """The operator stops it when this is told of a step; the next safe point heeds it."""
        self.happens[(kind, key)] = Runner.stop
        return self.driven()

    def suffers(self, event: Callable[[RegionState, float], RegionState]) -> Callable[[Runner], None]:
        def happens(_: Runner) -> None:
            self.world.suffered = True
            self.world.suffer(event)

        return happens

    def clients_write_on(self) -> list[str]:
        return [host.name for host in writable(self.world.state)]

    def of_kind(self, kind: Kind) -> list[str | None]:
        return [event.step for event in self.events if event.kind is kind]

    def copies(self) -> int:
        return sum(isinstance(operation, BaseBackup) for operation in self.noted.done)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "runs")


@dataclass(frozen=True)
class Shared:
    """Runs that several tests look at, and change no more: each is driven once."""

    folder: Path

    @cache  # noqa: B019
    def stopped_at(self, key: str) -> tuple[Stage, Outcome]:
        stage = Stage(self.folder / f"stopped-{key}")
        return stage, stage.stopped_at(key)

    @cache  # noqa: B019
    def resumed_after(self, key: str) -> tuple[Stage, Outcome]:
        stage = self.copied_after(key, self.folder / f"resumed-{key}")
        return stage, went_on(stage)

    def copied_after(self, key: str, folder: Path) -> Stage:
        """One that was stopped there, for a test to change."""
        stage, _ = self.stopped_at(key)
        return stage.copied(folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return Shared(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def stopped_at(shared: Shared, tmp_path: Path) -> Callable[[str], Stage]:
    """stopped_at(STEP): a run that was stopped there, this test's own."""
    return lambda key: shared.copied_after(key, tmp_path / "runs")


def power_off_1(state: RegionState, at: float) -> RegionState:
    return events.power_off(state, FIRST)


def boot_1(state: RegionState, at: float) -> RegionState:
    return events.boot(state, FIRST, at)


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_whole_copy_stays_and_nothing_that_shuts_clients_out_does(stage: Stage) -> None:
    assert [step.key for step in stage.plan.steps if step.stays] == STAYS


def test_a_step_that_stays_changes_nothing_on_host_2(stage: Stage) -> None:
    stays = [step for step in stage.plan.steps if step.stays]
    assert {step.host for step in stays if any(item.risk != "read" for item in step.operations)} == {FIRST}


# --- the retreat -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [*STAYS, "close-second", "ready"])
def test_after_a_stop_clients_write_on_host_2_again(shared: Shared, key: str) -> None:
    stage, outcome = shared.stopped_at(key)
    assert outcome.code is ExitCode.HALF_WAY
    assert "clients can write again" in outcome.words
    assert stage.clients_write_on() == [SECOND]


@pytest.mark.parametrize("key", [*STAYS, "ready"])
def test_a_retreat_takes_nothing_of_the_copy_back(shared: Shared, key: str) -> None:
    stage, _ = shared.stopped_at(key)
    assert not set(stage.of_kind(Kind.UNDONE)) - set(SHUTS_OUT)
    assert not any(isinstance(operation, RemoveCopy | SwapBack) for operation in stage.noted.done)


def test_a_retreat_is_over_in_seconds(shared: Shared) -> None:
    stage, _ = shared.stopped_at("login-back")
    begun, ended = (event.at for event in stage.events if event.kind is Kind.RETREAT)
    assert (ended - begun).total_seconds() < 5


def test_a_copy_that_runs_goes_on_while_clients_write_again(stage: Stage) -> None:
    stage.stopped_at("copy", Kind.JOB)
    assert stage.clients_write_on() == [SECOND]
    assert [job.running for job in stage.world.state.database(FIRST).jobs] == [True]


def test_with_host_1_dead_clients_write_on_host_2_again(stage: Stage) -> None:
    stage.happens[(Kind.VERIFIED, "swap")] = stage.suffers(power_off_1)
    outcome = stage.driven()
    assert outcome.code is ExitCode.HALF_WAY
    assert stage.clients_write_on() == [SECOND]


def test_with_host_1_dead_while_it_is_copied_to_clients_write_on_host_2_again(stage: Stage) -> None:
    stage.happens[(Kind.JOB, "copy")] = stage.suffers(power_off_1)
    assert stage.driven().code is ExitCode.HALF_WAY
    assert stage.clients_write_on() == [SECOND]


def test_a_script_that_cannot_be_released_keeps_no_client_from_writing(stage: Stage) -> None:
    def stopped(runner: Runner) -> None:
        stage.noted.unwilling = (ReleaseScript,)
        runner.stop()

    stage.waits_coarsely(1)

    stage.happens[(Kind.VERIFIED, "swap")] = stopped
    outcome = stage.driven()
    assert stage.clients_write_on() == [SECOND]
    assert f"Clients can write on {SECOND}" in outcome.words
    assert "neither promotes itself" in outcome.words  # the step that is left
    assert "MAY BE UNABLE" not in outcome.words


# --- going on --------------------------------------------------------------------------------------------------------


def went_on(stage: Stage) -> Outcome:
    """Clients write for a while, then the operator resumes."""
    stage.clock.pass_seconds(300)
    outcome = stage.driven("resume")
    stage.check(outcome)
    return outcome


@pytest.mark.parametrize("key", [*STAYS, "close-second", "ready", "stop-second"])
def test_resumed_it_ends_with_host_1_as_the_primary_that_has_everything(shared: Shared, key: str) -> None:
    stage, outcome = shared.resumed_after(key)
    assert outcome.code is ExitCode.OK, outcome.words
    assert stage.clients_write_on() == [FIRST]
    assert stage.world.state.database(SECOND).server.streaming


@pytest.mark.parametrize("key", [*STAYS, "ready"])
def test_resumed_nothing_is_copied_or_swapped_again(shared: Shared, key: str) -> None:
    stage, _ = shared.resumed_after(key)
    assert stage.copies() == 1
    assert sum(isinstance(operation, SwapIn) for operation in stage.noted.done) == 1


def test_resumed_the_port_is_closed_again_before_anything_else(shared: Shared) -> None:
    seen = len(shared.stopped_at("check")[0].events)
    stage, _ = shared.resumed_after("check")
    intents = [event.step for event in stage.events[seen:] if event.kind is Kind.INTENT]
    assert intents[:3] == ["hold-second", "close-second", "archive-aside"]


def test_resumed_host_1_follows_host_2_to_the_last_once_more(shared: Shared) -> None:
    stage, _ = shared.resumed_after("ready")
    assert stage.of_kind(Kind.VERIFIED).count("ready") == 2


@pytest.mark.parametrize("key", [*STAYS, "ready"])
def test_a_host_1_that_rebooted_meanwhile_is_started_again_where_it_had_run(
    stopped_at: Callable[[str], Stage], key: str
) -> None:
    stage = stopped_at(key)
    stage.world.suffered = True
    stage.world.suffer(power_off_1)
    stage.world.suffer(boot_1)
    outcome = went_on(stage)
    assert outcome.code is ExitCode.OK, outcome.words
    assert stage.copies() == 1


def test_a_copy_that_was_cut_off_is_made_anew(stage: Stage) -> None:
    stage.happens[(Kind.JOB, "copy")] = stage.suffers(power_off_1)
    stage.driven()
    stage.world.suffer(boot_1)
    assert went_on(stage).code is ExitCode.OK
    assert stage.copies() == 2


# --- where the copy has grown too old ---------------------------------------------------------------------------------


def too_old(state: RegionState, at: float) -> RegionState:
    """Host 2 wrote on for so long that it keeps no more what the copy needs."""
    host = state.database(FIRST)
    folders = tuple(replace(item, server=replace(item.server, lacks_wal=True)) for item in host.folders)
    return state.with_database(replace(host, folders=folders))


@pytest.fixture(scope="module")
def outdated(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Outcome, list[str]]:
    """A run that was resumed too late, what came of it, and where clients could write then."""
    stage = shared.copied_after("check", tmp_path_factory.mktemp("outdated") / "runs")
    stage.waits_coarsely(10)
    stage.world.suffer(too_old)
    stage.clock.pass_seconds(300)
    return stage, stage.driven("resume"), stage.clients_write_on()


def test_a_copy_that_cannot_catch_up_any_more_fails_its_step_and_clients_write_again(
    outdated: tuple[Stage, Outcome, list[str]],
) -> None:
    _, outcome, clients_write_on = outdated
    assert (outcome.code, outcome.step) == (ExitCode.HALF_WAY, "start-first")
    assert clients_write_on == [SECOND]


def test_a_copy_that_cannot_catch_up_any_more_can_be_taken_back(outdated: tuple[Stage, Outcome, list[str]]) -> None:
    stage, outcome, _ = outdated
    assert "--roll-back" in outcome.words
    assert stage.driven("roll back").code is ExitCode.ROLLED_BACK
    assert [unchanged(host) for host in stage.world.state.databases] == [
        unchanged(host) for host in stage.before.databases
    ]


# --- taking all of it back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [*STAYS, "ready", "stop-second"])
def test_taken_back_after_a_retreat_everything_is_as_before(stopped_at: Callable[[str], Stage], key: str) -> None:
    stage = stopped_at(key)
    outcome = stage.driven("roll back")
    assert outcome.code is ExitCode.ROLLED_BACK, outcome.words
    stage.check(outcome)


def test_a_roll_back_out_of_the_window_lets_clients_in_before_it_touches_the_copy(stage: Stage) -> None:
    class Killed(BaseException):
        """The console dies."""

    def die(_: Runner) -> None:
        raise Killed

    stage.happens[(Kind.VERIFIED, "start-first")] = die
    with pytest.raises(Killed):
        stage.driven()
    assert stage.clients_write_on() == []
    seen: list[list[str]] = []
    stage.happens[(Kind.UNDO_INTENT, "start-first")] = lambda _: seen.append(stage.clients_write_on())
    assert stage.driven("roll back").code is ExitCode.ROLLED_BACK
    assert seen == [[SECOND]]


def test_held_scripts_are_held_again_when_it_is_resumed(stopped_at: Callable[[str], Stage]) -> None:
    stage = stopped_at("start-first")
    assert stage.world.state.database(SECOND).held == ()
    seen: list[tuple[str, ...]] = []
    stage.happens[(Kind.INTENT, "stop-second")] = lambda _: seen.append(stage.world.state.database(SECOND).held)
    went_on(stage)
    assert len(seen[0]) == sum(isinstance(item, HoldScript) for item in stage.plan.step("hold-second").operations)
