"""How facts are said on a screen: outside text made inert, states as word + symbol + colour, ages, bars of a history.

Everything drawn is `textual.content.Content` with theme variables; nothing here reads the clock.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len
from textual.content import Content

from console.diagnosis.finding import Severity
from console.facts.text import REPLACEMENT, clean

SYMBOLS = {Severity.CRITICAL: "✖", Severity.WARNING: "▲", Severity.UNKNOWN: "?", Severity.INFO: "·"}
STYLES = {
    Severity.CRITICAL: "bold $status-critical",
    Severity.WARNING: "bold $status-warning",
    Severity.UNKNOWN: "bold $status-unknown",
    Severity.INFO: "$status-info",
}
OK_SYMBOL, OK_STYLE = "✔", "$status-ok"
FAINT = "$faint"
_LONGEST = 4096
_BARS = "▁▂▃▄▅▆▇█"
# What terminals join with the character before it, or draw in their own way: combining marks, unassigned and private
# characters, variation selectors. Columns stay columns only without them.
_UNSTEADY = {"Mn", "Me", "Mc", "Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}


def inert(text: str, limit: int = _LONGEST) -> str:
    """Text from outside as one line whose width every terminal agrees on: at most `limit` characters, no controls.

    What a terminal might join or reorder becomes U+FFFD; a letter with its accent stays where it is one character.
    """
    part = text if len(text) <= limit else text[: limit - 1] + "…"
    if part.isascii() and part.isprintable():
        return part
    return "".join(_steady(char) for char in clean(unicodedata.normalize("NFC", part)))


@lru_cache(maxsize=4096)
def _steady(char: str) -> str:
    joins = 0x1F1E6 <= ord(char) <= 0x1F1FF or 0x1F3FB <= ord(char) <= 0x1F3FF  # flags, skin tones
    if joins or unicodedata.category(char) in _UNSTEADY or cell_len(char) == 0:
        return REPLACEMENT
    return " " if char.isspace() else char


def plain(text: str, style: str = "") -> Content:
    """Text from outside as inert Content: no markup, no control characters, one line."""
    words = inert(text)
    return Content.styled(words, style) if style else Content(words)


def severity_word(severity: Severity | None) -> str:
    """Symbol and word: "✖ CRITICAL"; None is "✔ OK"."""
    return f"{OK_SYMBOL} OK" if severity is None else f"{SYMBOLS[severity]} {severity.value.upper()}"


def severity_style(severity: Severity | None) -> str:
    """The colour of a severity, as a theme variable; None is OK."""
    return OK_STYLE if severity is None else STYLES[severity]


def severity_text(severity: Severity | None) -> Content:
    """A severity as symbol, word and colour; None is OK."""
    return Content.styled(severity_word(severity), severity_style(severity))


def marked(words: str, severity: Severity | None, style: str = "") -> Content:
    """A figure, and its verdict where it is not right: symbol before it, and the severity's colour.

    With `severity` None it is drawn in `style`. `words` may be outside text.
    """
    if severity is None or severity is Severity.INFO:
        return plain(words, style)
    return Content.styled(f"{SYMBOLS[severity]} {inert(words)}", STYLES[severity])


def age_words(seconds: float) -> str:
    """Seconds as "now", "12 s", "3 min", "2 h", "5 d"."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return "now" if seconds < 1 else f"{int(seconds)} s"


def ago_words(seconds: float) -> str:
    """Seconds as "now", "12 s ago"; what lies ahead by a clock that is off is now."""
    words = age_words(max(0.0, seconds))
    return words if words == "now" else f"{words} ago"


def age_text(observed_at: datetime | None, now: datetime, stale_after: float) -> Content:
    """How old a figure is: "2 s", "? STALE 45 s" when older than `stale_after` seconds, "? never seen"."""
    if observed_at is None:
        return Content.styled("? never seen", STYLES[Severity.UNKNOWN])
    seconds = max(0.0, (now - observed_at).total_seconds())
    if seconds > stale_after:
        return Content.styled(f"? STALE {age_words(seconds)}", STYLES[Severity.UNKNOWN])
    return Content.styled(age_words(seconds), FAINT)


def sparkline(values: Sequence[float | None], width: int, floor: float = 0.0) -> str:
    """The newest `width` values as bars, the highest of them at full height; " " is unknown, never a low bar.

    What stays below `floor` looks low beside it, so that small figures make no mountains. Values at or below 0 have the
    lowest bar. Shorter series stand at the right.
    """
    shown = values[-width:] if width > 0 else ()
    highest = max((value for value in shown if value is not None), default=0.0)
    return "".join(" " if value is None else _bar(value, max(highest, floor)) for value in shown).rjust(max(0, width))


def _bar(value: float, highest: float) -> str:
    if highest <= 0 or value <= 0:
        return _BARS[0]
    return _BARS[min(len(_BARS) - 1, int(value / highest * (len(_BARS) - 1) + 0.5))]
