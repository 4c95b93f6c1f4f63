"""Threads that alone write what is shown of a run: a terminal that stands still stops them, and never the run.

Ctrl-S, a stalled ssh session or `| less` make a write last for ever. So nothing of a run writes: what it has to show
it puts down here, which never waits.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

EVERY = 0.2
"""Seconds between two pictures."""
ROOM = 1000
"""Lines that wait for an output that stands still."""


class Picture(Protocol):
    """Something that is redrawn; each call may last as long as the terminal stands still."""

    def start(self) -> None:
        """Draw it for the first time."""

    def update(self) -> None:
        """Draw it anew."""

    def stop(self) -> None:
        """Draw it for the last time, and leave it there."""


class Painter:
    """Redraws a picture several times a second. One that cannot be drawn any more is given up."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._over: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._paint, name="picture of the run", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    def finish(self) -> None:
        """Draw the last picture, and wait for it without limit."""
        self._over.put(None)
        self._thread.join()

    def _paint(self) -> None:
        with suppress(OSError, ValueError):
            self._picture.start()
            while not self._ended_within(EVERY):
                self._picture.update()
            self._picture.stop()

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._over.get(timeout=seconds)
        except queue.Empty:
            return False
        return True


class LineWriter:
    """Hands lines to `write`, in order. Where `room` lines wait already, more are left out, and later it says so."""

    def __init__(self, write: Callable[[str], None], room: int = ROOM) -> None:
        self._write = write
        self._room = room
        self._left_out = 0
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="log of the run", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, line: str) -> None:
        """Let a line be written; never waits."""
        if self._lines.qsize() >= self._room:
            self._left_out += 1
            return
        self._tell_what_was_left_out()
        self._lines.put(line)

    def finish(self) -> None:
        """Wait, without limit, until everything is written."""
        self._tell_what_was_left_out()
        self._lines.put(None)
        self._thread.join()

    def _tell_what_was_left_out(self) -> None:
        if self._left_out:
            self._lines.put(f"({self._left_out} lines were left out here: the output stood still; the journal has all)")
            self._left_out = 0

    def _work(self) -> None:
        with suppress(OSError, ValueError):
            while (line := self._lines.get()) is not None:
                self._write(line)
