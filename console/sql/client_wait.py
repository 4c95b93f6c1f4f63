"""What a look yields while it waits: the thread that drives it has the clock and the deadline."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from console.errors import VmdbConsoleError


@dataclass(frozen=True, slots=True)
class Wait:
    """Resume when `fd` is writable, or else readable; or throw `DeadlineOver` into the generator: when the time
    of its driver is over, or at `until` (monotonic seconds) where that is earlier.
    """

    fd: int
    writable: bool = False
    until: float = inf


class DeadlineOver(VmdbConsoleError):
    """The driver's deadline has passed while a look waited."""


class LookError(VmdbConsoleError):
    """The console could not look at all (not: the server did not answer)."""
