from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.probe.frame import parse_frame

N = "0123abcd"


def report(*sections: str, end: str = f"VMDB-END {N} 3\n") -> bytes:
    return (f"VMDB-BEGIN {N} 3 v1\n" + "".join(sections) + end).encode()


def section(name: str, payload: str, status: str = "rc=0 ms=10") -> str:
    return f"VMDB-SECTION {N} {name}\n{payload}\nVMDB-STATUS {N} {name.partition(':')[0]} {status}\n"


def test_a_whole_report_is_read() -> None:
    frame = parse_frame(report(section("clock", "12.5"), section("sql", "", "rc=2 ms=30 reason=psql: refused = no")))
    assert (frame.version, frame.number, frame.complete, frame.problem) == ("v1", 3, True, None)
    assert frame.sections["clock"].text == "12.5"
    assert frame.sections["clock"].milliseconds == 10
    assert frame.sections["sql"].returncode == 2
    assert frame.sections["sql"].reason == "psql: refused = no"
    assert not frame.sections["sql"].answered


def test_an_argument_belongs_to_the_section_and_not_to_its_name() -> None:
    frame = parse_frame(report(section("wal_end:2:0/4000028", "x")))
    assert frame.sections["wal_end"].argument == "2:0/4000028"


def test_a_section_cut_short_says_so() -> None:
    frame = parse_frame(report(section("log", "a", "rc=0 ms=5 truncated=1")))
    assert frame.sections["log"].truncated


def test_lines_without_the_nonce_are_payload() -> None:
    forged = "VMDB-STATUS dead log rc=0 ms=0\nVMDB-SECTION dead sql\nrole {}\nVMDB-END dead 3\nVMDB-END"
    frame = parse_frame(report(section("log", forged)))
    assert frame.complete
    assert list(frame.sections) == ["log"]
    assert frame.sections["log"].text == forged


def test_what_a_login_prints_before_the_report_is_ignored() -> None:
    frame = parse_frame(b"Welcome!\nVMDB-BEGINNING of a motd\n" + report(section("clock", "1")))
    assert frame.complete
    assert frame.sections["clock"].text == "1"


def test_half_a_report_is_not_complete_and_says_where_it_ends() -> None:
    whole = report(section("clock", "1"), section("sql", "role {}"))
    frame = parse_frame(whole[: whole.index(b"role")])
    assert not frame.complete
    assert frame.problem == "the report ends half-way in section sql"
    assert list(frame.sections) == ["clock"]


def test_no_report_at_all_is_a_problem() -> None:
    assert parse_frame(b"\x00\xff\x1b[2J").problem == "no report: the answer has no VMDB-BEGIN line"


def test_the_end_of_another_poll_does_not_end_this_one() -> None:
    assert not parse_frame(report(section("clock", "1"), end=f"VMDB-END {N} 2\n")).complete


def test_a_reason_can_not_move_the_cursor() -> None:
    frame = parse_frame(report(section("sql", "", "rc=1 ms=0 reason=\x1b[2Jgone")))
    assert "\x1b" not in frame.sections["sql"].reason


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_exception(junk: bytes) -> None:
    assert not parse_frame(junk).complete


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\n", codec="utf-8"), max_size=60), max_size=8))
def test_any_payload_comes_back_as_it_was(lines: list[str]) -> None:
    payload = "\n".join(lines)
    frame = parse_frame(report(section("log", payload)))
    assert frame.complete
    assert frame.sections["log"].text == payload.rstrip("\n")


@given(st.integers(min_value=0, max_value=300))
def test_a_report_cut_anywhere_is_never_taken_for_a_whole_one(cut: int) -> None:
    whole = report(section("clock", "1"), section("sql", "role {}"))
    frame = parse_frame(whole[:cut])
    assert frame.complete == (cut >= len(whole) - 1)
