"""What a person sees of a run while it goes on. Whatever happens to the terminal, the run goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Protocol

from console.runbooks.plan import Plan
from console.runner.journal import Event
from console.runner.observer import Clock
from console.terminal.board import Board, board_of
from console.terminal.feed import take_in
from console.terminal.live import LiveList
from console.terminal.page import Page
from console.terminal.plain import PlainLog

_STOPPING = "Stopping at the next safe point. The run stays resumable."
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Picture(Protocol):
    """A way to show a Board: `LiveList` or `PlainLog`."""

    def start(self) -> None:
        """Begin to show it."""

    def update(self) -> None:
        """It has changed."""

    def stop(self) -> None:
        """Show it for the last time."""


class Watcher:
    """Shows a plan being carried out. `on_event` never raises: a closed terminal must not stop a run half-way."""

    def __init__(self, page: Page, plan: Plan, clock: Clock) -> None:
        self._clock = clock
        self.board: Board = board_of(plan, clock.monotonic())
        self._live = page.live
        self._picture: Picture | None = (
            LiveList(page.console, self.board, clock.monotonic)
            if page.live
            else PlainLog(page, self.board, clock.monotonic, clock.time)
        )

    def on_event(self, event: Event) -> None:
        """Show what has just happened."""
        take_in(self.board, event, self._clock.monotonic())
        self._draw(lambda picture: picture.update())

    def say_stopping(self) -> None:
        """Show that a stop was asked for. Called by a signal handler: nothing that could be half-way in printing."""
        self.board.news, self.board.stopping = _STOPPING, True
        if not self._live:
            with contextlib.suppress(OSError):
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{_STOPPING}\n".encode())

    def _draw(self, way: Callable[[Picture], None]) -> None:
        """A picture that cannot be drawn any more is given up."""
        if self._picture is None:
            return
        try:
            way(self._picture)
        except (OSError, ValueError):
            self._picture = None

    @contextlib.contextmanager
    def showing(self) -> Iterator[None]:
        """Show it until the end of the block."""
        self._draw(lambda picture: picture.start())
        try:
            yield
        finally:
            self._draw(lambda picture: picture.stop())


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
