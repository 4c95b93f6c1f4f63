"""`python -m tests.bench [--quick] [NAME …]`: run the benchmarks, print the table, exit 1 when a figure is missed.

Each module `bench_*.py` here has `run(quick: bool) -> list[Figure]`; a new one is found by its name.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import shutil
import subprocess
import sys

from tests import bench
from tests.bench.figures import Figure, table

_INSIDE = "VMDB_BENCH_NAMESPACE"


def modules() -> list[str]:
    """Names of the benchmarks, without the `bench_`."""
    found = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    return sorted(name.removeprefix("bench_") for name in found if name.startswith("bench_"))


def enter_namespace() -> None:
    """As root, start again in a network namespace that has only `lo`, so that nothing here meets a real network."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or _INSIDE in os.environ or unshare is None or shutil.which("ip") is None:
        return
    if subprocess.run([unshare, "-n", "true"], check=False, capture_output=True).returncode != 0:
        return
    os.environ[_INSIDE] = "1"
    script = 'ip link set lo up && exec "$@"'
    again = [sys.executable, "-m", "tests.bench", *sys.argv[1:]]
    os.execv(unshare, [unshare, "-n", "--", "sh", "-c", script, "bench", *again])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 hosts and fewer repetitions")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(modules())}; all by default")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(modules())
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(modules())}")
    enter_namespace()
    figures: list[Figure] = []
    for name in arguments.names or modules():
        print(f"… {name}", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"tests.bench.bench_{name}").run(arguments.quick)
    print(table(figures))
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
