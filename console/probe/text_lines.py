"""Lines of outside text, made safe to match against: bounded, no terminal control sequences, no NULs."""

from __future__ import annotations

import re

from console.facts.text import is_plain

LONGEST_LINE = 4096
MOST_LINES = 20_000
_CONTROL_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[ -/]?[@-~]|[@-_])")
_OTHER_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def text_lines(text: str, most: int = MOST_LINES) -> list[str]:
    """The first `most` lines of `text`, LF or CRLF, each cut at 4096 characters, without control characters but tabs.

    The bounds keep what parsing costs small, whatever the text; no command of the probe prints that much.
    """
    return _safe(text.split("\n", most)[:most], is_plain(text, lines=True))


def last_lines(text: str, most: int = MOST_LINES) -> list[str]:
    """The last `most` lines of `text`, made safe like `text_lines`: for logs, whose news stand at the end."""
    return _safe(text.rsplit("\n", most)[-most:], is_plain(text, lines=True))


def _safe(lines: list[str], plain: bool) -> list[str]:
    bounded = [line[:LONGEST_LINE] for line in lines]
    return bounded if plain else [line if line.isprintable() else _without_controls(line) for line in bounded]


def _without_controls(line: str) -> str:
    if "\x1b" in line:
        line = _CONTROL_SEQUENCE.sub("", line)
    return _OTHER_CONTROLS.sub("", line)
