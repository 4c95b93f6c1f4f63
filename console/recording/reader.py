"""Reads a recording's tables: what is where, and one thing that was heard. A file that was cut off is read as far as
it is whole.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

from console.history.change import Change, LagPoint
from console.inventory.fleet import Fleet
from console.recording.delta import DamagedError
from console.recording.document import Document, Packed, moment, unpack
from console.recording.errors import recording_error
from console.recording.schema import PAGE, open_to_read
from console.recording.values import change_of, fleet_of
from console.recording.writer import CHAIN, StreamKey

_MOST_MARKS = 200_000


@dataclass(frozen=True)
class Session:
    """One run of a recorder: of which fleet, which machines it knew, with which probe. `began` is in microseconds."""

    identifier: int
    began: int
    fleet: Fleet
    machine_ids: dict[str, str]
    probe: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rows `first` to `last` of what was heard; the first ones tell what was known when it `began` (microseconds)."""

    session: Session
    began: int
    first: int
    last: int


class Reader:
    """An open recording. Not thread-safe. `cut` says that its end is missing."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError: no recording, or nothing in it can be read."""
        self.path = path
        self._base = open_to_read(path)
        self.cut = False
        self._told: dict[int, tuple[int, Document]] = {}
        try:
            self.last = self._last_row()
            self.chapters = tuple(self._chapters())
            self.streams = {
                row[0]: StreamKey(*row[1:]) for row in self._rows("SELECT id, kind, name, part FROM stream")
            }
            if not self.chapters:
                what = "nothing that it holds can be read" if self.cut else "nothing was recorded yet"
                raise recording_error(path, what, "name another recording")
        except BaseException:
            self._base.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @cached_property
    def ends(self) -> int:
        """When the last thing was heard, in microseconds."""
        return self.heard_at(self.chapters[-1].last) or self.chapters[-1].began

    @cached_property
    def marks(self) -> tuple[Change, ...]:
        """Every change, oldest first; those that cannot be read are left out."""
        rows = self._rows(f"SELECT change FROM mark ORDER BY id LIMIT {_MOST_MARKS}")
        return tuple(sorted((change for row in rows if (change := _change(row[0]))), key=lambda change: change.at))

    @cached_property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Times between two sessions: from the last thing heard to where it goes on, in microseconds."""
        pairs = zip(self.chapters, self.chapters[1:], strict=False)
        ends = [(one, other) for one, other in pairs if one.session is not other.session]
        return tuple((self.heard_at(one.last) or one.began, other.began) for one, other in ends)

    def lags(self, since: int, until: int) -> dict[str, tuple[LagPoint, ...]]:
        """Lags by region, of the time between two moments (microseconds)."""
        found: dict[str, list[LagPoint]] = {}
        query = "SELECT at, region, bytes, seconds FROM lag WHERE at BETWEEN ? AND ? ORDER BY at"
        for at, region, size, seconds in self._rows(query, since, until):
            if _is_time(at) and isinstance(size, int | None) and isinstance(seconds, float | None):
                found.setdefault(str(region), []).append(LagPoint(moment(at), size, seconds))
        return {region: tuple(points) for region, points in found.items()}

    def chapter_at(self, at: int) -> Chapter:
        """The chapter that has the moment; the first one where it is before all."""
        return self.chapters[max(0, bisect_right(self.chapters, at, key=lambda chapter: chapter.began) - 1)]

    def heard_until(self, chapter: Chapter, at: int) -> int:
        """The last row of the chapter that was heard by then; the row before its first where none was."""
        low, high = chapter.first - 1, chapter.last
        while low < high:
            middle = (low + high + 1) // 2
            when = self.heard_at(middle)
            low, high = (middle, high) if when is not None and when <= at else (low, middle - 1)
        return low

    def newest(self, after: int, until: int) -> list[tuple[int, int]]:
        """Of the rows behind `after`, up to `until`: the newest of each stream, as (row, stream), in their order."""
        query = "SELECT max(id), stream FROM heard WHERE id > ? AND id <= ? GROUP BY stream"
        return sorted(row for row in self._rows(query, after, until) if _all_numbers(row))

    def document(self, row: int, stream: int) -> Document:
        """What a row tells. Raises DamagedError."""
        chain: list[Packed] = []
        told_row, told = self._told.get(stream, (0, None))
        place: int | None = row
        while place is not None and place != told_row:
            if len(chain) > CHAIN:
                raise DamagedError("its chain has no end")
            packed, place = self._packed(place, stream)
            chain.append(packed)
        before = told if place is not None else None
        for packed in reversed(chain):
            before = unpack(packed, before)
        if before is None:
            raise DamagedError("it is told against nothing")
        self._told[stream] = row, before
        return before

    def _packed(self, row: int, stream: int) -> tuple[Packed, int | None]:
        try:
            found = self._base.execute("SELECT base, head, texts, stream FROM heard WHERE id=?", (row,)).fetchone()
        except sqlite3.Error as error:
            raise DamagedError(str(error)) from error
        if found is None or found[3] != stream or not all(isinstance(part, bytes) for part in found[1:3]):
            raise DamagedError("a row that it is told against is not there")
        base = found[0]
        if base is not None and not (isinstance(base, int) and base < row):
            raise DamagedError("it is told against what came later")
        return Packed(found[1], found[2]), base

    def _last_row(self) -> int:
        """The last row that can be read. Of a page that is there in part, SQLite takes the missing part for zeros."""
        try:
            self.cut = self.path.stat().st_size % PAGE != 0
            if not self.cut:
                row = self._base.execute("SELECT id FROM heard ORDER BY id DESC LIMIT 1").fetchone()
                return row[0] if row is not None and _all_numbers(row) else 0
        except (OSError, sqlite3.Error):
            self.cut = True
        starts = sorted(row[0] for row in self._rows("SELECT first FROM chapter") if _all_numbers(row))
        return next((last for first in reversed(starts) if (last := self._last_from(first))), 0)

    def _last_from(self, first: int) -> int:
        """The last row of an unbroken order that begins at `first`; 0 where that row is not there."""
        last = 0
        for (row,) in self._rows("SELECT id FROM heard WHERE id >= ? ORDER BY id", first):
            if row != (last + 1 if last else first):
                break
            last = row
        return last

    def _chapters(self) -> Iterator[Chapter]:
        sessions = {session.identifier: session for session in self._sessions()}
        rows = [row for row in self._rows("SELECT session, began, first FROM chapter ORDER BY id") if _all_numbers(row)]
        for place, (session, began, first) in enumerate(rows):
            last = min(self.last, rows[place + 1][2] - 1) if place + 1 < len(rows) else self.last
            if session in sessions and first <= last and _is_time(began):
                yield Chapter(sessions[session], began, first, last)

    def _sessions(self) -> Iterator[Session]:
        machines = dict(self._rows("SELECT session, machine_ids FROM machines ORDER BY rowid"))
        for identifier, began, fleet, probe in self._rows("SELECT id, began, fleet, probe FROM session ORDER BY id"):
            try:
                known = _names(machines.get(identifier, "{}"))
                yield Session(identifier, began, fleet_of(fleet), known, str(probe))
            except DamagedError as error:
                raise recording_error(self.path, f"it is damaged: {error}", "name another recording") from error

    def heard_at(self, row: int) -> int | None:
        """When the row, or the nearest before it, was heard; None where that cannot be read."""
        for found in self._rows("SELECT at FROM heard WHERE id <= ? ORDER BY id DESC LIMIT 1", row):
            return found[0] if _is_time(found[0]) else None
        return None

    def _rows(self, query: str, *values: Any) -> Iterator[Any]:
        """Rows of a query, as far as the file is whole."""
        try:
            yield from self._base.execute(query, values)
        except sqlite3.DatabaseError:
            self.cut = True


_LATEST = 2**52
"""Microseconds since 1970 in the year 2112: beyond it a number is no time."""


def _is_time(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 < value < _LATEST


def _all_numbers(row: Sequence[object]) -> bool:
    return all(isinstance(value, int) for value in row)


def _names(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError) as error:
        raise DamagedError("machine-ids that are none") from error
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _change(text: str) -> Change | None:
    try:
        return change_of(text)
    except DamagedError:
        return None
