"""What --log-file is told of polling."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from console.facts.observed import unknown
from console.polling.diary import note_reply, note_view
from console.transport.protocol import Failure, FailureKind, Reply

ASKED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANSWERED = ASKED + timedelta(seconds=0.25)


@pytest.fixture
def diary(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("console"), "propagate", True)
    caplog.set_level(logging.INFO, "console.polling.diary")
    return caplog


def test_an_answer_is_told_with_its_time_and_size_but_never_its_text(diary: pytest.LogCaptureFixture) -> None:
    note_reply(Reply("db1", ("identity", "clock"), ASKED, ANSWERED, b"secret=1234"))
    assert diary.messages == ["db1 answered in 0.250 s: 2 sections, 11 bytes"]


def test_a_failure_is_a_warning_with_its_kind(diary: pytest.LogCaptureFixture) -> None:
    failure = Failure(FailureKind.REFUSED, "10.0.0.1:22 refused")
    note_reply(Reply("db1", ("identity",), ASKED, ANSWERED, failure=failure))
    assert diary.record_tuples == [("console.polling.diary", logging.WARNING, "db1: refused: 10.0.0.1:22 refused")]


def test_what_a_host_said_cannot_begin_a_line_of_its_own(diary: pytest.LogCaptureFixture) -> None:
    failure = Failure(FailureKind.NO_SHELL, "no shell\n2026 INFO forged\x1b[2J")
    note_reply(Reply("db1", ("identity",), ASKED, ANSWERED, failure=failure))
    assert diary.messages == ["db1: no-shell: no shell 2026 INFO forged [2J"]


def test_a_client_that_could_not_look_is_a_warning(diary: pytest.LogCaptureFixture) -> None:
    note_view("host db1", unknown("client", "no password for cloudforms"))
    assert diary.messages == ["client at host db1: no password for cloudforms"]
