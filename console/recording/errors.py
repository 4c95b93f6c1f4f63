"""What is wrong with a recording."""

from __future__ import annotations

from pathlib import Path

from console.errors import UsageError
from console.facts.text import one_line


class RecordingError(UsageError):
    """A recording cannot be written or played: which file, what is wrong, what to do (exit code 64)."""


def recording_error(path: Path, what: str, remedy: str) -> RecordingError:
    """The error, as one line."""
    return RecordingError(f"{one_line(str(path), 400)}: {one_line(what, 300)}; {remedy}")
