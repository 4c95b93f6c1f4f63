"""Conditions on space, data directories and archives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.facts.archive import ArchiveDirectory, SegmentRun
from console.facts.lsn import WalSegment
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.facts.traces import Traces
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from tests.unit.diagnosis.builders import AT, recovery, seen
from tests.unit.runbooks.scenes import DC1_1, DC1_2, answer, ruling, survey, unasked, with_host, with_value

HEALTHY = survey("healthy", "dc1")
FITS = must.space_for_copy(DC1_2, DC1_1)
GIB = 1024**3


def sizes(size: int | None, free: int | None) -> Snapshot:
    return with_value(with_value(HEALTHY, DC1_1, "layout", size=size), DC1_2, "layout", free=free)


def test_a_copy_needs_a_twentieth_more_than_its_size_and_64_mib() -> None:
    needed = must.room_needed(GIB)
    assert needed == GIB + GIB // 20 + 64 * 1024**2
    assert answer(FITS, sizes(GIB, needed)) is Answer.YES
    assert answer(FITS, sizes(GIB, needed - 1)) is Answer.NO


def test_a_lack_of_space_says_how_much_is_missing() -> None:
    assert "1.0 GiB missing" in ruling(FITS, sizes(GIB, must.room_needed(GIB) - GIB)).because


@pytest.mark.parametrize(("size", "free"), [(None, GIB), (GIB, None)])
def test_an_unknown_size_is_no_room(size: int | None, free: int | None) -> None:
    assert answer(FITS, sizes(size, free)) is Answer.UNKNOWN


def test_tablespaces_and_a_linked_wal_directory_are_seen() -> None:
    assert answer(must.no_tablespaces(DC1_1), HEALTHY) is Answer.YES
    assert answer(must.no_tablespaces(DC1_1), with_value(HEALTHY, DC1_1, "layout", tablespaces=("/ts",))) is Answer.NO
    assert answer(must.no_wal_link(DC1_1), HEALTHY) is Answer.YES
    assert answer(must.no_wal_link(DC1_1), with_value(HEALTHY, DC1_1, "layout", wal_link="/wal")) is Answer.NO


def test_a_layout_that_was_not_asked_for_is_unknown() -> None:
    assert {answer(must.no_tablespaces(DC1_1), unasked()), answer(must.no_wal_link(DC1_1), unasked())} == {
        Answer.UNKNOWN
    }


# --- the archive (G42) -------------------------------------------------------------------------------------------

AHEAD = must.archive_not_ahead("dc1", DC1_1)


def with_archive(host: str, **changes: object) -> Snapshot:
    archive = HEALTHY.facts(host).archive.value
    assert archive is not None
    assert archive.write is not None
    directory: ArchiveDirectory = replace(archive.write, **changes)  # type: ignore[arg-type]
    return with_host(HEALTHY, host, archive=seen(replace(archive, write=directory, read=directory), "archive"))


def segment_past(steps: int, timeline: int = 1) -> WalSegment:
    status = HEALTHY.facts(DC1_1).sql.value
    assert status is not None
    assert status.current is not None
    here = WalSegment.containing(timeline, status.current)
    return WalSegment(timeline, here.log, here.segment + steps)


def test_an_archive_behind_the_primary_is_as_it_must_be() -> None:
    assert answer(AHEAD, HEALTHY) is Answer.YES


@pytest.mark.parametrize("host", [DC1_1, DC1_2])
def test_wal_past_the_primarys_position_in_either_archive_is_an_abandoned_future(host: str) -> None:
    future = segment_past(1)
    found = ruling(AHEAD, with_archive(host, runs=(SegmentRun(future, future),)))
    assert found.answer is Answer.NO
    assert str(future) in found.because


def test_the_segment_that_the_primary_writes_is_not_ahead_of_it() -> None:
    here = segment_past(0)
    assert answer(AHEAD, with_archive(DC1_2, runs=(SegmentRun(here, here),))) is Answer.YES


def test_the_history_of_a_later_timeline_is_an_abandoned_future_too() -> None:
    assert answer(AHEAD, with_archive(DC1_2, histories=(2,))) is Answer.NO


def test_an_archive_that_cannot_be_read_may_hold_anything() -> None:
    assert answer(AHEAD, with_archive(DC1_2, readable=None)) is Answer.UNKNOWN
    unread = with_host(HEALTHY, DC1_2, archive=Observed(None, "archive", AT, "hung"))
    assert answer(AHEAD, unread) is Answer.UNKNOWN


# --- the data directory ------------------------------------------------------------------------------------------


def created(host: str) -> float:
    data = HEALTHY.facts(host).data.value
    assert data is not None
    assert data.created is not None
    return data.created


def test_a_data_directory_of_another_time_is_the_copy() -> None:
    condition, back = must.copied_since(DC1_2, created(DC1_2)), must.original_data(DC1_2, created(DC1_2))
    copied = with_value(HEALTHY, DC1_2, "data", created=created(DC1_2) + 60)
    assert (answer(condition, HEALTHY), answer(condition, copied)) == (Answer.NO, Answer.YES)
    assert (answer(back, HEALTHY), answer(back, copied)) == (Answer.YES, Answer.NO)


def test_where_no_data_was_any_database_is_the_copy_and_none_is_the_original() -> None:
    empty = with_value(HEALTHY, DC1_2, "data", exists=False, created=None)
    assert answer(must.copied_since(DC1_2, None), HEALTHY) is Answer.YES
    assert answer(must.copied_since(DC1_2, None), empty) is Answer.NO
    assert answer(must.original_data(DC1_2, None), empty) is Answer.YES


def test_a_data_directory_that_others_can_enter_would_not_start() -> None:
    condition = must.data_directory_mode(DC1_2)
    assert answer(condition, HEALTHY) is Answer.YES
    assert answer(condition, with_value(HEALTHY, DC1_2, "data", mode="755")) is Answer.NO
    assert answer(condition, with_value(HEALTHY, DC1_2, "data", owner="root")) is Answer.NO


def test_a_directory_of_a_run_is_found_behind_a_link_too() -> None:
    left = with_host(HEALTHY, DC1_2, traces=seen(Traces(leftovers=("/srv/data.vmdb-new.R1",)), "traces"))
    assert answer(must.left_behind(DC1_2, "/home/data.vmdb-new.R1", there=True), left) is Answer.YES
    assert answer(must.left_behind(DC1_2, "/home/data.vmdb-new.R2", there=True), left) is Answer.NO


def test_on_a_mount_point_the_runs_id_tells_its_directories_apart() -> None:
    path = "/data/pgsql_tmp.vmdb-console/{}/vmdb-old"
    left = with_host(HEALTHY, DC1_2, traces=seen(Traces(leftovers=(path.format("R1"),)), "traces"))
    assert answer(must.left_behind(DC1_2, path.format("R1"), there=False), left) is Answer.NO
    assert answer(must.left_behind(DC1_2, path.format("R2"), there=False), left) is Answer.YES


def test_a_copy_that_brought_the_primarys_own_settings_does_not_follow_it() -> None:
    condition = must.follows(DC1_2, DC1_1)
    assert answer(condition, with_value(HEALTHY, DC1_2, "data", recovery=recovery(DC1_1))) is Answer.YES
    assert answer(condition, with_value(HEALTHY, DC1_2, "data", recovery=recovery(DC1_2))) is Answer.NO
    assert answer(condition, with_value(HEALTHY, DC1_2, "data", recovery=None)) is Answer.NO


def test_an_address_leads_to_the_host_that_has_it_on_its_interfaces() -> None:
    assert answer(must.leads_to("10.19.11.14", DC1_1), HEALTHY) is Answer.YES
    assert answer(must.leads_to("10.19.11.14", DC1_2), HEALTHY) is Answer.NO
    assert answer(must.leads_to(DC1_1, DC1_1), HEALTHY) is Answer.YES
    assert answer(must.leads_to("192.0.2.1", DC1_1), HEALTHY) is Answer.NO


# --- what a swap and an archive leave ------------------------------------------------------------------------------

OLD_INSIDE = "/data/pgsql_tmp.vmdb-console/r1/vmdb-old"


def left(*leftovers: str, archives: tuple[str, ...] = ()) -> Snapshot:
    return with_host(HEALTHY, DC1_1, traces=seen(Traces(leftovers=leftovers, archives=archives), "traces"))


def test_old_data_of_which_a_part_is_still_on_its_way_is_not_gone() -> None:
    gone = must.left_behind(DC1_1, OLD_INSIDE, there=False)
    assert answer(gone, left()) is Answer.YES
    assert answer(gone, left(f"{OLD_INSIDE}.part")) is Answer.NO
    assert answer(gone, left(OLD_INSIDE)) is Answer.NO


def test_a_part_of_the_old_data_is_not_the_old_data() -> None:
    there = must.left_behind(DC1_1, OLD_INSIDE, there=True)
    assert answer(there, left(f"{OLD_INSIDE}.part")) is Answer.NO
    assert answer(there, left(OLD_INSIDE)) is Answer.YES


@pytest.mark.parametrize(("there", "noted", "wanted"), [(True, True, "yes"), (True, False, "no"), (False, True, "no")])
def test_archived_wal_is_aside_where_the_host_notes_it(there: bool, noted: bool, wanted: str) -> None:
    condition = must.archived_aside(DC1_1, "/archive/vmdb-old.r1", there=there)
    snapshot = left(archives=("/archive/vmdb-old.r1",) if noted else ("/archive/vmdb-old.r2",))
    assert answer(condition, snapshot).value == wanted
    assert answer(condition, unasked()) is Answer.UNKNOWN


@pytest.mark.parametrize("exists", [True, False])
def test_the_folder_to_archive_into_is_there_as_the_archives_section_has_it(exists: bool) -> None:
    archive = HEALTHY.facts(DC1_1).archive.value
    assert archive is not None
    assert archive.write is not None
    found = replace(archive, write=replace(archive.write, exists=exists))
    condition = must.archive_there(DC1_1)
    assert answer(condition, with_host(HEALTHY, DC1_1, archive=seen(found, "archive"))).value == ("no", "yes")[exists]
    assert answer(condition, unasked()) is Answer.UNKNOWN
