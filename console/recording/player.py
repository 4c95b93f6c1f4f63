"""Plays a recording: the Scene of any moment in it, made by the same parsers and checks as the live one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from pathlib import Path

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Severity
from console.history.change import Change
from console.history.history import CHANGES
from console.history.lags import SPAN as LAG_SPAN
from console.inventory.fleet import Fleet
from console.polling.trail import SPAN, Trail
from console.probe.program import probe_version
from console.recording.cursor import Cursor
from console.recording.document import microseconds, moment
from console.recording.reader import Reader
from console.scene import Scene

_STEP = timedelta(seconds=60)
"""A moment further on than this is sought: what lies between is no trend."""


class Player:
    """An open recording. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError that says what is wrong with the file, and what to do."""
        self._reader = Reader(path)
        self._cursor = Cursor(self._reader)
        self._trail = Trail()
        self._scene: Scene | None = None
        self.path = path
        self.marks: tuple[Change, ...] = self._reader.marks
        self._times = [change.at for change in self.marks]
        self.span = moment(self._reader.chapters[0].began), moment(self._reader.ends)

    @property
    def fleet(self) -> Fleet:
        """The fleet as it was when the recording ended."""
        return self._reader.chapters[-1].session.fleet

    @property
    def remark(self) -> str:
        """What a person must know of the file, "" where it is whole."""
        if self._reader.cut:
            return f"the file was cut off: it goes no further than {self.span[1]:%Y-%m-%d %H:%M:%S}"
        if self._cursor.damaged:
            return "the file is damaged: what cannot be read is shown as unknown"
        if any(chapter.session.probe != probe_version() for chapter in self._reader.chapters):
            return "recorded by another version: what is read otherwise now may be unknown"
        return ""

    def scene_at(self, at: datetime) -> Scene:
        """What the console knew at `at` (UTC), which is brought into the span."""
        at = min(max(at, self.span[0]), self.span[1])
        last = self._scene.snapshot.at if self._scene is not None else None
        if self._scene is not None and last == at:
            return self._scene
        if last is None or not last < at <= last + _STEP:
            self._look_back(at)
        snapshot = self._cursor.snapshot(at)
        findings = diagnose(snapshot, self._trail.before(snapshot))
        seen = bisect_right(self._times, at)
        changes = self.marks[max(0, seen - CHANGES) : seen]
        now = microseconds(at)
        self._scene = Scene(snapshot, findings, changes, self._reader.lags(now - int(LAG_SPAN * 1e6), now))
        return self._scene

    def mark_after(self, at: datetime) -> Change | None:
        """The next change: of those of one moment the worst. Safe from any thread."""
        place = bisect_right(self._times, at)
        return self._worst_at(self._times[place]) if place < len(self._times) else None

    def mark_before(self, at: datetime) -> Change | None:
        """The change before: of those of one moment the worst. Safe from any thread."""
        place = bisect_left(self._times, at)
        return self._worst_at(self._times[place - 1]) if place else None

    def heard_next(self, at: datetime) -> datetime | None:
        """When it goes on after a time in which nothing was recorded; None where `at` is in no such time."""
        now = microseconds(at)
        ends = (end for begin, end in self._reader.gaps if begin < now < end)
        return next((moment(end) for end in ends), None)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def _worst_at(self, at: datetime) -> Change:
        here = self.marks[bisect_left(self._times, at) : bisect_right(self._times, at)]
        return min(here, key=lambda change: len(Severity) if change.severity is None else change.severity.rank)

    def _look_back(self, at: datetime) -> None:
        """A Snapshot of some seconds before, for trends; none across a gap."""
        self._trail = Trail()
        earlier = at - timedelta(seconds=SPAN)
        wanted, now = microseconds(earlier), microseconds(at)
        first = self._reader.chapter_at(now).session
        if wanted >= first.began:
            self._trail.before(self._cursor.snapshot(earlier))
