"""A program on a terminal of its own: its output as it comes, keys pressed, the processor time and memory it took."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """`argv` on a pseudo terminal of `columns` × `lines`. Use as a context manager: it ends the program."""

    def __init__(self, argv: Sequence[str], columns: int = 160, lines: int = 50) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)

    def press(self, key: str) -> None:
        """Type a key."""
        os.write(self._ours, key.encode())

    def drain(self, seconds: float) -> bytes:
        """What is printed within `seconds`."""
        found, end = b"", time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            found += self._read(left)
        return found

    def until(self, seen: Callable[[bytes], bool], timeout: float = 30.0) -> float:
        """Seconds until the output from now on satisfies `seen`; RuntimeError after `timeout`."""
        began, found = time.monotonic(), b""
        while time.monotonic() - began < timeout:
            found += self._read(0.2)
            if seen(found):
                return time.monotonic() - began
        raise RuntimeError(f"not seen within {timeout:g} s; the last output: {found[-600:]!r}")

    def _read(self, timeout: float) -> bytes:
        if not select.select([self._ours], [], [], timeout)[0]:
            return b""
        try:
            return os.read(self._ours, 65536)
        except OSError as error:
            raise RuntimeError("the program has ended") from error

    def processor_seconds(self) -> float:
        """User and system time of the program so far (proc(5), stat fields 14 and 15)."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def resident_bytes(self) -> int:
        """Resident memory of the program."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE
