"""A shell command as lines of a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from console.facts.text import clean
from widgets.plan_outline import folded
from widgets.words import plain


def shell_lines(command: str, width: int, indent: str) -> Iterator[Content]:
    """A command's lines, the first after a $."""
    for number, line in enumerate(clean(command, lines=True).rstrip("\n").expandtabs(4).split("\n")):
        mark = "$ " if number == 0 else "  "
        yield from folded(Content.assemble(indent, (mark, "$faint")), plain(line, "$status-info"), width)
