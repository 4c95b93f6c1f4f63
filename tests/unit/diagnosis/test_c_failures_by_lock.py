"""C03 where Pacemaker prints no exit reason (before 1.1.11): the lock itself explains a refused start."""

from __future__ import annotations

from console.diagnosis.cluster_resource import _refused_by_lock
from console.facts.cluster import FailedAction


def action(reason: str = "", operation: str = "start", exit_code: int = 1) -> FailedAction:
    return FailedAction("postgresql", operation, "node", exit_code, "unknown error", reason)


def test_a_refused_start_without_a_reason_is_the_locks_where_there_is_one() -> None:
    assert _refused_by_lock(action(), lock="C02:dc1:node")


def test_a_refused_start_without_a_reason_is_not_the_locks_where_there_is_none() -> None:
    assert not _refused_by_lock(action(), lock=None)


def test_another_reason_is_not_the_locks_although_there_is_one() -> None:
    assert not _refused_by_lock(action("Can't start PostgreSQL."), lock="C02:dc1:node")


def test_a_failed_monitor_is_not_the_locks() -> None:
    assert not _refused_by_lock(action(operation="monitor", exit_code=7), lock="C02:dc1:node")
