"""One text to one host's shell by a channel of its own, and what came back: how far it got is always known."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import paramiko

from console.facts.text import one_line
from console.inventory.fleet import Become
from console.runner.remote import OUTPUT_LIMIT, marker
from console.transport.algorithms import Connection
from console.transport.connecting import Reached
from console.transport.session import PLAIN_LAUNCH, SUDO_LAUNCH

_STATUS_PATIENCE = 0.5
# The operations' output is bounded on the host; the rest is what a login prints, and the shell's own few lines.
_HEARD_LIMIT = OUTPUT_LIMIT + 512 * 1024
_BROKEN = (paramiko.SSHException, EOFError, OSError)


class NotSent(Exception):
    """Nothing of the text was sent: the host could not be spoken to. The message says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back. `whole`: what was waited for was said. `sent`: all of the text was handed over.

    Of an answer without end: `late`, when time was over first; `status`, the exit status, when the shell (or what
    stood in its place) ended by itself; neither, when the connection broke.
    """

    data: bytes
    whole: bool
    sent: bool = True
    late: bool = False
    status: int | None = None
    why: str = ""


class Exchange:
    """A channel on which a text is sent, and its answer read until the end of it."""

    def __init__(self, reached: Reached, nonce: str) -> None:
        self._connection = reached.connection
        self._launch = launch(reached)
        self._nonce = nonce
        self._channel: paramiko.Channel | None = None
        self._sent = False
        self._why = ""
        self.data = bytearray()

    def send(self, text: str, deadline: float) -> None:
        """Start the shell and hand it the text; raises NotSent where not even the shell could be asked for.

        A shell that ended early (sudo refused) has said why: that is read afterwards.
        """
        with _cut_at(self._connection, deadline):
            try:
                self._channel = self._connection.open_session(timeout=_left(deadline))
                self._channel.set_combine_stderr(True)
                self._channel.exec_command(self._launch)
            except _BROKEN as error:
                self.close()
                raise NotSent(_reason(self._connection, error)) from error
            try:
                self._channel.settimeout(_left(deadline))
                self._channel.sendall(text.encode())
                self._sent = True
                self._channel.shutdown_write()
            except _BROKEN as error:
                self._why = _reason(self._connection, error)

    def hear(self, deadline: float, word: str = "end\n") -> Heard:
        """Read on until the shell says `word` (its last is "end"), the channel ends, or `deadline` (monotonic)."""
        assert self._channel is not None
        end = marker(self._nonce, word)
        while end not in self.data:
            try:
                self._channel.settimeout(_left(deadline))
                data = self._channel.recv(65536)
            except TimeoutError:
                return Heard(bytes(self.data), False, self._sent, late=True)
            except _BROKEN as error:
                return Heard(bytes(self.data), False, self._sent, why=_reason(self._connection, error))
            if not data:
                return self._ended()
            self.data += data
            if len(self.data) > _HEARD_LIMIT:
                why = f"it printed more than {_HEARD_LIMIT // 1024} KiB"
                return Heard(bytes(self.data), False, self._sent, why=why)
        return Heard(bytes(self.data), True)

    def _ended(self) -> Heard:
        assert self._channel is not None
        # sshd may send the end of the output before the exit status.
        self._channel.status_event.wait(_STATUS_PATIENCE)
        status = self._channel.exit_status
        why = self._why or _reason(self._connection, None)
        return Heard(bytes(self.data), False, self._sent, status=status if status >= 0 else None, why=why)

    def close(self) -> None:
        """Close the channel; what runs on the host goes on."""
        if self._channel is not None:
            with contextlib.suppress(*_BROKEN):
                self._channel.close()


def launch(reached: Reached) -> str:
    """The command that starts the shell which reads the text: by sudo, unless the login is root or needs none."""
    endpoint = reached.endpoint
    return SUDO_LAUNCH if endpoint.become is Become.SUDO and endpoint.login.user != "root" else PLAIN_LAUNCH


@contextlib.contextmanager
def _cut_at(connection: Connection, deadline: float) -> Iterator[None]:
    """Hang up at the deadline, unless left before: paramiko waits for some answers without end."""
    guard = threading.Timer(_left(deadline) + 0.2, connection.hang_up)
    guard.daemon = True
    guard.start()
    try:
        yield
    finally:
        guard.cancel()


def _left(deadline: float) -> float:
    return max(0.05, deadline - time.monotonic())


def _reason(connection: Connection, error: BaseException | None) -> str:
    words = connection.farewell or (one_line(str(error), 120) if error else "")
    return words or "the connection broke"
