"""The run where nothing may be redrawn (a pipe, a log, TERM=dumb): a line with the time for whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from console.facts.text import one_line
from console.terminal.board import Board, Line, Stage

_EVERY = 10.0


class PlainLog:
    """The lines for what is new on `board`; `now` is the run's clock, `at` its seconds since the epoch."""

    def __init__(self, board: Board, now: Callable[[], float], at: Callable[[], float]) -> None:
        self._board = board
        self._now = now
        self._at = at
        self._told: dict[str, tuple[Stage, str]] = {
            line.key: (line.stage, line.note) for line in board.lines if line.stage is not Stage.PENDING
        }
        self._told_at: dict[str, float] = {}
        self._news = ""
        self._window = False

    def beginning(self) -> list[str]:
        """That it begins."""
        return self._stamped([f"begins: {self._board.title}"])

    def news(self) -> list[str]:
        """What has changed since the last time."""
        return self._stamped(self._changes())

    def _changes(self) -> Iterator[str]:
        for line in self._board.lines:
            if line.stage is not Stage.PENDING and self._is_news(line):
                yield self._step(line)
            yield from self._progress(line)
        yield from self._window_words()
        if self._board.news != self._news:
            self._news = self._board.news
            if self._news:
                yield self._news

    def _is_news(self, line: Line) -> bool:
        """What is waited for is told again only now and then: every look finds other figures."""
        told = self._told.get(line.key)
        if told == (line.stage, line.note) or (told is not None and told[0] is line.stage and not line.note):
            return False
        rare = line.waiting and told is not None and told[0] is line.stage
        return not rare or self._is_time("waiting " + line.key)

    def _step(self, line: Line) -> str:
        told = self._told.get(line.key)
        self._told[line.key] = (line.stage, line.note)
        note = one_line(line.note, 2000)
        if told is not None and told[0] is line.stage:
            return f"step {line.number}: {note}"
        seconds = line.seconds(self._now()) if line.ended is not None else None
        took = f" ({seconds:.1f} s)" if seconds is not None else ""
        return f"step {line.number} {line.stage.value}{took}: {line.title}, {line.host}{note and f': {note}'}"

    def _progress(self, line: Line) -> Iterator[str]:
        words = line.progress(bar=False)
        if words and self._is_time("progress " + line.key):
            yield f"step {line.number}: {words}"

    def _is_time(self, what: str) -> bool:
        now = self._now()
        if now - self._told_at.get(what, -_EVERY) < _EVERY:
            return False
        self._told_at[what] = now
        return True

    def _window_words(self) -> Iterator[str]:
        down = self._board.window_since is not None
        if down != self._window:
            self._window = down
            yield "clients cannot write from now on" if down else "the window in which clients cannot write is over"

    def _stamped(self, news: Iterable[str]) -> list[str]:
        stamp = datetime.fromtimestamp(self._at(), UTC).strftime("%H:%M:%S")
        return [f"{stamp} {one_line(line, 4000)}" for words in news for line in words.splitlines()]
