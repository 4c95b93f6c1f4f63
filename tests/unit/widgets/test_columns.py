"""Columns: whatever stands in a cell, the cell is exactly as wide as told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from tests.unit.widgets.scenes import HOSTILE
from widgets.columns import beside, cell, fitting, joined, row, wrapped
from widgets.words import plain


@given(st.text(max_size=80), st.integers(0, 40), st.booleans())
def test_a_cell_is_exactly_as_wide_as_told(text: str, width: int, right: bool) -> None:
    assert cell(plain(text), width, right=right).cell_length == width


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_moves_no_column(hostile: str) -> None:
    line = row([(plain(hostile), 10), (Content("|"), 1)])
    assert line.cell_length == 12
    assert line.plain.endswith(" |")


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert cell(Content("abcdef"), 4).plain == "abc…"


def test_a_wide_character_that_fits_only_half_leaves_a_blank() -> None:
    assert cell(plain("日本日本"), 4).cell_length == 4
    assert cell(plain("a日本日本"), 4).cell_length == 4


def test_a_cropped_cell_keeps_its_colour() -> None:
    assert cell(Content.styled("abcdef", "bold"), 4).spans[0].style == "bold"


def test_a_column_of_no_width_is_left_out() -> None:
    assert row([(Content("a"), 1), (Content("b"), 0), (Content("c"), 1)]).plain == "a c"


@given(st.text(max_size=30), st.text(max_size=30), st.integers(1, 50))
def test_two_at_the_edges_fill_the_width(left: str, right: str, width: int) -> None:
    assert beside(plain(left), plain(right), width).cell_length == width


def test_at_the_edges_the_right_one_is_kept_whole() -> None:
    assert beside(Content("abcdefgh"), Content("42 s"), 9).plain == "abc… 42 s"


def test_parts_that_say_nothing_leave_no_gap() -> None:
    assert joined(["a", "", "b"], " · ").plain == "a · b"


def test_parts_are_dropped_whole_where_not_all_fit() -> None:
    assert fitting(["abc", "def", "ghi"], 8).plain == "abc  def"
    assert fitting(["abc", "def"], 2).plain == "abc"


@given(st.text(alphabet="ab 日\u0301", max_size=80), st.integers(4, 30), st.integers(0, 3))
def test_wrapped_lines_are_never_too_wide_and_lose_no_word(text: str, width: int, indent: int) -> None:
    content = plain(text)
    lines = wrapped(content, width, indent)
    assert all(line.cell_length <= width for line in lines)
    assert "".join("".join(line.plain.split()) for line in lines) == "".join(content.plain.split())


def test_later_lines_are_indented() -> None:
    assert [line.plain for line in wrapped(Content("one two three"), 9, 2)] == ["one two", "  three"]
