"""Squeezed bytes come back as they were, or not at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.recording.delta import BLOCK, DamagedError, expand, squeeze

_LONG = random.Random(6).randbytes(3 * BLOCK)
_TEXTS = st.one_of(
    st.binary(max_size=200),
    st.integers(0, 3 * BLOCK).map(lambda size: _LONG[:size]),
    st.integers(0, 3 * BLOCK).map(lambda size: _LONG[-size:]),
    st.integers(0, 400_000).map(bytes),
)


@given(_TEXTS, _TEXTS)
def test_what_is_squeezed_is_expanded_again(document: bytes, against: bytes) -> None:
    assert expand(squeeze(document, against), against) == document


def test_a_long_text_with_a_line_more_costs_next_to_nothing() -> None:
    against = random.Random(1).randbytes(200_000)
    assert len(squeeze(against[300:] + b"one line more\n", against)) < 2000


def test_another_text_before_is_damage() -> None:
    with pytest.raises(DamagedError):
        expand(squeeze(b"this text" * 20, b"that text" * 20), b"no text" * 20)


@given(st.binary(max_size=300))
def test_any_bytes_expand_or_are_damage(data: bytes) -> None:
    try:
        expand(data, b"before")
    except DamagedError:
        return


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_never_makes_another_document(place: int, change: int) -> None:
    document = bytes(range(200))
    data = bytearray(squeeze(document, b""))
    data[place % len(data)] ^= change
    try:
        found = expand(bytes(data), b"")
    except DamagedError:
        return
    assert found == document  # a bit that says nothing, as zlib's level in its header


def test_a_small_file_that_expands_without_end_is_refused() -> None:
    bomb = squeeze(bytes(BLOCK), b"") * 5000
    with pytest.raises(DamagedError, match="larger"):
        expand(bomb, b"")
