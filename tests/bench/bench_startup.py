"""How long a person waits for `vmdb-console --check --help`, and what a whole demo check costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tests.bench.figures import Figure, at_most


def _seconds(*argv: str) -> float:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "console", *argv], capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"console {' '.join(argv)} exited with {done.returncode}: {done.stderr!r}")
    return time.perf_counter() - start


def run(quick: bool) -> list[Figure]:
    """Medians of several starts, and the interpreter's own start beside them."""
    times = 5 if quick else 11
    _seconds("--help")
    bare = statistics.median(_bare() for _ in range(times))
    helped = statistics.median(_seconds("--check", "--help") for _ in range(times))
    return [at_most("--check --help", helped, 0.35, "s", f"the bare interpreter took {bare:.3f} s in the same run")]


def _bare() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, timeout=60)
    return time.perf_counter() - start
