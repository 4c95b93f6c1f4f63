"""What --record costs with many hosts: how the file grows, and the processor's time beside a console without it.

`python -m tests.bench.bench_recording HOSTS SECONDS FILE` is the console that is measured: it records into FILE, "-"
for none. The first minute is not counted: then every host's first text is written whole, later ones against it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from console.recording.recorder import MAX_BYTES
from console.recording.tee import recorded
from console.scene import Face, Setting
from console.screens.app import ConsoleApp
from console.screens.source import LiveSource, NoMemory
from tests.bench.figures import Figure, at_most
from tests.bench.many_app import many
from tests.bench.terminal import Terminal

HOSTS = 200
INTERVAL = 2.0
"""Seconds between two looks at a host, as it is delivered."""
_HOUR = 3600.0
_MIB = 1024**2
_HOURS_TO_KEEP = 8
"""A night fits into a recording of the default size, so that its beginning is still there in the morning."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Share of a core, and bytes of the file a second."""

    share: float
    growth: float


def run(quick: bool) -> list[Figure]:
    """MiB an hour and percentage points of a core."""
    settle, seconds = (20.0, 30.0) if quick else (60.0, 180.0)
    with tempfile.TemporaryDirectory() as folder:
        with_it = _cost(Path(folder) / "night.vmdb", settle, seconds)
    without = _cost(None, settle, seconds)
    an_hour = with_it.growth * _HOUR / _MIB
    limit = MAX_BYTES / _MIB / _HOURS_TO_KEEP
    hours = MAX_BYTES / _MIB / an_hour
    note = f"in {seconds:g} s; a recording is at most {MAX_BYTES // _MIB} MiB, which is {hours:.0f} h"
    more = 100 * (with_it.share - without.share)
    shares = f"{with_it.share:.0%} of a core with it, {without.share:.0%} without; the simulator in the same process"
    return [
        at_most(f"a recording of {HOSTS} hosts every {INTERVAL:g} s grows", an_hour, limit, "MiB/h", note),
        at_most(f"--record takes more, {HOSTS} hosts", more, 10, "% of a core", shares),
    ]


def _cost(file: Path | None, settle: float, seconds: float) -> Cost:
    argv = [sys.executable, "-m", "tests.bench.bench_recording", str(HOSTS), str(INTERVAL), str(file or "-")]
    with Terminal(argv) as terminal:
        terminal.until(lambda found: b"H01" in found, 60.0)
        terminal.drain(settle)
        began, processor, size = time.monotonic(), terminal.processor_seconds(), _size(file)
        terminal.drain(seconds)
        elapsed = time.monotonic() - began
        return Cost((terminal.processor_seconds() - processor) / elapsed, (_size(file) - size) / elapsed)


def _size(file: Path | None) -> int:
    """With what SQLite has beside it."""
    return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*")) if file is not None else 0


def main() -> int:
    """Run until it is killed."""
    hosts, interval, name = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    witnesses, _ = many(hosts, interval)
    taped = recorded(witnesses, Path(name)) if name != "-" else None
    source = LiveSource(lambda: taped or witnesses, NoMemory(), taped.recorder if taped is not None else None)
    setting = Setting(witnesses.fleet, Face.CONSOLE, "healthy", "a bench", f"{hosts} simulated hosts")
    app = ConsoleApp(setting, source)
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
