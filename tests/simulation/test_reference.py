"""The fleet of --demo is the one that its inventory file describes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from console.inventory.loading import load
from console.simulation.reference import demo_fleet


def test_the_fleet_is_what_the_inventory_file_says() -> None:
    written = load(Path(__file__).with_name("fleet.yaml"))
    assert replace(written, source="") == demo_fleet()


def test_no_inventory_is_read_and_no_operation_imported_for_the_first_look() -> None:
    words = (
        "import sys; from console.simulation.witnesses import simulated_witnesses; "
        "from console.transport.protocol import Request; "
        "w = simulated_witnesses('split-brain'); host = next(iter(w.fleet.hosts)); "
        "w.transport.submit(Request(host, ('sql', 'processes', 'data'), 5.0)); assert w.transport.replies(1.0); "
        "print(sorted(name for name in sys.modules if name.startswith(("
        "'pydantic', 'console.inventory.loading', 'console.runner', 'console.simulation.obeying'))))"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
