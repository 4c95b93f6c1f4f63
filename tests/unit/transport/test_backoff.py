"""When a host that failed is tried again."""

from __future__ import annotations

import random

import pytest

from console.transport.backoff import Backoff, delay_after
from console.transport.protocol import FailureKind


def test_the_delay_doubles_from_one_second_to_a_minute() -> None:
    delays = [delay_after(FailureKind.UNREACHABLE, failures, 0.5) for failures in range(1, 10)]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_jitter_spreads_a_delay_by_a_quarter_each_way() -> None:
    assert delay_after(FailureKind.HUNG, 1, 0.0) == 0.75
    assert delay_after(FailureKind.HUNG, 1, 1.0) == 1.25


@pytest.mark.parametrize("kind", [FailureKind.LOGIN_REFUSED, FailureKind.HOST_KEY_CHANGED, FailureKind.LEGACY_NEEDED])
def test_a_refusal_waits_at_least_a_minute_from_the_first_time(kind: FailureKind) -> None:
    assert delay_after(kind, 1, 0.0) >= 60


def test_no_number_of_failures_overflows() -> None:
    assert delay_after(FailureKind.HUNG, 10**9, 0.5) == 60


def test_an_answer_makes_the_next_failure_count_as_the_first() -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(5):
        backoff.failed(FailureKind.HUNG, now=100)
    assert backoff.remaining(100) > 10
    backoff.succeeded()
    assert backoff.remaining(100) == 0
    backoff.failed(FailureKind.HUNG, now=100)
    assert backoff.remaining(100) < 1.3


def test_a_person_may_ask_for_a_retry_at_once_and_the_failures_still_count() -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(5):
        backoff.failed(FailureKind.HUNG, now=100)
    backoff.retry_now()
    assert backoff.remaining(100) == 0
    backoff.failed(FailureKind.HUNG, now=100)
    assert backoff.remaining(100) > 10
