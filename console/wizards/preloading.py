"""What a guided repair needs, loaded before somebody asks for one: the first `w` then opens at once.

Loading is Python's own work and holds its lock: in pieces with pauses between them a key press waits for one at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module

PIECES = (
    "pydantic",
    "console.operations.operation",
    "console.runbooks.plan",
    "console.runbooks.registry",
    "console.runner.runner",
    "console.runner.ssh_hands",
    "console.simulation.parts",
    "console.terminal.run_command",
    "console.wizards.acting",
    "console.wizards.runbooks_screen",
    "console.wizards.plan_screen",
    "console.wizards.run_screen",
    "console.wizards.going_on_screen",
    "console.journals.runs_screen",
    "console.journals.run_page_screen",
)
"""From what others rest on to what rests on it, so that no piece is large."""
PAUSE = 0.1
"""Seconds between two pieces."""


def preload(enough: Callable[[], bool] = lambda: False) -> None:
    """Load everything, in the calling thread; `enough` ends it before the next piece."""
    for piece in PIECES:
        if enough():
            return
        import_module(piece)
        time.sleep(PAUSE)
