"""Gaps in the archive's listing: segment arithmetic by version, and the way from a timeline to its child."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.diagnosis.archive_gaps import contains, find_gaps, lost
from console.facts.archive import Gap, SegmentRun
from console.facts.lsn import WalArithmetic, WalSegment
from console.facts.postgresql import TimelineHistory, TimelineSwitch
from tests.unit.diagnosis.builders import history
from tests.unit.diagnosis.setup_builders import queue, run, segment

LINEAR, CLASSIC = WalArithmetic.LINEAR, WalArithmetic.CLASSIC


def shown(gaps: tuple[Gap, ...]) -> list[tuple[str, str, int]]:
    return [(str(gap.first), str(gap.last), gap.count) for gap in gaps]


def test_a_whole_run_has_no_gap_and_neither_edge_is_one() -> None:
    assert find_gaps([run("000000010000000500000010", "000000010000000500000020")], LINEAR) == ()


def test_one_missing_segment_is_named() -> None:
    runs = [run("000000010000000000000001", "000000010000000000000004"), run("000000010000000000000006")]
    assert shown(find_gaps(runs, LINEAR)) == [("000000010000000000000005", "000000010000000000000005", 1)]


def test_the_order_of_the_listing_does_not_matter() -> None:
    runs = [run("000000010000000000000006"), run("000000010000000000000001", "000000010000000000000004")]
    assert len(find_gaps(runs, LINEAR)) == 1


def test_up_to_9_2_the_segment_after_fe_is_00_of_the_next_log_id() -> None:
    runs = [run("0000000100000000000000FC", "0000000100000000000000FE"), run("000000010000000100000000")]
    assert find_gaps(runs, CLASSIC) == ()


def test_from_9_3_on_the_segment_ff_is_missing_there() -> None:
    runs = [run("0000000100000000000000FC", "0000000100000000000000FE"), run("000000010000000100000000")]
    assert shown(find_gaps(runs, LINEAR)) == [("0000000100000000000000FF", "0000000100000000000000FF", 1)]


def test_a_gap_across_a_log_id_counts_255_or_256_segments_a_log_id() -> None:
    runs = [run("000000010000000000000010"), run("000000010000000100000010")]
    assert find_gaps(runs, CLASSIC)[0].count == 254
    assert find_gaps(runs, LINEAR)[0].count == 255


def test_larger_segments_have_fewer_of_them_in_a_log_id() -> None:
    runs = [run("00000001000000000000003F"), run("000000010000000100000000")]
    assert find_gaps(runs, LINEAR, segment_size=64 * 1024**2) == ()


def test_a_new_timeline_begins_in_the_segment_in_which_the_old_one_was_left() -> None:
    runs = [run("000000010000000000000001", "000000010000000000000003"), run("000000020000000000000004")]
    assert find_gaps(runs, LINEAR, history(2, (1, "0/4038598"))) == ()
    assert find_gaps(runs, LINEAR) == ()


def test_an_old_timeline_that_was_archived_past_the_fork_is_no_gap() -> None:
    runs = [run("000000010000000000000001", "000000010000000000000009"), run("000000020000000000000004")]
    assert find_gaps(runs, LINEAR, history(2, (1, "0/4038598"))) == ()
    assert find_gaps(runs, LINEAR) == ()


def test_what_is_missing_before_and_after_the_fork_belongs_to_its_own_timeline() -> None:
    runs = [run("000000010000000000000001"), run("000000020000000000000006")]
    assert shown(find_gaps(runs, LINEAR, history(2, (1, "0/4038598")))) == [
        ("000000010000000000000002", "000000010000000000000003", 2),
        ("000000020000000000000004", "000000020000000000000005", 2),
    ]


def test_without_the_history_the_whole_lack_is_the_parent_s() -> None:
    runs = [run("000000010000000000000001"), run("000000020000000000000006")]
    assert shown(find_gaps(runs, LINEAR)) == [("000000010000000000000002", "000000010000000000000005", 4)]


def test_a_child_that_begins_after_the_fork_lacks_its_first_segments_even_if_the_parent_ran_on() -> None:
    runs = [run("000000010000000000000001", "000000010000000000000009"), run("000000020000000000000006")]
    assert shown(find_gaps(runs, LINEAR, history(2, (1, "0/4038598")))) == [
        ("000000020000000000000004", "000000020000000000000005", 2)
    ]


def test_a_history_file_of_9_2_names_the_segment_instead_of_the_position() -> None:
    switch = TimelineSwitch(1, None, segment("000000010000000000000004"), "no recovery target specified")
    runs = [run("000000010000000000000001"), run("000000020000000000000004")]
    found = find_gaps(runs, CLASSIC, TimelineHistory(2, (switch,)))
    assert shown(found) == [("000000010000000000000002", "000000010000000000000003", 2)]


def test_a_dead_branch_is_no_step_between_two_timelines() -> None:
    """Timeline 3 came from 1; 2 was a branch that was given up, and archived something far away."""
    runs = [
        run("000000010000000000000001", "000000010000000000000003"),
        run("000000020000000000000020"),
        run("000000030000000000000004", "000000030000000000000006"),
    ]
    assert find_gaps(runs, LINEAR, history(3, (1, "0/4000000"))) == ()


def test_a_timeline_that_retention_has_deleted_whole_is_no_gap() -> None:
    assert find_gaps([run("000000020000000000000050")], LINEAR, history(2, (1, "0/4038598"))) == ()


def test_a_missing_segment_that_waits_first_in_the_queue_is_not_lost() -> None:
    gaps = find_gaps([run("000000010000000000000001"), run("000000010000000000000003")], LINEAR)
    assert lost(gaps, queue(2, "000000010000000000000002"), None) == ()
    assert lost(gaps, queue(2, "000000010000000000000004"), None) == gaps


def test_the_segment_being_archived_now_is_no_gap() -> None:
    gaps = find_gaps([run("000000010000000000000001"), run("000000010000000000000003")], LINEAR)
    assert lost(gaps, None, "000000010000000000000001") == ()
    assert lost(gaps, None, "000000010000000000000003") == gaps
    assert lost(gaps, None, "00000002.history") == gaps


def test_a_segment_is_in_the_archive_when_a_run_of_its_timeline_holds_it() -> None:
    runs = [run("000000010000000000000001", "000000010000000000000004")]
    assert contains(runs, segment("000000010000000000000003"))
    assert not contains(runs, segment("000000010000000000000005"))
    assert not contains(runs, segment("000000020000000000000003"))


LAB = Path(__file__).parents[2] / "fixtures" / "lab"
LISTINGS = sorted(path for path in LAB.glob("*/*.archive.txt") if path.parent.name != "archive-hole")
HOLED = sorted(LAB.glob("archive-hole/cf-dc2-db*.archive.txt"))


def _listed(listing: Path) -> list[WalSegment]:
    """The segments of an `ls -la` of an archive on a real host, without doubles (write and read may be one)."""
    names = {line.split()[-1] for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()}
    return sorted(found for name in names if (found := WalSegment.parse(name)) is not None)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_no_archive_captured_from_the_lab_has_a_gap_until_a_segment_is_taken_out(listing: Path) -> None:
    segments = _listed(listing)
    assert find_gaps([SegmentRun(item, item) for item in segments], LINEAR) == ()
    inner = [item for item in segments[1:-1] if item.timeline == segments[0].timeline == segments[-1].timeline]
    for removed in inner:
        held = [SegmentRun(item, item) for item in segments if item != removed]
        assert shown(find_gaps(held, LINEAR)) == [(str(removed), str(removed), 1)]


@pytest.mark.parametrize("listing", HOLED, ids=lambda path: path.name.partition(".")[0])
def test_the_hole_made_in_the_lab_is_found_after_two_failovers_and_their_partial_files(listing: Path) -> None:
    """Timelines 1 and 2 each end in a .partial; the next timeline has the whole segment (real PostgreSQL 15)."""
    found = find_gaps([SegmentRun(item, item) for item in _listed(listing)], LINEAR)
    assert shown(found) == [("000000030000000000000009", "000000030000000000000009", 1)]
    forks = history(3, (1, "0/30000A0"), (2, "0/40000A0"))
    assert find_gaps([SegmentRun(item, item) for item in _listed(listing)], LINEAR, forks) == found


def _runs(held: set[int], arithmetic: WalArithmetic) -> list[SegmentRun]:
    """One run a segment; the function under test must join neighbours, also across log ids."""
    segments = [WalSegment.at(1, index, arithmetic) for index in held]
    return [SegmentRun(item, item) for item in segments]


@given(st.sets(st.integers(240, 560), min_size=1), st.sampled_from(WalArithmetic))
def test_the_gaps_are_exactly_what_is_missing_between_the_ends(held: set[int], arithmetic: WalArithmetic) -> None:
    missing = set(range(min(held), max(held) + 1)) - held
    gaps = find_gaps(_runs(held, arithmetic), arithmetic)
    assert sum(gap.count for gap in gaps) == len(missing)
    ends = [(gap.first.index(arithmetic), gap.last.index(arithmetic)) for gap in gaps]
    assert {index for first, last in ends for index in range(first, last + 1)} == missing
