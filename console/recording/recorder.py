"""Keeps what the witnesses say, and what the console made of it. Called from the polling thread; nothing waits."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from console.diagnosis.engine import FLEET
from console.diagnosis.finding import Severity
from console.facts.client import ClientView
from console.facts.observed import Observed
from console.facts.text import one_line
from console.history.change import Change, ChangeKind, LagPoint
from console.inventory.fleet import Fleet
from console.recording.replies import document_of, section_names
from console.recording.values import resolution_document, view_document
from console.recording.writer import StreamKey, Writer
from console.recording.writing import WritingThread
from console.scene import Scene
from console.transport.protocol import Reply

MAX_BYTES = 1024**3
"""How large a recording gets, unless one says otherwise."""
_LAG_STEP = timedelta(seconds=3)
_TROUBLES = 100


class Recorder:
    """One recording that is being made."""

    def __init__(self, path: Path, fleet: Fleet, max_bytes: int = MAX_BYTES) -> None:
        """Open or make the file, and begin. Raises RecordingError."""
        self.path = path
        self._troubles: deque[Change] = deque(maxlen=_TROUBLES)
        self._last_change: Change | None = None
        self._last_lags: dict[str, LagPoint] = {}
        self._machines: dict[str, str] = {}
        self._clock = datetime(1970, 1, 1, tzinfo=UTC)
        self._thread = WritingThread(Writer(path, fleet, max_bytes), self._tell)

    def heard_reply(self, reply: Reply) -> None:
        """A host's answer, or why there is none."""
        self._clock = max(self._clock, reply.received_at)
        self._thread.put(partial(_write_reply, reply=reply))

    def heard_view(self, key: str, view: Observed[ClientView]) -> None:
        """What a client met."""
        self._thread.put(partial(_write_view, at=self._at(view.observed_at), key=key, view=view))

    def heard_resolution(self, region: str, addresses: Observed[tuple[str, ...]]) -> None:
        """What an endpoint's name resolved to."""
        at = self._at(addresses.observed_at)
        self._thread.put(partial(_write_resolution, at=at, region=region, addresses=addresses))

    def notice(self, scene: Scene) -> None:
        """What the console made of it: changes and lags, for the time line of the recording."""
        self._clock = max(self._clock, scene.snapshot.at)
        for change in self._new_changes(scene.changes):
            self._thread.put(partial(Writer.mark, change=change))
        for region, points in scene.lags.items():
            if points and self._due(region, points[-1]):
                self._thread.put(partial(Writer.lag, region=region, point=points[-1]))
        if scene.snapshot.machine_ids != self._machines:
            self._machines = dict(scene.snapshot.machine_ids)
            self._thread.put(partial(Writer.know_machines, machine_ids=self._machines))

    def troubles(self) -> tuple[Change, ...]:
        """What went wrong with the recording since one asked last, as changes for people."""
        found: list[Change] = []
        while self._troubles:
            found.append(self._troubles.popleft())
        return tuple(found)

    def close(self) -> None:
        """Write what waits and let go of the file; a disk that hangs is given up after a moment. Idempotent."""
        self._thread.close()

    def _at(self, observed_at: datetime | None) -> datetime:
        """When it was heard: what has no time of its own was heard with what came before it."""
        if observed_at is not None:
            self._clock = max(self._clock, observed_at)
        return self._clock

    def _new_changes(self, changes: tuple[Change, ...]) -> list[Change]:
        new: list[Change] = []
        for change in reversed(changes):
            if change is self._last_change:
                break
            new.append(change)
        if changes:
            self._last_change = changes[-1]
        return new[::-1]

    def _due(self, region: str, point: LagPoint) -> bool:
        last = self._last_lags.get(region)
        if last is not None and timedelta() <= point.at - last.at < _LAG_STEP:
            return False
        self._last_lags[region] = point
        return True

    def _tell(self, words: str, severity: Severity | None) -> None:
        text = one_line(f"recording {self.path.name}: {words}")
        self._troubles.append(Change(self._clock, ChangeKind.RECORDING, FLEET, None, text, severity))


def _write_reply(writer: Writer, reply: Reply) -> None:
    document, usable = document_of(reply)
    kind, part = ("reply", section_names(reply)) if usable else ("failure", "")
    writer.heard(reply.received_at, StreamKey(kind, reply.host, part), document)


def _write_view(writer: Writer, at: datetime, key: str, view: Observed[ClientView]) -> None:
    writer.heard(at, StreamKey("view", key), view_document(view))


def _write_resolution(writer: Writer, at: datetime, region: str, addresses: Observed[tuple[str, ...]]) -> None:
    writer.heard(at, StreamKey("resolution", region), resolution_document(addresses))
