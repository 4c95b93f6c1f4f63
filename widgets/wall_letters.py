"""Large letters for a screen across the room: pixels of five rows, drawn as half blocks on three lines."""

from __future__ import annotations

from functools import lru_cache

HEIGHT = 3
"""Lines of a large word."""
_PIXELS = 6

_GLYPHS = {
    "A": ".##. #..# #### #..# #..#",
    "B": "###. #..# ###. #..# ###.",
    "C": ".### #... #... #... .###",
    "D": "###. #..# #..# #..# ###.",
    "E": "#### #... ###. #... ####",
    "F": "#### #... ###. #... #...",
    "G": ".### #... #.## #..# .###",
    "H": "#..# #..# #### #..# #..#",
    "I": "# # # # #",
    "J": "..# ..# ..# #.# .#.",
    "K": "#..# #.#. ##.. #.#. #..#",
    "L": "#... #... #... #... ####",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#..# ##.# #.## #..# #..#",
    "O": ".##. #..# #..# #..# .##.",
    "P": "###. #..# ###. #... #...",
    "Q": ".##. #..# #..# #.#. .#.#",
    "R": "###. #..# ###. #.#. #..#",
    "S": ".### #... .##. ...# ###.",
    "T": "##### ..#.. ..#.. ..#.. ..#..",
    "U": "#..# #..# #..# #..# .##.",
    "V": "#...# #...# .#.#. .#.#. ..#..",
    "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#..# .##. .##. .##. #..#",
    "Y": "#...# .#.#. ..#.. ..#.. ..#..",
    "Z": "#### ..#. .#.. #... ####",
    "0": ".##. #..# #..# #..# .##.",
    "1": ".#.. ##.. .#.. .#.. ###.",
    "2": "###. ...# .##. #... ####",
    "3": "###. ...# .##. ...# ###.",
    "4": "#..# #..# #### ...# ...#",
    "5": "#### #... ###. ...# ###.",
    "6": ".##. #... ###. #..# .##.",
    "7": "#### ...# ..#. .#.. .#..",
    "8": ".##. #..# .##. #..# .##.",
    "9": ".##. #..# .### ...# .##.",
    ":": ". # . # .",
    "-": "... ... ### ... ...",
    ".": ". . . . #",
    " ": ".. .. .. .. ..",
}


@lru_cache(maxsize=256)
def large(word: str) -> tuple[str, str, str]:
    """`word` on three lines of the same width; what has no large letter is a gap. Any case."""
    columns = [_GLYPHS.get(char, _GLYPHS[" "]).split(" ") for char in word.upper()]
    rows = [".".join(glyph[row] for glyph in columns) for row in range(5)] if columns else [""] * 5
    rows.append("." * len(rows[0]))
    top, middle, bottom = (_merged(rows[pair], rows[pair + 1]) for pair in range(0, _PIXELS, 2))
    return top, middle, bottom


def large_width(word: str) -> int:
    """Cells that a large word takes."""
    return len(large(word)[0])


def _merged(upper: str, lower: str) -> str:
    """Two rows of pixels as one line of half blocks."""
    blocks = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}
    return "".join(blocks[pair] for pair in zip(upper, lower, strict=True))
