"""When a host that failed may be tried again: exponential, with jitter, and no sooner than a minute after a refusal."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from console.transport.protocol import FailureKind

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
REFUSAL_DELAY = 60.0

# Asking again soon changes nothing and may lock the console out: sshd's PerSourcePenalties ban a source
# for every failed login (OpenSSH 9.8, servconf.c).
_REFUSALS = frozenset(
    {
        FailureKind.LOGIN_REFUSED,
        FailureKind.HOST_KEY_CHANGED,
        FailureKind.HOST_KEY_UNKNOWN,
        FailureKind.LEGACY_NEEDED,
    }
)


def delay_after(kind: FailureKind, failures: int, chance: float) -> float:
    """Seconds to wait after the `failures`-th failure in a row (1 is the first); `chance` in 0..1 is the jitter.

    1, 2, 4 … 60 seconds, each spread over 75–125 %; 60–90 seconds after a refusal.
    """
    if kind in _REFUSALS:
        return REFUSAL_DELAY * (1 + chance / 2)
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 16)) * (0.75 + chance / 2)


@dataclass(slots=True)
class Backoff:
    """The failures of one host in a row. Times are of one monotonic clock, in seconds."""

    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0
    retry_at: float = 0.0

    def failed(self, kind: FailureKind, now: float) -> None:
        """Note a failure at `now`."""
        self.failures += 1
        self.retry_at = now + delay_after(kind, self.failures, self.chance.random())

    def succeeded(self) -> None:
        """Note an answer: the next failure counts as the first."""
        self.failures = 0
        self.retry_at = 0.0

    def retry_now(self) -> None:
        """Let the next request through; the failures in a row still count, should it fail too."""
        self.retry_at = 0.0

    def remaining(self, now: float) -> float:
        """Seconds until the host may be tried again; 0 when it may be."""
        return max(0.0, self.retry_at - now)
