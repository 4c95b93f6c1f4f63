"""Changes as lines: time, place, words; newest first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.history.change import Change, ChangeKind
from tests.unit.widgets.scenes import HOSTILE, NOON
from widgets.event_lines import event_keys, event_matches, event_row, event_text

ROLE = Change(NOON, ChangeKind.ROLE, "dc1", "cf-dc1-db1.example.com", "is primary now", Severity.WARNING)
NEWS = Change(NOON + timedelta(seconds=5), ChangeKind.LAG, "dc2", None, "the standby has caught up")


def test_the_newest_change_stands_first() -> None:
    assert list(event_keys([ROLE, NEWS]).values()) == [NEWS, ROLE]


def test_a_change_keeps_its_key_when_newer_ones_come() -> None:
    assert next(iter(event_keys([ROLE]))) in event_keys([ROLE, NEWS])


def test_the_same_change_twice_is_two_lines() -> None:
    assert len(event_keys([ROLE, ROLE, ROLE])) == 3


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_line_says_when_where_and_what(width: int) -> None:
    line = event_row(ROLE, width, NOON)
    assert line.cell_length == width
    for part in ("12:00:00", "dc1", "cf-dc1-db1", "is primary now", "▲"):
        assert part in line.plain


def test_where_there_is_room_a_line_says_how_long_ago_and_which_kind() -> None:
    line = event_row(ROLE, 160, NOON + timedelta(seconds=90))
    assert "90 s" in line.plain
    assert "role" in line.plain


def test_a_change_of_another_day_shows_its_date() -> None:
    assert "Nov 23" in event_row(ROLE, 80, NOON + timedelta(days=1)).plain


@pytest.mark.parametrize("words", ["primary", "DC1 role", "warning", "db1", "12:00"])
def test_a_filter_looks_at_words_place_kind_severity_and_time(words: str) -> None:
    assert event_matches(ROLE, words)
    assert not event_matches(ROLE, f"{words} nowhere")


def test_as_text_it_is_one_line_with_date_severity_and_place() -> None:
    assert event_text(ROLE) == "2026-11-23 12:00:00 UTC WARNING dc1 cf-dc1-db1.example.com: is primary now"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_in_its_columns(hostile: str) -> None:
    change = Change(NOON, ChangeKind.REACH, hostile, hostile, hostile, Severity.CRITICAL)
    for width in (80, 160):
        line = event_row(change, width, NOON)
        assert line.cell_length == width
        assert all(char.isprintable() for char in line.plain)
    assert event_text(change).isprintable()
