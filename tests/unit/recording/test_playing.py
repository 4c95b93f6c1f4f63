"""The moment that a person types."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import UsageError
from console.recording.playing import Playing, moment_of

FIRST = datetime(2026, 11, 22, 22, 0, 0, 500_000, tzinfo=UTC)
LAST = FIRST + timedelta(hours=6)
STATE = Playing(FIRST, LAST, FIRST + timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("03:15", "2026-11-23 03:15:00"),
        ("23:30:05", "2026-11-22 23:30:05"),
        (" 2026-11-23 01:00 ", "2026-11-23 01:00:00"),
        ("2026-11-23T01:00:09Z", "2026-11-23 01:00:09"),
        ("+90", "2026-11-22 23:01:30"),
        ("-5m", "2026-11-22 22:55:00"),
        ("+ 2h", "2026-11-23 01:00:00"),
    ],
)
def test_times_are_read_as_people_write_them(text: str, wanted: str) -> None:
    assert f"{moment_of(text, STATE):%Y-%m-%d %H:%M:%S}" == wanted


def test_a_clock_time_is_of_the_day_that_the_recording_has() -> None:
    late = replace(STATE, at=LAST)
    assert moment_of("22:30", late).day == 22


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:60", "2026-02-31 10:00", "+", "9", "\x1b[2J", "1e9", "+999999999d"]
)
def test_what_is_no_time_is_said_with_what_is_one(text: str) -> None:
    with pytest.raises(UsageError, match="03:15"):
        moment_of(text, STATE)


@pytest.mark.parametrize("text", ["05:00", "2025-01-01 10:00", "-2h", "+1d"])
def test_a_time_outside_of_the_recording_is_said_with_its_span(text: str) -> None:
    with pytest.raises(UsageError, match="2026-11-22 22:00:00 to 2026-11-23 04:00:00"):
        moment_of(text, STATE)


def test_the_second_in_which_it_begins_is_in_it() -> None:
    assert moment_of("22:00:00", STATE) == FIRST


@given(st.text(max_size=30))
def test_anything_typed_is_a_moment_of_the_recording_or_an_error(text: str) -> None:
    try:
        at: datetime | None = moment_of(text, STATE)
    except UsageError as error:
        at, words = None, str(error)
        if not words.isprintable():
            pytest.fail(repr(words))
    assert at is None or FIRST <= at <= LAST
