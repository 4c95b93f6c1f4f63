"""The merged inventory as YAML, each value with a comment that says where it comes from.

The text is an inventory itself: loading it gives the same fleet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from console.inventory import units
from console.inventory.fleet import Threshold
from console.inventory.merging import Sourced, Tree

# What YAML reads back as the same text without quotes: no number, date, true, null or indicator can match.
_PLAIN = re.compile(r"[A-Za-z/~](?:[A-Za-z0-9_./@~+-]|:(?=/))*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])

_UNITS: dict[str, Callable[[float], str]] = {
    "connect_timeout": units.format_duration,
    "interval": units.format_duration,
    "slow_interval": units.format_duration,
    "timeout": units.format_duration,
    "retention": units.format_duration,
    "fence_timeout": units.format_duration,
    "lag_bytes": units.format_size,
    "lag_seconds": units.format_duration,
    "disk_free": units.format_share,
    "clock_skew": units.format_duration,
}


def shown(tree: Tree) -> str:
    """YAML of a merged tree, one value a line with its origin."""
    return "\n".join(_mapping(tree, 0))


def _mapping(tree: Tree, indent: int) -> Iterator[str]:
    for name, value in tree.items():
        yield from _entry(name, value, " " * indent, indent)


def _entry(name: str, value: Any, lead: str, indent: int) -> Iterator[str]:
    """The lines of one key; `lead` stands before the key, `indent` is that of the mapping it is in."""
    if isinstance(value, Sourced):
        yield f"{lead}{name}: {_scalar(name, value.value)}  # {value.origin}"
    elif isinstance(value, dict):
        yield f"{lead}{name}:"
        yield from _mapping(value, indent + 2)
    elif isinstance(value, list) and value:
        yield f"{lead}{name}:"
        for item in value:
            yield from _item(item, indent + 2)
    elif isinstance(value, list):
        yield f"{lead}{name}: []"


def _item(tree: Tree, indent: int) -> Iterator[str]:
    """A mapping as a list item: its first key stands behind the dash."""
    for position, (name, value) in enumerate(tree.items()):
        lead = " " * indent + ("- " if position == 0 else "  ")
        yield from _entry(name, value, lead, indent + 2)


def _scalar(name: str, value: Any) -> str:
    written: Callable[[Any], str] = _UNITS.get(name, _plain)
    if isinstance(value, Threshold):
        return f"[{written(value.warning)}, {written(value.critical)}]"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return _plain(value) if value is None else written(value)


def _plain(value: Any) -> str:
    """A scalar as YAML: text in quotes unless it is a plain word or path."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value != "~" and value.casefold() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
