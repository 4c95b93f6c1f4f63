"""When each host is asked next: polls spread over the interval, slow sections every slow interval. Pure.

The first polls come close together and ask for fast sections only, so that a person who opens the console sees roles
and positions at once; the slow ones come with the second, which are spread.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.inventory.fleet import Poll

FIRST_ROUND = 0.4
"""Seconds within which every host is asked first, at most."""


class Schedule:
    """Due times in seconds of a monotonic clock, by key. A key that is out (asked, not answered) is never due."""

    def __init__(self, keys: Iterable[str], poll: Poll, now: float) -> None:
        names = list(keys)
        self._poll = poll
        first = min(FIRST_ROUND, poll.interval) / max(1, len(names))
        step = poll.interval / max(1, len(names))
        self._due = {name: now + place * first for place, name in enumerate(names)}
        self._second = {name: now + poll.interval + place * step for place, name in enumerate(names)}
        self._slow = dict.fromkeys(names, now + poll.interval)
        self._out: set[str] = set()

    def due(self, now: float) -> list[str]:
        """Keys to ask now, longest waiting first."""
        ready = [name for name, at in self._due.items() if at <= now and name not in self._out]
        return sorted(ready, key=self._due.__getitem__)

    def asked(self, key: str, now: float) -> bool:
        """Note that `key` is out; True when its slow sections are due with this poll."""
        self._out.add(key)
        slow = self._slow[key] <= now
        if slow:
            self._slow[key] = now + self._poll.slow_interval
        late = now - self._due[key] >= self._poll.interval
        second = self._second.pop(key, now)
        self._due[key] = second if second > now else (now if late else self._due[key]) + self._poll.interval
        return slow

    def hold(self, key: str) -> None:
        """Do not ask `key` before its next answer: it is busy with another request."""
        self._out.add(key)

    def answered(self, key: str, *, slow_failed: bool, now: float) -> None:
        """Note the answer; slow sections that did not come are asked again with the next poll."""
        self._out.discard(key)
        if slow_failed:
            self._slow[key] = now

    def hasten(self, key: str, now: float) -> None:
        """Ask `key` as soon as it is free, slow sections too (a person pressed refresh)."""
        self._due[key] = now
        self._slow[key] = now

    def wait(self, now: float) -> float:
        """Seconds until something is due; at most the interval, never negative."""
        waiting = [at for name, at in self._due.items() if name not in self._out]
        return min(self._poll.interval, max(0.0, min(waiting, default=now + self._poll.interval) - now))
