"""A Source that is begun anew when it ends or falls silent: for a wall that runs for weeks with nobody before it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from console.scene import Scene
from console.screens.source import Publish, Source

_log = logging.getLogger(__name__)

SILENCE = 180.0
"""Seconds without a Scene after which a Source counts as hung. Also a fleet of dead hosts gives Scenes."""
_LONGEST_WAIT = 60.0
_LOOK = 0.5


class SupervisedSource:
    """Implements Source. `make` makes the Source that is watched, with connections of its own, each time anew."""

    def __init__(self, make: Callable[[], Source], *, silence: float = SILENCE, first_wait: float = 1.0) -> None:
        self._make = make
        self._silence = silence
        self._first_wait = first_wait
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._heard = 0.0
        self.begun = 0

    def run(self, publish: Publish) -> None:
        """Publish what the watched Sources publish, until `stop`. Never raises."""
        wait = self._first_wait
        while not self._stop.is_set():
            began = time.monotonic()
            reason = self._life(publish)
            if self._stop.is_set():
                return
            wait = self._first_wait if time.monotonic() - began > _LONGEST_WAIT else min(_LONGEST_WAIT, wait * 2)
            _log.error("looking at the fleet ended (%s); it is begun anew in %.0f s", reason, wait)
            self._stop.wait(wait)

    def now(self) -> datetime:
        """The watched Source's time, else the clock."""
        source = self._source
        return source.now() if source is not None else datetime.now(UTC)

    def hasten(self) -> None:
        """Look at everything now."""
        source = self._source
        if source is not None:
            source.hasten()

    def stop(self) -> None:
        """End `run` within a moment."""
        self._stop.set()
        source = self._source
        if source is not None:
            source.stop()

    def close(self) -> None:
        """Drop every connection."""
        with self._lock:
            source, self._source = self._source, None
        if source is not None:
            source.close()

    def _life(self, publish: Publish) -> str:
        """One Source from its making to its end; why it ended."""
        try:
            source = self._make()
        except Exception as error:
            _log.exception("the fleet's witnesses could not be made")
            return f"{type(error).__name__}: {error}"
        self.begun += 1
        self._source, self._heard = source, time.monotonic()
        ended = _Ended()
        threading.Thread(target=self._watched, args=(source, publish, ended), name="watched", daemon=True).start()
        reason = self._watch(ended)
        self._leave(source)
        return reason

    def _watch(self, ended: _Ended) -> str:
        while not ended.done.wait(_LOOK):
            if self._stop.is_set():
                return "it was told to stop"
            if time.monotonic() - self._heard > self._silence:
                return f"nothing was heard for {self._silence:.0f} s"
        return ended.reason

    def _watched(self, source: Source, publish: Publish, ended: _Ended) -> None:
        """The watched Source's own thread. What it still says after it was left is not passed on."""

        def heard(scene: Scene) -> None:
            if self._source is source:
                self._heard = time.monotonic()
                publish(scene)

        try:
            source.run(heard)
            ended.reason = "it came to its end"
        except Exception as error:
            _log.exception("the watched source failed")
            ended.reason = f"{type(error).__name__}: {error}"
        ended.done.set()

    def _leave(self, source: Source) -> None:
        """Stop a Source and let go of its connections; a hung one may hang on without us."""
        with self._lock:
            if self._source is source:
                self._source = None
        for end in (source.stop, source.close):
            try:
                end()
            except Exception:
                _log.exception("a source could not be ended cleanly")


class _Ended:
    """How the watched thread ended."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.reason = ""
