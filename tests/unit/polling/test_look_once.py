"""One look at the fleet with a hung host in it: what the others tell, and when it is over."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding
from console.polling.poller import Poller
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Failure, FailureKind, Reply, Request, Transport

TIMEOUT = 3.0
HUNG = "cf-dc1-ui1.example.com"


class OneHangs:
    """A transport on which one host is silent: it is told of a moment after its deadline, as the protocol has it."""

    def __init__(self, others: Transport, silent: str) -> None:
        self._others = others
        self._silent = silent
        self._waiting: list[tuple[float, Request]] = []

    def submit(self, request: Request) -> None:
        if request.host == self._silent:
            self._waiting.append((time.monotonic() + request.deadline + 0.05, request))
        else:
            self._others.submit(request)

    def replies(self, timeout: float) -> list[Reply]:
        over = [item for item in self._waiting if item[0] <= time.monotonic()]
        self._waiting = [item for item in self._waiting if item not in over]
        return [_hung(request) for _, request in over] or self._others.replies(min(timeout, 0.05))

    def retry_now(self) -> None:
        self._others.retry_now()

    def close(self) -> None:
        self._others.close()


def _hung(request: Request) -> Reply:
    now = datetime.now(UTC)
    return Reply(request.host, request.sections, now, now, failure=Failure(FailureKind.HUNG, "silent"))


@pytest.fixture(scope="module")
def look() -> tuple[tuple[Finding, ...], float]:
    """The findings of a look at a fleet that has a lock to judge and a hung appliance, and how long it took."""
    witnesses = simulated_witnesses("lock-unsafe")
    silent = replace(witnesses, transport=OneHangs(witnesses.transport, HUNG))
    start = time.monotonic()
    findings = diagnose(Poller(silent).look_once(TIMEOUT))
    return findings, time.monotonic() - start


def test_a_hung_host_is_told_as_hung_and_not_as_never_asked(look: tuple[tuple[Finding, ...], float]) -> None:
    (finding,) = [f for f in look[0] if f.host == HUNG]
    assert (finding.code, finding.details["kind"]) == ("H01", "hung")


def test_a_look_ends_within_its_time_though_a_host_hangs(look: tuple[tuple[Finding, ...], float]) -> None:
    assert look[1] <= TIMEOUT


def test_a_hung_host_costs_no_other_host_its_dear_evidence(look: tuple[tuple[Finding, ...], float]) -> None:
    (lock,) = [f for f in look[0] if f.code == "C02"]
    assert lock.details["verdict"] == "unsafe"
    assert lock.details["end_lsn"] is not None
    assert lock.details["commits_only_here"] is not None
