"""When hosts are asked: spread out, never twice at once, slow sections at their own pace."""

from __future__ import annotations

from console.inventory.fleet import Poll
from console.polling.schedule import FIRST_ROUND, Schedule

POLL = Poll(interval=2.0, slow_interval=60.0, timeout=8.0)


def test_every_host_is_asked_first_within_a_moment() -> None:
    schedule = Schedule(["a", "b", "c", "d"], POLL, now=100.0)
    assert schedule.due(100.0) == ["a"]
    assert schedule.due(100.0 + FIRST_ROUND) == ["a", "b", "c", "d"]


def test_later_polls_are_spread_over_the_interval() -> None:
    schedule = Schedule(["a", "b", "c", "d"], POLL, now=100.0)
    for name in "abcd":
        schedule.asked(name, 100.4)
        schedule.answered(name, slow_failed=False, now=100.5)
    assert schedule.due(102.0) == ["a"]
    assert schedule.due(103.0) == ["a", "b", "c"]


def test_the_first_poll_is_quick_and_the_second_asks_for_slow_sections() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    assert schedule.asked("a", 0.0) is False
    schedule.answered("a", slow_failed=False, now=0.1)
    assert schedule.asked("a", 2.0) is True


def test_the_last_of_many_hosts_is_quick_at_first_too() -> None:
    names = [f"h{number}" for number in range(50)]
    schedule = Schedule(names, POLL, now=0.0)
    assert schedule.asked("h49", 1.96) is False


def test_slow_sections_are_due_again_after_the_slow_interval() -> None:
    schedule = after_the_slow_poll()
    assert schedule.asked("a", 4.0) is False
    schedule.answered("a", slow_failed=False, now=4.1)
    assert schedule.asked("a", 62.0) is True


def test_slow_sections_that_failed_are_asked_with_the_next_poll() -> None:
    schedule = after_the_slow_poll(slow_failed=True)
    assert schedule.asked("a", 4.0) is True


def after_the_slow_poll(slow_failed: bool = False) -> Schedule:
    schedule = Schedule(["a"], POLL, now=0.0)
    schedule.asked("a", 0.0)
    schedule.answered("a", slow_failed=False, now=0.1)
    schedule.asked("a", 2.0)
    schedule.answered("a", slow_failed=slow_failed, now=2.1)
    return schedule


def test_a_host_that_has_not_answered_is_not_asked_again() -> None:
    schedule = Schedule(["a", "b"], POLL, now=0.0)
    schedule.asked("a", 0.0)
    assert schedule.due(50.0) == ["b"]


def test_a_host_held_for_evidence_is_due_again_after_its_answer() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    schedule.hold("a")
    assert schedule.due(10.0) == []
    schedule.answered("a", slow_failed=False, now=10.0)
    assert schedule.due(10.0) == ["a"]


def test_a_late_host_does_not_catch_up_with_a_burst_of_polls() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    schedule.asked("a", 100.0)
    schedule.answered("a", slow_failed=False, now=100.0)
    assert schedule.due(101.9) == []
    assert schedule.due(102.0) == ["a"]


def test_a_host_keeps_its_place_in_the_interval() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    schedule.asked("a", 0.5)
    schedule.answered("a", slow_failed=False, now=0.6)
    assert schedule.due(2.0) == ["a"]


def test_a_hastened_host_is_due_at_once_with_its_slow_sections() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    schedule.asked("a", 0.0)
    schedule.answered("a", slow_failed=False, now=0.1)
    schedule.hasten("a", 0.2)
    assert schedule.due(0.2) == ["a"]
    assert schedule.asked("a", 0.2) is True


def test_waiting_is_never_longer_than_the_interval_nor_negative() -> None:
    schedule = Schedule(["a"], POLL, now=0.0)
    assert schedule.wait(-5.0) == 2.0
    assert schedule.wait(5.0) == 0.0
    schedule.asked("a", 5.0)
    assert schedule.wait(5.0) == 2.0
