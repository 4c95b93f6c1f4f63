"""pg_basebackup's progress while it runs (DOMAIN 3.5)."""

from __future__ import annotations

import pytest

from console.probe.basebackup import BackupProgress, parse_backup_progress


def _progress(text: str) -> BackupProgress:
    found = parse_backup_progress(text)
    assert found is not None
    return found


def test_the_newest_of_overwritten_lines_counts() -> None:
    found = _progress(
        "waiting for checkpoint\n     0/323670 kB (0%), 0/1 tablespace\r127031/323168 kB (39%), 0/1 tablespace\r"
    )
    assert (found.done, found.total, found.percent) == (127031 * 1024, 323168 * 1024, 39)
    assert (found.waiting_for_checkpoint, found.completed) == (False, False)


def test_a_file_name_in_the_line_is_told() -> None:
    assert _progress("  7873/323670 kB (2%), 0/2 tablespaces (/data/base/16384/2611  )").file == "/data/base/16384/2611"


def test_more_than_the_estimate_is_never_more_than_all() -> None:
    assert _progress("400/200 kB (200%), 0/1 tablespace").share == 1.0


def test_a_line_that_is_still_being_written_does_not_count() -> None:
    assert _progress("100/200 kB (50%), 0/1 tablespace\r150/200 kB (7").percent == 50


@pytest.mark.parametrize(
    "text",
    [
        "pg_basebackup: error: incompatible server version 17.5",
        "pg_basebackup: could not connect to server: FATAL:  number of requested standby connections exceeds",
    ],
)
def test_a_complaint_is_told_and_nothing_is_done(text: str) -> None:
    found = _progress(text)
    assert found.error == text.removeprefix("pg_basebackup: ")
    assert (found.done, found.completed) == (0, False)


def test_notes_of_a_verbose_run_are_no_complaints() -> None:
    found = _progress(
        "pg_basebackup: initiating base backup, waiting for checkpoint to complete\n"
        "pg_basebackup: checkpoint completed\n200/200 kB (100%), 1/1 tablespace\n"
        "pg_basebackup: syncing data to disk ...\npg_basebackup: base backup completed\n"
    )
    assert (found.error, found.completed) == (None, True)


def test_silence_is_unknown() -> None:
    assert parse_backup_progress("") is None
