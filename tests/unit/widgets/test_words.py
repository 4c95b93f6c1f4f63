"""Words on a screen: outside text is inert, states are word + symbol + colour, unknown is never a figure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.diagnosis.finding import Severity
from tests.unit.widgets.scenes import HOSTILE, NOON
from widgets.words import (
    age_text,
    age_words,
    inert,
    marked,
    plain,
    severity_style,
    severity_text,
    severity_word,
    sparkline,
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_becomes_one_printable_line_of_bounded_length(hostile: str) -> None:
    told = inert(hostile)
    assert "\n" not in told
    assert all(char.isprintable() for char in told)
    assert len(told) <= 4096


@given(st.text(max_size=60))
def test_the_width_of_inert_text_is_the_sum_of_its_characters(text: str) -> None:
    told = inert(text)
    assert cell_len(told) == sum(cell_len(char) for char in told)
    assert all(cell_len(char) > 0 for char in told)


def test_a_letter_with_its_accent_stays_readable_in_either_form() -> None:
    assert inert("Z\u00fcrich") == inert("Zu\u0308rich") == "Z\u00fcrich"


def test_wide_characters_stay() -> None:
    assert inert("日本") == "日本"


def test_markup_in_outside_text_is_text() -> None:
    assert plain("[red]x[/red]").plain == "[red]x[/red]"
    assert not plain("[red]x[/red]").spans


@pytest.mark.parametrize("severity", [*Severity, None])
def test_each_severity_has_a_word_a_symbol_and_a_colour_of_its_own(severity: Severity | None) -> None:
    others = [each for each in (*Severity, None) if each is not severity]
    symbol, _, word = severity_word(severity).partition(" ")
    assert word == ("OK" if severity is None else severity.value.upper())
    assert symbol not in [severity_word(each)[0] for each in others]
    assert severity_style(severity) not in [severity_style(each) for each in others]
    assert "$status-" in str(severity_text(severity).spans[0].style)


def test_a_figure_that_is_right_has_no_mark_and_one_that_is_not_has_symbol_and_colour() -> None:
    assert marked("open", None).plain == "open"
    assert marked("open", Severity.INFO).plain == "open"
    assert marked("open", Severity.CRITICAL).plain == "✖ open"
    assert "critical" in str(marked("open", Severity.CRITICAL).spans[0].style)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "now"), (1, "1 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 d")]
)
def test_ages_are_said_in_the_unit_of_which_there_are_two(seconds: float, words: str) -> None:
    assert age_words(seconds) == words


def test_a_figure_older_than_allowed_is_stale_in_words() -> None:
    assert age_text(NOON - timedelta(seconds=15), NOON, 14).plain == "? STALE 15 s"
    assert age_text(NOON - timedelta(seconds=13), NOON, 14).plain == "13 s"


def test_what_was_never_seen_is_said_to_be_so() -> None:
    assert age_text(None, NOON, 14).plain == "? never seen"


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert age_text(NOON + timedelta(seconds=30), NOON, 14).plain == "now"


def test_unknown_in_a_series_is_a_gap_and_not_a_low_bar() -> None:
    assert sparkline([0, None, 7], 3) == "▁ █"


def test_a_series_shorter_than_its_place_stands_at_the_right() -> None:
    assert sparkline([1], 4) == "   █"


def test_the_newest_values_are_shown_where_not_all_fit() -> None:
    assert sparkline([8, 0, 0], 2) == "▁▁"


def test_small_figures_make_no_mountains_below_the_floor() -> None:
    assert sparkline([100, 1], 2, floor=800) == "▂▁"


@given(st.lists(st.none() | st.floats(-1e30, 1e30), max_size=20), st.integers(0, 30))
def test_a_series_is_always_as_wide_as_its_place(values: list[float | None], width: int) -> None:
    assert len(sparkline(values, width)) == width
