"""The runbooks' names alone: the command line must know them before it loads any runbook."""

from __future__ import annotations

NAMES = (
    "lock-cleanup",
    "rebuild-standby",
    "failback",
    "discard-old",
    "install-scripts",
    "verify-replication",
    "ui-drill",
)
ON_APPLIANCES = ("ui-drill",)
"""Those that work on UI appliances; all others on database hosts."""
