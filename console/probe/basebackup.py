"""pg_basebackup's progress (-P) on stderr: lines that overwrite each other, separated by CR (DOMAIN 3.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PROGRESS = re.compile(
    r"\s*([0-9]{1,15})(?:/([0-9]{1,15}))? kB(?: \(([0-9]{1,3})%\))?, ([0-9]{1,6})/([0-9]{1,6}) "
    r"tablespaces?(?: \((.*)\))?\s*"
)
_NOTES = (
    "waiting for checkpoint",
    "initiating base backup",
    "checkpoint completed",
    "write-ahead log start point",
    "transaction log start point",
    "starting background WAL receiver",
    "created temporary replication slot",
    "waiting for background process",
    "syncing data to disk",
    "renaming backup_manifest",
    "base backup completed",
    "write-ahead log end point",
    "transaction log end point",
    "child process exited",
    "NOTICE",
)
_TAIL = 256 * 1024
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class BackupProgress:
    """How far a base backup is. Bytes; `total` is an estimate that may be exceeded; None where not printed yet.

    `waiting_for_checkpoint`: nothing is copied yet, since the server makes a (spread) checkpoint first: no hang.
    `file` is the one being written, as printed (-v), cut short by pg_basebackup. `error` is its last complaint.
    """

    done: int
    total: int | None
    percent: int | None
    tablespaces_done: int
    tablespaces: int | None
    waiting_for_checkpoint: bool = False
    completed: bool = False
    file: str | None = None
    error: str | None = None

    @property
    def share(self) -> float | None:
        """Share done, 0..1, never above 1; None where the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else None


def parse_backup_progress(text: str) -> BackupProgress | None:
    """The state that the newest lines tell; None where nothing was printed that is pg_basebackup's.

    9.2 prints nothing while it waits for the checkpoint (measured: more than 9 s): None then means "waiting" too.
    """
    pieces = [piece[:_LONGEST].strip("\x00") for piece in re.split(r"[\r\n]+", text[-_TAIL:])]
    progress = next((match for piece in reversed(pieces) if (match := _PROGRESS.fullmatch(piece))), None)
    error = next((found for piece in reversed(pieces) if (found := _complaint(piece))), None)
    completed = any(piece.strip().endswith("base backup completed") for piece in pieces)
    waiting = progress is None and any("waiting for checkpoint" in piece for piece in pieces)
    started = waiting or completed or any(piece.startswith("pg_basebackup: ") for piece in pieces)
    if progress is None:
        return BackupProgress(0, None, None, 0, None, waiting, completed, None, error) if started or error else None
    return BackupProgress(
        done=int(progress[1]) * 1024,
        total=int(progress[2]) * 1024 if progress[2] else None,
        percent=int(progress[3]) if progress[3] else None,
        tablespaces_done=int(progress[4]),
        tablespaces=int(progress[5]),
        completed=completed or _whole(progress),
        file=(progress[6] or "").strip() or None,
        error=error,
    )


def _whole(progress: re.Match[str]) -> bool:
    """Whether every tablespace is copied; the WAL may still be waited for."""
    return progress[4] == progress[5] and progress[3] == "100"


def _complaint(piece: str) -> str | None:
    """An error line; older versions print their errors without saying so."""
    if not piece.startswith("pg_basebackup: ") or any(note in piece for note in _NOTES):
        return None
    return piece.removeprefix("pg_basebackup: ").strip()
