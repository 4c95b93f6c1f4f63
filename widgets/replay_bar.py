"""The controls of a recording: where one is in it, whether it plays, and where something changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from console.diagnosis.finding import Severity
from console.recording.playing import Playing
from widgets.words import SYMBOLS, plain, severity_style

_LEAST = 10
"""Cells of the time line at least; below, the words alone are shown."""
_WIDE = 100


class ReplayBar(Static):
    """One line, and one more where something must be said of the file. A click on the time line goes there."""

    DEFAULT_CSS = """
    ReplayBar { height: auto; background: $panel; color: $foreground; padding: 0 1; }
    """

    @dataclass
    class Sought(Message):
        """A person clicked at this moment."""

        at: datetime

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._shown: tuple[Playing, int] | None = None

    def show(self, state: Playing) -> None:
        """Draw it; nothing is redrawn where nothing changed."""
        width = (self.size.width or self.app.size.width - 2) or 1
        whole = state.at.replace(microsecond=0), state.playing, state.speed, state.remark
        if self._shown is not None:
            old, old_width = self._shown
            if (old.at.replace(microsecond=0), old.playing, old.speed, old.remark, old_width) == (*whole, width):
                return
        self._shown = state, width
        self.update(bar(state, width))

    def on_click(self, event: Click) -> None:
        """Go to the moment under the pointer."""
        if self._shown is None or event.y != 0:
            return
        state, width = self._shown
        start, cells = line_place(state, width)
        if cells and 0 <= event.x - 1 - start < cells:
            share = (event.x - 1 - start + 0.5) / cells
            self.post_message(self.Sought(state.first + share * (state.last - state.first)))


def bar(state: Playing, width: int) -> Content:
    """The line (and the remark) for `width` cells."""
    before, after = _before(state, width), _after(state, width)
    _, cells = line_place(state, width)
    line = Content("").join([before, Content(" "), time_line(state, cells), Content(" "), after]) if cells else before
    if not state.remark:
        return line
    return Content("\n").join([line, Content.assemble(("▲ ", "bold $status-warning"), plain(state.remark, "bold"))])


def line_place(state: Playing, width: int) -> tuple[int, int]:
    """Where the time line begins, and its cells; 0 where there is no room for it."""
    start = _before(state, width).cell_length + 1
    cells = width - start - _after(state, width).cell_length - 1
    return start, cells if cells >= _LEAST else 0


def time_line(state: Playing, cells: int) -> Content:
    """The whole recording: the worst change of each cell, and where one is."""
    here = _cell(state.at, state, cells)
    worst = _worst(state, cells)
    parts = []
    for cell in range(cells):
        symbol, style = _mark(worst[cell]) if cell in worst else ("─", "$faint")
        parts.append(Content.styled("◆", "bold reverse") if cell == here else Content.styled(symbol, style))
    return Content("").join(parts)


def _worst(state: Playing, cells: int) -> dict[int, Severity | None]:
    worst: dict[int, Severity | None] = {}
    for change in state.marks:
        cell = _cell(change.at, state, cells)
        if cell not in worst or _rank(change.severity) < _rank(worst[cell]):
            worst[cell] = change.severity
    return worst


def _rank(severity: Severity | None) -> int:
    return len(Severity) if severity is None else severity.rank


def _mark(severity: Severity | None) -> tuple[str, str]:
    if severity is None:
        return "·", "$foreground"
    return SYMBOLS[severity], severity_style(severity)


def _cell(at: datetime, state: Playing, cells: int) -> int:
    whole = (state.last - state.first).total_seconds()
    share = (at - state.first).total_seconds() / whole if whole > 0 else 0.0
    return min(cells - 1, max(0, int(share * cells)))


def _before(state: Playing, width: int) -> Content:
    word = Content.styled("▶ playing", "bold $status-ok") if state.playing else Content.styled("‖ halted ", "bold")
    dated = width >= _WIDE or state.first.date() != state.last.date()
    at = f"{state.at:%Y-%m-%d %H:%M:%S} UTC" if dated else f"{state.at:%H:%M:%S} UTC"
    return Content("").join([word, Content(" "), Content.styled(at, "bold"), Content(f" ×{state.speed:g}")])


def _after(state: Playing, width: int) -> Content:
    dated = width >= _WIDE and state.first.date() != state.last.date()
    return Content.styled(f"{state.last:%m-%d %H:%M:%S}" if dated else f"{state.last:%H:%M:%S}", "$faint")
