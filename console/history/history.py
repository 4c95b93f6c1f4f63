"""The memory of a fleet's recent past: what changed, and the lags. Bounded; owned by the polling thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from console.diagnosis.finding import Finding
from console.facts.lag import pair_lag
from console.facts.snapshot import Snapshot
from console.history.change import Change, LagPoint
from console.history.changes import Known, learnt, news
from console.history.lags import LagSeries
from console.polling.trail import Trail

CHANGES = 1000
"""How many changes are remembered."""


class History:
    """Takes Snapshots in their order; gives values that may be kept. Not thread-safe."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self._trail = Trail()
        self._kept: deque[Change] = deque(maxlen=CHANGES)
        self._changes: tuple[Change, ...] = ()
        self._series: dict[str, LagSeries] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The last changes, newest last."""
        return self._changes

    @property
    def lags(self) -> Mapping[str, tuple[LagPoint, ...]]:
        """Each region's series, oldest first."""
        return {region: series.points for region, series in self._series.items()}

    def take(self, snapshot: Snapshot, findings: tuple[Finding, ...]) -> None:
        """Remember what is new in a Snapshot, and how far standbys are behind in it."""
        current = snapshot.current()
        known, previous = self._known or Known(), self._trail.before(current)
        now = learnt(known, snapshot, current, findings, previous)
        if self._known is not None:
            self.note(*news(known, now, snapshot.at))
        self._known = now
        for region in current.fleet.regions:
            lag = pair_lag(current, region, previous)
            series = self._series.setdefault(region.name, LagSeries())
            series.add(LagPoint(current.at, lag.bytes, lag.seconds))

    def note(self, *changes: Change) -> None:
        """Remember what nobody sees in a Snapshot: of a recording, for one."""
        if changes:
            self._kept.extend(changes)
            self._changes = tuple(self._kept)
