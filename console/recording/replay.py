"""A recording as a Source of Scenes: it plays, halts, and goes to any moment. Nothing is asked of any host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from console.history.change import Change
from console.recording.player import Player
from console.recording.playing import Playing
from console.scene import Face, Scene, Setting

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
"""How fast a recording may go on: recorded seconds a second."""
FRAME = 0.25
"""Seconds between two Scenes while it plays."""
_LONG_GAP = timedelta(seconds=10)
_FIRST_ROUNDS = 3
"""How many polls of a host it takes until all its sections were seen."""


def replay_source(path: Path) -> ReplaySource:
    """The recording in the file at `path`, halted where every host was seen once. Raises RecordingError."""
    return ReplaySource(Player(path))


class ReplaySource:
    """Implements console.screens.source.Source. Its controls may be used from any thread, and never wait."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._ended.set()
        first, last = player.span
        begin = first + timedelta(seconds=_FIRST_ROUNDS * player.fleet.poll.interval)
        self._state = Playing(first, last, min(begin, last), remark=player.remark, marks=player.marks)

    @property
    def setting(self) -> Setting:
        """What the application shows this as: a recording changes nothing."""
        return Setting(
            self._player.fleet,
            Face.REPLAY,
            read_only="a recording only shows what was",
            source=f"recording {self._player.path.name}",
        )

    @property
    def state(self) -> Playing:
        """Where it stands."""
        with self._lock:
            return self._state

    def run(self, publish: Callable[[Scene], None]) -> None:
        """Publish the Scene of the place where it stands, whenever that changes, until `stop`."""
        self._ended.clear()
        try:
            shown: datetime | None = None
            before = time.monotonic()
            while not self._stopped.is_set():
                now = time.monotonic()
                self._go_on(now - before)
                at = self.state.at
                if at != shown:
                    publish(self._scene(at))
                    shown = at
                before = self._wait(now)
        finally:
            self._ended.set()

    def now(self) -> datetime:
        """The recording's time."""
        return self.state.at

    def hasten(self) -> None:
        """Nothing is polled here."""

    def stop(self) -> None:
        """End `run` within a moment."""
        self._stopped.set()
        self._wake.set()

    def close(self) -> None:
        """Let go of the file, once `run` has ended."""
        if self._ended.wait(1.0):
            self._player.close()

    def toggle(self) -> None:
        """Play or halt; at the end, play from the beginning."""
        state = self.state
        at = state.first if not state.playing and state.at >= state.last else state.at
        self._set(at=at, playing=not state.playing)

    def skip(self, seconds: float) -> None:
        """Go on or back."""
        self.seek(self.state.at + timedelta(seconds=seconds))

    def seek(self, at: datetime) -> None:
        """Go to a moment (UTC); one outside of the recording is its beginning or end."""
        state = self.state
        self._set(at=min(max(at, state.first), state.last), playing=state.playing)

    def seek_mark(self, direction: int) -> Change | None:
        """Go to the next change (1) or the one before (-1), and halt there; None where there is none."""
        state = self.state
        found = self._player.mark_after(state.at) if direction > 0 else self._player.mark_before(state.at)
        if found is not None:
            self._set(at=min(max(found.at, state.first), state.last), playing=False)
        return found

    def change_speed(self, steps: int) -> float:
        """Play faster or slower, by so many of SPEEDS; returns the new speed."""
        with self._lock:
            place = SPEEDS.index(self._state.speed) + steps
            self._state = replace(self._state, speed=SPEEDS[min(max(place, 0), len(SPEEDS) - 1)])
            return self._state.speed

    def _set(self, *, at: datetime, playing: bool) -> None:
        with self._lock:
            self._state = replace(self._state, at=at, playing=playing)
        self._wake.set()

    def _go_on(self, seconds: float) -> None:
        """Time passes where it plays; what was not recorded is skipped, and at the end it halts."""
        with self._lock:
            state = self._state
            if not state.playing:
                return
            at = state.at + timedelta(seconds=seconds * state.speed)
            resumed = self._player.heard_next(at)
            if resumed is not None and resumed - at > _LONG_GAP:
                at = resumed
            self._state = replace(state, at=min(at, state.last), playing=at < state.last)

    def _scene(self, at: datetime) -> Scene:
        scene = self._player.scene_at(at)
        with self._lock:
            self._state = replace(self._state, remark=self._player.remark)
        return scene

    def _wait(self, since: float) -> float:
        """Wait for the next frame, or while it is halted for a control; returns since when time passes."""
        if self.state.playing:
            self._wake.wait(max(0.0, FRAME - (time.monotonic() - since)))
        else:
            self._wake.wait()
            since = time.monotonic()
        self._wake.clear()
        return since
