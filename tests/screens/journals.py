"""Journals of runs as a test needs them, written by the Runner's own writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.runner.journal import Journal, Kind
from console.simulation.clock import RunClock
from tests.simulation.worlds import clock

HOSTILE = "[/nonsense] [@click=app.quit]x[/] \x1b[2J \u202e漢字" + "w" * 9000
STEPS: list[dict[str, Any]] = [{"key": "copy", "title": "copy it", "host": "cf-dc1-db2.example.com", "commands": ["x"]}]


def journal(folder: Path, run: str, code: int | None, reason: str = "ticket 7", **data: Any) -> None:
    """A run as its journal tells it; `code` None: its console died."""
    written = Journal.create(folder, run, RunClock(clock()))
    head = {"region": "dc1", "runbook": "rebuild-standby", "target": "cf-dc1-db2.example.com", "summary": "Rebuild it."}
    who = {"user": "ann", "host": "desk", "pid": 1}
    written.write(Kind.BEGIN, who=who, reason=reason, steps=STEPS, inventory="somewhere", **head, **data)
    operations = [{"words": "copy", "command": "pg_basebackup -D /new", "risk": "reversible"}]
    written.write(Kind.INTENT, "copy", operations=operations, changes=True, attempt=1)
    written.write(Kind.PERFORMED, "copy", status=0, output=HOSTILE, seconds=1.0)
    if code is not None:
        written.write(Kind.END, code=code, words="That was the end of it.")
    written.close()
