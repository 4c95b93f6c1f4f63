"""One look at the fleet and what came of it: the input of every report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot


@dataclass(frozen=True)
class CheckResult:
    """`status` is DESIGN 8's word (OK, WARNING, CRITICAL, UNKNOWN), `exit_code` what `--check` ends with.

    `duration` seconds, `started_at` UTC.
    """

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    status: str
    exit_code: int
    duration: float
    started_at: datetime
