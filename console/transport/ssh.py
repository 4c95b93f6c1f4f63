"""The Transport for real hosts: one SSH connection and one resident shell a host, one thread that fans out.

The Poller's thread runs everything here. Other threads (dialers, lobby, each connection's own) only put events on one
queue, so that a host's state has one owner, and waiting for all hosts is waiting for one queue.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import queue
import random
import re
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from console.inventory.fleet import Fleet, Host
from console.transport.backoff import Backoff
from console.transport.dialing import DIALERS, Dialer, Outcome, resident, unfinished
from console.transport.lobby import Attempt
from console.transport.openssh_config import OpensshConfigReader
from console.transport.program import ProbeProgram
from console.transport.protocol import Failure, FailureKind, Reply, Request
from console.transport.session import REPORT_LIMIT, FrameReader, Garbled, ResidentShell

RECYCLE_BYTES = 400 * 1024 * 1024
RECYCLE_SECONDS = 24 * 3600.0
_SECTION = re.compile(r"[A-Za-z0-9_:/.,-]+")
_SEND_RETRY = 0.05
_KILLS_WAITING = 32
_OTHER_DESCRIPTORS = 200


@dataclass(slots=True)
class _Pending:
    """A request that is not answered yet; `reader` is there once its line has been sent."""

    request: Request
    number: int
    deadline: float
    sent_at: datetime
    reader: FrameReader | None = None


@dataclass(eq=False, slots=True)
class _Link:
    """One host's state: at most one attempt to connect, one shell, one request."""

    host: Host
    backoff: Backoff = field(default_factory=Backoff)
    attempt: Attempt | None = None
    shell: ResidentShell | None = None
    pending: _Pending | None = None
    failure: Failure | None = None
    recycle_at: float = 0.0
    recycle_bytes: float = 0.0


class SshTransport:
    """`console.transport.protocol.Transport` over SSH for the hosts of `fleet`.

    `program` gives the probe for a host; `config_file` replaces ~/.ssh/config (as `ssh -F`).
    One thread calls submit, replies and close.
    """

    def __init__(
        self,
        fleet: Fleet,
        program: Callable[[Host], ProbeProgram],
        *,
        dialers: int = DIALERS,
        report_limit: int = REPORT_LIMIT,
        config_file: Path | None = None,
        openssh: str | None = "ssh",
    ) -> None:
        self._links = {name: _Link(host) for name, host in fleet.hosts.items()}
        _allow_descriptors(len(self._links) + _OTHER_DESCRIPTORS)
        self._config = OpensshConfigReader(config_file, openssh)
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._dialer = Dialer(resident(program), self._config, self._post_outcome, dialers)
        self._killer = _Killer()
        self._limit = report_limit
        self._numbers = itertools.count(1)
        self._deadlines: list[tuple[float, int, _Link]] = []
        self._answers: list[Reply] = []
        self._waiting: list[_Link] = []
        self._closed = False

    @property
    def notices(self) -> tuple[str, ...]:
        """What the operator should know about the transport itself: that ~/.ssh/config is not read, say."""
        return (self._config.notice,) if self._config.notice else ()

    def submit(self, request: Request) -> None:
        """Begin a request; see `Transport.submit`. RuntimeError also for an unknown host or a malformed section."""
        link = self._links.get(request.host)
        if link is None or self._closed:
            raise RuntimeError(
                f"{request.host}: {'the transport is closed' if self._closed else 'not in the inventory'}"
            )
        if link.pending is not None:
            raise RuntimeError(f"{request.host} has a request already")
        for section in request.sections:
            if not _SECTION.fullmatch(section):
                raise RuntimeError(f"{request.host}: no probe section can be called {section!r}")
        now = time.monotonic()
        pending = _Pending(request, next(self._numbers), now + request.deadline, datetime.now(UTC))
        link.pending = pending
        heapq.heappush(self._deadlines, (pending.deadline, pending.number, link))
        self._handle_events()
        if link.pending is pending:
            self._begin(link, pending, now)

    def replies(self, timeout: float) -> list[Reply]:
        """See `Transport.replies`."""
        until = time.monotonic() + timeout
        while True:
            self._handle_events()
            now = time.monotonic()
            self._expire(now)
            self._send_waiting()
            if self._answers or self._closed or now >= until:
                answers, self._answers = self._answers, []
                return answers
            self._wait(max(0.0, min(until, self._next_deadline(until)) - now))

    def retry_now(self) -> None:
        """Forget every back-off: the next request of each host dials at once."""
        for link in self._links.values():
            link.backoff.retry_now()

    def close(self) -> None:
        """See `Transport.close`. Requests that are still open are never answered."""
        if self._closed:
            return
        self._closed = True
        self._dialer.close()
        self._killer.close()
        for link in self._links.values():
            if link.attempt is not None:
                link.attempt.abort()
            if link.shell is not None:
                link.shell.drop()
        self._handle_events()

    # Events, and the clock.

    def _wait(self, timeout: float) -> None:
        if self._waiting:
            timeout = min(timeout, _SEND_RETRY)
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return
        event()

    def _handle_events(self) -> None:
        try:
            while True:
                self._events.get_nowait()()
        except queue.Empty:
            pass

    def _next_deadline(self, otherwise: float) -> float:
        while self._deadlines:
            at, number, link = self._deadlines[0]
            if link.pending is not None and link.pending.number == number:
                return at
            heapq.heappop(self._deadlines)
        return otherwise

    def _expire(self, now: float) -> None:
        while self._next_deadline(now + 1) <= now:
            _, _, link = heapq.heappop(self._deadlines)
            self._overdue(link)

    def _overdue(self, link: _Link) -> None:
        """The deadline of the link's request has passed: say how far it got, and drop what hangs."""
        attempt, shell, pending = link.attempt, link.shell, link.pending
        assert pending is not None
        seconds = pending.request.deadline
        if shell is not None:
            link.shell = None
            self._killer.kill(shell)
            self._fail(link, _silent_probe(pending, seconds))
        elif attempt is not None:
            link.attempt = None
            attempt.abort()
            self._fail(link, unfinished(attempt, seconds))
        else:
            self._fail(link, Failure(FailureKind.NOT_ASKED, "its turn did not come in time"))

    # A request's way.

    def _begin(self, link: _Link, pending: _Pending, now: float) -> None:
        if link.shell is not None and self._worn(link, link.shell, now):
            link.shell.drop()
            link.shell = None
        if link.shell is not None:
            self._send(link, link.shell, pending)
        elif link.failure is not None and link.backoff.remaining(now) > 0:
            self._answer(link, failure=_again_later(link.failure, link.backoff.remaining(now)))
        else:
            link.attempt = Attempt(link.host, pending.deadline, link.backoff.failures)
            self._dialer.start(link.attempt)

    def _worn(self, link: _Link, shell: ResidentShell, now: float) -> bool:
        """Whether the connection is due for renewal: paramiko's own renewal of keys can lose it (SSH.md 0.5)."""
        return not shell.connected or now >= link.recycle_at or shell.transferred >= link.recycle_bytes

    def _post_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        """Called by dialers and the lobby."""
        self._events.put(lambda: self._dialled(attempt, outcome))

    def _dialled(self, attempt: Attempt, outcome: Outcome) -> None:
        link = self._links[attempt.host.name]
        if link.attempt is not attempt or self._closed:
            if isinstance(outcome, ResidentShell):
                outcome.drop()
            return
        link.attempt = None
        if isinstance(outcome, Failure):
            self._fail(link, outcome)
            return
        link.shell = outcome
        link.recycle_at = outcome.opened_at + RECYCLE_SECONDS * random.uniform(0.75, 1.0)
        link.recycle_bytes = RECYCLE_BYTES * random.uniform(0.75, 1.0)
        outcome.listen(lambda: self._events.put(lambda: self._heard(link, outcome)))
        if link.pending is not None:
            self._send(link, outcome, link.pending)

    def _send(self, link: _Link, shell: ResidentShell, pending: _Pending) -> None:
        if shell.busy:
            self._waiting.append(link)
            return
        left = pending.deadline - time.monotonic()
        pending.reader = FrameReader(shell.nonce, pending.number, shell.program.version, self._limit)
        pending.sent_at = datetime.now(UTC)
        try:
            shell.ask(pending.number, max(1, int(left - 0.5)), pending.request.sections)
        except (
            Exception
        ) as error:  # paramiko raises SSHException, OSError or EOFError, all for a connection that is gone
            self._lose(link, shell, f"{shell.ending()} ({type(error).__name__})")

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for link in waiting:
            if link.shell is None:
                continue
            if link.pending is not None and link.pending.reader is None:
                self._send(link, link.shell, link.pending)
            else:
                self._heard(link, link.shell)

    def _heard(self, link: _Link, shell: ResidentShell) -> None:
        """Output of a shell is there, or the shell has ended."""
        if link.shell is not shell:
            return
        if shell.busy and shell.connected:
            self._waiting.append(link)
            return
        while data := shell.read():
            if link.pending is not None and link.pending.reader is not None:
                self._take(link, shell, link.pending.reader, data)
            if link.shell is not shell or not shell.ended:
                return
        if data is None:
            self._lose(link, shell, shell.ending())

    def _take(self, link: _Link, shell: ResidentShell, reader: FrameReader, data: bytes) -> None:
        try:
            report = reader.feed(data)
        except Garbled as error:
            link.shell = None
            shell.drop()
            remedy = "see what the host's shell start-up files and probe print"
            self._fail(link, Failure(FailureKind.GARBAGE, f"{link.host.name} {error}", remedy))
            return
        if report is not None:
            link.backoff.succeeded()
            link.failure = None
            self._answer(link, report=report, degraded=shell.degraded)

    def _lose(self, link: _Link, shell: ResidentShell, how: str) -> None:
        """The shell ended by itself; between two polls that is no failure: the next one connects afresh."""
        half = link.pending is not None and link.pending.reader is not None and link.pending.reader.began
        whole = shell.connected
        link.shell = None
        shell.drop()
        if link.pending is None:
            return
        if half and whole:
            words = f"{link.host.name} printed half a report: {how}"
            self._fail(link, Failure(FailureKind.GARBAGE, words, "run the probe by hand on the host"))
        else:
            self._fail(link, Failure(FailureKind.LOST, f"{link.host.name}: lost while the probe ran: {how}"))

    # Answers.

    def _fail(self, link: _Link, failure: Failure) -> None:
        if failure.kind is not FailureKind.NOT_ASKED:
            link.failure = failure
            link.backoff.failed(failure.kind, time.monotonic())
        if link.pending is not None:
            self._answer(link, failure=failure)

    def _answer(
        self, link: _Link, report: bytes | None = None, failure: Failure | None = None, degraded: str | None = None
    ) -> None:
        pending = link.pending
        assert pending is not None
        link.pending = None
        request = pending.request
        now = datetime.now(UTC)
        self._answers.append(Reply(request.host, request.sections, pending.sent_at, now, report, failure, degraded))


def _allow_descriptors(count: int) -> None:
    """Raise the process's own limit on open files where a large fleet needs more (the usual one is 1024)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Killer:
    """Ends probes that hang, in a thread of its own; when too many hang, their connections are only dropped."""

    def __init__(self) -> None:
        self._shells: queue.Queue[ResidentShell | None] = queue.Queue(_KILLS_WAITING)
        self._thread: threading.Thread | None = None

    def kill(self, shell: ResidentShell) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ssh-killer", daemon=True)
            self._thread.start()
        try:
            self._shells.put_nowait(shell)
        except queue.Full:
            shell.drop()

    def close(self) -> None:
        """Cut what waits, and end the thread."""
        with contextlib.suppress(queue.Empty):
            while shell := self._shells.get_nowait():
                shell.drop()
        self._shells.put(None)

    def _work(self) -> None:
        while shell := self._shells.get():
            shell.kill_probe()


def _silent_probe(pending: _Pending, seconds: float) -> Failure:
    reader = pending.reader
    if reader is not None and reader.received:
        what = "half a report" if reader.began else "no report"
        message = f"printed {reader.received} bytes but {what} in {seconds:g} s"
        return Failure(FailureKind.GARBAGE, message, "run the probe by hand on the host")
    message = f"connected, but the probe did not answer in {seconds:g} s"
    return Failure(FailureKind.HUNG, message, "look for a hung disk, NFS mount or overload on the host")


def _again_later(failure: Failure, seconds: float) -> Failure:
    return replace(failure, message=f"{failure.message} (next try in {max(1, round(seconds))} s)")
