"""The console on a terminal of the lab's workstation (tmux): keys are pressed, and what is on the glass is read."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.lab import paths
from tests.lab.fleet import Lab
from tests.lab.shell import LabError, run, wait_until

SMALL, LARGE = (80, 24), (120, 40)
REASON = "a lab test of the wizards"
COPIES = r"MiB of [0-9.]+ MiB"
"""How the progress of a copy reads."""
_KEY = 0.2
"""Seconds between keys: a person's, and time for the focus to have moved."""
_FRAMES = re.compile("[\u2500-\u259f]")


class Glass:
    """The console on a terminal of `size` (columns, lines), a tmux of its own on the lab's workstation."""

    def __init__(self, lab: Lab, size: tuple[int, int], *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vmdb-glass-")
        self._tmux = ("tmux", "-S", f"{self._folder.name}/socket", "-f", "/dev/null")
        bare = ["-u", "COLUMNS", "-u", "LINES", "-u", "NO_COLOR"]  # the terminal itself decides
        own = [f"PGPASSFILE={lab.pgpass}", f"XDG_STATE_HOME={paths.state() / 'console'}", "COLORTERM=truecolor"]
        program = [str(paths.REPOSITORY / ".venv/bin/vmdb-console"), "--inventory", str(lab.inventory), *options]
        place = ["-x", str(size[0]), "-y", str(size[1]), "-c", str(paths.REPOSITORY)]
        kept = ["set", "-g", "remain-on-exit", "on", ";", "new-session", "-d", "-s", "console", *place]
        self._run("start-server", ";", *kept, "--", *lab.ws_prefix, "env", *bare, *own, *program)
        self.pid = int(self._ask("#{pane_pid}"))

    def __enter__(self) -> Glass:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it, whatever it does."""
        self.hang_up()
        self._folder.cleanup()
        if not ends(self.pid, 60):
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError("the console did not end when its terminal was closed")

    @property
    def text(self) -> str:
        """What is to be read on the glass, line by line."""
        return self._run("capture-pane", "-p", "-t", "console")

    def until(self, pattern: str, seconds: float = 30) -> str:
        """Wait until the words have the pattern (a regular expression); the glass as it was then."""
        end = time.monotonic() + seconds
        while True:
            text = self.text
            if re.search(pattern, plain(text)):
                return text
            if time.monotonic() > end:
                raise LabError(f"{pattern!r} is not to be read within {seconds:g} s; the glass shows:\n{text}")
            time.sleep(0.1)

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names, as fast as a person."""
        for key in keys:
            self._run("send-keys", "-t", "console", key)
            time.sleep(_KEY)

    def type(self, words: str) -> None:
        """Type words."""
        self._run("send-keys", "-t", "console", "-l", words)
        time.sleep(_KEY)

    def hang_up(self) -> None:
        """Close the terminal."""
        run([*self._tmux, "kill-server"], check=False)

    def ended(self, seconds: float) -> int:
        """Wait until the program has ended by itself; its exit code."""
        wait_until(lambda: self._ask("#{pane_dead}") == "1", seconds, "the console ended")
        return int(self._ask("#{pane_dead_status}"))

    def _ask(self, what: str) -> str:
        return self._run("display-message", "-p", "-t", "console", what).strip()

    def _run(self, *words: str) -> str:
        return run([*self._tmux, *words]).stdout


def ends(pid: int, seconds: float) -> bool:
    """Whether the process ends within that time; one that nobody has waited for yet has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def plain(text: str) -> str:
    """The words of a glass as one line, without frames and with single spaces: what was wrapped is together."""
    return " ".join(_FRAMES.sub(" ", text).split())


# --- what a person does with it ----------------------------------------------------------------------------------


def repair_of_finding(glass: Glass, code: str, region: str, words: str = "") -> str:
    """From the fleet to the finding whose summary has the words, and `w`; the glass with it under the cursor.

    Evidence that is dear comes late: until then a finding may say that something is not known.
    """
    glass.until("Findings [✖▲]", 60)
    glass.press("2", "/")
    glass.until("words that a line must have", 10)
    time.sleep(1)
    glass.type(code)
    glass.until(f"{code} {region} .*{words}", 90)
    glass.press("Enter")
    seen = cursor_to(glass, f"{code} {region} .*{words}")
    glass.press("w")
    return seen


def cursor_to(glass: Glass, pattern: str) -> str:
    """Move the cursor, down and then up, to the line with the pattern; the glass then."""
    for key in "j" * 10 + "k" * 20:
        text = glass.text
        if re.search(f"(?m)^ ?▌.*{pattern}", text):
            return text
        glass.press(key)
    raise LabError(f"the cursor does not come to {pattern!r}:\n{glass.text}")


def choose(glass: Glass, rate: str = "") -> None:
    """The question before the plan: a limit for the copy, and the plan."""
    glass.until("First the plan is shown", 20)
    if rate:
        glass.press("BTab")
        glass.type(rate)
        glass.press("Tab")
    glass.press("Enter")


def plan_of(glass: Glass) -> str:
    """The plan, as soon as all its checks hold."""
    return glass.until("✔ all [0-9]+ checks hold looked", 120)


def consent(glass: Glass, asked: Sequence[str]) -> str:
    """Begin: say why, type every word, go to the other button, Enter. The dialog as it was at first.

    A machine that is busy with other tests may be slower than the keys: the focus is waited for, field by field.
    """
    glass.press("b")
    dialog = glass.until("To go on, type", 10)
    following = [*(f"missing: type {re.escape(words)}" for words in asked), "Everything is there"]
    for words, then in zip((REASON, *asked), following, strict=True):
        glass.press("Tab")
        time.sleep(1)
        glass.type(words)
        glass.until(then, 10)
    for key in ("Tab", "Tab", "Enter"):
        glass.press(key)
        time.sleep(1)
    return dialog
