"""What is printed where: a colourful page on a terminal, plain text without one escape code everywhere else.

Text from hosts only ever becomes `rich.text.Text` of cleaned characters: no markup is read anywhere.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from console.facts.text import clean

_PLAIN_WIDTH = 100
_WORD = re.compile(r"\s*\S+\s*")


class PipeConsole(Console):
    """A Console that raises BrokenPipeError: rich's own ends the process, and with it a run in the middle of a step."""

    def on_broken_pipe(self) -> None:
        """Let the caller decide."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


@dataclass(frozen=True)
class Page:
    """`console` prints; `live`: it is a terminal that may be redrawn; `asks`: somebody sits there and can be asked."""

    console: Console
    live: bool
    asks: bool

    def line(self, text: str | Text = "", style: str = "") -> None:
        """Print one paragraph, wrapped at words."""
        self.hanging("", text, style)

    def hanging(self, start: str | Text, text: str | Text, style: str = "", *, further: str = "") -> None:
        """Print `start`, and `text` beside it: wrapped, its further lines as deep as its first, and `further`."""
        head = Text(clean(start)) if isinstance(start, str) else start
        body = Text(clean(text), style) if isinstance(text, str) else text
        room = max(self.console.width - head.cell_len - len(further), 20)
        for number, line in enumerate(_wrapped(body, room)):
            line.rstrip()
            begin = head if number == 0 else " " * head.cell_len + further
            self.console.print(Text.assemble(begin, line), soft_wrap=True)

    def cut(self, text: Text) -> None:
        """Print one line, cut where it is wider than the page."""
        text = text.copy()
        text.truncate(self.console.width, overflow="ellipsis")
        self.console.print(text, soft_wrap=True)

    def verbatim(self, text: str, start: str, style: str = "") -> None:
        """Print lines as they are, for copying, `start` before the first: the terminal may fold them, nothing here."""
        for number, line in enumerate(clean(text, lines=True).expandtabs(4).split("\n")):
            before = start if number == 0 else " " * len(start)
            self.console.print(Text(f"{before}{line}", style), soft_wrap=True)


def _wrapped(text: Text, width: int) -> Iterable[Text]:
    """Lines of at most `width` columns; a longer word stays whole, so that a path or a command can be copied."""
    offsets, column = [], 0
    for word in _WORD.finditer(text.plain):
        if column and column + cell_len(word[0].rstrip()) > width:
            offsets.append(word.start())
            column = 0
        column += cell_len(word[0])
    return text.divide(offsets)


def make_page(stdin: TextIO, stdout: TextIO, environ: Mapping[str, str]) -> Page:
    """The page for these streams. NO_COLOR and TERM=dumb make it plain, as a pipe does."""
    terminal = stdout.isatty()
    live = terminal and environ.get("TERM", "dumb") != "dumb" and not environ.get("NO_COLOR")
    width = None if terminal else _PLAIN_WIDTH
    console = PipeConsole(
        file=stdout,
        force_terminal=live,
        color_system="auto" if live else None,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
    )
    return Page(console, live, terminal and stdin.isatty())
