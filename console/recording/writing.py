"""The thread that writes a recording: jobs go in at once, and are done in transactions of about a second.

A slow or full disk never holds up who puts jobs in: what cannot be written is counted, told, and left out.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from console.diagnosis.finding import Severity
from console.recording.writer import Writer
from console.report.words import size

_log = logging.getLogger(__name__)

WAITING = 4000
"""How many jobs may wait; what comes then is left out."""
COMMIT_EVERY = 1.0
"""Seconds."""
RETRY_AFTER = 30.0
"""Seconds from a failed write to the next one."""
PATIENCE = 3.0
"""Seconds that the end of the console waits for a slow disk."""

Job: TypeAlias = Callable[[Writer], None]
Tell: TypeAlias = Callable[[str, Severity | None], None]


class WritingThread:
    """Owns a Writer. `put` and `close` may be called from any thread; `tell` is called from either."""

    def __init__(self, writer: Writer, tell: Tell) -> None:
        self._writer = writer
        self._tell = tell
        self._jobs: queue.Queue[Job | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._lost = 0
        self._broken = False
        self._full_told = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have a job done soon; never waits."""
        if self._closed:
            return
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            if self._lose(1) == 1:
                self._tell("the disk is too slow: parts are missing", Severity.WARNING)

    def close(self) -> None:
        """Do what waits and let go of the file; a disk that hangs is given up after a moment. Idempotent."""
        if self._closed and not self._thread.is_alive():
            return
        self._closed = True
        try:
            self._jobs.put(None, timeout=PATIENCE)
        except queue.Full:
            _log.warning("the disk is too slow: the end of the recording is missing")
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            while self._write_some():
                pass
        except Exception as error:  # its last word must reach a person; the polls go on
            _log.exception("the recording ended")
            self._tell(f"it has ended by a defect of the console ({type(error).__name__})", Severity.WARNING)
        finally:
            self._closed = True
            self._writer.close()

    def _write_some(self) -> bool:
        """Do the jobs of one transaction; False at the end."""
        jobs = self._next_job(time.monotonic() + COMMIT_EVERY)
        if jobs is None:
            return not self._closed
        (first,) = jobs
        if first is None:
            return False
        done = 1
        try:
            self._writer.begin()
            first(self._writer)
            end, more = time.monotonic() + COMMIT_EVERY, True
            while more and (jobs := self._next_job(end)):
                more = jobs[0] is not None
                if jobs[0] is not None:
                    done += 1
                    jobs[0](self._writer)
            self._writer.commit()
        except (sqlite3.Error, OSError) as error:
            self._lose(done)
            return self._failed(error)
        self._tell_of_success()
        return more

    def _next_job(self, end: float) -> tuple[Job | None] | None:
        """The next job (None in it: the end); None when the time is over."""
        try:
            return (self._jobs.get(timeout=max(0.0, end - time.monotonic())),)
        except queue.Empty:
            return None

    def _tell_of_success(self) -> None:
        with self._lock:
            lost, self._lost = self._lost, 0
        if self._broken or lost:
            self._broken = False
            self._tell(f"it goes on; {lost} answers are missing in it", None)
        if self._writer.dropped_before is not None and not self._full_told:
            self._full_told = True
            self._tell(
                f"it has reached {size(self._writer.max_bytes)}: the oldest is dropped from now on", Severity.INFO
            )

    def _failed(self, error: Exception) -> bool:
        """A disk that is full: say so once, and leave out what comes for a while."""
        _log.warning("recording: %s", error)
        if not self._broken:
            self._tell(f"nothing is kept now: {error}; polling goes on", Severity.WARNING)
        self._broken = True
        try:
            self._writer.undo()
        except sqlite3.Error as second:
            _log.warning("recording: %s", second)
        end = time.monotonic() + RETRY_AFTER
        while jobs := self._next_job(end):
            if jobs[0] is None:
                return False
            self._lose(1)
        return True

    def _lose(self, count: int) -> int:
        with self._lock:
            self._lost += count
            return self._lost
