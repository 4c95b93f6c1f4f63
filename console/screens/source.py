"""Where Scenes come from: the polled fleet, or a recording. A Source runs in one daemon thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from console.facts.snapshot import Snapshot
    from console.history.change import Change
    from console.polling.poller import Poller
    from console.polling.witnesses import Witnesses
    from console.scene import Scene

Publish = Callable[["Scene"], None]


class Source(Protocol):
    """What the application needs of where Scenes come from. All but `run` may be called from any thread."""

    def run(self, publish: Publish) -> None:
        """Publish Scenes until `stop`. Called once, in a daemon thread; what it raises is shown as words."""

    def now(self) -> datetime:
        """The moment against which ages are told (UTC): the clock, or a recording's time."""

    def hasten(self) -> None:
        """Look at everything now."""

    def stop(self) -> None:
        """End `run` within a moment, whatever hosts do."""

    def close(self) -> None:
        """Drop every connection at once. Called after `stop`."""


class MachineIds(Protocol):
    """Machine-ids seen before, by host name (finding H07)."""

    def known(self) -> dict[str, str]:
        """What is remembered."""

    def remember(self, snapshot: Snapshot) -> None:
        """Add what was never seen before."""


class NoMemory:
    """Nothing is remembered: the hosts of a simulated fleet are new each time."""

    def known(self) -> dict[str, str]:
        """Nothing."""
        return {}

    def remember(self, snapshot: Snapshot) -> None:
        """Forget it."""


class FileMemory:
    """The file of `console.paths.machine_ids_path`."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def known(self) -> dict[str, str]:
        """What the file says; empty where there is none."""
        from console.memory import load_machine_ids
        from console.paths import machine_ids_path

        self._known = load_machine_ids(machine_ids_path())
        return self._known

    def remember(self, snapshot: Snapshot) -> None:
        """Write hosts never seen before into the file."""
        from console.memory import remember_machine_ids
        from console.paths import machine_ids_path

        remember_machine_ids(machine_ids_path(), self._known, snapshot)


class Recorder(Protocol):
    """What keeps a recording of what is seen (console.recording)."""

    def troubles(self) -> Iterable[Change]:
        """What went wrong with the file since it was asked last."""

    def notice(self, scene: Scene) -> None:
        """Note what the Scene tells, for seeking."""


class LiveSource:
    """Polls the witnesses, diagnoses each Snapshot, and remembers what changed.

    What polling needs is made and loaded in its own thread, so that the first paint does not wait for it: `make` is
    called once, there.
    """

    def __init__(self, make: Callable[[], Witnesses], memory: MachineIds, recorder: Recorder | None = None) -> None:
        self._make = make
        self._witnesses: Witnesses | None = None
        self._memory = memory
        self._recorder = recorder
        self._lock = threading.Lock()
        self._poller: Poller | None = None
        self._stopped = False

    def run(self, publish: Publish) -> None:
        """Poll until `stop`."""
        from console.polling.poller import Poller
        from console.screens.scenery import Scenery

        with self._lock:
            if self._stopped:
                return
            self._witnesses = self._make()
            self._poller = Poller(self._witnesses, self._memory.known())
        scenery = Scenery(self._memory, self._recorder)
        self._poller.run(lambda snapshot: publish(scenery.scene(snapshot)))

    def now(self) -> datetime:
        """The clock."""
        return datetime.now(UTC)

    def hasten(self) -> None:
        """Poll everything now, slow sections too. Before the first poll there is nothing to hasten."""
        if self._poller is not None:
            self._poller.hasten()

    def stop(self) -> None:
        """End the polling."""
        with self._lock:
            self._stopped = True
            if self._poller is not None:
                self._poller.stop()

    def close(self) -> None:
        """Leave hung hosts behind."""
        with self._lock:
            if self._witnesses is not None:
                self._witnesses.close()
