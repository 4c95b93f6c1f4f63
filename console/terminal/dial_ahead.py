"""Connecting to hosts while the console still loads what it needs to look at them: the plan is there sooner."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from console.transport.protocol import Reply, Request, Transport

_FIRST = ("tools",)
"""The first request: it is the slowest section (`pcs --version`), and a host works it out once a connection."""
_DEADLINE = 24.0
_TICK = 0.02


class DialAhead:
    """A Transport that has asked `hosts` something already. What is asked of such a host waits for that answer.

    A host that could not be reached by then is not dialled again for what waits: that has failed too. Until its first
    use a thread of its own drives the transport, which then belongs to whoever uses it.
    """

    def __init__(self, transport: Transport, hosts: Iterable[str]) -> None:
        self._transport = transport
        self._ahead = set(hosts)
        self._waiting: dict[str, tuple[Request, float]] = {}
        self._came: list[Reply] = []
        self._over = threading.Event()
        for host in self._ahead:
            transport.submit(Request(host, _FIRST, _DEADLINE))
        self._thread = threading.Thread(target=self._drive, name="dial-ahead", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """See `Transport.submit`."""
        self._take_over()
        if request.host not in self._ahead:
            self._transport.submit(request)
        elif request.host in self._waiting:
            raise RuntimeError(f"{request.host} has a request already")
        else:
            self._waiting[request.host] = (request, time.monotonic())

    def replies(self, timeout: float) -> list[Reply]:
        """See `Transport.replies`; the answers to what was asked ahead are kept back."""
        self._take_over()
        early, self._came = self._came, []
        answers = [answer for reply in early if (answer := self._sorted(reply)) is not None]
        came = self._transport.replies(0.0 if answers else timeout)
        return answers + [answer for reply in came if (answer := self._sorted(reply)) is not None]

    def retry_now(self) -> None:
        """See `Transport.retry_now`."""
        self._take_over()
        self._transport.retry_now()

    def close(self) -> None:
        """See `Transport.close`."""
        self._take_over()
        self._transport.close()

    def _drive(self) -> None:
        while not self._over.is_set():
            self._came += self._transport.replies(_TICK)

    def _take_over(self) -> None:
        if not self._over.is_set():
            self._over.set()
            self._thread.join()

    def _sorted(self, reply: Reply) -> Reply | None:
        """What the reply is to whoever uses this; what waited for it is asked now."""
        if reply.host not in self._ahead:
            return reply
        self._ahead.discard(reply.host)
        request, since = self._waiting.pop(reply.host, (None, 0.0))
        if request is not None and reply.failure is not None:
            return replace(reply, sections=request.sections)
        if request is not None:
            left = max(_TICK, request.deadline - (time.monotonic() - since))
            self._transport.submit(replace(request, deadline=left))
        return None
