"""The terminal's driver, for terminals that go away: what cannot be written any more is dropped.

Textual's writer thread dies of the first OSError; whoever then writes waits for ever for room in its queue, and a
closed terminal leaves a process that hangs instead of ending (textual 8.2.8, drivers/_writer_thread.py).
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver


class _Forgiving:
    """A file whose writes never fail."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write it, or drop it."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush it, or not."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class HardyDriver(LinuxDriver):
    """LinuxDriver on a file whose writes never fail."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        file: Any = self._file
        self._file = _Forgiving(file) if file is not None else None  # type: ignore[assignment]

    def _get_terminal_size(self) -> tuple[int, int]:
        """The terminal's own size. Textual believes COLUMNS and LINES, which shells export and nobody keeps true."""
        file: Any = self._file
        with contextlib.suppress(OSError, ValueError, AttributeError):
            width, height = os.get_terminal_size(file.fileno())
            if width and height:
                return width, height
        return super()._get_terminal_size()
