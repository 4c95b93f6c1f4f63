"""From each polled Snapshot to the Scene that screens draw. Lives in the polling thread."""

from __future__ import annotations

from console.diagnosis.engine import diagnose
from console.facts.snapshot import Snapshot
from console.history.history import History
from console.polling.trail import Trail
from console.scene import Scene
from console.screens.source import MachineIds, Recorder


class Scenery:
    """Takes Snapshots in their order."""

    def __init__(self, memory: MachineIds, recorder: Recorder | None) -> None:
        self._memory = memory
        self._recorder = recorder
        self._trail = Trail()
        self._history = History()

    def scene(self, snapshot: Snapshot) -> Scene:
        """The Snapshot with what is wrong in it and what changed until it; it is remembered and recorded."""
        findings = diagnose(snapshot, self._trail.before(snapshot))
        self._memory.remember(snapshot)
        self._history.take(snapshot, findings)
        if self._recorder is not None:
            self._history.note(*self._recorder.troubles())
        scene = Scene(snapshot, findings, self._history.changes, self._history.lags)
        if self._recorder is not None:
            self._recorder.notice(scene)
        return scene
