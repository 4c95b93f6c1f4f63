"""The commands `run`, `resume` and `runs` as the command line calls them: words and exit codes of every ending."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress

from console.errors import UsageError, VmdbConsoleError
from console.exit_codes import ExitCode
from console.facts.text import clean
from console.terminal.streams import stop_printing


def exit_code_of(command: Callable[[], ExitCode]) -> ExitCode:
    """Run a command; its errors become words on stderr and the exit codes of DESIGN 8.

    Whatever is raised up to here was raised before anything was changed: from the Runner's start on
    `console.terminal.carrying_out` answers for every ending.
    """
    try:
        return command()
    except BrokenPipeError:
        stop_printing()
        return _said("Cancelled: whoever read the plan went away. Nothing was changed.", ExitCode.CANCELLED)
    except UsageError as error:
        return _said(error, ExitCode.USAGE)
    except VmdbConsoleError as error:
        return _ended(error)


def _ended(error: VmdbConsoleError) -> ExitCode:
    # Loaded here: whoever asks for a plan waits for what is loaded before it.
    from console.runbooks.runbook import Refused
    from console.terminal.asking import Cancelled

    if isinstance(error, Cancelled):
        return _said(error, ExitCode.CANCELLED)
    words = f"Refused: {error}" if isinstance(error, Refused) else f"Refused: {error}\nNothing was changed."
    return _said(words, ExitCode.REFUSED)


def _said(words: object, code: ExitCode) -> ExitCode:
    with suppress(OSError):
        sys.stdout.flush()
    for line in clean(str(words), lines=True).splitlines():
        print(_folded(line), file=sys.stderr)
    return code


def _folded(line: str) -> str:
    """A line for a person at a terminal, broken at words; for a log as it is."""
    if not sys.stderr.isatty():
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
