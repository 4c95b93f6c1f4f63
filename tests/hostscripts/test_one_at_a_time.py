"""One of the seven at a time on a host."""

from __future__ import annotations

import time

import pytest

from tests.hostscripts.conftest import Pair

PROMOTE = "pgsql-standby-check-promote"


def hung_run_beside(pair: Pair) -> tuple[int | None, int | None]:
    """Two runs while host 1 hangs, one begun a moment after the other; what they have returned a second later."""
    with pair.first.frozen(), pair.second.running(PROMOTE) as one:
        time.sleep(0.7)
        with pair.second.running(PROMOTE) as two:
            time.sleep(1.2)
            return one.poll(), two.poll()


def test_the_old_script_runs_beside_itself(old_pair: Pair) -> None:
    assert hung_run_beside(old_pair) == (None, None)


def test_a_second_run_says_so_and_leaves_at_once_without_counting(pair: Pair) -> None:
    assert hung_run_beside(pair) == (None, 0)
    assert "another pgsql-* program runs on this host" in pair.second.log(PROMOTE)
    assert pair.second.counter is None


@pytest.mark.slow
def test_a_server_that_was_started_does_not_keep_the_lock(pair: Pair) -> None:
    pair.first.stop()
    assert pair.first.run("pgsql-primary-check-start").returncode == 0
    assert pair.first.role == "primary"
    assert pair.first.run("pgsql-primary-check-start", "--watch", timeout=20, WATCH_SECONDS="0").returncode == 0
    assert "another pgsql-* program" not in pair.first.log("pgsql-primary-check-start")


@pytest.mark.slow
def test_a_killed_run_leaves_no_lock_behind(pair: Pair) -> None:
    with pair.first.frozen(), pair.second.running(PROMOTE) as process:
        time.sleep(0.7)
        pair.second.end_session(process)
    pair.second.run(PROMOTE)
    assert "another pgsql-* program" not in pair.second.log(PROMOTE)
