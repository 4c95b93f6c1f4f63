"""The program at a real terminal (a pty): what is asked, that Cancel is the default, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.unit.cli.test_cli import REPOSITORY
from tests.unit.terminal.warm import WarmProgram

_PATIENCE = 60.0
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CTRL_S, CTRL_Q = b"\x13", b"\x11"
LOCK_CLEANUP = ("--reason", "tidy", "--confirm", "cf-dc1-db1.example.com")
TARGET = "cf-dc2-db1.example.com"


class Terminal:
    """A process at a pty of 80 columns and 24 rows; with `warm` None an interpreter of its own."""

    def __init__(self, home: Path, *argv: str, term: str = "xterm-256color", warm: WarmProgram | None = None) -> None:
        self.seen = ""
        self._at = 0
        self._warm = warm
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "VMDB_"))}
        environment |= {"HOME": str(home), "PYTHONPATH": str(REPOSITORY), "TERM": term}
        environment.pop("NO_COLOR", None)
        self.master, terminal = os.openpty()
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        if warm is not None:
            self.pid = warm.start(argv, environment, home, terminal)
        else:
            self.pid = os.fork()
            if self.pid == 0:
                os.login_tty(terminal)
                os.chdir(home)
                os.execve(sys.executable, [sys.executable, "-m", "console", *argv], environment)
        os.close(terminal)
        self._ended: int | None = None

    def wait_for(self, words: str) -> str:
        """Read until `words` are there; what came since the last wait."""
        end = time.monotonic() + _PATIENCE
        while words not in self.seen[self._at :]:
            assert time.monotonic() < end, f"no {words!r} in {self.seen[self._at :][-3000:]!r}"
            assert self._read(0.2), f"ended before {words!r}: {self.seen[self._at :][-3000:]!r}"
        start, self._at = self._at, self.seen.index(words, self._at) + len(words)
        return self.seen[start : self._at]

    def type(self, text: str) -> None:
        """Answer it: keys pressed before it reads them are no answer."""
        end, asleep = time.monotonic() + _PATIENCE, 0
        while asleep < 3:
            assert time.monotonic() < end, f"it does not wait for an answer: {self.seen[-2000:]!r}"
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]
            asleep = asleep + 1 if state == "S" else 0
            time.sleep(0.01)
        self.press(text)

    def press(self, keys: str) -> None:
        """Whatever it is doing."""
        os.write(self.master, keys.encode())

    def heeds(self, number: signal.Signals) -> bool:
        """Whether it has a handler for this signal."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        caught = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def exit_code(self) -> int:
        end = time.monotonic() + _PATIENCE
        while self._read(0.2):
            assert time.monotonic() < end, self.seen[-2000:]
        return self._awaited()

    def _awaited(self) -> int:
        if self._ended is None:
            self._ended = (
                self._warm.exit_code(self.pid)
                if self._warm is not None
                else os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            )
        return self._ended

    def _read(self, timeout: float) -> bool:
        """False at the end of its output."""
        if not select.select([self.master], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += _ESCAPE.sub("", data.decode("utf-8", "replace"))
        return bool(data)

    def close(self) -> None:
        os.close(self.master)
        if self._ended is None:
            os.kill(self.pid, signal.SIGKILL)
            self._awaited()


class Session:
    """Makes terminals and ends what they left running."""

    def __init__(self, home: Path, warm: WarmProgram) -> None:
        self.home = home
        self.warm = warm
        self.made: list[Terminal] = []

    def start(self, *argv: str, term: str = "xterm-256color") -> Terminal:
        self.made.append(Terminal(self.home, *argv, term=term, warm=self.warm))
        return self.made[-1]

    def start_cold(self, *argv: str) -> Terminal:
        """With an interpreter of its own, which takes a while to begin."""
        self.made.append(Terminal(self.home, *argv))
        return self.made[-1]

    def journals(self) -> list[Path]:
        return sorted(self.home.rglob("*.jsonl"))


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProgram]:
    program = WarmProgram()
    yield program
    program.close()


@pytest.fixture
def session(tmp_path: Path, warm: WarmProgram) -> Iterator[Session]:
    made = Session(tmp_path, warm)
    yield made
    for terminal in made.made:
        terminal.close()


def rebuild(session: Session, term: str = "xterm-256color") -> Terminal:
    terminal = session.start("--demo=lock-unsafe", "run", "rebuild-standby", "--target", "dc2", term=term)
    terminal.wait_for("Why?")
    return terminal


def test_enter_at_the_question_for_the_host_name_cancels(session: Session) -> None:
    terminal = rebuild(session)
    terminal.type("the disk was replaced\n")
    terminal.wait_for(f"type the host name {TARGET}")
    terminal.wait_for("[Cancel]")
    terminal.type("\n")
    assert terminal.exit_code() == 12
    assert "Nothing was changed" in terminal.seen
    assert session.journals() == []


def test_a_wrong_host_name_cancels_and_says_so(session: Session) -> None:
    terminal = rebuild(session)
    terminal.type("the disk was replaced\n")
    terminal.wait_for("[Cancel]")
    terminal.type("cf-dc2-db2.example.com\n")
    assert terminal.exit_code() == 12
    assert f"'cf-dc2-db2.example.com' is not {TARGET}" in " ".join(terminal.seen.split())
    assert session.journals() == []


def test_an_empty_reason_ends_it_as_wrong_usage(session: Session) -> None:
    terminal = rebuild(session)
    terminal.type("\n")
    assert terminal.exit_code() == 64
    assert "a reason is needed" in terminal.seen
    assert session.journals() == []


def test_keys_pressed_before_the_question_confirm_nothing(session: Session) -> None:
    terminal = session.start_cold("--demo=lock-safe", "run", "lock-cleanup", "--target", "dc1", "--reason", "tidy")
    terminal.press("yes\nyes\nyes\n")
    terminal.wait_for("[Cancel]")
    terminal.type("\n")
    assert terminal.exit_code() == 12
    assert session.journals() == []


def test_an_interrupt_at_a_question_cancels(session: Session) -> None:
    terminal = rebuild(session)
    terminal.type("\x03")
    assert terminal.exit_code() == 12
    assert "Nothing was changed" in terminal.seen


def test_a_run_that_is_confirmed_shows_its_steps_and_stops_half_way_at_an_interrupt(session: Session) -> None:
    terminal = rebuild(session)
    terminal.type("the disk was replaced\n")
    terminal.wait_for("[Cancel]")
    terminal.type(f"{TARGET}\n")
    terminal.wait_for("GiB of 100.0 GiB")
    terminal.press("\x03")
    terminal.wait_for("Stopping at the next safe point")
    assert terminal.exit_code() == 11
    (journal,) = session.journals()
    words = " ".join(terminal.seen.split())
    assert "Its job goes on there" in words
    assert f"vmdb-console resume {journal.stem}" in words
    assert f"runs report {journal.stem}" in words


def test_a_dumb_terminal_is_asked_and_gets_lines_instead_of_a_picture(session: Session) -> None:
    terminal = rebuild(session, term="dumb")
    terminal.type("the disk was replaced\n")
    terminal.wait_for("[Cancel]")
    terminal.type(f"{TARGET}\n")
    terminal.wait_for("step 2 running")
    terminal.press("\x03")
    assert terminal.exit_code() == 11
    assert "▶" not in terminal.seen


def ended_behind_ctrl_s(session: Session) -> Terminal:
    """A run that ended, since it was asked to stop, while its operator had stopped the terminal."""
    terminal = session.start("--demo=lock-safe", "run", "lock-cleanup", "--target", "dc1", *LOCK_CLEANUP)
    terminal.wait_for("Ctrl-C stops")
    os.write(terminal.master, CTRL_S)
    time.sleep(0.5)
    os.kill(terminal.pid, signal.SIGTERM)
    end = time.monotonic() + _PATIENCE
    while '"event": "end"' not in "".join(path.read_text() for path in session.journals()):
        assert time.monotonic() < end, "the run stands still with its terminal"
        time.sleep(0.1)
    while terminal.heeds(signal.SIGHUP):  # until signals do again what they did before the run
        assert time.monotonic() < end
        time.sleep(0.02)
    return terminal


def test_a_run_ends_while_ctrl_s_stops_its_terminal_and_ctrl_q_shows_how(session: Session) -> None:
    terminal = ended_behind_ctrl_s(session)
    assert "The whole run" not in terminal.seen
    os.write(terminal.master, CTRL_Q)
    assert terminal.exit_code() == 11
    assert "The whole run" in terminal.seen


def test_after_the_run_an_interrupt_ends_the_waiting_for_a_terminal_that_stands_still(session: Session) -> None:
    terminal = ended_behind_ctrl_s(session)
    os.kill(terminal.pid, signal.SIGINT)
    assert terminal.exit_code() == 11
    assert "The whole run" not in terminal.seen
