"""Finding one report in what a shell prints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.transport.session import FrameReader, Garbled

REPORT = b"VMDB-BEGIN abc 7 v1\nbody\x00\xff\nVMDB-END abc 7\n"


def reader(limit: int = 10_000) -> FrameReader:
    return FrameReader("abc", 7, "v1", limit)


def test_a_report_is_the_bytes_from_begin_to_end_inclusive() -> None:
    assert reader().feed(REPORT) == REPORT


def test_a_message_of_the_day_before_the_report_is_passed_over() -> None:
    assert reader().feed(b"Welcome!\nno newline at the end" + REPORT) == REPORT


def test_a_late_report_of_an_earlier_request_is_passed_over() -> None:
    assert reader().feed(b"VMDB-BEGIN abc 6 v1\nold\nVMDB-END abc 6\n" + REPORT) == REPORT


def test_a_report_with_another_nonce_is_passed_over() -> None:
    assert reader().feed(REPORT.replace(b"abc", b"xyz")) is None


def test_what_follows_the_report_is_no_part_of_it() -> None:
    assert reader().feed(REPORT + b"more") == REPORT


def test_another_probe_version_is_garbage_and_both_versions_are_named() -> None:
    with pytest.raises(Garbled, match=r"version v2.*version v1"):
        reader().feed(REPORT.replace(b"v1", b"v2"))


def test_more_than_the_limit_is_garbage_even_before_a_begin() -> None:
    small = reader(limit=100)
    assert small.feed(b"x" * 100) is None
    with pytest.raises(Garbled, match="more than"):
        small.feed(b"x")


def test_an_empty_body_is_a_report() -> None:
    report = b"VMDB-BEGIN abc 7 v1\nVMDB-END abc 7\n"
    assert reader().feed(report) == report


@given(st.lists(st.integers(min_value=1, max_value=20)), st.binary(max_size=60))
def test_however_the_output_is_cut_into_pieces_the_report_is_the_same(sizes: list[int], noise: bytes) -> None:
    whole, one = noise + REPORT, reader()
    found = None
    for size in sizes:
        piece, whole = whole[:size], whole[size:]
        found = found or one.feed(piece)
    assert (found or one.feed(whole)) == REPORT
