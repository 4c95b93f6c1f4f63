"""Every exit code of the program, once (DESIGN 8)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0–3 are `--check`'s and those of monitoring plugins; 64 is sysexits' EX_USAGE; 130 is 128 + SIGINT.

    10–13 are of `run` and `resume` (0: done and verified). 10 and 12: nothing was changed; 11: changed, not finished.
    """

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    REFUSED = 10
    HALF_WAY = 11
    CANCELLED = 12
    ROLLED_BACK = 13
    USAGE = 64
    INTERRUPTED = 130
