"""The resident shell: one channel a host, the probe's functions loaded once, one line a poll.

It costs a database host 0.4 ms of CPU a poll, where a new channel costs it 5 ms (SSH.md 1.3).
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import paramiko

from console.facts.text import one_line
from console.inventory.fleet import Become
from console.transport.algorithms import Connection
from console.transport.failures import HostFailure
from console.transport.program import ProbeProgram
from console.transport.protocol import FailureKind

REPORT_LIMIT = 8 * 1024 * 1024
_STATUS_PATIENCE = 0.5
GREETING_LIMIT = 256 * 1024
PLAIN_LAUNCH = "exec /bin/sh"
SUDO_LAUNCH = "exec sudo -n /bin/sh"
# More than the channel's window (2 MiB), so that one read takes all that is there.
_CHUNK = 16 * 1024 * 1024
_READY = re.compile(rb"VMDB-READY (\w+) (\d+) (\d+)\n")


class Garbled(Exception):
    """What a host printed cannot become a report; the message says how."""


class FrameReader:
    """Finds one report in what a shell prints: the bytes from its BEGIN to its END line, both included.

    Anything before the BEGIN of this `nonce` and `number` is passed over: a message of the day, an earlier late reply.
    """

    def __init__(self, nonce: str, number: int, version: str, limit: int = REPORT_LIMIT) -> None:
        self.received = 0
        self.began = False
        self._begin = f"VMDB-BEGIN {nonce} {number} ".encode()
        self._end = f"\nVMDB-END {nonce} {number}\n".encode()
        self._version = version
        self._limit = limit
        self._buffer = bytearray()
        self._scanned = 0

    def feed(self, data: bytes) -> bytes | None:
        """Take more output; the report once it is whole. Raises Garbled for too much, or another probe version."""
        self.received += len(data)
        if self.received > self._limit:
            raise Garbled(f"printed more than {self._limit / 1048576:g} MiB")
        self._buffer += data
        if not self.began and not self._find_begin():
            return None
        found = self._buffer.find(self._end, self._scanned)
        if found < 0:
            self._scanned = max(0, len(self._buffer) - len(self._end))
            return None
        return bytes(self._buffer[: found + len(self._end)])

    def _find_begin(self) -> bool:
        start = self._buffer.find(self._begin)
        if start < 0:
            del self._buffer[: max(0, len(self._buffer) - len(self._begin))]
            return False
        del self._buffer[:start]
        line_end = self._buffer.find(b"\n")
        if line_end < 0:
            return False
        version = one_line(bytes(self._buffer[len(self._begin) : line_end]), 80)
        if version != self._version:
            raise Garbled(f"answered as probe version {version or 'none'}, but version {self._version} was sent")
        self.began = True
        return True


class _Doorbell:
    """Stands where paramiko expects an Event: rings once when output arrives or the channel ends."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._rung = False

    def set(self) -> None:
        """Called by the connection's own thread, under the buffer's lock: must not block."""
        if not self._rung:
            self._rung = True
            self._ring()

    def clear(self) -> None:
        """Part of the Event interface; `answered` does this at the right moment."""

    def answered(self) -> None:
        """Let it ring again; to be called before the output is read, so that none is missed."""
        self._rung = False


class ResidentShell:
    """A shell that holds the probe's functions. After `listen` it belongs to the fan-out thread alone.

    `degraded` says why it is not root's where it should be; `user_id` is whose it is; `opened_at` is monotonic seconds.
    """

    def __init__(
        self, connection: Connection, channel: paramiko.Channel, nonce: str, pid: int, program: ProbeProgram
    ) -> None:
        self.connection = connection
        self.channel = channel
        self.nonce = nonce
        self.pid = pid
        self.program = program
        self.degraded: str | None = None
        self.launch = PLAIN_LAUNCH
        self.user_id = -1
        self.opened_at = time.monotonic()
        self.transferred = len(program.text)
        self._doorbell: _Doorbell | None = None

    def listen(self, ring: Callable[[], None]) -> None:
        """Have `ring` called, from another thread, when there is something to `read`."""
        self.channel.settimeout(0.0)
        self._doorbell = _Doorbell(ring)
        self.channel.in_buffer.set_event(self._doorbell)  # type: ignore[arg-type]

    @property
    def busy(self) -> bool:
        """Whether keys are being renewed just now, when sending would wait for the host."""
        return not self.connection.clear_to_send.is_set()

    @property
    def connected(self) -> bool:
        """Whether the SSH connection (not just this shell) is still up."""
        return self.connection.is_active()

    @property
    def ended(self) -> bool:
        """Whether nothing more will be printed, once what has been is read."""
        return bool(self.channel.eof_received or self.channel.closed)

    def ask(self, number: int, seconds: int, sections: tuple[str, ...]) -> None:
        """Send one request line. Raises OSError or EOFError when the connection is gone or takes nothing more."""
        # The shell's own stdin holds the next request, so nothing of the probe may read it.
        line = f"vmdb_probe {number} {seconds} {' '.join(sections)} </dev/null\n".encode()
        self.channel.sendall(line)

    def read(self) -> bytes | None:
        """What has been printed since the last call, possibly nothing yet (b""); None when the shell has ended."""
        if self._doorbell:
            self._doorbell.answered()
        try:
            data = self.channel.recv(_CHUNK)
        except TimeoutError:
            return b""
        except (OSError, EOFError, paramiko.SSHException):
            return None
        self.transferred += len(data)
        return data or None

    def ending(self) -> str:
        """How the shell ended, in words."""
        if self.connection.farewell:
            return f"sshd said: {self.connection.farewell}"
        if self.channel.exit_status >= 0:
            return f"the shell ended with exit status {self.channel.exit_status}"
        return "the connection broke"

    def drop(self) -> None:
        """Cut the connection at once."""
        self.connection.hang_up()

    def kill_probe(self, patience: float = 2.0) -> None:
        """Terminate what runs in this shell, by a fresh channel, then cut the connection; at most `patience` seconds.

        Closing a channel leaves a silent command running (SSH.md 1.7). sshd makes every session a process group.
        """
        guard = threading.Timer(patience, self.connection.hang_up)
        guard.daemon = True
        guard.start()
        try:
            channel = self.connection.open_session(timeout=patience)
            channel.exec_command(self.launch)
            channel.sendall(f'g=$(ps -o pgid= -p {self.pid}) && kill -TERM -"$((g))"\nexit\n'.encode())
            channel.recv_exit_status()
        except (OSError, EOFError, paramiko.SSHException):
            pass
        finally:
            guard.cancel()
            self.drop()


def open_shell(
    connection: Connection, user: str, become: Become, program: ProbeProgram, deadline: float
) -> ResidentShell:
    """Start the resident shell, as root where `become` says so and sudo lets it, else degraded, within `deadline`.

    Raises HostFailure when no POSIX shell answers.
    """
    if become is not Become.SUDO or user == "root":
        return _start(connection, PLAIN_LAUNCH, program, deadline)
    try:
        patience = time.monotonic() + (deadline - time.monotonic()) / 2
        shell = _start(connection, SUDO_LAUNCH, program, patience)
        why = f"it gave user id {shell.user_id}, not root"
    except HostFailure as refused:
        if not connection.is_active():
            raise
        shell = _start(connection, PLAIN_LAUNCH, program, deadline)
        why = refused.failure.message.removeprefix(_NO_SHELL)
    if shell.user_id != 0:
        shell.degraded = f"sudo -n refused: {why}"
    return shell


_NO_SHELL = "no POSIX shell answered: "


def _start(connection: Connection, launch: str, program: ProbeProgram, deadline: float) -> ResidentShell:
    """Run `launch`, load the program into it, and wait until it answers with its pid and user id."""
    nonce = secrets.token_hex(8)
    channel: Any = None
    try:
        channel = connection.open_session(timeout=max(0.1, deadline - time.monotonic()))
        channel.set_combine_stderr(True)
        channel.exec_command(launch)
        channel.settimeout(max(0.1, deadline - time.monotonic()))
        # stderr is only of use until here: what the probe's sections say on it they frame themselves.
        last = '\nprintf "VMDB-READY %s %s %s\\n" "$VMDB_NONCE" "$$" "$(id -u)"; exec 2>/dev/null\n'
        _send(channel, f"VMDB_NONCE={nonce}\n{program.text}{last}".encode())
        pid, user_id = _await_ready(channel, nonce, deadline)
    except (OSError, EOFError, paramiko.SSHException) as error:
        if channel is not None:
            channel.close()
        reason = connection.farewell or one_line(str(error)) or type(error).__name__
        raise HostFailure(FailureKind.NO_SHELL, _NO_SHELL + reason, _NO_SHELL_REMEDY) from error
    except HostFailure:
        channel.close()
        raise
    shell = ResidentShell(connection, channel, nonce, pid, program)
    shell.launch = launch
    shell.user_id = user_id
    return shell


_NO_SHELL_REMEDY = "give the login a POSIX shell without ForceCommand, and see what `ssh HOST /bin/sh` prints"


def _send(channel: paramiko.Channel, text: bytes) -> None:
    """Upload; a shell that ended early has said why, which is read afterwards, so that is no error here."""
    try:
        channel.sendall(text)
    except OSError as error:
        if isinstance(error, TimeoutError) and not channel.closed:
            raise HostFailure(FailureKind.HUNG, "the shell did not take the probe in time") from error


def _await_ready(channel: paramiko.Channel, nonce: str, deadline: float) -> tuple[int, int]:
    heard = bytearray()
    while True:
        channel.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = channel.recv(65536)
        except TimeoutError as error:
            said = f" (it printed: {one_line(bytes(heard[-400:]))})" if heard else ""
            raise HostFailure(FailureKind.HUNG, f"no shell answered in time{said}", _NO_SHELL_REMEDY) from error
        if not data:
            raise HostFailure(FailureKind.NO_SHELL, _NO_SHELL + _last_words(heard, channel), _NO_SHELL_REMEDY)
        heard += data
        for ready in _READY.finditer(heard):
            if ready[1] == nonce.encode():
                return int(ready[2]), int(ready[3])
        if len(heard) > GREETING_LIMIT:
            message = f"printed more than {GREETING_LIMIT // 1024} KiB instead of starting a shell"
            raise HostFailure(FailureKind.GARBAGE, message, _NO_SHELL_REMEDY)


def _last_words(heard: bytearray, channel: paramiko.Channel) -> str:
    """What was printed before the shell ended: sudo's own words where it said some, else the end of it."""
    lines = [line for line in bytes(heard).splitlines() if line.strip()]
    about_sudo = [line for line in lines if b"sudo" in line or b"not allowed" in line]
    words = one_line((about_sudo or lines or [b""])[-1])
    if words:
        return words
    # sshd may send the end of the output before the exit status.
    channel.status_event.wait(_STATUS_PATIENCE)
    status = channel.exit_status
    return f"it ended with exit status {status}" if status >= 0 else "it ended without a word"
