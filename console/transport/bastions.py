"""Jump hosts: a few shared connections to each, and no more than eight dials through one at a time.

sshd's default MaxStartups 10:30:100 throws away one connection in ten as soon as more than ten dial at once.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import paramiko

from console.facts.text import one_line
from console.transport.algorithms import Connection
from console.transport.endpoint import Endpoint, bastion_endpoint
from console.transport.failures import HostFailure
from console.transport.lobby import prepare_socket
from console.transport.openssh_config import OpensshConfigReader, parse_jump
from console.transport.protocol import Failure, FailureKind

DIALS_AT_ONCE = 8
CHANNELS_A_CONNECTION = 64
FAILURE_HOLDS = 5.0
_DEEPEST_CHAIN = 5
Connect = Callable[[Endpoint, Any, float], Connection]


class _Bastion:
    """The connections to one jump host. `open` may be called by several dialers."""

    def __init__(self, target: Endpoint, path: tuple[str, ...]) -> None:
        self.target = target
        self.path = path
        self.free = DIALS_AT_ONCE
        self.waiting: deque[Callable[[], None]] = deque()
        self.lock = threading.Lock()
        self.connections: list[tuple[Connection, list[paramiko.Channel]]] = []
        self.failure: tuple[Failure, float] | None = None

    def usable(self) -> tuple[Connection, list[paramiko.Channel]] | None:
        """A live connection with room for one more channel, and its channels; call with the lock held."""
        self.connections = [entry for entry in self.connections if entry[0].is_active()]
        for connection, channels in self.connections:
            channels[:] = [channel for channel in channels if not channel.closed]
            if len(channels) < CHANNELS_A_CONNECTION:
                return connection, channels
        return None


class Bastions:
    """Every jump host in use. `connect(endpoint, sock, deadline)` makes a logged-in connection over a socket."""

    def __init__(self, config: OpensshConfigReader, connect: Connect) -> None:
        self._config = config
        self._connect = connect
        self._lock = threading.Lock()
        self._bastions: dict[tuple[str, ...], _Bastion] = {}
        self._resolved: dict[tuple[object, ...], Endpoint] = {}
        self._closed = False

    def enter(self, target: Endpoint, resume: Callable[[], None]) -> bool:
        """Take one of the eight places at the jump host of `target`; with none free, `resume` is called with one later.

        So no more than eight dialers can wait for one jump host that hangs. Each place must be given back by `leave`.
        """
        bastion = self._bastion(self._path(target, 0), target)
        with self._lock:
            if bastion.free:
                bastion.free -= 1
                return True
            bastion.waiting.append(resume)
            return False

    def leave(self, target: Endpoint) -> None:
        """Give the place back, or on to the one who has waited longest."""
        bastion = self._bastion(self._path(target, 0), target)
        with self._lock:
            resume = bastion.waiting.popleft() if bastion.waiting else None
            if resume is None:
                bastion.free += 1
        if resume is not None:
            resume()

    def channel(self, target: Endpoint, deadline: float) -> paramiko.Channel:
        """A channel to `target` through its jumps; to be called with a place.

        Raises HostFailure; what befell a jump host is told as the target's failure, naming the jump host.
        """
        return self._open(self._bastion(self._path(target, 0), target), target, deadline)

    def close(self) -> None:
        """Cut every connection at once."""
        self._closed = True
        for bastion in list(self._bastions.values()):
            for connection, _ in list(bastion.connections):
                connection.hang_up()

    def _path(self, target: Endpoint, depth: int) -> tuple[str, ...]:
        """All hops, nearest first: the first hop's own ProxyJump goes before it, as ssh does it."""
        first = self._resolve(target.jumps[0], target)
        if not first.jumps or depth >= _DEEPEST_CHAIN or len(target.jumps) > 1:
            return target.jumps
        return self._path(first, depth + 1) + target.jumps

    def _resolve(self, hop: str, target: Endpoint) -> Endpoint:
        key = (hop, target.known_hosts, target.connect_timeout)
        if key not in self._resolved:
            user, host, port = parse_jump(hop)
            config = self._config.ask(host, host, user)
            self._resolved[key] = bastion_endpoint((user, host, port), config, os.environ, target)
        return self._resolved[key]

    def _bastion(self, path: tuple[str, ...], target: Endpoint) -> _Bastion:
        with self._lock:
            if path not in self._bastions:
                self._bastions[path] = _Bastion(self._resolve(path[-1], target), path)
            return self._bastions[path]

    def _open(self, bastion: _Bastion, target: Endpoint, deadline: float) -> paramiko.Channel:
        connection, channels = self._connected(bastion, target, deadline)
        patience = max(0.1, min(target.connect_timeout, deadline - time.monotonic()))
        try:
            place = (target.address, target.port)
            channel = connection.open_channel("direct-tcpip", place, ("127.0.0.1", 0), timeout=patience)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise HostFailure(
                FailureKind.UNREACHABLE,
                f"jump host {bastion.target.name} could not connect to {target.place}: {one_line(str(error), 100)}",
                "check that the host is up, and that the jump host may reach and forward to it",
            ) from error
        channels.append(channel)
        return channel

    def _connected(
        self, bastion: _Bastion, target: Endpoint, deadline: float
    ) -> tuple[Connection, list[paramiko.Channel]]:
        if not bastion.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise HostFailure(FailureKind.NOT_ASKED, f"jump host {bastion.target.name} is still being connected to")
        try:
            usable = bastion.usable()
            if usable is None:
                usable = (self._dial(bastion, target, deadline), [])
                bastion.connections.append(usable)
            return usable
        finally:
            bastion.lock.release()

    def _dial(self, bastion: _Bastion, target: Endpoint, deadline: float) -> Connection:
        """Connect to the jump host itself; a failure holds for a while, so that not every host behind it waits."""
        if bastion.failure and time.monotonic() < bastion.failure[1]:
            raise _through(bastion, bastion.failure[0])
        try:
            with self._socket(bastion, target, deadline) as sock:
                connection = self._connect(bastion.target, sock, min(deadline, time.monotonic() + 30))
        except HostFailure as error:
            bastion.failure = (error.failure, time.monotonic() + FAILURE_HOLDS)
            raise _through(bastion, error.failure) from error
        if self._closed:
            connection.hang_up()
        return connection

    @contextlib.contextmanager
    def _socket(self, bastion: _Bastion, target: Endpoint, deadline: float) -> Iterator[Any]:
        place = bastion.target
        if len(bastion.path) > 1:
            with self._hop_before(bastion, target, deadline) as channel:
                yield channel
            return
        patience = max(0.1, min(place.connect_timeout, deadline - time.monotonic()))
        try:
            sock = socket.create_connection((place.address, place.port), timeout=patience)
        except ConnectionRefusedError as error:
            raise HostFailure(FailureKind.REFUSED, f"{place.place}: {error.strerror}") from error
        except socket.gaierror as error:
            raise HostFailure(FailureKind.UNRESOLVED, f"{place.address}: {error.strerror}") from error
        except OSError as error:
            raise HostFailure(FailureKind.UNREACHABLE, f"{place.place}: {error.strerror or error}") from error
        prepare_socket(sock)
        yield sock

    @contextlib.contextmanager
    def _hop_before(self, bastion: _Bastion, target: Endpoint, deadline: float) -> Iterator[paramiko.Channel]:
        before = self._bastion(bastion.path[:-1], target)
        yield self._open(before, bastion.target, deadline)


def _through(bastion: _Bastion, failure: Failure) -> HostFailure:
    message = f"jump host {bastion.target.name}: {failure.message}"
    return HostFailure(failure.kind, message, failure.remedy, failure.fingerprints)
