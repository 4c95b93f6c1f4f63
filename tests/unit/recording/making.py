"""Recordings made of a simulated region, by a clock that only the test moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from console.polling.witnesses import Witnesses
from console.recording.recorder import MAX_BYTES
from console.recording.tee import RecordedWitnesses, recorded
from console.scene import Scene
from console.simulation import agent
from tests.unit.history.watching import BEGIN, DB1, Watch


class Recording:
    """A region that is watched and recorded. `close` ends the file."""

    def __init__(
        self, path: Path, scenario: str = "healthy", begin: datetime = BEGIN, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self.watch = Watch(scenario, wrap=self._recorded, begin=begin)

    @property
    def witnesses(self) -> RecordedWitnesses:
        """What is recorded."""
        found = self.watch.witnesses
        assert isinstance(found, RecordedWitnesses)
        return found

    def looks(self, count: int) -> list[Scene]:
        """So many looks; each Scene is noticed."""
        scenes = []
        for _ in range(count):
            (scene,) = self.watch.looks(1)
            self.watch.history.note(*self.witnesses.recorder.troubles())
            scene = replace(scene, changes=self.watch.history.changes)
            self.witnesses.recorder.notice(scene)
            scenes.append(scene)
        return scenes

    def close(self) -> None:
        """End it."""
        self.watch.witnesses.close()

    def _recorded(self, witnesses: Witnesses) -> Witnesses:
        return recorded(witnesses, self.path, self._max_bytes)


def failover(path: Path) -> list[Scene]:
    """A recording of a minute: dc1's primary is put in standby, the other is promoted, the node comes back."""
    recording = Recording(path)
    watch = recording.watch
    scenes = recording.looks(6)
    watch.happen(lambda region: agent.set_standby(region, region.database(DB1), watch.now, standby=True))
    scenes += recording.looks(16)
    watch.happen(lambda region: agent.set_standby(region, region.database(DB1), watch.now, standby=False))
    scenes += recording.looks(12)
    recording.close()
    return scenes
