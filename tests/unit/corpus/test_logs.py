"""Every server log of the corpus: what its lines mean, in order, with positions, timelines and WAL files."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from console.facts.postgresql import LogMeaning
from console.probe.postgresql_log import parse_log
from tests.unit.corpus.files import CORPUS, corpus_files, expectations, log_summary, read

EXPECTED = expectations("logs.expected")
# Found in the raw text by words that the parser does not share.
COUNTED = {
    LogMeaning.END_OF_WAL: r"LOG: .*(?:zero length|record length) at [0-9A-F]+/",
    LogMeaning.SEGMENT_REMOVED: r"requested WAL segment \w{24} has",
    LogMeaning.STANDBY_START: r"standby mode$",
    LogMeaning.REDO_STARTS: r"redo starts",
    LogMeaning.CONSISTENT: r"LOG: .*consistent recovery",
    LogMeaning.FORKED_BEFORE: r"forked off current",
    LogMeaning.NOT_IN_HISTORY: r"(?:ERROR|FATAL):  (?:requested|could not start).*this server's history$",
    LogMeaning.TIMELINE_MISMATCH: r"does not match recovery target",
    LogMeaning.ARCHIVE_FAILED: r"archive command failed|too many (?:failures|times)",
    LogMeaning.RESTORE_MISSED: r"^cp: cannot stat",
    LogMeaning.SYSTEM_IDENTIFIER_DIFFERS: r"identifier differs",
    LogMeaning.TOO_MANY_SENDERS: r"exceeds \"?max_wal_senders",
    LogMeaning.PROMOTION: r"promote request|new timeline ID|recovery complete",
    LogMeaning.INTERRUPTED: r"was interrupted",
}


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real outputs is not beside the repository")
    assert sorted(EXPECTED) == corpus_files("pglog")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_log_says_what_happened_in_order(name: str) -> None:
    assert log_summary(parse_log(read(name))) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_no_line_of_a_kind_is_missed(name: str) -> None:
    text, entries = read(name), parse_log(read(name))
    for meaning, words in COUNTED.items():
        assert sum(entry.meaning is meaning for entry in entries) == len(re.findall(words, text, re.MULTILINE)), meaning


@pytest.mark.parametrize("name", EXPECTED)
def test_every_line_of_the_server_has_its_time(name: str) -> None:
    text = read(name)
    timed = [entry for entry in parse_log(text) if entry.at is not None]
    further = r"DETAIL|HINT|STATEMENT|CONTEXT"
    assert len(timed) == len(re.findall(rf"^\d{{4}}-.*?\] (?!{further})[A-Z]+: ", text, re.MULTILINE))
    assert all(entry.severity for entry in timed)


def test_a_log_time_is_read_to_the_millisecond() -> None:
    first = parse_log(read("pglog/pg92-run1-a.log"))[0]
    assert first.at == datetime(2026, 11, 22, 7, 51, 44, 890_000, UTC)


def test_the_diverged_standby_of_92_loops_at_one_position() -> None:
    entries = parse_log(read("pglog/pg92-div-keep-timeline-behind-a.log"))
    ends = [str(entry.lsn) for entry in entries if entry.meaning is LogMeaning.END_OF_WAL]
    assert ends == ["0/2018E88"] * 4


def test_libpq_text_belongs_to_its_entry() -> None:
    entries = parse_log(read("pglog/pg92-run2-b.log"))
    refused = next(entry for entry in entries if entry.meaning is LogMeaning.CANNOT_CONNECT)
    assert "TCP/IP connections on port 8355?" in refused.text
