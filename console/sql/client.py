"""The client's eye: looks at many addresses at once, in one thread, and never makes its caller wait (DESIGN 5)."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

from console.facts.client import ClientView
from console.facts.observed import Observed, unknown
from console.inventory.fleet import PostgresqlSettings
from console.polling.witnesses import ClientQuestion
from console.sql.client_resolve import Resolver, literal
from console.sql.client_wait import DeadlineOver, LookError, Wait

SOURCE = "client"
_MOST_AT_ONCE = 128

Answers = list[tuple[str, Observed[Any]]]


def look(
    address: str, settings: PostgresqlSettings, *, deadline: float, region_number: int | None = None
) -> ClientView:
    """What a client meets at `address` on `settings.port`, within `deadline` seconds whatever the server does.

    `region_number` asks for the rows of rr<number>_pending_changes too. Raises LookError where the console itself
    could not look.
    """
    from console.sql.client_look import LookPlan, drive, look_steps

    return drive(look_steps(LookPlan(address, settings, deadline, region_number), Resolver()), deadline)


@dataclass(eq=False)
class _Task:
    """A look or a resolution under way: where its answer goes, and when its time is over (monotonic seconds).

    `due`: when what it waits for now is given up, which is never later.
    """

    key: str
    begin: Callable[[], Generator[Wait, None, Any]]
    end: float
    answers: Answers
    steps: Generator[Wait, None, Any] | None = None
    fd: int = -1
    due: float = inf


class ClientEye:
    """Every look and resolution in one daemon thread, so that a hung server costs no other anything but memory.

    At most 128 looks have a connection at once. A deadline counts from `submit`.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver or Resolver()
        self._changed = threading.Condition()
        self._inbox: deque[_Task] = deque()
        self._views: Answers = []
        self._resolutions: Answers = []
        self._closed = False
        self._thread: threading.Thread | None = None
        self._wakener, self._wakened = socket.socketpair()
        self._wakener.setblocking(False)
        self._wakened.setblocking(False)

    def submit(self, question: ClientQuestion) -> None:
        """Begin to look, and return at once."""

        def begin() -> Generator[Wait, None, ClientView]:
            from console.sql.client_look import LookPlan, look_steps  # psycopg2: in the eye's thread, when first needed

            where = question.address, question.settings
            plan = LookPlan(*where, question.deadline, question.region_number, question.patience)
            return look_steps(plan, self._resolver)

        self._post(_Task(question.key, begin, time.monotonic() + question.deadline, self._views))

    def resolve(self, key: str, name: str, deadline: float) -> None:
        """Begin to resolve `name` within `deadline` seconds, and return at once."""
        end = time.monotonic() + deadline
        self._post(_Task(key, lambda: _resolve_steps(self._resolver, name), end, self._resolutions))

    def views(self, timeout: float = 0.0) -> list[tuple[str, Observed[ClientView]]]:
        """Looks that are done, by the question's key; waits up to `timeout` seconds for the first."""
        return self._take(self._views, timeout)

    def resolutions(self, timeout: float = 0.0) -> list[tuple[str, Observed[tuple[str, ...]]]]:
        """Names that are resolved, or are not in time, by key; waits up to `timeout` seconds for the first."""
        return self._take(self._resolutions, timeout)

    def close(self) -> None:
        """Stop at once; what is under way is dropped by the thread. Idempotent."""
        with self._changed:
            self._closed = True
            self._inbox.clear()
            self._changed.notify_all()
            if self._thread is None:
                self._wakener.close()
                self._wakened.close()
        self._wake()

    def _take(self, answers: Answers, timeout: float) -> Answers:
        with self._changed:
            self._changed.wait_for(lambda: answers or self._closed, timeout)
            taken, answers[:] = list(answers), []
        return taken

    def _post(self, task: _Task) -> None:
        with self._changed:
            if self._closed:
                return
            self._inbox.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="client's eye", daemon=True)
                self._thread.start()
        self._wake()

    def _wake(self) -> None:
        try:
            self._wakener.send(b"!")
        except OSError:
            return  # full: it will wake anyway; closed: nobody is there to be woken

    def _answer(self, task: _Task, answer: Observed[Any]) -> None:
        with self._changed:
            task.answers.append((task.key, answer))
            self._changed.notify_all()

    def _run(self) -> None:
        running: set[_Task] = set()
        with selectors.DefaultSelector() as selector, self._wakened, self._wakener:
            selector.register(self._wakened, selectors.EVENT_READ)
            while not self._closed:
                self._begin_new(selector, running)
                self._wait_and_resume(selector, running)
            for task in running:
                _drop(task)

    def _begin_new(self, selector: selectors.BaseSelector, running: set[_Task]) -> None:
        while len(running) < _MOST_AT_ONCE:
            with self._changed:
                if not self._inbox:
                    return
                task = self._inbox.popleft()
            running.add(task)
            self._resume(selector, running, task)

    def _wait_and_resume(self, selector: selectors.BaseSelector, running: set[_Task]) -> None:
        nearest = min((task.due for task in running), default=None)
        timeout = None if nearest is None else max(0.0, nearest - time.monotonic())
        for key, _events in selector.select(timeout):
            if key.data is None:
                self._drain()
            else:
                selector.unregister(key.fd)
                self._resume(selector, running, key.data)
        now = time.monotonic()
        for task in [task for task in running if task.due <= now]:
            if task.fd >= 0:
                selector.unregister(task.fd)
            self._resume(selector, running, task, given_up=True)

    def _drain(self) -> None:
        try:
            while self._wakened.recv(4096):
                pass
        except BlockingIOError:
            return

    def _resume(
        self, selector: selectors.BaseSelector, running: set[_Task], task: _Task, *, given_up: bool = False
    ) -> None:
        """Run a task to its next wait or its end; a defect in one is that one's answer."""
        task.fd = -1
        try:
            wait = _advance(task, given_up=given_up)
            events = selectors.EVENT_WRITE if wait.writable else selectors.EVENT_READ
            selector.register(wait.fd, events, task)
            task.fd, task.due = wait.fd, min(task.end, wait.until)
        except StopIteration as done:
            running.discard(task)
            self._answer(task, Observed(done.value, SOURCE, datetime.now(UTC)))
        except Exception as error:
            running.discard(task)
            _drop(task)
            self._answer(task, unknown(SOURCE, _reason(error), datetime.now(UTC)))


def _drop(task: _Task) -> None:
    if task.steps is not None:
        task.steps.close()


def _advance(task: _Task, *, given_up: bool) -> Wait:
    if task.steps is None:
        task.steps = task.begin()
    if given_up or task.end <= time.monotonic():
        return task.steps.throw(DeadlineOver("the time was over before it could be looked at"))
    return next(task.steps)


def _resolve_steps(resolver: Resolver, name: str) -> Generator[Wait, None, tuple[str, ...]]:
    """Addresses of `name`. Raises LookError where it has none or does not resolve in time."""
    if literal(name):
        return (name,)
    resolution = resolver.begin(name)
    with resolution.waiter() as done:
        try:
            yield Wait(done.fileno())
        except DeadlineOver:
            raise LookError(f"{name} did not resolve in time") from None
    if resolution.addresses is None:
        raise LookError(resolution.error or f"{name} has no address")
    return resolution.addresses


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, DeadlineOver | LookError) else f"a defect of the console: {error!r}"
