"""Lines of crm_mon's text: bullets and indentation apart, and lines that a terminal wrapped joined again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from console.probe.text_lines import text_lines

_BULLET = re.compile(r"([*+])(?:\s+|$)")
_OPEN_LIST = re.compile(r"\s*(?:[*+]\s+)?\w[\w /()-]*:\s+\[(?!.*\])")
_OPEN_QUOTE = re.compile(r".*\b(?:last-failure|last-rc-change|completed|last-failed|last-successful)='[^']*$")
# What a line that crm_mon itself begins can look like; anything else may be the rest of a wrapped one.
_BEGINNING = re.compile(
    r"[*+=#]|(?:Guest|Remote)?Node\b|[A-Z][\w/ -]*:(?:\s|$)|\S+\s+\(\w+:|\S+\s+\(node=|Current DC|\d+ \w+|"
    r"(?:Guest|Remote)?(?:Online|OFFLINE)|Last |\S+ on \S+ '|Cluster |resource |Error|WARN"
)
_NARROWEST_TERMINAL = 60
_MOST_PARTS = 24


class Line(NamedTuple):
    """One line: columns of white space before it, its bullet ("*", "+" or none), its text without both."""

    indent: int
    bullet: str
    text: str


def cluster_lines(text: str) -> list[Line]:
    """The logical lines of crm_mon or pcs output; empty ones are kept (they end blocks)."""
    return [_line(raw) for raw in _close_lists(_unwrap(text_lines(text)))]


def _line(raw: str) -> Line:
    body = raw.strip()
    indent = _indent(raw) if raw[:1].isspace() else 0
    match = _BULLET.match(body) if body.startswith(("*", "+")) else None
    return Line(indent, match[1], body[match.end() :]) if match else Line(indent, "", body)


def _indent(raw: str) -> int:
    expanded = raw.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _unwrap(lines: list[str]) -> Iterator[str]:
    """Join what a curses screen broke at its right edge, also in the middle of a word (DOMAIN 2.4, el72-1113-03).

    The longest line tells the width. A line one shorter than that lost the space it was broken at.
    """
    width = max(map(len, lines), default=0)
    broken_at = max(width, _NARROWEST_TERMINAL) - 1
    parts: list[str] = []
    length = 0
    for line in lines:
        if parts and length >= broken_at and len(parts) < _MOST_PARTS and _continues(line):
            parts.append(line if length == width else f" {line}")
        else:
            if parts:
                yield "".join(parts)
            parts = [line]
        length = len(line)
    yield "".join(parts)


def _continues(line: str) -> bool:
    body = line[1:] if line[:1] == " " else line
    return bool(body) and not body[0].isspace() and _BEGINNING.match(body) is None


def _close_lists(lines: Iterator[str]) -> Iterator[str]:
    """Join the lines of a `[ … ]` list or of a quoted time that goes on over line ends."""
    parts: list[str] = []
    closing = ""
    for line in lines:
        if parts and _goes_on(line, parts):
            parts.append(line.strip())
        else:
            if parts:
                yield " ".join(parts)
            parts = [line]
            closing = _left_open(line)
        if not closing or (closing in line and len(parts) > 1):
            yield " ".join(parts)
            parts, closing = [], ""
    if parts:
        yield " ".join(parts)


def _left_open(line: str) -> str:
    """What will close the list or quoted time that goes on behind this line; nothing where none does."""
    if "[" in line and _OPEN_LIST.match(line):
        return "]"
    return "'" if "='" in line and _OPEN_QUOTE.match(line) else ""


def _goes_on(line: str, parts: list[str]) -> bool:
    stripped = line.strip()
    return bool(stripped) and len(parts) < _MOST_PARTS and _BEGINNING.match(stripped) is None
