"""A recording's file: SQLite with a mark of its own and a version; how it is opened to write, and to read."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from console.recording.errors import RecordingError, recording_error

APPLICATION_ID = 0x564D4442  # "VMDB"
VERSION = 1
PAGE = 8192
"""Bytes of a page."""
_BESIDE = 512 * 1024
"""Bytes that wait in the file beside it, until they are brought into it."""
_HEADER = 100
_MAGIC = b"SQLite format 3\0"

SCHEMA = """
CREATE TABLE session(id INTEGER PRIMARY KEY, began INTEGER NOT NULL, first INTEGER NOT NULL,
    fleet TEXT NOT NULL, probe TEXT NOT NULL);
CREATE TABLE machines(session INTEGER NOT NULL, machine_ids TEXT NOT NULL);
CREATE TABLE chapter(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, began INTEGER NOT NULL, first INTEGER NOT NULL);
CREATE TABLE stream(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, part TEXT NOT NULL);
CREATE TABLE heard(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, stream INTEGER NOT NULL, base INTEGER,
    head BLOB NOT NULL, texts BLOB NOT NULL);
CREATE TABLE mark(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, change TEXT NOT NULL);
CREATE TABLE lag(at INTEGER NOT NULL, region TEXT NOT NULL, bytes INTEGER, seconds REAL,
    PRIMARY KEY(at, region)) WITHOUT ROWID;
"""
"""Times are microseconds since 1970, UTC. A session is one run of a recorder. A chapter can be read by itself: it
begins (`first`, an id of `heard`) with what was heard last of every stream before it. A stream is what can be told
against what it told before: a host's answers to the same sections, its failures, a client's views of an address.
`base` is the row that a row is told against; NULL: it is told whole. Rows are only added, so that of a file that was
cut off the beginning is whole.
"""


class OpenFile:
    """A recording that is being written. One at a time: the file is locked as long as it is open."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises RecordingError for a file that is no recording, or is being written already."""
        self.path = path
        self._lock = _locked(path)
        try:
            new = _is_new(path)
            self.connection = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
            self._prepare(new)
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Bring everything into the one file, which can be read anywhere then, and let go of it."""
        try:
            with suppress(sqlite3.Error):  # somebody reads it now: what is beside it stays beside it
                self.connection.execute("PRAGMA journal_mode=DELETE")
            self.connection.close()
        finally:
            os.close(self._lock)

    def _prepare(self, new: bool) -> None:
        connection = self.connection
        try:
            if new:
                connection.execute(f"PRAGMA page_size={PAGE}")
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={VERSION}")
            # Nothing that was committed is lost when the console dies; the last moments may be when the machine does.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={_BESIDE // PAGE}")
            if new:
                connection.executescript(f"BEGIN;{SCHEMA}COMMIT;")
        except sqlite3.Error as error:
            connection.close()
            raise _unusable(self.path, error) from error


def _locked(path: Path) -> int:
    """A descriptor that keeps others from writing. It is closed last: closing one drops SQLite's own locks."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise recording_error(path, error.strerror or str(error), "name a file that you can write") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise recording_error(path, "another console records into it", "name another file") from error
    return descriptor


def _is_new(path: Path) -> bool:
    """Whether nothing is in it yet. Raises RecordingError for anything but a recording."""
    header = _header(path)
    if not header:
        return True
    check_header(path, header)
    return False


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER)
    except OSError as error:
        reason = error.strerror or str(error)
        raise recording_error(path, f"it cannot be read: {reason}", "name a recording made with --record") from error


def check_header(path: Path, header: bytes) -> None:
    """Raise RecordingError unless these are the first bytes of a recording of this version."""
    if not header.startswith(_MAGIC) or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise recording_error(path, "it is no recording of vmdb-console", "nothing was changed; name another file")
    version = int.from_bytes(header[60:64], "big")
    if version != VERSION:
        what = f"it is a recording of format {version}, this console knows {VERSION}"
        raise recording_error(path, what, "use the console that made it, or a newer one")


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that can change nothing. Raises RecordingError.

    A file that was cut off can be opened: what lies behind its end raises sqlite3.DatabaseError when it is read.
    """
    header = _header(path)
    if not header:
        raise recording_error(path, "it is empty", "name a recording made with --record")
    check_header(path, header)
    place = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        connection = sqlite3.connect(place, uri=True, isolation_level=None, timeout=5.0, check_same_thread=False)
        for setting in ("writable_schema=ON", "trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT 1 FROM session LIMIT 1").fetchone()
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return connection


def _unusable(path: Path, error: sqlite3.Error) -> RecordingError:
    remedy = f"if {path.name}-wal lies beside it, keep the two together in a folder that you can write; else use a copy"
    return recording_error(path, f"it cannot be used: {error}", remedy)
