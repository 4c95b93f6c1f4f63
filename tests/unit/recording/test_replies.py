"""A reply in a recording: what is read from it again, and what is not in it."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.probe.frame import RawSection, parse_frame
from console.probe.program import probe_version
from console.recording.delta import DamagedError
from console.recording.document import Document, pack, unpack
from console.recording.replies import document_of, framed, reply_of
from console.transport.protocol import Failure, FailureKind, Reply

SENT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
RECEIVED = SENT + timedelta(milliseconds=87)
NONCE = "c0ffee"
_NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12).filter(lambda name: name != "unknown")
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "VMDB-END x 1",
                "VMDB-SECTION x sql",
                "VMDB-STATUS x sql rc=0 ms=1",
                "VMDB-BEGIN a 1 b",
                "",
                "a\r",
                "\x1b[2J",
            ]
        ),
        max_size=8,
    ).map("\n".join),
)


def section(name: str, text: str, returncode: int = 0, reason: str = "") -> RawSection:
    return RawSection(name, "", text, returncode, 10, False, reason)


def reply(*sections: RawSection, **changes: object) -> Reply:
    fields = {
        "host": "db1",
        "sections": tuple(each.name for each in sections),
        "sent_at": SENT,
        "received_at": RECEIVED,
        "report": framed(sections, "x"),
    }
    return Reply(**{**fields, **changes})  # type: ignore[arg-type]


def again(heard: Reply) -> Reply:
    return reply_of("db1", document_of(heard)[0], NONCE)


@given(st.dictionaries(_NAMES, _TEXTS, max_size=4), st.integers(0, 255))
def test_a_report_is_read_again_as_the_same_sections(texts: dict[str, str], returncode: int) -> None:
    sections = [section(name, text, returncode) for name, text in texts.items()]
    before = parse_frame(framed(sections, NONCE))
    heard = reply(*sections, report=framed(sections, NONCE))
    document, usable = document_of(heard)
    if usable:
        after = parse_frame(reply_of("db1", document, "another").report or b"")
        assert after.sections == before.sections


def test_when_it_was_asked_and_answered_is_kept_to_the_microsecond() -> None:
    sent, received = SENT.replace(microsecond=123_457), RECEIVED.replace(microsecond=999_999)
    found = again(reply(section("clock", "1.5"), sent_at=sent, received_at=received))
    assert (found.sent_at, found.received_at) == (sent, received)


def test_a_reason_a_cut_and_a_status_are_kept() -> None:
    odd = RawSection("log", "", "text", 124, 30, True, "timed out after 5 s")
    assert parse_frame(again(reply(odd)).report or b"").sections["log"] == odd


def test_a_failure_is_kept_with_its_remedy() -> None:
    failure = Failure(FailureKind.HOST_KEY_CHANGED, "changed", "look at it", ("SHA256:a", "SHA256:b"))
    found = again(reply(report=None, failure=failure, sections=("sql",)))
    assert (found.failure, found.report, found.sections) == (failure, None, ("sql",))


def test_an_answer_that_is_no_report_is_kept_as_it_came() -> None:
    document, usable = document_of(reply(report=b"Welcome to db1\n$ "))
    assert not usable
    assert reply_of("db1", document, NONCE).report == b"Welcome to db1\n$ "


def test_the_report_of_another_probe_is_no_answer_in_the_recording_either() -> None:
    report = framed([section("sql", "x")], "n").replace(probe_version().encode(), b"older")
    found = again(reply(report=report))
    assert parse_frame(found.report or b"").version == "older"


PLANTED = {
    "conninfo": "primary_conninfo = 'host=db2 user=replicator password=geheim42 port=5432'",
    "quoted": "password='geheim42 und mehr'",
    "uri": "url: postgresql://root:geheim42@db1:5432/vmdb",
    "sql": "LOG: statement: ALTER USER root PASSWORD 'geheim42';",
    "xml": '<nvpair id="x" name="passwd" value="geheim42"/>',
    "option": "/usr/sbin/fence_ipmilan --password geheim42 -a 10.0.0.1",
    "yaml": "  secret_token: geheim42",
}


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_a_password_that_a_host_sent_is_not_kept(text: str) -> None:
    document, _ = document_of(reply(section("log", text), section("sql", "x", 1, text)))
    assert "geheim42" not in repr(document)


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_a_password_in_a_failure_or_in_garbage_is_not_kept(text: str) -> None:
    failure = Failure(FailureKind.LOST, text, text)
    for heard in (reply(report=None, failure=failure), reply(report=text.encode()), reply(degraded=text)):
        assert "geheim42" not in repr(document_of(heard)[0])


@given(st.lists(st.dictionaries(_NAMES, st.binary(max_size=50), max_size=4), min_size=1, max_size=6))
def test_documents_told_against_each_other_come_back(texts: list[dict[str, bytes]]) -> None:
    before: Document | None = None
    for number, each in enumerate(texts):
        document = Document({"number": number}, each)
        found = unpack(pack(document, before), before)
        assert (found.head, dict(found.texts), list(found.texts)) == (document.head, dict(each), list(each))
        before = document


def test_a_text_that_did_not_change_is_not_stored_again() -> None:
    text = re.sub(r"\D", "", str(3**9000)).encode()
    before = Document({"number": 1}, {"log": text})
    packed = pack(Document({"number": 2}, {"log": text}), before)
    assert packed.texts == b""


def test_a_document_without_the_one_before_it_is_damage() -> None:
    before = Document({"number": 1}, {"log": b"the text"})
    with pytest.raises(DamagedError):
        unpack(pack(Document({"number": 2}, {"log": b"the text"}), before), None)


@pytest.mark.parametrize(
    "head", [None, 3, {}, {"sent": "x", "took": 0, "asked": []}, {"sent": 10**30, "took": 1, "asked": []}]
)
def test_a_head_that_is_none_is_damage(head: object) -> None:
    with pytest.raises(DamagedError):
        reply_of("db1", Document(head), NONCE)
