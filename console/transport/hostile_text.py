"""Text that a host sent, made fit for a message: one line, no control characters, cut."""

from __future__ import annotations

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(text: bytes | str, limit: int = 200) -> str:
    """`text` as one line of at most `limit` characters: anything that could move a cursor becomes a space."""
    words = text[: limit * 8].decode("utf-8", "replace") if isinstance(text, bytes) else text[: limit * 8]
    visible = "".join(" " if unicodedata.category(char) in _INVISIBLE else char for char in words)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
