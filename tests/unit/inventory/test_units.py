"""Sizes, durations and shares."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.inventory import units


@pytest.mark.parametrize(
    ("text", "size"),
    [("16MiB", 16 * 1024**2), ("16MB", 16 * 1024**2), ("1 GiB", 1024**3), ("1.5KiB", 1536), ("512", 512), (512, 512)],
)
def test_a_size_is_read_in_powers_of_1024(text: object, size: int) -> None:
    assert units.parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("500ms", 0.5), ("5m", 300), ("5min", 300), ("3h", 10800), ("7d", 604800), ("1w", 604800), (30, 30)],
)
def test_a_duration_is_read_in_seconds(text: object, seconds: float) -> None:
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "share"), [("20%", 0.2), (0.2, 0.2), ("100%", 1), ("0%", 0), ("0.5%", 0.005)])
def test_a_percentage_is_read_as_a_share(text: object, share: float) -> None:
    assert units.parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["", "MiB", "-1MiB", "1 MiB extra", "16Mi", "3d", True, None, [], float("nan"), -1, 1e30]
)
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"size|must be|whole number"):
        units.parse_size(text)


@pytest.mark.parametrize("text", ["", "s", "-2s", "2 s s", "2M", "16MiB", "1e3", True, None, float("inf"), -0.5])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        units.parse_duration(text)


def test_a_percentage_without_its_sign_is_suggested_with_it() -> None:
    with pytest.raises(ValueError, match="did you mean '20%'"):
        units.parse_share(20)


@pytest.mark.parametrize("value", [-1, 1.5, "5", "5s", True, None])
def test_a_count_is_a_bare_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        units.parse_count(value)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**15))
def test_a_size_survives_being_written_and_read(size: int) -> None:
    assert units.parse_size(units.format_size(size)) == size


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12))
def test_a_duration_survives_being_written_and_read_to_the_millisecond(milliseconds: int) -> None:
    assert units.parse_duration(units.format_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1_000_000))
def test_a_share_survives_being_written_and_read_to_a_millionth(millionths: int) -> None:
    assert units.parse_share(units.format_share(millionths / 1e6)) == pytest.approx(millionths / 1e6, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none(), st.booleans(), st.just([1])))
def test_units_refuse_by_value_error_and_give_nothing_negative(value: object) -> None:
    for parse in (units.parse_size, units.parse_duration, units.parse_share, units.parse_count):
        with contextlib.suppress(ValueError):
            assert parse(value) >= 0
