"""What a person at the screens waits for, and what the console takes from the machine that it runs on.

The console runs on a terminal of its own, as for a person; a key counts as drawn when the cursor's row has come out.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

from tests.bench.figures import Figure, at_most
from tests.bench.terminal import Terminal

HOSTS = 200
MIB = 1024**2
CURSOR = "▌".encode()
"""Stands before the row that the cursor is on (widgets/rows.py), and nowhere else."""


def run(quick: bool) -> list[Figure]:
    """Seconds, milliseconds, shares of a core and MiB."""
    return [
        *_first_paint(5 if quick else 11),
        _keys(60 if quick else 300),
        _small(20 if quick else 60),
        *_memory(quick),
    ]


def _first_paint(times: int) -> list[Figure]:
    """Until the frame stands, with the regions that are asked; and until the first roles do."""

    def once() -> tuple[float, float]:
        with Terminal([sys.executable, "-m", "console", "--demo"]) as terminal:
            terminal.until(lambda found: b"DEMO" in found and b"global" in found)
            painted = _since(terminal)
            terminal.until(lambda found: b"PRIMARY" in found)
            return painted, _since(terminal)

    once()
    paints, roles = zip(*(once() for _ in range(times)), strict=True)
    return [
        at_most("first paint of --demo", statistics.median(paints), 0.6, "s", f"median of {times}"),
        at_most("first roles of --demo", statistics.median(roles), 1.0, "s", f"median of {times}"),
    ]


def _since(terminal: Terminal) -> float:
    return time.monotonic() - terminal.began


def _many(hosts: int, interval: float) -> Terminal:
    return Terminal([sys.executable, "-m", "tests.bench.many_app", str(hosts), str(interval)])


def _keys(presses: int) -> Figure:
    """The cursor moves on the list of findings while 200 hosts are polled every second."""
    chance, waits = random.Random(1), list[float]()
    with _many(HOSTS, 1.0) as terminal:
        terminal.until(lambda found: b"H01" in found)
        terminal.press("2")
        terminal.drain(10)
        before, began = terminal.processor_seconds(), _since(terminal)
        for number in range(presses):
            terminal.drain(chance.uniform(0.1, 0.4))
            terminal.press("j" if number % 8 < 4 else "k")
            waits.append(1000 * terminal.until(lambda found: CURSOR in found, 5.0))
        share = (terminal.processor_seconds() - before) / (_since(terminal) - began)
    waits.sort()
    note = f"median {statistics.median(waits):.0f} ms, worst {waits[-1]:.0f} ms of {presses}; {share:.0%} of a core"
    return at_most(f"a key is drawn, p99, {HOSTS} hosts every 1 s", waits[int(0.99 * (len(waits) - 1))], 50, "ms", note)


def _small(seconds: float) -> Figure:
    """The reference fleet as it is delivered: 12 hosts every 2 s."""
    with _many(12, 2.0) as terminal:
        terminal.until(lambda found: b"H01" in found)
        terminal.drain(10)
        before = terminal.processor_seconds()
        terminal.drain(seconds)
        share = 100 * (terminal.processor_seconds() - before) / seconds
    note = "with the simulator in the same process"
    return at_most("12 hosts every 2 s", share, 5, "% of a core", note)


def _memory(quick: bool) -> list[Figure]:
    """An hour of 200 hosts, or a minute for a quick look."""
    seconds = 60 if quick else 3600
    with _many(HOSTS, 1.0) as terminal:
        terminal.drain(seconds / 2)
        half = terminal.resident_bytes() / MIB
        terminal.drain(seconds / 2)
        whole = terminal.resident_bytes() / MIB
    when = f"after {seconds / 60:.0f} min of {HOSTS} hosts every 1 s"
    return [
        at_most(f"memory {when}", whole, 150, "MiB"),
        at_most("the same, growth in the second half", whole - half, 3, "MiB", f"{half:.0f} MiB at half"),
    ]
