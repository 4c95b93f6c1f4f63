"""pg_controldata, psql's refusals, history files and pg_basebackup's progress as the corpus has them."""

from __future__ import annotations

import pytest

from console.facts.client import ClientAnswer, PortAnswer
from console.facts.lsn import Lsn
from console.facts.postgresql import ClusterState, ControlData, LogMeaning
from console.probe.basebackup import parse_backup_progress
from console.probe.controldata import parse_controldata
from console.probe.history import parse_history
from console.probe.postgresql_log import parse_log
from console.sql.client_refusal import refusal, tcp_answer
from tests.unit.corpus.files import CORPUS, corpus_files, read

# identifier, state, checkpoint, redo, timeline, previous timeline, minimum recovery, wal_level, checksums, version
CONTROL = {
    "pg15-after-promote": ("7710900897462444592 in production 0/11E52D68 0/11E52D30 2 2 0/0 replica False 1300"),
    "pg15-primary-running": ("7710900897462444592 in production 0/1512600 0/1512600 1 1 0/0 replica False 1300"),
    "pg15-standby-running": (
        "7710900897462444592 in archive recovery 0/1512600 0/1512600 1 1 0/1512600 replica False 1300"
    ),
    "pg18-after-promote": ("7710900880527609913 in production 0/1207DB30 0/1207DAD8 2 2 0/0 replica True 1800"),
    "pg18-primary-running": ("7710900880527609913 in production 0/16F2298 0/16F2298 1 1 0/0 replica True 1800"),
    "pg18-standby-running": (
        "7710900880527609913 in archive recovery 0/16F2298 0/16F2298 1 1 0/16F2298 replica True 1800"
    ),
    "pg92-after-promote": ("7710900396285738959 in production 0/12088CE0 0/12088CA8 2 None 0/0 hot_standby None 922"),
    "pg92-primary-running": ("7710900396285738959 in production 0/1764348 0/1764348 1 None 0/0 hot_standby None 922"),
    "pg92-standby-running": (
        "7710900396285738959 in archive recovery 0/1764348 0/1764348 1 None 0/1764348 hot_standby None 922"
    ),
}


def _line(control: ControlData) -> str:
    state = control.state.value if control.state else None
    words = (control.system_identifier, state, control.checkpoint, control.redo, control.timeline,
             control.previous_timeline, control.minimum_recovery, control.wal_level, control.checksums,
             control.control_version)  # fmt: skip
    return " ".join(str(word) for word in words)


@pytest.mark.parametrize("name", CONTROL)
def test_the_control_file_is_read(name: str) -> None:
    control = parse_controldata(read(f"controldata/{name}.txt"))
    assert control is not None
    assert _line(control) == CONTROL[name]
    assert (control.segment_size, control.block_size) == (16 * 1024**2, 8192)


def test_every_control_file_of_the_corpus_has_an_expectation() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real outputs is not beside the repository")
    assert [f"controldata/{name}.txt" for name in sorted(CONTROL)] == corpus_files("controldata")


def test_a_running_standby_is_in_archive_recovery() -> None:
    control = parse_controldata(read("controldata/pg15-standby-running.txt"))
    assert control is not None
    assert control.state is ClusterState.IN_ARCHIVE_RECOVERY


def _named(word: str) -> list[str]:
    return [name for name in corpus_files("psql") if word in name]


@pytest.mark.parametrize("name", _named("psql-refused"))
def test_a_refused_connection_is_told_by_tcps_word(name: str) -> None:
    assert tcp_answer(read(name)) is PortAnswer.REFUSED


@pytest.mark.parametrize("name", _named("hot-standby-off"))
def test_a_standby_that_lets_nobody_in_is_starting_up(name: str) -> None:
    assert refusal(read(name)).answer is ClientAnswer.STARTING_UP


@pytest.mark.parametrize("name", _named("insert-on-standby"))
def test_a_write_on_a_standby_is_recognised(name: str) -> None:
    [entry] = parse_log(read(name))
    assert entry.meaning is LogMeaning.WRITE_ON_STANDBY


@pytest.mark.parametrize(("name", "lsn"), [("pg10", "0/11F26BD8"), ("pg12", "0/11F36528")])
def test_a_history_file_names_the_switch_point(name: str, lsn: str) -> None:
    history = parse_history(2, read(f"psql/{name}-history-file.txt"))
    assert history is not None
    switch = history.switch_from(1)
    assert switch is not None
    assert (switch.lsn, switch.reason) == (Lsn.parse(lsn), "no recovery target specified")


@pytest.mark.parametrize("name", ["pg10-second-start", "pg12-second-start", "pg10-lockfile", "pg12-lockfile"])
def test_a_second_start_says_already_running(name: str) -> None:
    [entry] = parse_log(read(f"psql/{name}.txt"))
    assert entry.meaning == "already-running"
    assert "HINT:  Is another postmaster (PID" in entry.text


def test_a_finished_base_backup_is_complete() -> None:
    progress = parse_backup_progress(read("pg_basebackup/pg10-progress.txt"))
    assert progress is not None
    assert (progress.done, progress.total, progress.completed) == (323680 * 1024, 323680 * 1024, True)
    assert not progress.waiting_for_checkpoint


def test_a_base_backup_begins_with_waiting_for_a_checkpoint() -> None:
    progress = parse_backup_progress(read("pg_basebackup/pg10-progress.txt").split("\n", 1)[0])
    assert progress is not None
    assert progress.waiting_for_checkpoint
