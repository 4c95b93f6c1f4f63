"""Going on with a run, or back: the lease that it took must still be its own, and the world must allow it."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.traces import Lease
from console.runbooks.plan import Plan, Step
from console.runner.hands import Order
from console.runner.journal import RESERVE, Journal, Kind, journal_path, read_events
from console.runner.parts import RunParts
from console.runner.runner import Runner
from console.runner.runs import read_run
from tests.unit.runner import runner_world
from tests.unit.runner.runner_world import (
    FLEET,
    RUN,
    A,
    B,
    Console,
    Fault,
    Killed,
    Take,
    World,
    WorldHands,
    WorldObserver,
    has,
    lacks,
    plan_of_steps,
    put,
)

pytestmark = pytest.mark.usefixtures("quick_journals")

FIRST, SECOND = put("first", A), put("second", B)
STUCK = put("third", A, before=(has(A, "missing"),))
CLOSE = put("close", B, window=True)
STOP = put("stop", B, window=True)
FAILS = Step("fails", "Fail", B, after=(has(B, "missing"),), window=True, patience=1.0)


def half_way(tmp_path: Path, *steps: Step) -> Console:
    console = Console(tmp_path / "runs", steps or (FIRST, SECOND, STUCK))
    assert console.start().code is ExitCode.HALF_WAY
    return console


# --- the lease -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["resume", "roll_back"])
@pytest.mark.parametrize("host", [A, B])
def test_a_changed_run_whose_lease_is_gone_on_one_host_changes_nothing_more(
    tmp_path: Path, host: str, way: str
) -> None:
    console = half_way(tmp_path)
    console.world.hosts[host].lease = None
    before = console.world.marks
    outcome = getattr(console, way)()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"lease on {host} is gone" in outcome.words
    assert "begin a new run" in outcome.words
    assert console.world.marks == before
    assert console.world.hosts[host].lease is None


def test_whoever_took_the_lease_over_is_named(tmp_path: Path) -> None:
    console = half_way(tmp_path)
    console.world.hosts[A].lease = Lease("20260302-010101-ffff", "failback", "eve@desk", "instead", 1.0, 2.0)
    words = console.resume().words
    assert "taken over by run 20260302-010101-ffff of eve@desk" in words


def test_a_run_that_changed_nothing_yet_takes_its_lease_anew(tmp_path: Path) -> None:
    console = Console(tmp_path / "runs", (FIRST, SECOND))
    console.kill_at_write = 5  # between the lease on the first host and the one on the second
    with pytest.raises(Killed):
        console.start()
    console.kill_at_write = None
    assert console.world.hosts[A].lease is not None
    assert console.world.hosts[B].lease is None
    assert console.resume().code is ExitCode.OK


def test_a_run_that_had_given_one_lease_back_when_its_console_died_is_ended(tmp_path: Path) -> None:
    console = Console(tmp_path / "runs", (FIRST, SECOND))
    real = WorldHands.release_lease

    def dies(hands: WorldHands, platform: object, run: str) -> None:
        real(hands, platform, run)  # type: ignore[arg-type]
        raise Killed

    WorldHands.release_lease = dies  # type: ignore[assignment,method-assign]
    try:
        with pytest.raises(Killed):
            console.start()
    finally:
        WorldHands.release_lease = real  # type: ignore[method-assign]
    assert console.world.hosts[A].lease is None
    assert console.resume().code is ExitCode.OK
    assert console.world.hosts[B].lease is None


def test_a_finished_run_tells_of_a_lease_that_could_not_be_given_back(tmp_path: Path) -> None:
    console = Console(tmp_path / "runs", (FIRST,))
    path = journal_path(console.folder, RUN)
    assert console.start().code is ExitCode.OK
    lines = [
        line
        for line in path.read_bytes().splitlines(keepends=True)
        if not (b"given back" in line and B.encode() in line)
    ]
    path.write_bytes(b"".join(lines))
    run = read_run(console.folder, RUN)
    assert (run.finished, run.leases) == (True, (B,))


# --- guards of going back --------------------------------------------------------------------------------------------


def test_a_step_whose_undo_is_forbidden_stops_the_roll_back_before_it(tmp_path: Path) -> None:
    guarded = replace(SECOND, undo_before=(lacks(B, "newer"),))
    console = half_way(tmp_path, FIRST, guarded, STUCK)
    console.world.hosts[B].marks.add("newer")
    before = console.world.marks
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"{B} has no newer" in outcome.words
    assert console.world.marks == before


def test_what_is_not_known_forbids_an_undo(tmp_path: Path) -> None:
    guarded = replace(SECOND, undo_before=(lacks(A, "newer"),))
    console = half_way(tmp_path, FIRST, guarded, STUCK)
    console.world.hosts[A].seen = False
    before = console.world.marks
    assert console.roll_back().code is ExitCode.HALF_WAY
    assert console.world.marks == before


def test_a_guard_of_an_undo_that_holds_lets_it_be(tmp_path: Path) -> None:
    console = half_way(tmp_path, FIRST, replace(SECOND, undo_before=(lacks(B, "newer"),)), STUCK)
    assert console.roll_back().code is ExitCode.ROLLED_BACK


def test_a_retreat_passes_over_a_step_that_must_not_be_taken_back(tmp_path: Path) -> None:
    forbidden = put("prepare", A, window=True, undo_before=(has(A, "missing"),))
    console = half_way(tmp_path, CLOSE, forbidden, FAILS)
    assert console.world.marks == {A: {"ready", "prepare"}, B: set()}


@pytest.mark.parametrize("seen", [True, False])
def test_the_plans_own_conditions_forbid_a_roll_back_before_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    console = half_way(tmp_path)
    real = plan_of_steps

    def with_checks(steps: tuple[Step, ...], *parameters: object) -> Plan:
        return replace(real(steps, *parameters), undo_checks=(lacks(A, "first"),))  # type: ignore[arg-type]

    monkeypatch.setattr(runner_world, "plan_of_steps", with_checks)
    console.world.hosts[A].seen = seen
    before = console.world.marks
    outcome = console.roll_back()
    assert outcome.code is ExitCode.HALF_WAY
    assert f"{A} has no first" in outcome.words
    assert console.world.marks == before


def test_an_undo_that_proves_counts_by_its_exit_status(tmp_path: Path) -> None:
    class Proof(Take):
        proves = True

    console = half_way(tmp_path, FIRST, replace(SECOND, undo=(Proof("second"),)), STUCK)
    assert console.roll_back({1: Fault.LIES_FAILED}).code is ExitCode.HALF_WAY


# --- orders ----------------------------------------------------------------------------------------------------------


class Numbered(WorldHands):
    """Notes what it is ordered."""

    orders: list[Order]

    def perform(self, order: Order):  # type: ignore[no-untyped-def]
        self.orders.append(order)
        return super().perform(order)

    def begin(self, order: Order) -> None:
        self.orders.append(order)
        super().begin(order)


def orders_of(tmp_path: Path, steps: tuple[Step, ...], *faults: dict[int, Fault]) -> list[Order]:
    """A start and, for every further element of `faults`, a resume."""
    world, orders = World(), list[Order]()
    for number, planned in enumerate(faults):
        hands = Numbered(world, planned)
        hands.orders = orders
        create = Journal.open if number else Journal.create
        journal = create(tmp_path, RUN, world.clock)
        runner = Runner(RunParts(FLEET, WorldObserver(world), hands, world.clock), journal)
        try:
            runner.resume(runner_world.runbooks(steps)) if number else runner.start(plan_of_steps(steps), "why")
        except Killed:
            pass
        finally:
            journal.close()
    return orders


def test_the_numbers_of_a_runs_orders_rise_from_console_to_console(tmp_path: Path) -> None:
    orders = orders_of(tmp_path, (FIRST, SECOND), {1: Fault.LOST_BEFORE, 3: Fault.KILLED_BEFORE}, {})
    numbers = [order.number for order in orders]
    assert len(numbers) >= 4
    assert numbers == sorted(set(numbers))


def test_a_job_of_which_it_is_not_known_whether_it_began_is_begun_by_the_same_attempt(tmp_path: Path) -> None:
    orders = orders_of(tmp_path, (replace(FIRST, detached=True),), {1: Fault.LOST_BEFORE})
    assert [order.attempt for order in orders] == [1, 1]


def test_a_job_that_is_begun_anew_after_it_was_taken_back_is_another_attempt(tmp_path: Path) -> None:
    """Its earlier result, which lies on the host still, is not this one's."""
    steps = (CLOSE, replace(FIRST, detached=True, window=True), FAILS)
    orders = orders_of(tmp_path, steps, {}, {})
    assert [order.attempt for order in orders if order.operations == FIRST.operations] == [1, 2]


# --- a console whose disk is full ------------------------------------------------------------------------------------


def full_from(monkeypatch: pytest.MonkeyPatch, kind: Kind, step: str, *, reserve: bool) -> None:
    """No space left from that line on; with `reserve` until the reserve is let go."""
    real = Journal._append

    def append(journal: Journal, line: bytes, *, sync: bool) -> None:
        full = any((event.kind, event.step) == (kind, step) for event in journal.events)
        if full and (not reserve or journal.path.with_name(f"{RUN}.reserve").exists()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(journal, line, sync=sync)

    monkeypatch.setattr(Journal, "_append", append)


def test_a_journal_keeps_a_reserve_while_it_is_driven(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, RUN, World().clock)
    assert (tmp_path / f"{RUN}.reserve").stat().st_size == RESERVE
    journal.close()
    assert not (tmp_path / f"{RUN}.reserve").exists()


def test_with_the_disk_full_in_the_window_the_way_back_is_journalled_in_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_from(monkeypatch, Kind.INTENT, "stop", reserve=True)
    console = half_way(tmp_path, CLOSE, STOP, put("promote", A, window=True, final=True))
    events = read_events(journal_path(console.folder, RUN))
    assert [event.step for event in events if event.kind is Kind.UNDONE] == ["stop", "close"]
    assert console.world.marks == {A: {"ready"}, B: set()}
    assert "disk of the console is full" in events[-1].data["words"]


def test_with_no_journal_at_all_clients_are_let_in_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_from(monkeypatch, Kind.INTENT, "stop", reserve=False)
    console = Console(tmp_path / "runs", (CLOSE, STOP, put("promote", A, window=True, final=True)))
    outcome = console.start()
    assert outcome.code is ExitCode.HALF_WAY
    assert "clients can write again" in outcome.words
    assert console.world.marks == {A: {"ready"}, B: set()}


def test_with_no_journal_past_the_final_step_nothing_is_taken_back_and_clients_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_from(monkeypatch, Kind.INTENT, "promote", reserve=False)
    console = Console(
        tmp_path / "runs", (CLOSE, put("promote", A, window=True, final=True), put("open", A, window=True))
    )
    assert "CLIENTS MAY BE UNABLE TO WRITE" in console.start().words
    assert console.world.marks == {A: {"ready", "promote"}, B: {"close"}}


def test_what_could_not_be_written_is_written_as_soon_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.create(tmp_path, RUN, World().clock)
    journal.write(Kind.BEGIN, steps=[])
    journal.keep_in_mind()
    with monkeypatch.context() as patch:
        full_from(patch, Kind.BEGIN, None, reserve=False)  # type: ignore[arg-type]
        journal.write(Kind.UNDONE, "stop")
        assert not journal.complete
    journal.write(Kind.UNDONE, "close")
    assert [event.step for event in read_events(journal.path)] == [None, "stop", "close"]


def test_a_lease_that_is_gone_on_both_hosts_is_said_to_be_left_on_none(tmp_path: Path) -> None:
    console = half_way(tmp_path)
    console.world.hosts[A].lease = console.world.hosts[B].lease = None
    assert "still there" not in console.resume().words
