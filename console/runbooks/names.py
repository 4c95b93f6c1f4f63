"""The runbooks' names alone: the command line must know them before it loads any runbook."""

from __future__ import annotations

NAMES = ("lock-cleanup", "rebuild-standby", "failback", "discard-old")
