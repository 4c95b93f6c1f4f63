"""Where connections wait for TCP and for sshd's banner, all in one thread, so that silent hosts hold up nobody."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from console.inventory.fleet import Host
from console.transport.algorithms import Connection, cut
from console.transport.endpoint import Endpoint
from console.transport.failures import HostFailure, internal
from console.transport.protocol import Failure, FailureKind

USER_TIMEOUT_MS = 8000
THROTTLE_RETRIES = 4
_TICK = 0.05
Address = tuple[Any, ...]


class Stage(StrEnum):
    """How far an attempt to connect has come; the words follow 'silent during'."""

    QUEUED = "waiting for its turn"
    RESOLVING = "name resolution"
    CONNECTING = "TCP connect"
    BANNER = "SSH banner"
    KEY_EXCHANGE = "key exchange"
    LOGIN = "login"
    SHELL = "start of the shell"


@dataclass(eq=False, slots=True)
class Attempt:
    """One attempt to connect to `host` by `deadline` (monotonic); `priority` is its failures so far, fewest first."""

    host: Host
    deadline: float
    priority: int = 0
    stage: Stage = Stage.QUEUED
    cancelled: bool = False
    sock: Any = None
    connection: Connection | None = None
    endpoint: Endpoint | None = None
    greeting: bytes = b""

    @property
    def remaining(self) -> float:
        """Seconds left, at least a little, so that it can be a timeout."""
        return max(0.05, self.deadline - time.monotonic())

    def abort(self) -> None:
        """Give up: wakes whichever thread waits for the host. Sockets in the lobby are the lobby's to close."""
        self.cancelled = True
        if self.connection is not None:
            self.connection.hang_up()
        elif self.sock is not None and self.stage not in (Stage.CONNECTING, Stage.BANNER):
            cut(self.sock)


@dataclass(eq=False, slots=True)
class _Guest:
    attempt: Attempt
    addresses: list[Address]
    current: Address = ()
    sock: socket.socket | None = None
    connect_by: float = 0.0
    wake_at: float = 0.0
    throttled: int = 0
    errors: list[tuple[FailureKind, str]] = field(default_factory=list)


def prepare_socket(sock: socket.socket) -> None:
    """Send at once (Nagle makes back-to-back requests ten times slower), and notice a peer that vanished in 8 s."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


class Lobby:
    """Connects sockets and waits for banners.

    `arrived(attempt)` or `failed(attempt, failure)` is called once for each attempt that is not cancelled, from the
    lobby's thread, and must not block. The attempt's socket is connected and set to block by then.
    """

    def __init__(self, arrived: Callable[[Attempt], None], failed: Callable[[Attempt, Failure], None]) -> None:
        self._arrived = arrived
        self._failed = failed
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._new: deque[_Guest] = deque()
        self._guests: set[_Guest] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def admit(self, attempt: Attempt, addresses: list[Address]) -> None:
        """Begin to connect to the first of `addresses` ((family, sockaddr) each) that answers. From any thread."""
        attempt.stage = Stage.CONNECTING
        self._new.append(_Guest(attempt, addresses))
        self._wake()

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="ssh-lobby", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; guests are left to their attempts' abort()."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: nothing to wake
            self._wake_write.send(b"x")

    def _run(self) -> None:
        looked = 0.0
        while not self._closed:
            for key, _ in self._selector.select(_TICK if self._guests else None):
                if key.data is None:
                    self._wake_read.recv(4096)
                else:
                    self._guarded(self._step, key.data)
            while self._new:
                guest = self._new.popleft()
                self._guests.add(guest)
                self._guarded(self._connect_next, guest)
            now = time.monotonic()
            if now - looked >= _TICK:
                looked = now
                for guest in list(self._guests):
                    self._guarded(self._look_at_clock, guest)
        for guest in [*self._guests, *self._new]:
            self._forget_socket(guest)
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def _guarded(self, step: Callable[[_Guest], None], guest: _Guest) -> None:
        try:
            step(guest)
        except HostFailure as error:
            self._leave(guest, error.failure)
        except Exception as error:
            self._leave(guest, internal(error))

    def _connect_next(self, guest: _Guest) -> None:
        """Try the next address; with none left, fail with what the tries met."""
        self._forget_socket(guest)
        if not guest.addresses:
            place = guest.attempt.endpoint.place if guest.attempt.endpoint else guest.attempt.host.address
            kind, words = guest.errors[0] if guest.errors else (FailureKind.UNRESOLVED, "has no address")
            raise HostFailure(kind, f"{place}: {words}", _REMEDIES.get(kind, ""))
        guest.current = guest.addresses.pop(0)
        family, address = guest.current
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        prepare_socket(sock)
        guest.sock = guest.attempt.sock = sock
        patience = guest.attempt.endpoint.connect_timeout if guest.attempt.endpoint else 5.0
        guest.connect_by = time.monotonic() + patience
        guest.attempt.stage = Stage.CONNECTING
        code = sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            self._refused(guest, code)
            return
        self._selector.register(sock, selectors.EVENT_WRITE, guest)

    def _refused(self, guest: _Guest, code: int) -> None:
        kind = FailureKind.REFUSED if code == errno.ECONNREFUSED else FailureKind.UNREACHABLE
        guest.errors.append((kind, os.strerror(code)))
        self._connect_next(guest)

    def _step(self, guest: _Guest) -> None:
        """The guest's socket is connected, or has failed to, or sshd has spoken."""
        sock = guest.sock
        if sock is None or guest.attempt.cancelled:
            self._leave(guest, None)
        elif guest.attempt.stage is Stage.CONNECTING:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._refused(guest, code)
                return
            guest.attempt.stage = Stage.BANNER
            self._selector.modify(sock, selectors.EVENT_READ, guest)
        else:
            self._hear_banner(guest, sock)

    def _hear_banner(self, guest: _Guest, sock: socket.socket) -> None:
        try:
            guest.attempt.greeting = sock.recv(255, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            guest.attempt.greeting = b""
        if guest.attempt.greeting:
            self._selector.unregister(sock)
            self._guests.discard(guest)
            sock.setblocking(True)
            self._arrived(guest.attempt)
        else:
            self._throttled(guest)

    def _throttled(self, guest: _Guest) -> None:
        """Closed before a word: MaxStartups drops connections at random when many come at once, so try again later."""
        guest.throttled += 1
        if guest.throttled > THROTTLE_RETRIES:
            message = f"{guest.attempt.host.address}: the connection was closed before the SSH banner"
            raise HostFailure(FailureKind.LOST, message, "see sshd's log: MaxStartups, PerSourcePenalties, hosts.deny")
        self._forget_socket(guest)
        guest.addresses.insert(0, guest.current)
        guest.wake_at = time.monotonic() + random.uniform(0.1, 0.5) * guest.throttled

    def _look_at_clock(self, guest: _Guest) -> None:
        now = time.monotonic()
        if guest.attempt.cancelled:
            self._leave(guest, None)
        elif guest.wake_at and now >= guest.wake_at:
            guest.wake_at = 0.0
            self._connect_next(guest)
        elif guest.sock is not None and guest.attempt.stage is Stage.CONNECTING and now >= guest.connect_by:
            patience = guest.attempt.endpoint.connect_timeout if guest.attempt.endpoint else 5.0
            guest.errors.append((FailureKind.UNREACHABLE, f"no answer to TCP in {patience:g} s"))
            self._connect_next(guest)

    def _forget_socket(self, guest: _Guest) -> None:
        if guest.sock is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(guest.sock)
            guest.sock.close()
            guest.sock = guest.attempt.sock = None

    def _leave(self, guest: _Guest, failure: Failure | None) -> None:
        self._forget_socket(guest)
        self._guests.discard(guest)
        if failure is not None:
            self._failed(guest.attempt, failure)


_REMEDIES = {
    FailureKind.REFUSED: "start sshd there, or mend ssh.port",
    FailureKind.UNREACHABLE: "check that the host is up, and the network and firewalls in between",
}
