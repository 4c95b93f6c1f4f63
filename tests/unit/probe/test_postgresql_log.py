"""Log prefixes, continuation lines and meanings that the corpus has not (DOMAIN 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from console.facts.postgresql import LogMeaning
from console.probe.postgresql_log import parse_log

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "at"),
    [
        ("", None),
        ("2026-01-02 03:04:05 UTC ", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05.678 CET [12] ", datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=1)))),
        ("< 2026-01-02 03:04:05.678 EDT >", datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=-4)))),
        ("2026-01-02 03:04:05.678 UTC [12] cloudforms@vmdb ", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-01-02 03:04:05 -0330 [12-1] ", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(-timedelta(hours=3.5)))),
        ("2026-01-02 03:04:05 UTC:10.0.0.9(55):u@d:[12]:", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05 IST [12] ", None),
        ("cp: < 2026-01-02 03:04:05.678 UTC >", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-13-02 03:04:05 UTC [12] ", None),
        ("Jan  1 03:04:05 db1 postgres[12]: [3-1] ", datetime(2026, 1, 1, 3, 4, 5, tzinfo=UTC)),
        ("Dec 31 03:04:05 db1 postgres[12]: [3-1] ", datetime(2025, 12, 31, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678+00:00 db1 postgres[12]: ", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
    ],
)
def test_a_prefix_gives_its_time_and_nothing_else(prefix: str, at: datetime | None) -> None:
    [entry] = parse_log(f"{prefix}LOG:  redo starts at 0/1764080", NOW)
    assert (entry.at, entry.severity, entry.text) == (at, "LOG", "redo starts at 0/1764080")
    assert entry.meaning is LogMeaning.REDO_STARTS


def test_a_detail_goes_to_the_entry_of_its_process() -> None:
    first, second = parse_log(
        "2026-01-02 03:04:05 UTC [1] FATAL:  database system identifier differs between the primary and standby\n"
        "2026-01-02 03:04:05 UTC [2] LOG:  incomplete startup packet\n"
        "2026-01-02 03:04:05 UTC [1] DETAIL:  The primary's identifier is 1, the standby's identifier is 2."
    )
    assert "identifier is 1" in first.text
    assert second.text == "incomplete startup packet"


def test_syslogs_numbered_lines_are_one_entry() -> None:
    [entry] = parse_log(
        "Jan  1 03:04:05 db1 postgres[12]: [3-1] FATAL:  could not connect to the primary server: x\n"
        "Jan  1 03:04:05 db1 postgres[12]: [3-2] #011Is the server running", NOW,
    )  # fmt: skip
    assert entry.text.endswith("Is the server running")


@pytest.mark.parametrize(
    ("message", "meaning", "lsn", "timeline"),
    [
        ("LOG:  record with incorrect prev-link 0/5 at 0/7000098", LogMeaning.END_OF_WAL, "0/7000098", None),
        ("LOG:  unexpected pageaddr 0/4000000 in WAL segment 000000010000000000000006, LSN 0/6000000, offset 0",
         LogMeaning.END_OF_WAL, "0/6000000", None),
        ("LOG:  invalid magic number 0000 in log segment 000000010000000000000006, offset 0",
         LogMeaning.END_OF_WAL, None, None),
        ("ERROR:  requested starting point 0/9000000 is ahead of the WAL flush position of this server 0/8000000",
         LogMeaning.AHEAD_OF_PRIMARY, "0/9000000", None),
        ("FATAL:  could not connect to the primary server: FATAL:  the database system is starting up",
         LogMeaning.CANNOT_CONNECT, None, None),
        ("FATAL:  terminating walreceiver due to timeout", LogMeaning.CANNOT_RECEIVE, None, None),
        ("LOG:  trigger file found: /tmp/trigger", LogMeaning.PROMOTION, None, None),
        ("LOG:  selected new timeline ID: 7", LogMeaning.PROMOTION, None, 7),
        ("FATAL:  the database system is not yet accepting connections", LogMeaning.STARTING_UP, None, None),
        ("LOG:  database system was interrupted while in recovery at log time x", LogMeaning.INTERRUPTED, None, None),
        ("LOG:  statement: select 'entering in a read-only transaction'", None, None, None),
    ],
)  # fmt: skip
def test_a_message_means(message: str, meaning: LogMeaning | None, lsn: str | None, timeline: int | None) -> None:
    [entry] = parse_log(message)
    assert (entry.meaning, entry.lsn and str(entry.lsn), entry.timeline) == (meaning, lsn, timeline)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("cp: cannot stat '/archive/000000010000000000000006': No such file or directory", LogMeaning.RESTORE_MISSED),
        ("scp: /archive/00000003.history: No such file or directory", LogMeaning.RESTORE_MISSED),
        ("cp: cannot create regular file '/archive/000000010000000000000006': No such file or directory", None),
        ("cp: error writing '/archive/000000010000000000000006': No space left on device", None),
        ("PROTOKOLL:  Datenbanksystem ist bereit", None),
    ],
)
def test_a_line_without_severity_is_an_entry(line: str, meaning: LogMeaning | None) -> None:
    [entry] = parse_log(line)
    assert (entry.severity, entry.text, entry.meaning) == ("", line, meaning)
