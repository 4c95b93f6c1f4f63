"""Passwords in text that is kept or shown: the rules of the probe's `vmdb_mask`, for text that it never saw."""

from __future__ import annotations

import re
from functools import lru_cache

_KEY = r"pass(?:word|wd|phrase)|secret|token"
_WORD = r"(?:pass|secret|token)"
_VALUE = r"(?:''(?:[^'\\\n]|\\.)+''|'(?:[^'\\\n]|\\.|'')*(?:'|(?=\n)|\Z)|\"(?:[^\"\\\n]|\\.)*(?:\"|(?=\n)|\Z))"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (rf"({_KEY})([ \t]*[=:][ \t]*){_VALUE}", r"\1\2***"),
        (rf"({_KEY})([ \t]*[=:][ \t]*)(?!\*\*\*)[^\s'\",}}][^\s'\"]*", r"\1\2***"),
        (r"(password[ \t]+)(?:[eu]?&?'(?:[^'\\\n]|\\.|'')*(?:'|(?=\n)|\Z)|\$\S*)", r"\1'***'"),
        (r"(--pass(?:word|wd)?[ \t]+)[^-\s]\S*", r"\1***"),
        (r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@"),
        (rf"(name=\"[^\"]*{_WORD}[^\"]*\"[^>]*value=\")[^\"]*", r"\1***"),
        (rf"(value=\")[^\"]*(\"[^>]*name=\"[^\"]*{_WORD}[^\"]*\")", r"\1***\2"),
    )
)
_SHORT = 8 * 1024


def masked(text: str) -> str:
    """`text` with *** where a password stands: conninfo, key=value, SQL, URIs, XML attributes, options."""
    folded = text.casefold()
    if "://" not in text and not any(word in folded for word in ("pass", "secret", "token")):
        return text
    return _masked_before(text) if len(text) <= _SHORT else _masked(text)


@lru_cache(maxsize=1024)
def _masked_before(text: str) -> str:
    """Hosts say the same again and again: to look it up takes a hundredth of the time."""
    return _masked(text)


def _masked(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
