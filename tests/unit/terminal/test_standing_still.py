"""An output that stands still (Ctrl-S, a stalled ssh session, `| less`): the run goes on to its end all the same."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.runner.journal import Journal
from console.runner.outcome import Outcome
from console.runner.runner import Runner
from console.terminal.drawing import LineWriter
from console.terminal.page import Page, make_page
from console.terminal.watching import Watcher
from tests.simulation.faults import Schedule
from tests.simulation.runs import CASES, RUN, Drill

_PATIENCE = 30.0


class Still:
    """An output that takes nothing more until it is read: a terminal or a pipe."""

    def __init__(self, *, terminal: bool) -> None:
        self.reading, writing = os.openpty() if terminal else os.pipe()
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while os.write(writing, b"x" * 64):
                pass
        os.set_blocking(writing, True)
        self.stream = os.fdopen(writing, "w", encoding="utf-8")
        self.read = ""
        self._reader: threading.Thread | None = None

    def read_on(self) -> None:
        """Somebody reads it from now on."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def read_to_the_end(self) -> str:
        """All that was written, once the writer has closed its end."""
        self._end_reading()
        return self.read

    def _read(self) -> None:
        with suppress(OSError):
            while data := os.read(self.reading, 65536):
                self.read += data.decode("utf-8", "replace")

    def _end_reading(self) -> None:
        assert self._reader is not None
        self.stream.close()
        self._reader.join(_PATIENCE)
        assert not self._reader.is_alive()

    def close(self) -> None:
        """Never while it is read: the number of a closed descriptor is another file's soon, which would be read on."""
        if self._reader is not None:
            self._end_reading()
            os.close(self.reading)
        else:
            os.close(self.reading)  # whoever writes ends by that
            with suppress(OSError):
                self.stream.close()


class Carrying:
    """A failback with its clients' window, carried out in a thread of its own and shown on `page`."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self.outcome: Outcome | None = None
        self._run_ended = threading.Event()
        self._thread = threading.Thread(target=self._carry_out, daemon=True)
        self._thread.start()

    def _carry_out(self) -> None:
        drill = Drill(CASES["failback by rejoining"], Schedule(), self._folder)
        watcher = Watcher(self._page, drill.plan, drill.parts.clock)
        with closing(Journal.create(self._folder, RUN, drill.parts.clock)) as journal, watcher.showing():
            self.outcome = Runner(drill.parts, journal, watcher.on_event).start(drill.plan, "the primary is mended")
            self._run_ended.set()

    def run_ends(self) -> bool:
        """Whether the run comes to its end; what is shown of it may still have to wait."""
        return self._run_ended.wait(_PATIENCE)

    def is_all_shown(self) -> bool:
        self._thread.join(_PATIENCE)
        return not self._thread.is_alive()


@pytest.fixture(params=[(True, "xterm"), (True, "dumb"), (False, "dumb")], ids=["picture", "dumb terminal", "pipe"])
def still(request: pytest.FixtureRequest) -> Iterator[tuple[Still, Page]]:
    terminal, term = request.param
    output = Still(terminal=terminal)
    yield output, make_page(io.StringIO(), output.stream, {"TERM": term})
    output.close()


def test_a_run_ends_though_nobody_reads_what_is_shown_of_it(still: tuple[Still, Page], tmp_path: Path) -> None:
    output, page = still
    carrying = Carrying(page, tmp_path)
    assert carrying.run_ends()
    assert carrying.outcome is not None
    assert carrying.outcome.code is ExitCode.OK
    assert "step" not in output.read
    output.read_on()
    assert carrying.is_all_shown()


def test_a_log_that_is_read_again_tells_everything_to_the_end(tmp_path: Path) -> None:
    output = Still(terminal=False)
    carrying = Carrying(make_page(io.StringIO(), output.stream, {}), tmp_path)
    assert carrying.run_ends()
    output.read_on()
    assert carrying.is_all_shown()
    lines = [line for line in output.read_to_the_end().splitlines() if " step " in line]
    assert " running: " in lines[0]
    assert " done " in lines[-1]
    output.close()


def test_lines_for_which_there_is_no_room_are_left_out_and_counted() -> None:
    written: list[str] = []
    writer = LineWriter(written.append, room=2)
    for word in ("one", "two", "three", "four"):
        writer.put(word)
    writer.start()
    writer.finish()
    assert written[:2] == ["one", "two"]
    assert written[2].startswith("(2 lines were left out here")
    assert len(written) == 3


def test_what_was_left_out_is_told_where_it_was_left_out() -> None:
    written: list[str] = []
    empty = threading.Event()

    def write(line: str) -> None:
        written.append(line)
        if line == "one":
            empty.set()

    writer = LineWriter(write, room=1)
    writer.put("one")
    writer.put("two")
    writer.start()
    assert empty.wait(_PATIENCE)
    writer.put("three")
    writer.finish()
    assert [line[:7] for line in written] == ["one", "(1 line", "three"]


def test_a_line_that_cannot_be_written_ends_the_writing_and_nothing_else() -> None:
    def write(line: str) -> None:
        raise OSError(5, "Input/output error")

    writer = LineWriter(write)
    writer.start()
    for _ in range(5):
        writer.put("x")
    writer.finish()
