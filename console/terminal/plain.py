"""The run where nothing may be redrawn (a pipe, a log, TERM=dumb): a line with the time for whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from console.facts.text import one_line
from console.terminal.board import Board, Line, Stage
from console.terminal.page import Page

_EVERY = 10.0


class PlainLog:
    """Prints what is new on `board`; `now` is the run's clock, `at` its seconds since the epoch."""

    def __init__(self, page: Page, board: Board, now: Callable[[], float], at: Callable[[], float]) -> None:
        self._page = page
        self._board = board
        self._now = now
        self._at = at
        self._told: dict[str, tuple[Stage, str]] = {}
        self._told_at: dict[str, float] = {}
        self._news = ""
        self._window = False

    def start(self) -> None:
        """Say that it begins."""
        self._print(f"begins: {self._board.title}")

    def update(self) -> None:
        """Print what has changed since the last time."""
        for line in self._board.lines:
            if line.stage is not Stage.PENDING and self._is_news(line):
                self._tell(line)
            self._tell_progress(line)
        self._tell_window()
        if self._board.news != self._news:
            self._news = self._board.news
            if self._news:
                self._print(self._news)

    def stop(self) -> None:
        """Print what is left to be said."""
        self.update()

    def _is_news(self, line: Line) -> bool:
        """What is waited for is told again only now and then: every look finds other figures."""
        told = self._told.get(line.key)
        if told == (line.stage, line.note) or (told is not None and told[0] is line.stage and not line.note):
            return False
        rare = line.waiting and told is not None and told[0] is line.stage
        return not rare or self._is_time("waiting " + line.key)

    def _tell(self, line: Line) -> None:
        told = self._told.get(line.key)
        self._told[line.key] = (line.stage, line.note)
        note = one_line(line.note, 2000)
        if told is not None and told[0] is line.stage:
            self._print(f"step {line.number}: {note}")
            return
        seconds = line.seconds(self._now()) if line.ended is not None else None
        took = f" ({seconds:.1f} s)" if seconds is not None else ""
        self._print(f"step {line.number} {line.stage.value}{took}: {line.title}, {line.host}{note and f': {note}'}")

    def _tell_progress(self, line: Line) -> None:
        words = line.progress(bar=False)
        if words and self._is_time("progress " + line.key):
            self._print(f"step {line.number}: {words}")

    def _is_time(self, what: str) -> bool:
        now = self._now()
        if now - self._told_at.get(what, -_EVERY) < _EVERY:
            return False
        self._told_at[what] = now
        return True

    def _tell_window(self) -> None:
        down = self._board.window_since is not None
        if down != self._window:
            self._window = down
            self._print(
                "clients cannot write from now on" if down else "the window in which clients cannot write is over"
            )

    def _print(self, words: str) -> None:
        stamp = datetime.fromtimestamp(self._at(), UTC).strftime("%H:%M:%S")
        for line in words.splitlines():
            self._page.console.print(f"{stamp} {one_line(line, 4000)}", soft_wrap=True)
