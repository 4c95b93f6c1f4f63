"""What is wrong with an inventory: one `Problem` a fault, and the one error that lists them all."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from console.errors import InventoryError

Keys = tuple[str | int, ...]
"""The way to a value: mapping keys and list positions, from the top of the file."""

_SECRET_IN_TEXT = re.compile(r"(?<=://)[^/@]*@|(?<=password=)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where (`keys`, and its line from 1, or None) and what is wrong, for a person."""

    keys: Keys
    text: str
    line: int | None = None


def inventory_error(source: Path, problems: Iterable[Problem]) -> InventoryError:
    """One error with a line `file:line: key: what is wrong` for each problem, in the order of the file."""
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line or 0, _sortable(problem.keys)))
    lines = [_format(source, problem) for problem in ordered]
    faults = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
    lines.append(f"{faults} in the inventory; nothing was contacted. See 'vmdb-console inventory schema' for the keys.")
    return InventoryError("\n".join(lines))


def dotted(keys: Keys) -> str:
    """`regions[0].database.hosts[1].address`, safe to print."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + printable(key)
    return text


def printable(text: str, limit: int = 80) -> str:
    """`text` cut to `limit` characters, with control characters escaped and passwords in URLs masked."""
    masked = _SECRET_IN_TEXT.sub("***", text[: 4 * limit])
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in masked)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest known word, or nothing where none is near."""
    by_folded = {_folded(name): name for name in known}
    near = difflib.get_close_matches(_folded(word[:80]), by_folded, n=1, cutoff=0.6)
    return f"; did you mean '{by_folded[near[0]]}'?" if near else ""


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_")


def _sortable(keys: Keys) -> list[str]:
    return [f"{key:06d}" if isinstance(key, int) else key for key in keys]


def _format(source: Path, problem: Problem) -> str:
    place = printable(str(source), 400) + (f":{problem.line}" if problem.line is not None else "")
    key = dotted(problem.keys)
    return f"{place}: {key}: {problem.text}" if key else f"{place}: {problem.text}"
