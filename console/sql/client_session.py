"""A PostgreSQL session that never blocks: every wait is yielded to whoever drives it, so that the deadline is theirs.

libpq's connect_timeout is of whole seconds, at least two, and covers neither a stopped server nor a query.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Generator, Mapping
from math import inf
from typing import Any

import psycopg2
from psycopg2 import extensions

from console.sql.client_wait import Wait

_VERBOSE = 2  # libpq-fe.h, PQERRORS_VERBOSE: errors carry their SQLSTATE, which no server language changes


Steps = Generator[Wait, None, None]


class Session:
    """One connection with `parameters` (libpq's, `hostaddr` among them). `opened`: TCP has been seen to connect; where
    it has not by `open_until` (monotonic seconds), the wait for it ends.
    """

    def __init__(self, parameters: Mapping[str, str], open_until: float = inf) -> None:
        self._parameters: dict[str, Any] = dict(parameters)
        self._open_until = open_until
        self._connection: Any = None
        self._cursor: Any = None
        self.opened = False

    def connect(self) -> Steps:
        """Connect and log in. Raises psycopg2.Error."""
        self._connection = psycopg2.connect(async_=1, **self._parameters)
        _tell_sqlstates(self._connection)
        yield from self._until_ready()
        self._cursor = self._connection.cursor()

    def query(self, text: str) -> Generator[Wait, None, tuple[Any, ...]]:
        """Run `text` and return the first row of its last statement. Raises psycopg2.Error."""
        self._cursor.execute(text)
        yield from self._until_ready()
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row or ()

    def close(self) -> None:
        """Close at once; never waits for the server. Idempotent."""
        if self._connection is not None:
            self._connection.close()

    def _until_ready(self) -> Steps:
        while True:
            state = self._connection.poll()
            if state == extensions.POLL_OK:
                return
            fd = self._connection.fileno()
            try:
                yield Wait(fd, state == extensions.POLL_WRITE, inf if self.opened else self._open_until)
            finally:
                # A socket is writable both when it has connected and when connecting failed.
                self.opened = self.opened or _connected(fd)


def _connected(fd: int) -> bool:
    """Whether TCP has opened on `fd`; the descriptor stays libpq's."""
    try:
        with socket.socket(fileno=os.dup(fd)) as twin:
            twin.getpeername()
    except OSError:
        return False
    return True


def _tell_sqlstates(connection: Any) -> None:
    """Ask libpq for SQLSTATEs in connection errors; psycopg2 has no call for it. Without it words must do."""
    try:
        library = ctypes.CDLL(psycopg2._psycopg.__file__)
        library.PQsetErrorVerbosity.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.PQsetErrorVerbosity(connection.pgconn_ptr, _VERBOSE)
    except (AttributeError, OSError):
        return
