"""The process's own streams: words on stderr while a person waits, and stdout when its reader is gone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from console.facts.text import clean


def note(words: str) -> None:
    """Say on stderr what goes on now, where somebody sits there: stdout is data."""
    if sys.stderr.isatty():
        print(clean(words), file=sys.stderr, flush=True)


def stop_printing() -> None:
    """Whoever read stdout went away: nothing may be written there any more, not even at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave(code: int) -> NoReturn:
    """End the process at once: a thread may be writing to a terminal that stands still, and an orderly end would wait
    for it, or die of it.
    """
    os._exit(code)
