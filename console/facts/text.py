"""Text that hosts sent, made fit to be kept as a fact: nothing in it can move a cursor (DESIGN 10.8)."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, surrogates, and the characters that reorder or hide text (bidirectional controls, zero-width,
# line and paragraph separators, byte order mark, interlinear and tag characters).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_BUT_LINES = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
# What nearly every text is made of. To look for anything else with this takes an eighth of the time of `isprintable`.
_PLAIN = bytes(range(0x20, 0x7F))
_PLAIN_LINES = _PLAIN + b"\n\t"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether all of `text` is printable ASCII (with `lines`: and newlines and tabs): `clean` keeps it as it is.

    For long texts: of a short one `isprintable` tells sooner.
    """
    return text.isascii() and not text.encode("ascii").translate(None, _PLAIN_LINES if lines else _PLAIN)


def clean(text: str, *, lines: bool = False) -> str:
    """`text` with every control or invisible character replaced by U+FFFD, a character for a character.

    `lines` keeps newlines and tabs, for text that is shown as several lines.
    """
    if is_plain(text, lines=True) if lines else text.isascii() and text.isprintable():  # the search is far slower
        return text
    return (_UNSAFE_BUT_LINES if lines else _UNSAFE).sub(REPLACEMENT, text)


def one_line(text: bytes | str, limit: int = 200) -> str:
    """`text` as one line of at most `limit` characters: what could move a cursor, and runs of space, become a space."""
    part = text[: limit * 8]
    words = part.decode("utf-8", "replace") if isinstance(part, bytes) else part
    if not words.isprintable():
        words = "".join(char if char.isprintable() else " " for char in words)
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
