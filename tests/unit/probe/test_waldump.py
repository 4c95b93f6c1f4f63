"""The end of a stopped server's WAL, and commits that only it has (DOMAIN 7)."""

from __future__ import annotations

import pytest

from console.facts.evidence import Commit
from console.facts.lsn import Lsn
from console.probe.waldump import parse_commits_after, parse_wal_end, record_end, wal_records
from tests.unit.probe.hostile import lab_files

NEW = """\
rmgr: Heap        len (rec/tot):     54/  1654, tx:        745, lsn: 0/0403E648, prev 0/0403E5E0, desc: INSERT off 30
rmgr: Transaction len (rec/tot):     34/    34, tx:        745, lsn: 0/0403F8F0, prev 0/0403F8B0, desc: COMMIT 2026-11-23 07:09:32.211656 UTC
rmgr: Standby     len (rec/tot):     50/    50, tx:          0, lsn: 0/0403F918, prev 0/0403F8F0, desc: RUNNING_XACTS nextXid 746
"""  # noqa: E501
OLD = (
    "rmgr: Transaction len (rec/tot):     12/    44, tx:        682, lsn: 0/01764348, prev 0/01764310, bkp: 0000, "
    "desc: commit: 2013-01-09 10:00:00.000000 CET\n"
)


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("pg_waldump: error: error in WAL record at 0/403F918: invalid record length at 0/403F950: wanted 24, got 0",
         "0/403F950"),
        ("pg_waldump: fatal: error in WAL record at 0/403F918: invalid record length at 0/403F950: expected at least",
         "0/403F950"),
        ("pg_xlogdump: FATAL:  error in WAL record at 0/403F918: record with zero length at 0/403F950", "0/403F950"),
        ("pg_waldump: error: error in WAL record at 0/403F918: record with incorrect prev-link 0/0 at 0/403F950",
         "0/403F950"),
    ],
)  # fmt: skip
def test_the_end_is_where_the_next_record_would_begin(error: str, end: str) -> None:
    found = parse_wal_end(NEW + error, 3)
    assert found is not None
    assert (found.lower, found.upper, found.timeline, found.message) == (Lsn.parse(end), Lsn.parse(end), 3, error)


@pytest.mark.parametrize(
    "text", ["", NEW, "pg_waldump: error: could not find file", "sh: pg_waldump: command not found\n"]
)
def test_no_end_is_guessed(text: str) -> None:
    assert parse_wal_end(text, 1) is None


def test_a_record_over_a_page_boundary_ends_after_the_page_header() -> None:
    assert record_end(Lsn(0, 0x2000 - 8), 16) == Lsn(0, 0x2000 + 24 + 8)
    assert record_end(Lsn(0, 0x1000000 - 8), 16) == Lsn(0, 0x1000000 + 40 + 8)
    assert record_end(Lsn(0, 0xFFFFFFF8), 8) == Lsn(1, 0)


@pytest.mark.parametrize(
    ("named", "end"),
    [("0/4040018", "0/4040000"), ("0/5000028", "0/5000000"), ("0/4040028", "0/4040028"), ("0/5000018", "0/5000018")],
)
def test_behind_the_header_of_an_empty_page_the_wal_ends_where_that_page_begins(named: str, end: str) -> None:
    """A segment's first page has the long header."""
    error = f"pg_waldump: error: error in WAL record at 0/403F918: invalid record length at {named}: wanted 24, got 0"
    found = parse_wal_end(NEW + error, 3)
    assert found is not None
    assert (found.lower, found.upper) == (Lsn.parse(end), Lsn.parse(end))


def test_commits_from_the_fork_on_are_counted() -> None:
    found = parse_commits_after(NEW, Lsn(0, 0x403F8F0))
    assert found.commits == (Commit(745, Lsn(0, 0x403F8F0), "2026-11-23 07:09:32.211656 UTC"),)
    assert parse_commits_after(NEW, Lsn(0, 0x403F8F1)).count == 0


def test_commits_of_the_old_tool_are_read_too() -> None:
    assert parse_commits_after(OLD, Lsn(0, 0)).commits[0].at == "2013-01-09 10:00:00.000000 CET"


def test_commits_beyond_those_listed_are_still_counted() -> None:
    found = parse_commits_after(OLD * 5, Lsn(0, 0), most=2)
    assert (found.count, len(found.commits)) == (5, 2)


def test_the_end_of_the_last_record_is_what_the_reader_names() -> None:
    files = lab_files("waldump.txt")
    if not files:
        pytest.skip("no captures of the lab")
    checked = 0
    for file in files:
        text = file.read_text()
        named, records = parse_wal_end(text, 1), list(wal_records(text))
        if named is not None and records and "invalid record length" in named.message:
            assert record_end(records[-1].lsn, records[-1].length) == named.lower, file
            checked += 1
    assert checked
