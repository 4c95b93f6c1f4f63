"""Some hundred applications are started here: the style sheets, the same in all of them, are parsed once."""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_PARSED: dict[tuple[Any, ...], list[RuleSet]] = {}
_parse_rules = Stylesheet._parse_rules


def _parsed_once(sheet: Stylesheet, css: str, *given: Any, **named: Any) -> list[RuleSet]:
    """Rules are made of the text and the theme's variables alone, and nobody changes them afterwards."""
    key = (css, given, tuple(sorted(named.items())), tuple(sorted(sheet._variables.items())))
    if key not in _PARSED:
        _PARSED[key] = _parse_rules(sheet, css, *given, **named)
    return _PARSED[key]


Stylesheet._parse_rules = _parsed_once  # type: ignore[method-assign, assignment]
