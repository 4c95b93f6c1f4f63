"""Every exit code of the program, once (DESIGN 8)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0–3 are `--check`'s and those of monitoring plugins; 64 is sysexits' EX_USAGE; 130 is 128 + SIGINT."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    USAGE = 64
    INTERRUPTED = 130
