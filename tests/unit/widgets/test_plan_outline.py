"""Commands on a page that is too narrow for them: what one copies is complete, and what one reads is not cut inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from widgets.plan_outline import folded
from widgets.words import plain


def lines(text: str, width: int) -> list[str]:
    return [line.plain for line in folded("", Content(text), width)]


def test_a_command_is_folded_behind_the_last_blank_that_has_room() -> None:
    assert lines("pg_basebackup --pgdata=/data --wal-method=stream", 32) == [
        "pg_basebackup --pgdata=/data ",
        "--wal-method=stream",
    ]


def test_a_word_that_has_no_room_on_a_line_is_broken_inside() -> None:
    assert lines("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_blanks_at_the_beginning_make_no_empty_line() -> None:
    assert lines("    " + "x" * 12, 10) == ["    xxxxxx", "xxxxxx"]


def test_later_lines_stand_as_deep_as_the_first() -> None:
    assert [line.plain for line in folded("  $ ", Content("rm -rf a b c d e f g"), 18)] == [
        "  $ rm -rf a b c ",
        "    d e f g",
    ]


@given(st.text(max_size=200), st.integers(10, 40))
def test_nothing_is_left_out_and_every_line_has_room(text: str, width: int) -> None:
    body = plain(text)
    found = folded("", body, width)
    assert "".join(line.plain for line in found) == body.plain
    assert all(line.cell_length <= width for line in found)


@pytest.mark.parametrize("text", ["", " ", "a"])
def test_what_is_short_stays_on_one_line(text: str) -> None:
    assert lines(text, 10) == [text]


def test_the_style_goes_along() -> None:
    first, second = folded("", plain("aaaaaaaa bbbbbbbb", "bold"), 10)
    assert [len(line.spans) for line in (first, second)] == [1, 1]
