"""How a copy goes: bytes done, bytes a second, seconds left, from what pg_basebackup prints."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from console.probe.basebackup import BackupProgress, parse_backup_progress
from console.report.words import size

_WINDOW = 20.0
"""Seconds that the rate is the mean of: a checkpoint or a large file must not make it jump."""
_LEAST = 1.0
_BAR = 16


@dataclass(frozen=True, slots=True)
class CopyState:
    """`rate` in bytes a second, `left` in seconds; None where not known yet."""

    progress: BackupProgress
    rate: float | None
    left: float | None


@dataclass
class CopyMeter:
    """Remembers how far a copy was when. Feed it the job's output as it grows."""

    _points: deque[tuple[float, int]] = field(default_factory=deque)
    state: CopyState | None = None

    def read(self, output: str, now: float) -> CopyState | None:
        """The copy's state at second `now` (any monotonic clock); None where `output` is no base backup's."""
        progress = parse_backup_progress(output)
        if progress is None:
            return self.state
        if self._points and progress.done < self._points[-1][1]:
            self._points.clear()  # it was begun anew
        self._points.append((now, progress.done))
        while len(self._points) > 2 and now - self._points[0][0] > _WINDOW:
            self._points.popleft()
        rate = self._rate()
        self.state = CopyState(progress, rate, _left(progress, rate))
        return self.state

    def _rate(self) -> float | None:
        (start, before), (end, done) = self._points[0], self._points[-1]
        return (done - before) / (end - start) if end - start >= _LEAST and done > before else None


def copy_words(state: CopyState, *, bar: bool = False) -> str:
    """`[####----] 412.0 MiB of 1.2 GiB (33 %), 48.0 MiB/s, 17 s left`."""
    progress = state.progress
    if progress.completed:
        return f"{size(progress.done)} copied"
    if progress.waiting_for_checkpoint or not progress.done:
        return "waiting for the primary's checkpoint"
    words = [f"{size(progress.done)} of {size(progress.total)}" if progress.total else size(progress.done)]
    if progress.share is not None:
        words[0] += f" ({progress.share:.0%})"
    if state.rate:
        words.append(f"{size(int(state.rate))}/s")
    if state.left is not None:
        words.append(f"{clock(state.left)} left")
    return (_bar(progress.share) if bar and progress.share is not None else "") + ", ".join(words)


def clock(seconds: float) -> str:
    """`12 s`, `3:05 min`, `1:02:03 h`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def _left(progress: BackupProgress, rate: float | None) -> float | None:
    if progress.total is None or not rate or progress.done > progress.total:
        return None
    return (progress.total - progress.done) / rate


def _bar(share: float) -> str:
    full = int(share * _BAR)
    return f"[{'#' * full}{'-' * (_BAR - full)}] "
