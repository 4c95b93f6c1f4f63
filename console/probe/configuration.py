"""Section `configuration`: postgresql.conf and pg_hba.conf as they are on disk."""

from __future__ import annotations

from console.facts.postgresql import Configuration, HbaRule
from console.facts.text import clean
from console.probe.conf import assignment
from console.probe.lines import blocks, integer


def parse_configuration(text: str) -> Configuration | None:
    """Settings, the last one wins in the order in which files are read; rules of pg_hba.conf in their order."""
    settings: dict[str, str] = {}
    rules: list[HbaRule] = []
    seen = False
    for block in blocks(text):
        seen = seen or block.name in {"conf", "hba"}
        if block.name == "conf":
            settings.update(pair for line in block.lines if (pair := assignment(line)) is not None)
        elif block.name == "hba":
            rules += (rule for line in block.lines if (rule := _rule(line)) is not None)
    return Configuration(settings, tuple(rules)) if seen else None


def _rule(line: str) -> HbaRule | None:
    place, _, text = line.partition(":")
    at = integer(place)
    words = clean(" ".join(_without_comment(text).split()))
    return HbaRule(at, words) if at is not None and words else None


def _without_comment(text: str) -> str:
    """Up to a # that stands outside double quotes."""
    quoted = False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == "#" and not quoted:
            return text[:at]
    return text
