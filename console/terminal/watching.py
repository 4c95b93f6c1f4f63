"""What a person sees of a run while it goes on. Whatever happens to the terminal, the run goes on."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Protocol

from console.runbooks.plan import Plan
from console.runner.journal import Event
from console.runner.observer import Clock
from console.runner.runs import Run
from console.terminal.board import Board, board_of
from console.terminal.drawing import LineWriter, Painter
from console.terminal.feed import take_in
from console.terminal.live import LiveList
from console.terminal.page import Page
from console.terminal.plain import PlainLog

_STOPPING = "Stopping at the next safe point. The run stays resumable."
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Show(Protocol):
    """A way to show a Board. Only `finish` waits for the terminal."""

    def start(self) -> None:
        """Begin to show it."""

    def changed(self) -> None:
        """The board has changed; whoever changed it holds its lock."""

    def finish(self) -> None:
        """Show it for the last time, and wait for that without limit."""


class _Painted(Painter):
    """A picture is drawn anew several times a second, whatever changes."""

    def changed(self) -> None:
        """The next picture shows it."""


class _Logged:
    """A line for every change, written by a LineWriter."""

    def __init__(self, page: Page, log: PlainLog) -> None:
        self._log = log
        self._writer = LineWriter(lambda line: page.console.print(line, soft_wrap=True))

    def start(self) -> None:
        """Say that it begins."""
        self._put(self._log.beginning())
        self._writer.start()

    def changed(self) -> None:
        """Let be written what is new."""
        self._put(self._log.news())

    def finish(self) -> None:
        """Let be written what is left."""
        self.changed()
        self._writer.finish()

    def _put(self, lines: list[str]) -> None:
        for line in lines:
            self._writer.put(line)


class Watcher:
    """Shows a plan being carried out, or what is left of `run`.

    `on_event` never raises, and never waits for a terminal: what shows the board writes in a thread of its own.
    """

    def __init__(self, page: Page, plan: Plan, clock: Clock, run: Run | None = None) -> None:
        self._clock = clock
        self.board: Board = board_of(plan, clock.monotonic(), run)
        self._live = page.live
        self._lock = threading.Lock()
        self._show: _Show = (
            _Painted(LiveList(page.console, self.board, clock.monotonic, self._lock))
            if page.live
            else _Logged(page, PlainLog(self.board, clock.monotonic, clock.time))
        )

    def on_event(self, event: Event) -> None:
        """Let be shown what has just happened."""
        with self._lock:
            take_in(self.board, event, self._clock.monotonic())
            self._show.changed()

    def say_stopping(self) -> None:
        """Show that a stop was asked for. Called by a signal handler, so without the lock: it may be held right now."""
        self.board.news, self.board.stopping = _STOPPING, True
        if not self._live:
            _say_at_once(_STOPPING)

    @contextlib.contextmanager
    def showing(self) -> Iterator[None]:
        """Show it until the end of the block; that end waits, as long as it takes, until all of it is shown."""
        self._show.start()
        try:
            yield
        finally:
            self.board.over = True
            self._show.finish()


def _say_at_once(words: str) -> None:
    """Words on stderr, unless that would have to wait."""
    with contextlib.suppress(OSError, ValueError):
        stream = sys.__stderr__.fileno() if sys.__stderr__ else 2
        if select.select([], [stream], [], 0)[1]:
            os.write(stream, f"{words}\n".encode())


@contextlib.contextmanager
def stopping_on_signals(watcher: Watcher, stop: Callable[[], None]) -> Iterator[None]:
    """Within the block Ctrl-C, a closed terminal and TERM ask the run to `stop` at the next safe point, and say so."""

    def asked(number: int, frame: FrameType | None) -> None:
        stop()
        watcher.say_stopping()

    before = {each: signal.signal(each, asked) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
