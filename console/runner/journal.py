"""A run's journal: JSON lines that are only ever appended to, on disk before anything rests on them (DESIGN 7).

A line is `{"v": 1, "at": "2026-03-01T03:00:00.000Z", "event": KIND, "step": KEY | null, …}`; times are UTC. Whoever
drives the run holds an flock on the file. A console that dies while it writes leaves a last line that is cut off: it
does not count, since nothing was done on the strength of it, and is taken off before the next one is appended.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from console.errors import UsageError, VmdbConsoleError
from console.facts.masking import masked
from console.runner.observer import Clock

VERSION = 1
SUFFIX = ".jsonl"
RESERVE_SUFFIX = ".reserve"
RESERVE = 256 * 1024
"""Bytes kept free beside a journal, for the way back when the console's disk is full."""
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


class Kind(StrEnum):
    """What a journal line tells. `JOB` and `WAITING` are told to the face alone and never written."""

    BEGIN = "begin"  # who, why, the plan in words, its parameters
    RESUME = "resume"  # who goes on, `reason` (may be empty), `way`: "resume" or "roll-back"
    SEEN = "seen"  # the pair in words (`place`: before, after)
    LEASE = "lease"  # host, `held`
    JUDGED = "judged"  # conditions with their answers (`place`: checks, before, after, undone)
    INTENT = "intent"  # commands about to run; `changes`: may they change the host
    PERFORMED = "performed"  # exit status, output, seconds
    UNREACHED = "unreached"  # the hands failed; `changed` as in HandsError
    JOB_BEGUN = "job-begun"
    JOB_ENDED = "job-ended"  # exit status, output
    VERIFIED = "verified"  # the step is done, as facts show
    FAILED = "failed"  # words
    UNDO_INTENT = "undo-intent"
    UNDO_PERFORMED = "undo-performed"
    UNDONE = "undone"
    RETREAT = "retreat"  # the window is taken back (`complete`)
    END = "end"  # exit code and words
    JOB = "job"
    WAITING = "waiting"


_SYNCED_BY_THE_NEXT = frozenset({Kind.JUDGED})
"""Lines that nothing is done on the strength of: the next one, an intent or an end, takes them to the disk with it.
Clients wait for each sync of a window."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class JournalError(UsageError):
    """A journal cannot be read or written; the message names file and line. Nothing was changed by reading it."""


class RunDriven(UsageError):
    """Another console drives this run at this moment."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a run. `data` is plain JSON; `at` is UTC."""

    at: datetime
    kind: Kind
    step: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """The journal's line; ASCII, so that a cut never splits a character."""
        head = {"v": VERSION, "at": stamp(self.at), "event": self.kind.value, "step": self.step}
        return json.dumps({**head, **self.data}, ensure_ascii=True).encode("ascii") + b"\n"


def stamp(moment: datetime) -> str:
    """UTC, ISO 8601, milliseconds: 2026-03-01T03:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def journal_path(folder: Path, run: str) -> Path:
    """Where a run's journal lies; UsageError for what cannot be a run's id."""
    if _RUN.fullmatch(run) is None:
        raise UsageError(f"'{run[:80]!a}' is not a run's id; `vmdb-console runs` lists them")
    return folder / f"{run}{SUFFIX}"


def read_events(path: Path) -> tuple[Event, ...]:
    """Every whole line. JournalError names file and line of one that is broken, and of a version that is not ours."""
    return _parse(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise JournalError(f"{path}: there is no such run; `vmdb-console runs` lists them") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(path: Path, content: bytes) -> tuple[Event, ...]:
    whole = content.split(b"\n")[:-1]  # what follows the last newline was cut off
    events: list[Event] = []
    for number, line in enumerate(whole, 1):
        found = _event(line)
        if isinstance(found, Event):
            events.append(found)
        else:
            raise JournalError(
                f"{path}:{number}: {found}. Nothing was changed. The run cannot be resumed from this file; "
                "look at the hosts (findings H08 and `vmdb-console --check`) and restore the file if there is a copy."
            )
    return tuple(events)


def _event(line: bytes) -> Event | str:
    """The event of a line, or in words what is wrong with it."""
    try:
        value = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return "this line is damaged"
    if not isinstance(value, dict):
        return "this line is damaged"
    version = value.pop("v", None)
    if version != VERSION:
        return f"written in version {str(version)[:20]!a} of the journal's form; this console reads version {VERSION}"
    try:
        at = datetime.fromisoformat(value.pop("at"))
        step = value.pop("step", None)
        return Event(at.astimezone(UTC), Kind(value.pop("event")), step if isinstance(step, str) else None, value)
    except (KeyError, TypeError, ValueError, OverflowError):
        return "this line is no event"


class Journal:
    """A run's journal, held by this process. `events` are those read and those written since.

    Beside it lies a reserve, which is let go when the disk is full: `reserve_used` then, and the run should come to
    its end while that lasts.
    """

    def __init__(self, path: Path, descriptor: int, clock: Clock, content: bytes) -> None:
        self.path = path
        self.run = path.name.removesuffix(SUFFIX)
        self.events: list[Event] = list(_parse(path, content))
        self._descriptor = descriptor
        self._clock = clock
        end = content.rfind(b"\n") + 1
        self._whole: int | None = end if end < len(content) else None
        self._reserve = path.with_name(f"{self.run}{RESERVE_SUFFIX}")
        self._unwritten: bytes | None = None
        self.reserve_used = not self._keep_reserve()

    @classmethod
    def create(cls, folder: Path, run: str, clock: Clock) -> Journal:
        """A new run's journal; JournalError where it cannot be made, or is there already."""
        path = journal_path(folder, run)
        try:
            _make_folder(folder)
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            _sync_folder(folder)
        except OSError as error:
            raise JournalError(f"{path}: cannot be created: {error.strerror}. Nothing was changed.") from error
        _hold(descriptor, path)
        return cls(path, descriptor, clock, b"")

    @classmethod
    def open(cls, folder: Path, run: str, clock: Clock) -> Journal:
        """The journal of a run that goes on. RunDriven where another console holds it, JournalError where damaged."""
        path = journal_path(folder, run)
        _content(path)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise JournalError(f"{path}: cannot be opened: {error.strerror}. Nothing was changed.") from error
        try:
            _hold(descriptor, path)
            return cls(path, descriptor, clock, _content(path))
        except BaseException:
            os.close(descriptor)
            raise

    def write(self, kind: Kind, step: str | None = None, **data: Any) -> Event:
        """Append one event and return when it is on disk (see `_SYNCED_BY_THE_NEXT`); JournalError where it is not."""
        event = Event(datetime.fromtimestamp(self._clock.time(), UTC), kind, step, _without_passwords(data))
        line = (self._unwritten or b"") + event.line()
        try:
            self._write_line(line, sync=kind not in _SYNCED_BY_THE_NEXT)
        except OSError as error:
            if self._unwritten is None:
                raise JournalError(f"{self.path}: the journal cannot be written: {error.strerror}") from error
            self._unwritten = line
        else:
            self._unwritten = None if self._unwritten is None else b""
        self.events.append(event)
        return event

    def keep_in_mind(self) -> None:
        """From here on go on where nothing can be written, and write what is missing as soon as that works: for a way
        back that clients wait for.
        """
        self._unwritten = self._unwritten or b""

    @property
    def complete(self) -> bool:
        """Whether everything that happened is on disk."""
        return not self._unwritten

    def _write_line(self, line: bytes, *, sync: bool) -> None:
        try:
            self._repair()
            self._append(line, sync=sync)
        except OSError as error:
            if error.errno not in _FULL or self.reserve_used:
                raise
            self.reserve_used = True
            self._drop_reserve()
            self._repair()
            self._append(line, sync=sync)

    def _keep_reserve(self) -> bool:
        """Whether the room is there. Where a file system cannot keep room, nothing is promised by none being kept."""
        try:
            descriptor = os.open(self._reserve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._drop_reserve()
            return error.errno not in _FULL
        return True

    def _drop_reserve(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)

    def _repair(self) -> None:
        """End the file where its last whole line ends, if a console died or a disk was full in the middle of one."""
        if self._whole is None:
            return
        os.ftruncate(self._descriptor, self._whole)
        self._whole = None

    def _append(self, line: bytes, *, sync: bool) -> None:
        end = os.fstat(self._descriptor).st_size
        left = line
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            if sync:
                os.fsync(self._descriptor)
        except BaseException:
            self._whole = end
            raise

    def close(self) -> None:
        """Let the file go; another console may drive the run from now on."""
        if self._descriptor >= 0:
            self._drop_reserve()
            os.close(self._descriptor)
            self._descriptor = -1


def _make_folder(folder: Path) -> None:
    """The folder, private to the user, on disk with its entry in the parent."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: Path) -> None:
    """Take the flock; it ends with the process, however that ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RunDriven(f"{path.name.removesuffix(SUFFIX)}: another console drives this run: {_holder(path)}") from None


def _holder(path: Path) -> str:
    """Who drives a run, by the last line that says so."""
    try:
        events = read_events(path)
    except VmdbConsoleError:
        events = ()
    drivers = [event.data.get("who") for event in events if event.kind in {Kind.BEGIN, Kind.RESUME}]
    who = drivers[-1] if drivers else None
    if not isinstance(who, dict):
        return "it has only begun"
    return f"{who.get('user')}@{who.get('host')}, process {who.get('pid')}"


def _without_passwords(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every text masked; but a run's parameters, which hold no text of hosts, stay as they are."""
    return {key: value if key == "parameters" else _masked_value(value) for key, value in data.items()}


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: _masked_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item) for item in value]
    return value
