"""Small readers that the sections' parsers share: `key value` lines, `@@name` blocks, numbers. None of them raises."""

from __future__ import annotations

import math
from typing import NamedTuple

from console.facts.system import FileStatus
from console.facts.text import clean, is_plain

_LARGEST = 1 << 63


class Block(NamedTuple):
    """Lines that follow a `@@name rest` line; the lines before the first one have no name."""

    name: str
    rest: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The block's lines as one text."""
        return "\n".join(self.lines)


def blocks(text: str) -> tuple[Block, ...]:
    """Split at `@@name rest` lines; the first block is what stands before them."""
    before, *parts = f"\n{text}".split("\n@@")
    found = [Block("", "", tuple(before[1:].split("\n")) if before else ())]
    for part in parts:
        head, newline, body = part.partition("\n")
        name, _, rest = head.partition(" ")
        found.append(Block(name, rest.strip(), tuple(body.split("\n")) if newline else ()))
    return tuple(found)


def block(text: str, name: str) -> Block | None:
    """The first block of that name."""
    return next((item for item in blocks(text) if item.name == name), None)


def pairs(lines: tuple[str, ...] | list[str]) -> dict[str, str]:
    """`key value` lines, cleaned; the first of a key wins."""
    return {key: found[0] for key, found in grouped(lines).items()}


def grouped(lines: tuple[str, ...] | list[str]) -> dict[str, list[str]]:
    """Every value of each key of `key value` lines, cleaned, in their order."""
    plain = is_plain("".join(lines))  # at once, not one by one
    found: dict[str, list[str]] = {}
    for line in lines:
        name, _, text = line.partition(" ")
        if name:
            key, value = (name, text.strip()) if plain else (clean(name), clean(text.strip()))
            found.setdefault(key, []).append(value)
    return found


def values(lines: tuple[str, ...] | list[str], key: str) -> tuple[str, ...]:
    """The values of every `key value` line, cleaned."""
    start = f"{key} "
    return tuple([clean(line[len(start) :].strip()) for line in lines if line.startswith(start)])


def integer(text: str | None, base: int = 10) -> int | None:
    """A whole number within 64 bits; None for anything else."""
    if text is None or not text.isascii() or len(text) > 24 or "_" in text:
        return None
    try:
        number = int(text.strip(), base)
    except ValueError:
        return None
    return number if -_LARGEST <= number < _LARGEST else None


def number(text: str | None) -> float | None:
    """A finite number; None for anything else."""
    if text is None or not text.isascii() or len(text) > 40 or "_" in text:
        return None
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def yes_no(text: str | None) -> bool | None:
    """`yes` and `no`; None for anything else."""
    return {"yes": True, "no": False}.get(text or "")


def file_status(text: str) -> FileStatus | None:
    """`OWNER MODE SIZE MODIFIED PATH`, as `stat -c '%U %a %s %Y %n'` prints."""
    parts = clean(text).split(" ", 4)
    if len(parts) != 5:
        return None
    owner, mode, size, modified, path = parts
    length, when = integer(size), number(modified)
    if length is None or when is None:
        return None
    return FileStatus(path, owner, mode, length, when)
