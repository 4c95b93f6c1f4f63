"""The journal: what is in it is on disk, private, without passwords; a cut line is no harm, a broken one is said."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.runner.journal import Journal, JournalError, Kind, RunDriven, journal_path, read_events
from tests.unit.runner.runner_world import RUN, ManualClock


def begun(folder: Path) -> Journal:
    journal = Journal.create(folder, RUN, ManualClock())
    journal.write(Kind.BEGIN, run=RUN)
    return journal


def file_of(folder: Path) -> Path:
    return folder / f"{RUN}.jsonl"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.write(Kind.VERIFIED, "copy", conditions=[{"words": "größer", "answer": "yes"}])
    assert list(read_events(journal.path)) == journal.events
    assert journal.events[1].data["conditions"][0]["words"] == "größer"


def test_times_are_utc_with_milliseconds(tmp_path: Path) -> None:
    begun(tmp_path)
    assert json.loads(file_of(tmp_path).read_text())["at"] == "2026-03-01T03:00:00.000Z"


def test_the_folder_and_the_files_are_private(tmp_path: Path) -> None:
    begun(tmp_path / "state" / "runs")
    assert stat.S_IMODE((tmp_path / "state" / "runs").stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(tmp_path / "state" / "runs").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.JUDGED}))
def test_a_line_is_on_disk_before_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    sizes: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        sizes.append(os.fstat(descriptor).st_size)
        real(descriptor)

    journal = begun(tmp_path)
    monkeypatch.setattr(os, "fsync", fsync)
    journal.write(kind, "copy")
    assert sizes == [file_of(tmp_path).stat().st_size]


def test_guards_that_were_judged_are_on_disk_with_the_intent_that_rests_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    journal = begun(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    journal.write(Kind.JUDGED, "copy", place="before", conditions=[])
    assert sizes == []
    journal.write(Kind.INTENT, "copy")
    assert sizes == [file_of(tmp_path).stat().st_size]


def test_a_new_journals_entry_in_its_folder_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)))
    Journal.create(tmp_path, RUN, ManualClock())
    assert True in synced


def test_a_last_line_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    with journal.path.open("ab") as file:
        file.write(b'{"v": 1, "at": "2026-')
    assert [event.kind for event in read_events(journal.path)] == [Kind.BEGIN]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=1, max_value=2000))
def test_cut_off_anywhere_a_journal_is_read_and_goes_on(tmp_path: Path, cut: int) -> None:
    path = file_of(tmp_path)
    path.unlink(missing_ok=True)
    journal = begun(tmp_path)
    for number in range(8):
        journal.write(Kind.VERIFIED, f"step{number}", noted="ä" * 20)
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    kept = path.read_bytes().count(b"\n")
    again = Journal.open(tmp_path, RUN, ManualClock())
    again.write(Kind.END, code=0)
    again.close()
    events = read_events(path)
    assert [event.kind for event in events][-1] is Kind.END
    assert len(events) == kept + 1


def test_a_broken_line_in_the_middle_is_an_error_that_names_file_and_line(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.write(Kind.INTENT, "copy")
    journal.close()
    lines = journal.path.read_bytes().split(b"\n")
    damaged = b"\n".join([lines[0], b'{"v": 1, "at"', lines[1], b""])
    journal.path.write_bytes(damaged)
    with pytest.raises(JournalError, match=rf"{RUN}.jsonl:2: .*Nothing was changed"):
        Journal.open(tmp_path, RUN, ManualClock())
    assert journal.path.read_bytes() == damaged


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"v": 2, "at": "2026-03-01T03:00:00.000Z", "event": "begin"}', "version"),
        (b'{"v": 1, "at": "2026-03-01T03:00:00.000Z", "event": "dance"}', "no event"),
        (b'{"v": 1, "event": "begin"}', "no event"),
        (b'{"v": 1, "at": 5, "event": "begin"}', "no event"),
        (b"[]", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"\x00" * 40, "damaged"),
        (b"", "damaged"),
        (b"[" * 100000, "damaged"),
    ],
)
def test_a_line_that_is_not_ours_is_an_error(tmp_path: Path, line: bytes, words: str) -> None:
    journal = begun(tmp_path)
    journal.close()
    with journal.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(JournalError, match=words):
        read_events(journal.path)


def test_a_journal_error_is_no_harm_to_the_exit_code_of_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such run"):
        read_events(tmp_path / "missing.jsonl")


@pytest.mark.parametrize("run", ["", "../other", "a/b", "a b", ".hidden", "-x", "a" * 100, "a\nb", "a\x00"])
def test_what_cannot_be_a_runs_id_reaches_no_file(tmp_path: Path, run: str) -> None:
    with pytest.raises(UsageError, match="not a run's id"):
        journal_path(tmp_path, run)


def test_a_run_that_is_there_is_not_begun_again(tmp_path: Path) -> None:
    begun(tmp_path).close()
    with pytest.raises(JournalError, match="cannot be created"):
        Journal.create(tmp_path, RUN, ManualClock())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="Nothing was changed"):
        Journal.create(tmp_path / "file" / "runs", RUN, ManualClock())


def test_a_full_disk_in_the_middle_of_a_line_is_repaired_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begun(tmp_path)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        real(descriptor, bytes(data)[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalError, match="No space left on device"):
        journal.write(Kind.INTENT, "copy")
    monkeypatch.setattr(os, "write", real)
    journal.write(Kind.FAILED, "copy", words="full")
    assert [event.kind for event in read_events(journal.path)] == [Kind.BEGIN, Kind.FAILED]


def test_a_second_console_is_told_who_drives_the_run(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, RUN, ManualClock())
    journal.write(Kind.BEGIN, who={"user": "eve", "host": "desk", "pid": 4711})
    with pytest.raises(RunDriven, match="eve@desk, process 4711"):
        Journal.open(tmp_path, RUN, ManualClock())


def test_another_process_that_drives_the_run_keeps_this_one_out(tmp_path: Path) -> None:
    begun(tmp_path).close()
    script = (
        "import sys, fcntl; file = open(sys.argv[1], 'r+'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(file_of(tmp_path))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(RunDriven):
            Journal.open(tmp_path, RUN, ManualClock())
    finally:
        other.kill()
        other.communicate()
    Journal.open(tmp_path, RUN, ManualClock()).close()  # the lock went with the process


def test_a_password_is_masked_wherever_it_stands_in_an_event(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.write(
        Kind.PERFORMED,
        "copy",
        output="FATAL: could not connect: host=a password=geheim user=r",
        operations=[{"command": "psql postgresql://u:geheim@h/db"}],
    )
    assert "geheim" not in file_of(tmp_path).read_text()


def test_what_a_host_printed_stays_on_its_line(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.write(Kind.PERFORMED, "copy", output='x\n{"v": 1, "event": "end"}\u2028\x1b[31m')
    assert len(read_events(journal.path)) == 2
