"""The run on a terminal: the list of its steps, redrawn several times a second, as tall as the terminal allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from console.facts.text import clean
from console.terminal.board import Board, Line, Stage
from console.terminal.copy_progress import clock

_SIGNS = {
    Stage.PENDING: ("·", "dim"),
    Stage.RUNNING: ("▶", "bold cyan"),
    Stage.DONE: ("✓", "green"),
    Stage.FAILED: ("✗", "bold red"),
    Stage.STOPPED: ("■", "bold yellow"),
    Stage.TAKING_BACK: ("◀", "bold yellow"),
    Stage.TAKEN_BACK: ("↶", "yellow"),
}
_OTHER_ROWS = 6


class LiveList:
    """Draws `board` on `console` between `start` and `stop`; `now` is the run's clock.

    Nothing but these three writes. `lock` is held while the board is read, never while something is written.
    """

    def __init__(
        self,
        console: Console,
        board: Board,
        now: Callable[[], float],
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._board = board
        self._now = now
        self._lock = lock if lock is not None else nullcontext()
        self._live = Live(
            self, console=console, auto_refresh=False, transient=False, redirect_stdout=False, redirect_stderr=False
        )

    def start(self) -> None:
        """Begin to draw."""
        self._live.start(refresh=True)

    def update(self) -> None:
        """The board has changed."""
        self._live.refresh()

    def stop(self) -> None:
        """Draw for the last time, and leave the picture there."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The picture now."""
        width = options.max_width
        with self._lock:
            rows = list(self._rows(max(3, console.height - _OTHER_ROWS), width))
        for text in rows:
            text.truncate(width, overflow="ellipsis")
            yield text

    def _rows(self, room: int, width: int) -> Iterator[Text]:
        now, board = self._now(), self._board
        yield Text.assemble((clean(board.title), "bold"), f"  {clock(now - board.began)}")
        for line in board.shown(room):
            yield _row(line, now, width)
        current = board.current()
        yield Text(_detail(current), "cyan")
        if board.window_since is not None:
            yield Text(f"CLIENTS CANNOT WRITE now: {now - board.window_since:.1f} s", "bold red")
        elif board.window_took is not None:
            yield Text(f"Clients can write again, after {board.window_took:.1f} s.", "green")
        if board.news:
            yield Text(clean(board.news), "yellow")
        if not (board.stopping or board.over):
            yield Text("Ctrl-C stops at the next safe point.", "dim")


def _row(line: Line, now: float, width: int) -> Text:
    """The title gets all the room that is left, and the host only where the title does not name it."""
    sign, style = _SIGNS[line.stage]
    seconds = line.seconds(now)
    end = f"  {line.stage.value}{f' {clock(seconds)}' if seconds is not None else ''}"
    host, words = clean(line.host.partition(".")[0]), clean(line.title)
    title = Text(f" {sign} {line.number:>2} {words if host in words else f'{host}: {words}'}", style)
    title.truncate(max(20, width - len(end)), overflow="ellipsis", pad=True)
    return Text.assemble(title, (end, style))


def _detail(line: Line | None) -> str:
    if line is None:
        return ""
    left = f" ({clock(line.left)} left)" if line.left is not None else ""
    return "    " + (line.progress(bar=True) or clean(line.note) + left)
