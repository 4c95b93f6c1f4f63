"""No text makes a parser raise, and none makes it slow: hosts print what they like."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.unit.corpus.files import CORPUS, corpus_files, read
from tests.unit.probe.hostile import PARSERS, lab_files

FRAGMENTS = [
    "Online: [ a b ]", "Node Attributes:", "* Node a:", "    + x\t: y", "Failed Actions:", "exitreason='", "', queued=",
    "pgsql_start_0 on n '", "(node=", "returned 'error' (", " at ", "Clone Set: c [p]", "Masters: [ a", "fail-count=9",
    "<pacemaker-result>", "<crm_mon>", "<nodes><node/></nodes>", "<cib><configuration>", "</cib>", "<!DOCTYPE a [",
    "postgres: walsender u 1.1.1.1(2) streaming 0/", "PID PPID CMD", "/bin/postgres -D /d", "9" * 30, "LOG:  ",
    "2026-13-45 99:99:99 UTC ", "-99:99", "at 0/FFFFFFFFF", "timeline 99999999999", "rmgr: Transaction len (rec/tot):",
    "1\t0/1\tx", "\x00", "\x1b[31m", "\r", "\t", "\n", " ", "é", "²", "０", "\ud800", "[", "]", "(", ")", "'", ":",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=20)), max_size=40).map("".join)
REAL = st.sampled_from(corpus_files("crm_mon", "crm_simulate", "ps", "pglog", "controldata", "psql") or [""])


@settings(max_examples=240)
@given(text=TEXTS)
def test_no_text_makes_a_parser_raise(text: str) -> None:
    """Every parser reads every text: drawing one costs far more than reading it."""
    for name, parse in PARSERS.items():
        note(name)
        parse(text)


@given(data=st.binary(max_size=400))
def test_no_bytes_make_a_parser_raise(data: bytes) -> None:
    for name, parse in PARSERS.items():
        note(name)
        parse(data.decode("utf-8", "surrogateescape"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real outputs is not beside the repository")
@settings(max_examples=150)
@given(name=REAL, begin=st.floats(0, 1), end=st.floats(0, 1), how=st.integers(0, 5), seed=st.randoms())
def test_damaged_real_output_makes_no_parser_raise(name: str, begin: float, end: float, how: int, seed: object) -> None:
    text = read(name)[:6000]
    text = text[int(len(text) * min(begin, end)) : int(len(text) * max(begin, end)) + 1]
    lines = text.split("\n")
    damaged = [
        text,
        text.replace("\n", "\r\n"),
        "\n".join(line for line in lines for _ in range(2)),
        "\x00".join(lines),
        text.replace("n", "\uff4e").replace(" ", "\u3000"),
        "\n".join(line.strip() for line in lines),
    ][how]
    for parse in PARSERS.values():
        parse(damaged)


@pytest.mark.parametrize("ending", ["crm_mon.xml", "cibadmin.xml", "crm_mon.txt", "ps.txt", "waldump.txt"])
def test_a_lab_capture_cut_anywhere_makes_no_parser_raise(ending: str) -> None:
    files = lab_files(ending)
    if not files:
        pytest.skip("no captures of the lab")
    text = files[0].read_text()
    for cut in range(0, len(text), max(1, len(text) // 40)):
        for parse in PARSERS.values():
            parse(text[:cut])


MOST = 262_144  # console/probe/shell/frame.sh, VMDB_LIMIT
ENDLESS = [
    "a", " ", "* ", "(", "[ ", "'", " at Mon ", " on x '", "Online: [ a", "_a", "postgres: a: ", "LOG:  ", "\t", "0/0 ",
    "<a>", "&", "1 ", "\x1b[", "Failed Actions:\n* a", "Masters: [ a", "=", "\r",
]  # fmt: skip
LINES = [
    "     Started: [ a b ]",
    " vip (ocf::heartbeat:IPaddr2): Started a",
    "Node Attributes:\n* Node a:\n  + x : y",
    "pgsql_monitor_1 on a 'x' (1): call=1, status=complete, exitreason='q',",
    "postgres 1 2 postgres: a: b: u d 1.1.1.1(2) idle",
    "2026-11-22 07:51:44.890 UTC [30744] LOG:  invalid record length at 0/1",
    "cp: cannot stat '/a/000000010000000000000001': No such file",
    "rmgr: Heap        len (rec/tot):     34/    34, tx:          1, lsn: 0/0154FBD0, prev 0/0154FB90, desc: INSERT",
]


def _cost(parser: str, text: str) -> float:
    begin = time.thread_time()
    PARSERS[parser](text)
    return time.thread_time() - begin


@pytest.mark.parametrize("parser", PARSERS)
def test_a_line_as_long_as_a_section_may_be_costs_less_than_half_a_second(parser: str) -> None:
    for word in ENDLESS:
        assert _cost(parser, word * (MOST // len(word))) < 0.5, word


@pytest.mark.parametrize("parser", PARSERS)
def test_many_more_lines_than_a_section_may_have_cost_less_than_half_a_second(parser: str) -> None:
    heading = " Clone Set: a [b]\n" if parser == "cluster" else ""
    for line in LINES:
        assert _cost(parser, heading + f"{line}\n" * 10_000) < 0.5, line
