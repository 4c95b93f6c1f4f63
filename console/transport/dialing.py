"""From a host's name to what is opened there: a bounded pool of threads that does what must block.

Waiting for TCP and for the banner is the lobby's; a thread is needed only for the second or less in which both sides
work: resolving, key exchange, login, the shell's start.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import os
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from console.errors import TransportError
from console.inventory.fleet import Host
from console.transport.algorithms import Connection, cut
from console.transport.bastions import Bastions
from console.transport.endpoint import Endpoint, endpoint
from console.transport.failures import HostFailure, internal
from console.transport.keys import KeyRing
from console.transport.known_hosts import HostKeys
from console.transport.lobby import Address, Attempt, Lobby, Stage
from console.transport.login import check_host_key, exchange_keys, log_in, settle
from console.transport.openssh_config import OpensshConfigReader
from console.transport.program import ProbeProgram
from console.transport.protocol import Failure, FailureKind
from console.transport.session import ResidentShell, open_shell

DIALERS = 16
SHELL_MARGIN = 0.1
Outcome = ResidentShell | Failure
Job = Callable[[Attempt], None]
Opened = TypeVar("Opened")


def resident(program: Callable[[Host], ProbeProgram]) -> Callable[[Connection, Attempt], ResidentShell]:
    """What opens a host's resident shell, with `program` for that host, over its logged-in connection."""

    def opened(connection: Connection, attempt: Attempt) -> ResidentShell:
        target = attempt.endpoint
        assert target is not None
        attempt.stage = Stage.SHELL
        # A little earlier than the fan-out gives up, which does not know what the host printed meanwhile.
        deadline = attempt.deadline - SHELL_MARGIN
        return open_shell(connection, target.login.user, target.become, program(attempt.host), deadline)

    return opened


class Dialer(Generic[Opened]):
    """Brings hosts up. `done(attempt, outcome)` is called once for each attempt, from some thread; it must not block.

    The outcome is what `opened` makes of the logged-in connection, or a Failure (also one that `opened` raises as
    HostFailure). Hosts that have failed wait behind those that have not.
    """

    def __init__(
        self,
        opened: Callable[[Connection, Attempt], Opened],
        config: OpensshConfigReader,
        done: Callable[[Attempt, Opened | Failure], None],
        size: int = DIALERS,
    ) -> None:
        self._opened = opened
        self._config = config
        self._done = done
        self._size = size
        self._keys = KeyRing()
        self._host_keys = HostKeys()
        self._endpoints: dict[str, Endpoint] = {}
        self._lobby = Lobby(lambda attempt: self._put(attempt, self._finish), done)
        self._bastions = Bastions(config, self._log_in_over)
        self._jobs: queue.PriorityQueue[tuple[int, int, Attempt, Job]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def start(self, attempt: Attempt) -> None:
        """Begin; returns at once."""
        if not self._threads:
            self._lobby.start()
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._work, name=f"ssh-dialer-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._put(attempt, self._prepare)

    def close(self) -> None:
        """Stop all threads as they become free; attempts under way are their owner's to abort."""
        self._closed = True
        self._lobby.close()
        self._bastions.close()
        for _ in self._threads:
            self._jobs.put((-1, next(self._order), _NOBODY, lambda _: None))

    def _put(self, attempt: Attempt, job: Job) -> None:
        # A connection that has got as far as the banner goes first: sshd's LoginGraceTime runs.
        behind = 0 if attempt.stage is Stage.BANNER else 1
        self._jobs.put((attempt.priority * 2 + behind, next(self._order), attempt, job))

    def _work(self) -> None:
        while True:
            _, _, attempt, job = self._jobs.get()
            if self._closed:
                return
            try:
                job(attempt)
            except HostFailure as error:
                self._fail(attempt, error.failure)
            except Exception as error:
                self._fail(attempt, internal(error))

    def _fail(self, attempt: Attempt, failure: Failure) -> None:
        if attempt.connection is not None:
            attempt.connection.hang_up()
        elif attempt.sock is not None:
            cut(attempt.sock)
        if not attempt.cancelled:
            self._done(attempt, failure)

    def _prepare(self, attempt: Attempt) -> None:
        """Find out where to connect, and leave the waiting to the lobby, or go through the jump hosts."""
        if attempt.cancelled:
            return
        attempt.stage = Stage.RESOLVING
        attempt.endpoint = target = self._endpoint(attempt.host)
        if target.jumps:
            attempt.stage = Stage.QUEUED
            if self._bastions.enter(target, lambda: self._put(attempt, self._jump)):
                self._jump(attempt)
        elif target.proxy_command:
            raise HostFailure(
                FailureKind.UNREACHABLE,
                f"{target.name}: ProxyCommand is not supported",
                "use ProxyJump in ~/.ssh/config",
            )
        else:
            self._lobby.admit(attempt, addresses_of(target))

    def _jump(self, attempt: Attempt) -> None:
        """Go through the jump hosts, where a place was kept for the attempt, and on."""
        target = attempt.endpoint
        assert target is not None
        try:
            if not attempt.cancelled:
                attempt.stage = Stage.CONNECTING
                attempt.sock = self._bastions.channel(target, attempt.deadline)
                attempt.stage = Stage.KEY_EXCHANGE
                self._finish(attempt)
        finally:
            self._bastions.leave(target)

    def _endpoint(self, host: Host) -> Endpoint:
        known = self._endpoints.get(host.name)
        if known is None:
            try:
                config = self._config.ask(host.name, host.address, host.ssh.user)
            except HostFailure:
                raise
            except TransportError as error:
                raise HostFailure(FailureKind.INTERNAL, str(error)) from error
            known = self._endpoints[host.name] = endpoint(host, config, os.environ)
        return known

    def _finish(self, attempt: Attempt) -> None:
        """Key exchange, host key, login, and what is to be opened, over the attempt's connected socket."""
        target = attempt.endpoint
        if attempt.cancelled or target is None:
            cut(attempt.sock)
            return
        connection = self._handshake(target, attempt.sock, attempt.deadline, attempt)
        self._done(attempt, self._opened(connection, attempt))

    def _log_in_over(self, target: Endpoint, sock: Any, deadline: float) -> Connection:
        return self._handshake(target, sock, deadline, None)

    def _handshake(self, target: Endpoint, sock: Any, deadline: float, attempt: Attempt | None) -> Connection:
        known = self._host_keys.known(target.known_hosts, target.key_names)
        connection = Connection(sock, target.legacy, [key.kind for key in known])
        watched = attempt or Attempt(_NO_HOST, deadline)
        watched.connection = connection
        watched.stage = Stage.KEY_EXCHANGE
        try:
            if watched.cancelled:
                raise HostFailure(FailureKind.HUNG, f"{target.place}: given up")
            exchange_keys(connection, target, watched.greeting, deadline)
            check_host_key(connection, target, self._host_keys)
            watched.stage = Stage.LOGIN
            log_in(connection, target, self._keys)
        except BaseException:
            connection.hang_up()
            raise
        settle(connection, sock)
        return connection


def addresses_of(target: Endpoint) -> list[Address]:
    """(family, socket address) of each address of the target. Raises HostFailure when its name has none."""
    with contextlib.suppress(ValueError):
        version = ipaddress.ip_address(target.address).version
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        return [(family, (target.address, target.port))]
    try:
        found = socket.getaddrinfo(target.address, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise HostFailure(
            FailureKind.UNRESOLVED,
            f"{target.address} has no address: {getattr(error, 'strerror', None) or error}",
            "mend the name, or give `address:` in the inventory",
        ) from error
    return [(family, address) for family, _, _, _, address in found]


def unfinished(attempt: Attempt, seconds: float) -> Failure:
    """How far an attempt to connect had come when its `seconds` were over."""
    place = attempt.endpoint.place if attempt.endpoint else attempt.host.address
    if attempt.stage is Stage.QUEUED:
        return Failure(FailureKind.NOT_ASKED, f"{place}: its turn did not come in {seconds:g} s")
    if attempt.stage is Stage.RESOLVING:
        return Failure(FailureKind.UNRESOLVED, f"{attempt.host.address}: its name was not resolved in {seconds:g} s")
    if attempt.stage is Stage.CONNECTING:
        remedy = "check that the host is up, and the network and firewalls in between"
        return Failure(FailureKind.UNREACHABLE, f"{place}: no answer to TCP in {seconds:g} s", remedy)
    message = f"{place}: connected, then silent during {attempt.stage} for the rest of {seconds:g} s"
    return Failure(FailureKind.HUNG, message, "look at the host's console: sshd or the whole host hangs")


_NO_HOST: Any = None
_NOBODY = Attempt(_NO_HOST, 0.0)
