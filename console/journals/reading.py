"""Runs as the journals in a folder tell of them, and who drives them now. Reads files: called in a worker thread."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.errors import VmdbConsoleError
from console.runner.journal import SUFFIX, Event, Kind, journal_path, read_events
from console.runner.runs import Run, run_of


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What this process knows of a run: it drives it (`here`), or did (`began_here`); `driver`: who else does now."""

    here: bool = False
    began_here: bool = False
    driver: str = ""


@dataclass(frozen=True)
class KnownRun:
    """A run, where it is driven, and the events of its journal where it was read alone."""

    run: Run
    where: Whereabouts
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Every run, newest first; `damaged` says why others could not be read."""

    runs: tuple[KnownRun, ...]
    damaged: tuple[str, ...] = ()


class Shelf:
    """The journals of a folder. A file is read again only where it has changed: the runs screen asks every moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, tuple[tuple[int, int], _Read | str | None]] = {}

    def listing(self, here: Collection[str], began_here: Collection[str]) -> Listing:
        """All runs. `here`: those that this process drives now, `began_here` those that it has driven."""
        paths = sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
        found = [(path, self._run(path)) for path in paths]
        known = [each.known(path, here, began_here) for path, each in found if isinstance(each, _Read)]
        known.sort(key=lambda each: (each.run.began, each.run.run), reverse=True)
        return Listing(tuple(known), tuple(each for _, each in found if isinstance(each, str)))

    def _run(self, path: Path) -> _Read | str | None:
        """The run, why its journal cannot be read, or None: it never began."""
        try:
            now = path.stat()
        except OSError:  # gone meanwhile
            return None
        mark = now.st_mtime_ns, now.st_size
        read = self._read.get(path.name)
        if read is None or read[0] != mark:
            read = self._read[path.name] = mark, _read_journal(path)
        return read[1]


@dataclass(frozen=True)
class _Read:
    """A run, and who began to drive it last."""

    run: Run
    who: Mapping[str, object]

    def known(
        self, path: Path, here: Collection[str], began_here: Collection[str], events: tuple[Event, ...] = ()
    ) -> KnownRun:
        """With where it is driven at this moment."""
        run = self.run
        if run.run in here:
            return KnownRun(run, Whereabouts(here=True, began_here=True), events)
        driver = driver_of(path, self.who) if run.outcome is None else ""
        return KnownRun(run, Whereabouts(False, run.run in began_here, driver), events)


def _read_journal(path: Path) -> _Read | str | None:
    try:
        events = read_events(path)
        return _of_events(path, events) if events else None
    except VmdbConsoleError as error:
        return str(error)


def _of_events(path: Path, events: Sequence[Event]) -> _Read:
    begun = [each for each in events if each.kind in {Kind.BEGIN, Kind.RESUME}]
    who = begun[-1].data.get("who") if begun else None
    return _Read(run_of(path.name.removesuffix(SUFFIX), events, str(path)), who if isinstance(who, dict) else {})


def read_known(folder: Path, run: str, here: Collection[str], began_here: Collection[str]) -> KnownRun:
    """One run with its events. Raises VmdbConsoleError where there is no such run, or its journal is damaged."""
    path = journal_path(folder, run)
    events = read_events(path)
    return _of_events(path, events).known(path, here, began_here, events)


def driver_of(path: Path, who: Mapping[str, object]) -> str:
    """Which process drives a run that has not ended, "" for none. `who` began to do so last, as the journal says.

    Only where a process with that number lives on this machine is the journal's flock tried, and let go at once.
    """
    try:
        driven = _lives_here(who) and _held(path)
    except OSError:
        return ""
    return f"{who.get('user')}@{who.get('host')}, process {who.get('pid')}" if driven else ""


def _lives_here(who: Mapping[str, object]) -> bool:
    pid = who.get("pid")
    if who.get("host") != socket.gethostname() or not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's process: it lives
        return True
    return True


def _held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
