"""Writes a recording: each thing heard against what the same stream told before. One thread; no queue, no clock."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.history.change import Change, LagPoint
from console.inventory.fleet import Fleet
from console.probe.program import probe_version
from console.recording.delta import DamagedError
from console.recording.document import Document, microseconds, moment, pack
from console.recording.errors import recording_error
from console.recording.schema import OpenFile
from console.recording.values import change_text, fleet_of, fleet_text

CHAIN = 64
"""How many rows of a stream are told against each other before one is whole again."""
CHAPTER = timedelta(minutes=30)
"""How long a chapter is at most: what a seek has to look through, and what goes when the file is full."""
SHARES = 8
"""Into how many chapters a full file is cut at least."""
LEAST = 4 * 1024 * 1024
"""The least bound that a recording may have, in bytes."""


@dataclass(frozen=True, slots=True)
class StreamKey:
    """`kind`: "reply", "failure", "view" or "resolution"; of which host, question or region; `part`: which sections."""

    kind: str
    name: str
    part: str = ""


@dataclass(slots=True)
class _Stream:
    identifier: int
    row: int = 0
    depth: int = 0
    told: Document | None = None


class Writer:
    """A recording that grows. `dropped_before` is where it begins since it became full, else None.

    Every method but the constructor may raise sqlite3.Error (a full disk, for one): then `undo` what was not yet
    committed, and go on later.
    """

    def __init__(self, path: Path, fleet: Fleet, max_bytes: int) -> None:
        """Raises RecordingError: no recording, of another fleet, being written, too small a bound."""
        if max_bytes < LEAST:
            raise recording_error(path, f"a bound of {max_bytes} bytes is too small", f"give it {LEAST} or more")
        self._file = OpenFile(path)
        self._base = self._file.connection
        self._fleet = fleet
        self.max_bytes = max_bytes
        self._streams: dict[StreamKey, _Stream] = {}
        self._chapter_began: int | None = None
        self._chapter_bytes = 0
        self._latest = 0
        self._next = self._committed = 1
        self._session: int | None = None
        self._machine_ids: Mapping[str, str] = {}
        self.dropped_before: datetime | None = None
        try:
            self._check_fleet()
            self._continue()
        except BaseException:
            self._file.close()
            raise

    def begin(self) -> None:
        """Begin to write; nothing counts before `commit`."""
        self._base.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep what was written; the oldest goes where it is too much."""
        self._trim()
        self._base.execute("COMMIT")
        self._committed = self._next

    def undo(self) -> None:
        """Forget what was not committed. What was heard last is told anew with the next, in a session of its own."""
        if self._base.in_transaction:
            self._base.execute("ROLLBACK")
        self._chapter_began = self._session = None
        self._next = self._committed
        for stream in self._streams.values():
            stream.identifier = 0

    def close(self) -> None:
        """Let go of the file; what was not committed is lost."""
        self._file.close()

    def heard(self, at: datetime, key: StreamKey, document: Document) -> None:
        """Add something heard at `at`."""
        self._latest = max(self._latest, microseconds(at))
        if self._chapter_over():
            self._begin_chapter()
        self._add(self._latest, self._stream(key), document)

    def mark(self, change: Change) -> None:
        """Add a change, for the time line."""
        self._base.execute("INSERT INTO mark(at, change) VALUES(?, ?)", (microseconds(change.at), change_text(change)))

    def lag(self, region: str, point: LagPoint) -> None:
        """Add a region's lag."""
        row = (microseconds(point.at), region, point.bytes, point.seconds)
        self._base.execute("INSERT OR REPLACE INTO lag VALUES(?, ?, ?, ?)", row)

    def know_machines(self, machine_ids: Mapping[str, str]) -> None:
        """Keep which machine-ids the console knew (finding H07 is judged by them)."""
        self._machine_ids = dict(machine_ids)
        if self._session is not None:
            self._add_machines(self._session)

    def _check_fleet(self) -> None:
        try:
            row = self._base.execute("SELECT fleet FROM session ORDER BY id DESC LIMIT 1").fetchone()
            other = fleet_of(row[0]) if row is not None else None
        except (sqlite3.Error, DamagedError) as error:
            raise recording_error(self._file.path, f"it is damaged: {error}", "name another file") from error
        if other is not None and set(other.hosts) != set(self._fleet.hosts):
            hosts = sorted(set(other.hosts) ^ set(self._fleet.hosts))
            what = f"it is a recording of another fleet ({hosts[0]} is in one of them only)"
            raise recording_error(self._file.path, what, "name another file")

    def _continue(self) -> None:
        """Go on behind what is there."""
        last = self._base.execute(
            "SELECT max(id), max(at) FROM heard WHERE id = (SELECT max(id) FROM heard)"
        ).fetchone()
        self._next = (last[0] or 0) + 1
        self._latest = last[1] or 0

    def _chapter_over(self) -> bool:
        if self._chapter_began is None:
            return True
        long = self._latest - self._chapter_began >= CHAPTER / timedelta(microseconds=1)
        return long or self._chapter_bytes > self.max_bytes // SHARES

    def _begin_chapter(self) -> None:
        """A new chapter: everything that was heard last is told again, whole."""
        if self._session is None:
            self._session = self._begin_session()
        self._trim()
        row = (self._session, self._latest, self._next)
        self._base.execute("INSERT INTO chapter(session, began, first) VALUES(?, ?, ?)", row)
        self._chapter_began, self._chapter_bytes = self._latest, 0
        for key, stream in sorted(self._streams.items(), key=lambda item: item[1].row):
            told, stream.told = stream.told, None
            if told is not None:
                self._add(self._latest, self._stream(key), told)
        self._chapter_bytes = 0

    def _begin_session(self) -> int:
        row = (self._latest, self._next, fleet_text(self._fleet), probe_version())
        added = self._base.execute("INSERT INTO session(began, first, fleet, probe) VALUES(?, ?, ?, ?)", row).lastrowid
        assert added is not None
        self._add_machines(added)
        return added

    def _add_machines(self, session: int) -> None:
        row = (session, json.dumps(self._machine_ids))
        self._base.execute("INSERT INTO machines(session, machine_ids) VALUES(?, ?)", row)

    def _stream(self, key: StreamKey) -> _Stream:
        stream = self._streams.setdefault(key, _Stream(0))
        if not stream.identifier:
            row: tuple[Any, ...] = (key.kind, key.name, key.part)
            found = self._base.execute("SELECT id FROM stream WHERE kind=? AND name=? AND part=?", row).fetchone()
            if found is None:
                added = self._base.execute("INSERT INTO stream(kind, name, part) VALUES(?, ?, ?)", row).lastrowid
                found = (added,)
            stream.identifier = found[0]
        return stream

    def _add(self, at: int, stream: _Stream, document: Document) -> None:
        whole = stream.told is None or stream.depth >= CHAIN - 1
        packed = pack(document, None if whole else stream.told)
        base = None if whole else stream.row
        row = (self._next, at, stream.identifier, base, packed.head, packed.texts)
        self._base.execute("INSERT INTO heard VALUES(?, ?, ?, ?, ?, ?)", row)
        stream.row, stream.told, stream.depth = self._next, document, 0 if whole else stream.depth + 1
        self._chapter_bytes += len(packed.head) + len(packed.texts)
        self._next += 1

    def _trim(self) -> None:
        """Drop the oldest chapters while the file is too large; the one that is being written stays."""
        room = self.max_bytes - 2 * self.max_bytes // SHARES  # a chapter more, and what pages waste
        while self._used() > room:
            chapters = self._base.execute("SELECT id, began, first FROM chapter ORDER BY id LIMIT 2").fetchall()
            if len(chapters) < 2:
                return
            (oldest, _, _), (_, began, first) = chapters
            self._base.execute("DELETE FROM heard WHERE id < ?", (first,))
            self._base.execute("DELETE FROM mark WHERE at < ?", (began,))
            self._base.execute("DELETE FROM lag WHERE at < ?", (began,))
            self._base.execute("DELETE FROM chapter WHERE id = ?", (oldest,))
            self.dropped_before = moment(began)

    def _used(self) -> int:
        """Bytes of the file that hold something."""
        pages: int = self._base.execute("PRAGMA page_count").fetchone()[0]
        free: int = self._base.execute("PRAGMA freelist_count").fetchone()[0]
        size: int = self._base.execute("PRAGMA page_size").fetchone()[0]
        return (pages - free) * size
