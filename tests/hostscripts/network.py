"""Ports of the loopback addresses that accept, or say nothing at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def free_port() -> int:
    """A port that both hosts' addresses have free."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = int(first.getsockname()[1])
            with suppress(OSError), socket.create_server(("127.0.0.2", port)):
                return port


@contextmanager
def accepting() -> Iterator[str]:
    """A witness's word: something that accepts connections."""
    with socket.create_server(("127.0.0.3", 0)) as listener:
        yield f"tcp:127.0.0.3:{listener.getsockname()[1]}"


@contextmanager
def silent(address: str, port: int) -> Iterator[None]:
    """Whoever connects to that port waits: the kernel drops what a full queue has no room for, as a dead net does."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                with suppress(BlockingIOError):
                    one.connect((address, port))
            yield
        finally:
            for one in waiting:
                one.close()
