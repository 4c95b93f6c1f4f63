"""What a screen shows, as an SVG that is the same bytes on every machine and names nothing outside of itself."""

from __future__ import annotations

import re

from textual.widgets import Input

from console.screens.app import ConsoleApp

_ID = re.compile(r"terminal-\d+")
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FONT = "font-family: Fira Code, monospace;"
_FONTS = "font-family: Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; white-space: pre;"
_TEXT = re.compile(
    r'(<text [^>]*?) x="([\d.]+)"([^>]*?) textLength="([\d.]+)"([^>]*)>((?:&#160;)*)(.*?)((?:&#160;)*)</text>'
)
_BLANK = len("&#160;")
_CELL = 12.2
"""The width of a character in Textual's SVG."""
_BETWEEN = re.compile(r"(?<=>)(?=<(?:rect|text) )")


def keep_still(app: ConsoleApp) -> None:
    """Nothing on the screen moves by the machine's clock: no blinking, no animation."""
    app.animation_level = "none"
    for line in app.screen.query(Input):
        line.cursor_blink = False


def picture(app: ConsoleApp, name: str) -> str:
    """The screen in front. `name` is the picture's, a part of the ids in it."""
    return tidy(app.export_screenshot(simplify=True), name)


def tidy(svg: str, name: str) -> str:
    """Textual's SVG without a font from the network, an element a line, and ids that do not change with the content:
    a small change on the screen is a small change of the file.
    """
    svg = _TEXT.sub(_trimmed, _FONT_FACE.sub("", _ID.sub(name, svg)).replace(_FONT, _FONTS))
    lines = (line.rstrip() for line in _BETWEEN.sub("\n", svg).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _trimmed(text: re.Match[str]) -> str:
    """A text without the blanks at its edges: some programs drop them, and what stands beside moves."""
    tag, left, more, length, rest, before, words, after = text.groups()
    first, last = len(before) // _BLANK, len(after) // _BLANK
    x, width = float(left) + first * _CELL, float(length) - (first + last) * _CELL
    return f'{tag} x="{x:g}"{more} textLength="{width:g}"{rest}>{words}</text>'
