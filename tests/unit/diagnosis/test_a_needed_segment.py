"""A05: a standby that can get a segment from nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.diagnosis.archive_read import check_needed_segment
from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Severity
from console.facts.archive import ArchiveDirectory
from console.facts.evidence import Evidence, SegmentReadable
from console.facts.postgresql import LogMeaning, StartupProcess, WalreceiverProcess, WalreceiverRow
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    context,
    entry,
    log,
    lsn,
    primary,
    processes,
    seen,
    sql,
    standby,
    unreachable,
    unseen,
)
from tests.unit.diagnosis.setup_builders import archive, directory, only, quoted, run, segment

NEEDED = segment("000000010000000000000003")
REMOVED = entry(
    LogMeaning.SEGMENT_REMOVED,
    f"could not receive data from WAL stream: ERROR:  requested WAL segment {NEEDED} has already been removed",
    segment=NEEDED,
)
WAITING = processes(startup=StartupProcess(3000, "waiting", NEEDED))
# The archive lacks the segment, though it has later ones.
HOLED = directory(run("000000010000000000000001", "000000010000000000000002"), run("000000010000000000000004"))
UP_TO_2 = directory(run("000000010000000000000001", "000000010000000000000002"))


def stuck(held: ArchiveDirectory | None = HOLED, **overrides: Any) -> RegionContext:
    """The primary writes at 0/5000000; the standby stopped at 0/3000000 and waits."""
    facts: dict[str, Any] = {
        "processes": seen(WAITING, "ps"),
        "sql": seen(sql(in_recovery=True, replayed=lsn("0/3000000"), received=lsn("0/3000000")), "psql"),
        "archive": unseen("timed out") if held is None else seen(archive(held), "archive"),
    }
    return context(primary(DC1_DB1), standby(DC1_DB2, **{**facts, **overrides}))


def tried(*, readable: bool) -> Evidence:
    return Evidence(segment=SegmentReadable(NEEDED, "/wal", readable, "" if readable else "Permission denied"))


def test_a_segment_that_is_a_hole_in_the_archive_is_critical() -> None:
    found = only(check_needed_segment(stuck()))
    assert (found.code, found.severity, found.host) == ("A05", Severity.CRITICAL, DC1_DB2.name)
    assert found.details == {"segment": str(NEEDED)}
    assert "waiting for" in quoted(found)
    assert "is not in it" in quoted(found)


def test_the_log_s_removed_segment_that_the_archive_lacks_is_critical() -> None:
    found = only(check_needed_segment(stuck(UP_TO_2, processes=seen(processes(), "ps"), log=seen(log(REMOVED), "log"))))
    assert "has already been removed" in quoted(found)


def test_gathered_evidence_outweighs_the_listing() -> None:
    denied = stuck(directory(), evidence=tried(readable=False))
    assert "Permission denied" in quoted(only(check_needed_segment(denied)))
    assert list(check_needed_segment(stuck(HOLED, evidence=tried(readable=True)))) == []


def test_an_archive_that_cannot_be_read_at_all_gives_nothing() -> None:
    assert only(check_needed_segment(stuck(directory(readable=False)))).code == "A05"


def test_an_archive_that_has_the_segment_is_fine() -> None:
    assert list(check_needed_segment(stuck(directory()))) == []


def test_an_unknown_archive_is_not_called_lacking() -> None:
    assert list(check_needed_segment(stuck(None))) == []


def test_a_listing_that_is_only_in_part_proves_no_lack() -> None:
    partly = replace(seen(archive(HOLED), "archive"), error="cut after 100000 files")
    assert list(check_needed_segment(stuck(archive=partly))) == []


def test_a_listing_older_than_the_segment_proves_no_lack() -> None:
    assert list(check_needed_segment(stuck(UP_TO_2))) == []


def test_a_streaming_standby_needs_nothing() -> None:
    flowing = processes(startup=WAITING.startup, walreceiver=WalreceiverProcess(1, "streaming 0/3000000", None))
    assert list(check_needed_segment(stuck(processes=seen(flowing, "ps")))) == []
    row = WalreceiverRow("streaming", lsn("0/3000000"), 1, None, None)
    streaming = sql(in_recovery=True, replayed=lsn("0/3000000"), walreceiver=row)
    assert list(check_needed_segment(stuck(sql=seen(streaming, "psql")))) == []


def test_waiting_for_the_segment_that_the_primary_writes_now_is_being_caught_up() -> None:
    caught_up = processes(startup=StartupProcess(3000, "waiting", segment("000000010000000000000005")))
    assert list(check_needed_segment(stuck(processes=seen(caught_up, "ps")))) == []


def test_a_standby_that_got_over_it_since_needs_it_no_more() -> None:
    past = seen(sql(in_recovery=True, replayed=lsn("0/4000100")), "psql")
    assert list(check_needed_segment(stuck(sql=past, log=seen(log(REMOVED), "log")))) == []


def test_what_an_unreachable_primary_has_written_is_unknown_so_waiting_proves_nothing() -> None:
    waiting = standby(DC1_DB2, processes=seen(WAITING, "ps"), archive=seen(archive(HOLED)))
    assert list(check_needed_segment(context(unreachable(DC1_DB1), waiting))) == []


def test_an_empty_archive_has_no_newest_segment_and_an_unread_one_an_unknown_one() -> None:
    removed = {"log": seen(log(REMOVED), "server log"), "processes": seen(processes(), "ps")}
    lacks = tried(readable=False)
    empty = directory(newest=None, runs=(), files=0)
    for held, words in ((empty, "none"), (replace(empty, readable=False), "unknown"), (None, "unknown")):
        found = only(check_needed_segment(stuck(held, evidence=lacks, **removed)))
        assert f"newest in the archive: {words}" in quoted(found)
