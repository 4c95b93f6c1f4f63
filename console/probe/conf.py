"""Assignments as postgresql.conf and recovery.conf write them (PostgreSQL source, guc-file.l): `name = 'value' # …`."""

from __future__ import annotations

import re

from console.facts.text import clean

_ASSIGNMENT = re.compile(
    r"\s*([A-Za-z_][A-Za-z0-9_.$-]*)(?:\s*=\s*|\s+)(?:'((?:[^'\\]|\\.|'')*)'|([^\s'#][^\s#]*))\s*(?:#.*)?"
)
_ESCAPE = re.compile(r"''|\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def assignment(line: str) -> tuple[str, str] | None:
    """A line's name (lower case) and value with its quotes undone; None for anything else."""
    match = _ASSIGNMENT.fullmatch(line)
    if match is None:
        return None
    quoted, bare = match[2], match[3]
    value = bare if quoted is None else _ESCAPE.sub(_unescape, quoted)
    return clean(match[1].lower()), clean(value)


def _unescape(match: re.Match[str]) -> str:
    return "'" if match[1] is None else _ESCAPED.get(match[1], match[1])
