"""Names to addresses without ever waiting: getaddrinfo(3) has no time limit, so each name has a thread of its own."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable

Lookup = Callable[[str], tuple[str, ...]]


class Resolution:
    """One name being resolved. `waiter` becomes readable when it is done; then `addresses` or `error` is set."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.addresses: tuple[str, ...] | None = None
        self.error: str | None = None
        self._lock = threading.Lock()
        self._done = False
        self._ends: list[socket.socket] = []

    def waiter(self) -> socket.socket:
        """A socket, the caller's to close, that becomes readable (end of file) when the resolution is done."""
        mine, other = socket.socketpair()
        with self._lock:
            if self._done:
                other.close()
            else:
                self._ends.append(other)
        return mine

    def finish(self, addresses: tuple[str, ...] | None, error: str | None) -> None:
        """Set the result and wake every waiter."""
        with self._lock:
            self.addresses, self.error, self._done = addresses, error, True
            ends, self._ends = self._ends, []
        for end in ends:
            end.close()


class Resolver:
    """Resolves names, at most one thread a name, however often it is asked for while the name server is silent."""

    def __init__(self, lookup: Lookup | None = None) -> None:
        self._lookup = lookup or look_up
        self._lock = threading.Lock()
        self._running: dict[str, Resolution] = {}

    def begin(self, name: str) -> Resolution:
        """Begin to resolve `name` and return at once; joins a resolution of the same name that still runs."""
        with self._lock:
            running = self._running.get(name)
            if running is not None:
                return running
            resolution = self._running[name] = Resolution(name)
        threading.Thread(target=self._resolve, args=(resolution,), name=f"resolve {name}", daemon=True).start()
        return resolution

    def _resolve(self, resolution: Resolution) -> None:
        addresses, error = None, None
        try:
            addresses = self._lookup(resolution.name)
        except (OSError, UnicodeError) as failure:
            error = f"{resolution.name} does not resolve: {getattr(failure, 'strerror', None) or failure}"
        with self._lock:
            self._running.pop(resolution.name, None)
        resolution.finish(addresses, error)


def literal(address: str) -> str | None:
    """`address` when it is an IP address already; None for a name."""
    try:
        ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return address


def look_up(name: str) -> tuple[str, ...]:
    """Addresses of `name` in the order in which a client would try them. Raises OSError where it has none."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
