"""The Transport of the simulated fleet: the same protocol as ssh, the same framed text, no network."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from console.inventory.fleet import Fleet
from console.simulation.clock import RunClock, SystemClock
from console.simulation.living import LivingWorld
from console.simulation.noise import stable_number
from console.simulation.printing.frame import framed
from console.simulation.printing.sections import printed
from console.transport.protocol import Failure, FailureKind, Reply, Request

_NO_ANSWER_AFTER = 0.15
"""Seconds until a host without power is given up; a real one costs `ssh.connect_timeout`."""


_ROUNDING = 1e-5  # a clock of microseconds never comes quite to the end of a sleep


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    sent_at: datetime
    due: float
    gives_up: float


@cache
def _version() -> str:
    """Of the probe that simulated hosts seem to run; imported with the first answer, which no first paint waits for."""
    from console.probe.program import probe_version

    return probe_version()


class SimulatedTransport:
    """Implements console.transport.protocol.Transport on a LivingWorld."""

    def __init__(self, fleet: Fleet, world: LivingWorld, time: RunClock | None = None) -> None:
        """`time` is what its answers take: the machine's own, or with a test's clock only simulated seconds."""
        self._fleet = fleet
        self._world = world
        self._time = time or RunClock(SystemClock())
        self._waiting: dict[str, _Waiting] = {}
        self._numbers = itertools.count(1)

    def submit(self, request: Request) -> None:
        """Begin a request and return at once; RuntimeError for a second one of the same host."""
        if request.host in self._waiting:
            raise RuntimeError(f"{request.host} has a request already")
        if request.host not in self._fleet.hosts:
            raise KeyError(request.host)
        now = self._time.monotonic()
        patience = self._latency(request.host)
        waiting = _Waiting(request, self._world.clock.now(), now + patience, now + request.deadline)
        self._waiting[request.host] = waiting

    def _latency(self, host: str) -> float:
        if not self._reachable(host):
            return _NO_ANSWER_AFTER
        return stable_number(2, 9, host, "latency") / 1000

    def _reachable(self, host: str) -> bool:
        return self._world.view(host).host.reachable

    def replies(self, timeout: float) -> list[Reply]:
        """Wait up to `timeout` seconds for at least one reply; all that are there, oldest first."""
        end = self._time.monotonic() + timeout
        if self._waiting:
            first = min(min(waiting.due, waiting.gives_up) for waiting in self._waiting.values())
            end = min(end, first)
        self._time.sleep(max(0.0, end - self._time.monotonic()))
        now = self._time.monotonic()
        ready = sorted(
            (waiting for waiting in self._waiting.values() if min(waiting.due, waiting.gives_up) <= now + _ROUNDING),
            key=lambda waiting: min(waiting.due, waiting.gives_up),
        )
        for waiting in ready:
            del self._waiting[waiting.request.host]
        return [self._reply(waiting) for waiting in ready]

    def retry_now(self) -> None:
        """Nothing to do: simulated hosts are asked at once every time."""

    def close(self) -> None:
        """Forget what is under way."""
        self._waiting.clear()

    def _reply(self, waiting: _Waiting) -> Reply:
        request = waiting.request
        failure = self._failure(waiting)
        report = None if failure is not None else self._report(request)
        received_at = self._world.clock.now()
        return Reply(request.host, request.sections, waiting.sent_at, received_at, report, failure)

    def _failure(self, waiting: _Waiting) -> Failure | None:
        host = self._fleet.hosts[waiting.request.host]
        place = f"{host.address}:{host.ssh.port or 22}"
        if not self._reachable(host.name):
            patience = min(waiting.request.deadline, host.ssh.connect_timeout)
            message = f"{place}: no answer to TCP in {patience:g} s"
            return Failure(FailureKind.UNREACHABLE, message, "check that the host is on and the network to it")
        if waiting.gives_up < waiting.due:
            message = f"{host.name} did not answer within {waiting.request.deadline:g} s"
            return Failure(FailureKind.HUNG, message, "give it more time, or look at the host")
        return None

    def _report(self, request: Request) -> bytes:
        view = self._world.view(request.host)
        sections = ((section, printed(view, section)) for section in request.sections)
        return framed(next(self._numbers), _version(), sections)
