"""WAL positions: what was measured on 9.2 and on later servers (DOMAIN 3.1), and what must hold for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.facts.lsn import SEGMENT_SIZE, Lsn, WalArithmetic, WalSegment
from console.facts.server_version import ServerVersion

WORDS = st.integers(0, 0xFFFFFFFF)
CLASSIC_LOW = st.integers(0, 0xFEFFFFFF)
ARITHMETICS = st.sampled_from(WalArithmetic)


def _lsn(text: str) -> Lsn:
    found = Lsn.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("later", "earlier", "arithmetic", "distance"),
    [
        ("1/0", "0/FE000000", WalArithmetic.CLASSIC, 16777216),
        ("1/0", "0/FF000000", WalArithmetic.CLASSIC, 0),
        ("1/0", "0/FF000000", WalArithmetic.LINEAR, 16777216),
        ("2/1DD61450", "1/DE0EE408", WalArithmetic.CLASSIC, 1053241416),
        ("2/1DD61450", "1/DE0EE408", WalArithmetic.LINEAR, 1070018632),
    ],
)
def test_distances_are_those_measured(later: str, earlier: str, arithmetic: WalArithmetic, distance: int) -> None:
    assert _lsn(later).minus(_lsn(earlier), arithmetic) == distance


def test_92_goes_from_segment_fe_to_the_next_log_id() -> None:
    last = WalSegment(1, 0, 0xFE)
    following = WalSegment.at(1, last.index(WalArithmetic.CLASSIC) + 1, WalArithmetic.CLASSIC)
    assert str(following) == "000000010000000100000000"


def test_93_goes_from_segment_fe_to_ff() -> None:
    last = WalSegment(1, 0, 0xFE)
    following = WalSegment.at(1, last.index(WalArithmetic.LINEAR) + 1, WalArithmetic.LINEAR)
    assert str(following) == "0000000100000000000000FF"


def test_the_references_segment_holds_its_position() -> None:
    assert WalSegment.containing(1, _lsn("1/76000000")) == WalSegment.parse("000000010000000100000076")


def test_the_agents_sixteen_digits_are_two_halves() -> None:
    assert Lsn.parse_attribute("0000000010000080") == _lsn("0/10000080")
    assert Lsn.parse_attribute("00000139210029D8") == _lsn("139/210029D8")


@pytest.mark.parametrize("text", ["", None, "0", "0/", "/0", "0/0/0", "G/0", "0/123456789", "-1/0", "0 / 0", "０/０"])
def test_what_is_no_position_is_none(text: str | None) -> None:
    assert Lsn.parse(text) is None


@pytest.mark.parametrize("text", ["", None, "0/10000080", "000000001000008", "00000000100000800", "zzzzzzzzzzzzzzzz"])
def test_what_is_no_attribute_position_is_none(text: str | None) -> None:
    assert Lsn.parse_attribute(text) is None


@pytest.mark.parametrize(
    "name", ["00000002.history", "000000010000000000000010.partial", "00000001000000000000001", "archive_status", ""]
)
def test_what_is_no_segment_is_none(name: str) -> None:
    assert WalSegment.parse(name) is None


@given(WORDS, WORDS)
def test_a_position_survives_printing(high: int, low: int) -> None:
    assert Lsn.parse(str(Lsn(high, low))) == Lsn(high, low)
    assert Lsn.parse_attribute(f"{high:08X}{low:08X}") == Lsn(high, low)


@given(WORDS, CLASSIC_LOW, st.integers(0, 1 << 40), ARITHMETICS)
def test_going_on_and_back_ends_where_it_began(high: int, low: int, size: int, arithmetic: WalArithmetic) -> None:
    begin = Lsn(high, low)
    end = begin.plus(size, arithmetic)
    assert end.minus(begin, arithmetic) == size
    assert end.plus(-size, arithmetic) == begin


@given(WORDS, CLASSIC_LOW, WORDS, CLASSIC_LOW, ARITHMETICS)
def test_order_as_written_is_order_of_bytes(h1: int, l1: int, h2: int, l2: int, arithmetic: WalArithmetic) -> None:
    first, second = Lsn(h1, l1), Lsn(h2, l2)
    assert (first < second) == (first.minus(second, arithmetic) < 0)


@given(st.integers(1, 0xFFFFFFFF), WORDS, CLASSIC_LOW, ARITHMETICS)
def test_a_segments_place_and_name_tell_each_other(
    timeline: int, high: int, low: int, arithmetic: WalArithmetic
) -> None:
    segment = WalSegment.containing(timeline, Lsn(high, low))
    assert WalSegment.parse(str(segment)) == segment
    assert WalSegment.at(timeline, segment.index(arithmetic), arithmetic) == segment
    assert 0 <= Lsn(high, low).minus(segment.start(), arithmetic) < SEGMENT_SIZE


@given(st.text(max_size=30))
def test_no_text_makes_it_raise(text: str) -> None:
    Lsn.parse(text)
    Lsn.parse_attribute(text)
    WalSegment.parse(text)
    ServerVersion.parse(text)


def test_an_unknown_version_counts_linearly() -> None:
    assert WalArithmetic.of(None) is WalArithmetic.LINEAR
    assert WalArithmetic.of(ServerVersion(90202)) is WalArithmetic.CLASSIC
    assert WalArithmetic.of(ServerVersion(90300)) is WalArithmetic.LINEAR


def test_zero_is_no_position_but_prints_as_one() -> None:
    assert not Lsn(0, 0).valid
    assert str(Lsn(0, 0)) == "0/0"
