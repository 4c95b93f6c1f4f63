"""What is loaded before hosts are dialled is waited for by whoever asks for a plan."""

from __future__ import annotations

import subprocess
import sys

import pytest

from console.runbooks.names import NAMES
from console.runbooks.registry import RUNBOOKS


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that are there when `run` begins to look."""
    program = "import console.terminal.beginning, console.terminal.sources, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("module", ["rich", "pydantic", "paramiko", "console.runbooks.plan", "console.diagnosis"])
def test_nothing_that_can_wait_is_loaded_before_hosts_are_dialled(loaded: set[str], module: str) -> None:
    assert module not in loaded


def test_the_names_that_are_known_before_are_those_of_the_runbooks() -> None:
    assert set(RUNBOOKS) == set(NAMES)
