"""What a person sees of a run: each event of the Runner, on a terminal and in a log."""

from __future__ import annotations

import contextlib
import io
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import ConsoleDimensions

from console.runbooks.plan import Step
from console.runner.clock import SystemClock
from console.runner.journal import Event, Kind
from console.runner.runs import Run, run_of
from console.terminal.board import Board, Stage, board_of
from console.terminal.feed import take_in
from console.terminal.live import LiveList
from console.terminal.page import Page, make_page
from console.terminal.watching import Watcher, stopping_on_signals
from tests.unit.terminal.plans import ONE, TWO, colour_page, plain_page, plan

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
WINDOW = plan(
    Step("close", "close the port", TWO, window=True, shuts_out=True),
    Step("promote", "promote", ONE, window=True, final=True),
    Step("after", "tidy up", TWO),
)


def event(kind: Kind, step: str | None = None, **data: Any) -> Event:
    return Event(AT, kind, step, data)


def board_after(*events: tuple[float, Event]) -> Board:
    board = board_of(WINDOW, 0.0)
    for now, each in events:
        take_in(board, each, now)
    return board


def drawn(board: Board, now: float, height: int = 24) -> str:
    page, _ = plain_page(80)
    page.console.size = ConsoleDimensions(80, height)
    with page.console.capture() as capture:
        page.console.print(LiveList(page.console, board, lambda: now))
    return capture.get()


def test_a_step_runs_from_its_intent_until_it_is_verified() -> None:
    board = board_after((1.0, event(Kind.INTENT, "close")))
    assert board.lines[0].stage is Stage.RUNNING
    take_in(board, event(Kind.VERIFIED, "close"), 3.5)
    assert (board.lines[0].stage, board.lines[0].seconds(9.0)) == (Stage.DONE, 2.5)


def test_a_failed_exit_status_is_told_and_fails_nothing_by_itself() -> None:
    board = board_after(
        (1.0, event(Kind.INTENT, "close")), (2.0, event(Kind.PERFORMED, "close", status=1, output="no such chain"))
    )
    assert board.lines[0].stage is Stage.RUNNING
    assert "exit status 1" in board.lines[0].note
    assert "no such chain" in board.lines[0].note


def test_what_is_waited_for_is_the_condition_that_does_not_hold() -> None:
    conditions = [
        {"words": "it runs", "answer": "yes", "because": "pid 1"},
        {"words": "it streams", "answer": "unknown", "because": "not seen"},
    ]
    board = board_after((1.0, event(Kind.WAITING, "close", conditions=conditions, left=12.0)))
    assert board.lines[0].note == "waits for: it streams: not seen"
    assert "waits for: it streams: not seen (12 s left)" in drawn(board, 2.0)


def test_clients_cannot_write_from_the_windows_first_step_until_its_last_is_done() -> None:
    board = board_after((1.0, event(Kind.INTENT, "close")), (2.0, event(Kind.VERIFIED, "close")))
    assert (board.window_since, board.window_took) == (1.0, None)
    take_in(board, event(Kind.INTENT, "promote"), 2.0)
    assert "CLIENTS CANNOT WRITE now: 1.5 s" in drawn(board, 2.5)
    take_in(board, event(Kind.VERIFIED, "promote"), 3.5)
    assert "Clients can write again, after 2.5 s" in drawn(board, 9.0)


def test_a_window_that_is_taken_back_lets_clients_write_again() -> None:
    board = board_after(
        (1.0, event(Kind.INTENT, "close")),
        (2.0, event(Kind.FAILED, "close", words="it did not")),
        (3.0, event(Kind.UNDO_INTENT, "close")),
        (4.0, event(Kind.UNDONE, "close")),
    )
    assert board.lines[0].stage is Stage.TAKEN_BACK
    assert board.window_since is None


def test_looking_while_a_step_is_taken_back_does_not_begin_it_anew() -> None:
    board = board_after((1.0, event(Kind.UNDO_INTENT, "close")), (2.0, event(Kind.WAITING, "close", conditions=[])))
    assert board.lines[0].stage is Stage.TAKING_BACK


def test_an_event_of_a_step_that_there_is_not_changes_nothing() -> None:
    board = board_after((1.0, event(Kind.INTENT, "no-such-step")))
    assert {line.stage for line in board.lines} == {Stage.PENDING}


def test_a_step_that_was_stopped_on_request_has_not_failed() -> None:
    board = board_after((1.0, event(Kind.INTENT, "close")), (2.0, event(Kind.FAILED, "close", words="x", asked=True)))
    assert board.lines[0].stage is Stage.STOPPED


def test_odd_data_in_an_event_is_no_error() -> None:
    for kind in Kind:
        board_after((1.0, event(kind, "close", words=7, conditions="x", operations=3, output=None, status="?")))
        board_after((1.0, event(kind, None, words=None, host=[])))


def test_the_picture_has_signs_words_and_the_seconds_that_clients_wait() -> None:
    board = board_after((1.0, event(Kind.INTENT, "close")), (2.0, event(Kind.VERIFIED, "close")))
    take_in(board, event(Kind.INTENT, "promote"), 2.0)
    picture = drawn(board, 3.5)
    assert "✓  1 cf-dc1-db2: close the port" in picture
    assert "▶  2 cf-dc1-db1: promote" in picture
    assert "CLIENTS CANNOT WRITE now: 2.5 s" in picture
    assert "Ctrl-C stops at the next safe point" in picture


def test_a_title_that_names_its_host_stands_without_it_and_has_the_room_for_its_words() -> None:
    title = "cf-dc1-db1 follows cf-dc1-db2 to the last, with a fresh one"
    board = board_of(plan(Step("follow", title, ONE)), 0.0)
    assert f" ·  1 {title}  " in drawn(board, 1.0)


def test_no_line_of_the_picture_is_wider_than_the_terminal() -> None:
    board = board_after((1.0, event(Kind.FAILED, "close", words="it did not " * 60)))
    board.news = "news " * 60
    assert max(len(line) for line in drawn(board, 2.0).splitlines()) <= 80


def test_on_a_low_terminal_the_picture_keeps_the_step_that_runs() -> None:
    many = plan(*(Step(f"s{number}", f"step {number:02}", ONE) for number in range(40)))
    board = board_of(many, 0.0)
    take_in(board, event(Kind.INTENT, "s30"), 1.0)
    picture = drawn(board, 2.0, height=15)
    assert "step 30" in picture
    assert len(picture.splitlines()) < 15


def test_markup_and_controls_in_a_hosts_words_stay_text() -> None:
    board = board_after((1.0, event(Kind.FAILED, "close", words="[bold]x[/] \x1b[31mred")))
    assert "[bold]x[/] " in drawn(board, 2.0)
    assert "\x1b" not in drawn(board, 2.0)


def interrupted_in_the_window() -> Run:
    """A run whose console died after the window's first step was verified."""
    steps = [{"key": step.key, "title": step.title, "host": step.host} for step in WINDOW.steps]
    return run_of("r", [event(Kind.BEGIN, steps=steps), event(Kind.INTENT, "close"), event(Kind.VERIFIED, "close")])


def test_what_a_run_that_goes_on_has_done_already_is_shown_as_done() -> None:
    board = board_of(WINDOW, 0.0, interrupted_in_the_window())
    assert [line.stage for line in board.lines] == [Stage.DONE, Stage.PENDING, Stage.PENDING]


def test_a_window_that_was_begun_by_an_earlier_console_ends_with_its_last_step() -> None:
    board = board_of(WINDOW, 0.0, interrupted_in_the_window())
    take_in(board, event(Kind.INTENT, "promote"), 1.0)
    assert board.window_since == 1.0
    take_in(board, event(Kind.VERIFIED, "promote"), 2.0)
    assert board.window_since is None


def log_of(*events: Event) -> list[str]:
    page, text = plain_page()
    watcher = Watcher(page, WINDOW, SystemClock())
    with watcher.showing():
        for each in events:
            watcher.on_event(each)
    return text().splitlines()


def test_a_log_has_a_line_with_the_time_for_every_change() -> None:
    lines = log_of(event(Kind.INTENT, "close"), event(Kind.VERIFIED, "close"))
    assert [line[8:].split(":")[0] for line in lines] == [
        " begins",
        " step 1 running",
        " clients cannot write from now on",
        " step 1 done (0.0 s)",
    ]


def test_a_log_tells_a_wait_whose_figures_change_now_and_then_only() -> None:
    def waits(seconds: int) -> Event:
        conditions = [{"words": "it streams", "answer": "no", "because": f"{seconds} s so far"}]
        return event(Kind.WAITING, "after", conditions=conditions, left=30.0 - seconds)

    lines = log_of(event(Kind.INTENT, "after"), *(waits(seconds) for seconds in range(30)))
    assert sum("it streams" in line for line in lines) == 1


class Gone:
    """A terminal that has been closed."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")

    def isatty(self) -> bool:
        return False


def test_a_terminal_that_goes_away_does_not_stop_the_run() -> None:
    page, _ = plain_page()
    page.console.file = Gone()  # type: ignore[assignment]
    watcher = Watcher(page, WINDOW, SystemClock())
    with watcher.showing():
        watcher.on_event(event(Kind.INTENT, "close"))
        watcher.on_event(event(Kind.VERIFIED, "close"))
    assert watcher.board.lines[0].stage is Stage.DONE


def test_a_reader_that_goes_away_does_not_stop_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as gone:
        watcher = Watcher(make_page(io.StringIO(), gone, {}), WINDOW, SystemClock())
        with watcher.showing():
            watcher.on_event(event(Kind.INTENT, "close"))
            watcher.on_event(event(Kind.VERIFIED, "close"))
        assert watcher.board.lines[0].stage is Stage.DONE


def signalled(number: signal.Signals, page: Page) -> tuple[list[str], Board]:
    asked: list[str] = []
    watcher = Watcher(page, WINDOW, SystemClock())
    with stopping_on_signals(watcher, lambda: asked.append("stop")):
        os.kill(os.getpid(), number)
    return asked, watcher.board


def test_an_interrupt_a_closed_terminal_and_a_termination_ask_to_stop_and_say_so() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asked, board = signalled(number, colour_page()[0])
        assert asked == ["stop"]
        assert "next safe point" in board.news


def test_signals_do_again_what_they_did_once_the_run_is_over() -> None:
    before: list[Callable[..., object] | int | signal.Handlers | None] = [signal.getsignal(signal.SIGINT)]
    signalled(signal.SIGINT, colour_page()[0])
    assert signal.getsignal(signal.SIGINT) == before[0]
