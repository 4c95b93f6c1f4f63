"""Simulated hosts know whose turn it is as real ones do (tests/unit/runner/test_remote_turns.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.facts.traces import Lease
from console.operations.copying import BaseBackup
from console.operations.service import StopDatabase
from console.runner.hands import HandsError, JobState, Order
from tests.simulation.workbench import RUN, Workbench

OTHER = Lease("other", "test", "a@b", "", 0.0, 0.0)
NONE = JobState(False, False, None, "")


def _backup(bench: Workbench, attempt: int) -> Order:
    operation = BaseBackup(bench.layout(1), bench.host(2).name, 5432, "replicator", False, None)
    return replace(bench.order(1, operation), attempt=attempt)


def _refused(error: pytest.ExceptionInfo[HandsError]) -> bool:
    return error.value.changed is False


def test_an_order_that_was_held_up_is_refused_after_a_later_one() -> None:
    bench = Workbench("healthy", "global")
    bench.hands.perform(replace(bench.order(1), number=5))
    for number in (4, 5):
        with pytest.raises(HandsError, match="came after its order 5") as error:
            bench.hands.perform(replace(bench.order(1, StopDatabase()), number=number))
        assert _refused(error)
    assert bench.host(1).server.running
    bench.hands.perform(replace(bench.order(1, StopDatabase()), number=6))
    assert not bench.host(1).server.running


def test_numbers_count_on_each_host_and_an_order_without_one_is_not_asked() -> None:
    bench = Workbench("healthy", "global")
    bench.hands.perform(replace(bench.order(1), number=5))
    assert bench.hands.perform(replace(bench.order(2), number=4)).status == 0
    assert bench.do(1).status == 0


def test_a_run_that_was_taken_over_is_refused_for_good() -> None:
    bench = Workbench("healthy", "global")
    platform = bench.platform(bench.host(1).name)
    assert bench.hands.take_lease(platform, OTHER, instead_of=RUN) is None
    assert not bench.hands.renew_lease(platform, RUN)
    bench.hands.release_lease(platform, "other")
    for call in (
        lambda: bench.hands.take_lease(platform, replace(OTHER, run=RUN)),
        lambda: bench.do(1, StopDatabase()),
        lambda: bench.hands.begin(bench.order(1, StopDatabase())),
    ):
        with pytest.raises(HandsError, match="run other of a@b took this run's lease over") as error:
            call()
        assert _refused(error)
    assert bench.host(1).server.running


def test_what_an_earlier_attempt_came_to_is_not_taken_for_a_later_ones() -> None:
    bench = Workbench("failed-over", "global")
    bench.hands.begin(_backup(bench, 1))
    while bench.hands.job(_backup(bench, 1)).running:
        bench.passes(10)
    assert bench.hands.job(_backup(bench, 1)).status == 0
    assert bench.hands.job(_backup(bench, 2)) == NONE
    bench.hands.begin(_backup(bench, 2))
    assert bench.hands.job(_backup(bench, 2)).running
    assert bench.hands.job(_backup(bench, 1)) == NONE


def test_no_attempt_begins_while_an_earlier_one_runs() -> None:
    bench = Workbench("failed-over", "global")
    bench.hands.begin(_backup(bench, 1))
    with pytest.raises(HandsError, match="attempt 1 of this job still runs") as error:
        bench.hands.begin(_backup(bench, 2))
    assert _refused(error)
    assert bench.hands.job(_backup(bench, 1)).running
    bench.hands.end(_backup(bench, 2))
    bench.hands.begin(_backup(bench, 2))
    assert bench.hands.job(_backup(bench, 2)).running


def test_an_earlier_attempt_neither_begins_nor_ends_anything_after_a_later_one() -> None:
    bench = Workbench("failed-over", "global")
    bench.hands.begin(_backup(bench, 2))
    bench.hands.end(_backup(bench, 1))
    assert bench.hands.job(_backup(bench, 2)).running
    bench.hands.end(_backup(bench, 2))
    with pytest.raises(HandsError, match="attempt 2 of this job has been begun since") as error:
        bench.hands.begin(_backup(bench, 1))
    assert _refused(error)
