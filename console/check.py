"""`--check`: one look at the fleet, one report on stdout, one exit code. Never imports Textual."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from datetime import UTC, datetime

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Severity
from console.diagnosis.status import fleet_status
from console.exit_codes import ExitCode
from console.memory import load_machine_ids, remember_machine_ids
from console.paths import machine_ids_path
from console.polling.poller import Poller
from console.polling.witnesses import Witnesses
from console.report.result import CheckResult
from console.report.write import render
from console.selection import told

_GRACE = 2.0


def run_check(
    witnesses: Witnesses, *, select: tuple[str, ...], report_format: str, fail_on: str, timeout: float, remember: bool
) -> int:
    """Look once within `timeout` seconds, print the report, return the exit code.

    `remember`: keep machine-ids between runs (not for a simulated fleet).
    """
    watchdog = _watch(timeout)
    result = _look(witnesses, select, fail_on, timeout, remember)
    _print(render(result, report_format, colour=_colour_wanted()))
    watchdog.cancel()
    return result.exit_code


def _print(report: str) -> None:
    """Print `report` even where the terminal's encoding lacks a character of it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    print(report, flush=True)


def _colour_wanted() -> bool:
    """Colour only for a person: a terminal that is not dumb, and no NO_COLOR (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _look(witnesses: Witnesses, select: tuple[str, ...], fail_on: str, timeout: float, remember: bool) -> CheckResult:
    started_at, start = datetime.now(UTC), time.monotonic()
    known = load_machine_ids(machine_ids_path()) if remember else {}
    try:
        snapshot = Poller(witnesses, known).look_once(timeout)
    finally:
        witnesses.close()
    if remember:
        remember_machine_ids(machine_ids_path(), known, snapshot)
    findings = told(diagnose(snapshot), snapshot.fleet, select)
    status = fleet_status(findings, fail_on=Severity(fail_on))
    return CheckResult(snapshot, findings, status.value, status.exit_code, time.monotonic() - start, started_at)


def _watch(timeout: float) -> threading.Timer:
    """A last line of defence: whatever hangs, the process ends as UNKNOWN soon after its time."""

    def give_up() -> None:
        print(f"UNKNOWN - the check did not end within {timeout:g} s", file=sys.stderr, flush=True)
        os._exit(ExitCode.UNKNOWN)

    timer = threading.Timer(timeout + _GRACE, give_up)
    timer.daemon = True
    timer.start()
    return timer
