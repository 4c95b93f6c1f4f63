"""How far each region's standby was behind, over the last half hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from console.facts.lag import PairLag
from console.history.change import LagPoint

SPAN = 1800.0
"""Seconds that a series goes back."""
POINTS = 600
"""How many points a series has at most."""
_STEP = timedelta(seconds=SPAN / POINTS)


def seconds_behind(lag: PairLag, series: Sequence[LagPoint], at: datetime) -> float | None:
    """Seconds behind `at` a moment: as the series has it for that moment (it knows the polls before), else by `lag`."""
    newest = series[-1] if series else None
    return newest.seconds if newest is not None and newest.at == at else lag.seconds


class LagSeries:
    """One region's series, oldest first; the newest point is always there, the others are a step apart."""

    def __init__(self) -> None:
        self._kept: deque[LagPoint] = deque(maxlen=POINTS)
        self._points: tuple[LagPoint, ...] | None = ()

    @property
    def points(self) -> tuple[LagPoint, ...]:
        """The series."""
        if self._points is None:
            self._points = tuple(self._kept)
        return self._points

    def add(self, point: LagPoint) -> None:
        """Add the newest. One that came too soon after the one before the last takes the last one's place."""
        kept = self._kept
        if kept and kept[-1].at >= point.at:
            if kept[-1] == point:
                return
            kept.pop()  # the clock was set back, or the same moment was looked at twice
        elif len(kept) > 1 and point.at - kept[-2].at < _STEP:
            kept.pop()
        kept.append(point)
        while (point.at - kept[0].at).total_seconds() > SPAN:
            kept.popleft()
        self._points = None
