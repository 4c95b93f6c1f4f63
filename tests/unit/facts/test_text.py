"""Text of hosts in messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.facts.text import one_line


def test_control_sequences_lose_their_power() -> None:
    assert one_line(b"\x1b[2Jhello\r\n\x07world\xe2\x80\xae") == "[2Jhello world"


def test_long_text_is_cut() -> None:
    assert one_line("x" * 500, 10) == "x" * 9 + "…"


@given(st.binary())
def test_no_bytes_can_leave_the_line(data: bytes) -> None:
    text = one_line(data, 50)
    assert len(text) <= 50
    assert all(char.isprintable() for char in text)
