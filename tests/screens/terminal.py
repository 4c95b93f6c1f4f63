"""The program in a real terminal (a pty): what it writes, what its keys do, and how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_SHOW = """
import sys
from pathlib import Path
from console.cli import main
code = main(sys.argv[2:])
Path(sys.argv[1]).write_text(" ".join(sorted(sys.modules)))
sys.exit(code)
"""
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-9;?>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)", re.DOTALL
)


class Program:
    """`vmdb-console` with `arguments` in a terminal of `size` (columns, lines). Its home is `home`.

    Every wait is for something that is to be read, with a limit in seconds.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        home: Path,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._modules = home / "modules"
        self.raw = ""
        self._ended: int | None = None
        variables = {**os.environ, "TERM": "xterm-256color", "HOME": str(home), **(environment or {})}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            variables[name] = str(home / name.lower())
        command = [sys.executable, "-c", _SHOW, str(self._modules), *arguments]
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, variables)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it, whatever it does."""
        if self._ended is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        if self._terminal >= 0:
            os.close(self._terminal)

    @property
    def text(self) -> str:
        """Everything that was written, without control sequences."""
        return _SEQUENCE.sub("", self.raw)

    def until(self, words: str, seconds: float = 20.0) -> None:
        """Wait until the words were written."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert self._read(end), f"{words!r} was not written in {seconds} s; the last was:\n{self.text[-3000:]}"

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def go_on(self, seconds: float) -> None:
        """Let it go on, and read what it writes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._read(end):
            pass

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._terminal)
        self._terminal = -1

    def end(self, seconds: float = 10.0) -> int:
        """Wait until it has ended; its exit code."""
        end = time.monotonic() + seconds
        while self._ended is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._ended = os.waitstatus_to_exitcode(status)
            assert self._ended is not None or time.monotonic() < end, f"it did not end in {seconds} s"
            if self._ended is None and self._terminal >= 0:
                self._read(time.monotonic() + 0.05)
            elif self._ended is None:
                time.sleep(0.02)
        return self._ended

    def modules(self) -> frozenset[str]:
        """What it had imported when it ended by itself."""
        return frozenset(self._modules.read_text().split())

    def _read(self, end: float) -> bool:
        """Read what is there; False when the time is over or nothing can come any more."""
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            self.raw += os.read(self._terminal, 65536).decode("utf-8", "replace")
        except OSError:
            return False
        return True
