"""Hosts are asked something before the console can look at them; nobody who looks then notices, but by the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from console.terminal.dial_ahead import DialAhead
from console.transport.protocol import Failure, FailureKind, Reply, Request

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
LOOK = Request("a", ("identity", "sql"), 10.0)


class Wire:
    """A Transport whose hosts answer when the test lets them: one request a host at a time, as the real one."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.open: dict[str, Request] = {}
        self.answers: list[Reply] = []
        self.closed = False

    def submit(self, request: Request) -> None:
        if request.host in self.open:
            raise RuntimeError(f"{request.host} has a request already")
        self.open[request.host] = request
        self.asked.append(request)

    def answer(self, host: str, failure: Failure | None = None) -> None:
        request = self.open.pop(host)
        report = None if failure is not None else b"report"
        self.answers.append(Reply(host, request.sections, NOW, NOW, report, failure))

    def replies(self, timeout: float) -> list[Reply]:
        if not self.answers:
            time.sleep(min(timeout, 0.01))
        came, self.answers = self.answers, []
        return came

    def retry_now(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def ahead(wire: Wire) -> Iterator[DialAhead]:
    transport = DialAhead(wire, ["a", "b"])
    yield transport
    transport.close()


def test_hosts_are_asked_at_once(wire: Wire, ahead: DialAhead) -> None:
    assert {request.host for request in wire.asked} == {"a", "b"}


def test_what_is_asked_meanwhile_waits_and_is_answered(wire: Wire, ahead: DialAhead) -> None:
    ahead.submit(LOOK)
    assert wire.open["a"].sections != LOOK.sections
    wire.answer("a")
    assert ahead.replies(0.1) == []
    assert wire.open["a"].sections == LOOK.sections
    assert wire.open["a"].deadline <= LOOK.deadline
    wire.answer("a")
    (reply,) = ahead.replies(0.1)
    assert reply.sections == LOOK.sections


def test_what_was_answered_before_anybody_looked_is_not_shown(wire: Wire, ahead: DialAhead) -> None:
    wire.answer("a")
    time.sleep(0.05)
    assert ahead.replies(0.1) == []
    ahead.submit(LOOK)
    assert wire.open["a"] == LOOK


def test_a_host_that_could_not_be_reached_has_failed_for_what_waits_too(wire: Wire, ahead: DialAhead) -> None:
    ahead.submit(LOOK)
    wire.answer("a", Failure(FailureKind.UNREACHABLE, "no route"))
    (reply,) = ahead.replies(0.1)
    assert reply.failure is not None
    assert reply.sections == LOOK.sections


def test_a_host_that_failed_before_anybody_looked_is_asked_again(wire: Wire, ahead: DialAhead) -> None:
    wire.answer("a", Failure(FailureKind.UNREACHABLE, "no route"))
    assert ahead.replies(0.1) == []
    ahead.submit(LOOK)
    assert wire.open["a"] == LOOK


def test_a_host_has_one_request_at_a_time(ahead: DialAhead) -> None:
    ahead.submit(LOOK)
    with pytest.raises(RuntimeError, match="has a request already"):
        ahead.submit(LOOK)


def test_other_hosts_are_asked_as_ever(wire: Wire, ahead: DialAhead) -> None:
    ahead.submit(Request("c", ("sql",), 1.0))
    wire.answer("c")
    (reply,) = ahead.replies(0.1)
    assert reply.host == "c"


def test_closing_it_closes_the_transport(wire: Wire, ahead: DialAhead) -> None:
    ahead.close()
    assert wire.closed
