"""A console that is hung up on in the middle of a run: the process ends, and the run is resumable."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.runner.runs import list_runs, read_run

pytestmark = pytest.mark.slow

_CONSOLE = """
import sys, threading
from pathlib import Path
from console.screens.app import ConsoleApp
from console.scene import Face, Setting
from console.screens.source import LiveSource, NoMemory
from console.simulation.demo import demo_world
from console.simulation.witnesses import simulated_witnesses
from console.terminal.target import only_region
from console.wizards.acting import wizards_in_demo
from console.wizards.carrying import start_of
from console.wizards.choosing import Order
from console.wizards.drawing_up import draw_up
from console.wizards.places import simulated_place

world = demo_world("standby-out-of-date")
witnesses = simulated_witnesses("standby-out-of-date", world=world)
folder = Path(sys.argv[1])
wizards = wizards_in_demo(witnesses.fleet, world, folder)

class Console(ConsoleApp):
    def on_ready(self):
        threading.Thread(target=self.plan, daemon=True).start()

    def plan(self):
        fleet = only_region(witnesses.fleet, "dc1")
        place = simulated_place(witnesses.fleet, world, folder)
        drawn = draw_up(place.look(fleet), fleet, Order("rebuild-standby", "dc1"), place.new_run())
        self.call_from_thread(self.carry_out, drawn.plan)

    def carry_out(self, plan):
        self.push_screen(wizards.carry_out(self, plan, start_of(plan, "a test", None)))

setting = Setting(witnesses.fleet, Face.CONSOLE, "standby-out-of-date", "", "a test")
try:
    Console(setting, LiveSource(lambda: witnesses, NoMemory()), wizards).run()
finally:
    wizards.close()
"""


def test_a_hangup_ends_the_process_and_leaves_the_run_resumable(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    console = subprocess.Popen(
        [sys.executable, "-c", _CONSOLE, str(folder)],
        preexec_fn=lambda: os.login_tty(terminal),
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    os.close(terminal)
    try:
        _wait(lambda: _journal_has(folder, "job-begun"), master)
        console.send_signal(signal.SIGHUP)
        _wait(lambda: console.poll() is not None, master)
        assert console.returncode == 0
    finally:
        os.close(master)
        if console.poll() is None:
            console.kill()
            console.wait()
    runs, damaged = list_runs(folder)
    assert not damaged
    assert read_run(folder, runs[0].run).outcome is ExitCode.HALF_WAY
    assert runs[0].leases, "whoever resumes it finds the pair still held"


def _journal_has(folder: Path, event: str) -> bool:
    return any(f'"event": "{event}"' in path.read_text() for path in folder.glob("*.jsonl"))


def _wait(condition: Callable[[], bool], master: int) -> None:
    """Until the condition holds; what the console draws is read meanwhile, as a terminal does."""
    os.set_blocking(master, False)
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        try:
            os.read(master, 65536)
        except OSError:  # nothing to read at the moment, or the console is gone
            time.sleep(0.02)
