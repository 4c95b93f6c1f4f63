"""Keys as people write them in the config file: which there are, and which would hide another action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Protocol

from console.inventory.problems import printable

_CHARACTERS = {
    "?": "question_mark", ":": "colon", ";": "semicolon", "/": "slash", "\\": "backslash", ".": "full_stop",
    "+": "plus", "-": "minus", "=": "equals_sign", "_": "underscore", "*": "asterisk", "!": "exclamation_mark",
    '"': "quotation_mark", "'": "apostrophe", "#": "number_sign", "$": "dollar_sign", "%": "percent_sign",
    "&": "ampersand", "@": "at", "^": "circumflex_accent", "`": "grave_accent", "~": "tilde", "|": "vertical_line",
    "<": "less_than_sign", ">": "greater_than_sign", "[": "left_square_bracket", "]": "right_square_bracket",
    "{": "left_curly_bracket", "}": "right_curly_bracket", "(": "left_parenthesis", ")": "right_parenthesis",
    " ": "space", ",": "comma",
}  # fmt: skip
# Textual's names of keys that are no character (textual.keys.Keys); characters may be written as they are.
_MOVES = "up down left right home end pageup pagedown insert delete backspace tab enter escape space"
_NAMED = frozenset((*_MOVES.split(), *_CHARACTERS.values()))
_FUNCTION = re.compile(r"f([1-9]|1[0-9]|2[0-4])")
_MODIFIERS = re.compile(r"(?:(?:ctrl|shift|alt)\+)+(?=.)", re.IGNORECASE)


class HasKeys(Protocol):
    """An action: its id, and its keys separated by commas."""

    @property
    def id(self) -> str:
        """What the keymap names it by."""

    @property
    def keys(self) -> str:
        """Its keys where the keymap says nothing."""

    @property
    def group(self) -> str:
        """Where the help lists it."""


def read_keys(value: object) -> tuple[str, ...] | None:
    """The keys that a value of the keymap means, by Textual's names; None where it is no text or list of texts."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9:
        value = str(value)
    if isinstance(value, str):
        value = [value] if value == "," else value.split(",")
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        return None
    return tuple(_name(each) for each in value)


def _name(text: str) -> str:
    key = text if text == " " else text.strip()
    match = _MODIFIERS.match(key)
    before, last = (match[0], key[match.end() :]) if match else ("", key)
    return before.lower() + _CHARACTERS.get(last, last if len(last) == 1 else last.lower())


def key_problem(names: tuple[str, ...] | None) -> str:
    """What is wrong with the keys of an action, or ""."""
    if names is None:
        return "must be a key or a list of keys, such as R, ctrl+r or [R, f5]"
    wrong = [name for name in names if not _is_key(name)]
    hint = "write a character, f1 to f24, or such as ctrl+r, space, pageup"
    return f"there is no key {printable(wrong[0])!r}: {hint}" if wrong else ""


def _is_key(name: str) -> bool:
    last = _MODIFIERS.sub("", name, count=1)
    single = len(last) == 1 and last.isprintable() and last not in _CHARACTERS
    return single or last in _NAMED or _FUNCTION.fullmatch(last) is not None


def clashes(keymap: Mapping[str, str], actions: Mapping[str, HasKeys]) -> Iterator[tuple[str, str]]:
    """Each action of the keymap that would take the key of another, with words. What shares a key by default (a
    recording's and a screen's) may go on to.
    """
    for mine, other in product(keymap, actions):
        if mine == other or _keys(actions[mine].keys) & _keys(actions[other].keys):
            continue
        shared = _keys(keymap[mine]) & _keys(keymap.get(other, actions[other].keys))
        if shared and (other not in keymap or mine < other):
            yield mine, f"the key {min(shared)} is already that of '{other}': give that another one too"


def _keys(keys: str) -> frozenset[str]:
    return frozenset(keys.split(","))
