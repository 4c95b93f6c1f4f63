"""What was known at a moment of a recording: the same Ledger as the Poller's, fed with what was heard until then.

Of every stream only what it told last counts: each answer replaces what an earlier one to the same sections said, a
failure only tells how the last try went. So a seek applies a handful of rows a host, whatever lies between.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from console.facts.client import ClientView
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.polling.ledger import Ledger
from console.recording.delta import DamagedError
from console.recording.document import Document, microseconds, moment
from console.recording.reader import Chapter, Reader
from console.recording.replies import reply_of
from console.recording.values import resolution_of, view_of
from console.recording.writer import StreamKey
from console.transport.protocol import Failure, FailureKind, Reply

_DAMAGED = "the recording is damaged here"


class Cursor:
    """A place in a recording. `damaged` counts what could not be read so far."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._nonce = secrets.token_hex(16)
        self._chapter: Chapter | None = None
        self._at = 0
        self._row = 0
        self._ledger: Ledger | None = None
        self.damaged = 0

    def snapshot(self, at: datetime) -> Snapshot:
        """Everything known at `at`, as the console knew it then."""
        wanted = microseconds(at)
        chapter = self._reader.chapter_at(wanted)
        if self._ledger is None or chapter is not self._chapter or wanted < self._at:
            self._ledger = Ledger(chapter.session.fleet, chapter.session.machine_ids)
            self._chapter, self._row = chapter, chapter.first - 1
        until = self._reader.heard_until(chapter, wanted)
        self._apply(self._ledger, chapter.session.fleet, until)
        self._row, self._at = max(self._row, until), wanted
        return self._ledger.snapshot(at)

    def _apply(self, ledger: Ledger, fleet: Fleet, until: int) -> None:
        rows = self._reader.newest(self._row, until)
        for row, stream in rows:
            key = self._reader.streams.get(stream)
            if key is not None and key.kind in {"reply", "failure"} and key.name in fleet.hosts:
                ledger.take_reply(self._reply(key, row, stream))
        # A client's views do not depend on their order; that of the streams is that of an endpoint's addresses.
        for row, stream in sorted(rows, key=lambda item: item[1]):
            key = self._reader.streams.get(stream)
            if key is not None and key.kind == "view" and _known(key.name, fleet):
                ledger.take_view(key.name, self._view(row, stream))
            elif key is not None and key.kind == "resolution":
                ledger.take_resolution(key.name, self._resolution(row, stream))

    def _reply(self, key: StreamKey, row: int, stream: int) -> Reply:
        try:
            return reply_of(key.name, self._document(row, stream), self._nonce)
        except DamagedError as error:
            at = self._damage(row)
            failure = Failure(FailureKind.GARBAGE, f"{key.name}: {_DAMAGED} ({error})", "go on to a later moment")
            return Reply(key.name, (), at, at, failure=failure)

    def _view(self, row: int, stream: int) -> Observed[ClientView]:
        try:
            return view_of(self._document(row, stream))
        except DamagedError as error:
            return Observed(None, "client", self._damage(row), f"{_DAMAGED} ({error})")

    def _resolution(self, row: int, stream: int) -> Observed[tuple[str, ...]]:
        try:
            return resolution_of(self._document(row, stream))
        except DamagedError as error:
            return Observed(None, "DNS", self._damage(row), f"{_DAMAGED} ({error})")

    def _document(self, row: int, stream: int) -> Document:
        return self._reader.document(row, stream)

    def _damage(self, row: int) -> datetime:
        self.damaged += 1
        return moment(self._reader.heard_at(row) or self._at)


def _known(key: str, fleet: Fleet) -> bool:
    """Whether the Ledger has a place for a client's view."""
    kind, _, rest = key.partition(" ")
    return kind == "endpoint" or rest in fleet.hosts
