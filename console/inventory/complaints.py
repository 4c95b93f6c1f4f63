"""Pydantic's errors in the inventory's own words, with the nearest known key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from console.inventory.problems import Keys, Problem, suggestion
from console.inventory.schema import Inventory

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SECRET = re.compile(r"pass(word|wd|phrase|code)|pgpass\w|secret|token|credential|private_?key|^(pw|pwd|pass)$", re.I)

_TEXTS = {
    "missing": "is required and missing",
    "string_type": "must be text: put it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "model_type": "must be a mapping (keys and values)",
    "dict_type": "must be a mapping (keys and values)",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_short": "must have at least {min_length}",
}


def complaints(error: ValidationError) -> list[Problem]:
    """One problem for each of pydantic's errors. Lines are added by the caller, who has the document."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def sections(section: type[BaseModel] = Inventory, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every section of the schema with the keys that lead to it; lists are passed through."""
    yield keys, section
    for name, field in section.model_fields.items():
        inner = _section_in(field.annotation)
        if inner is not None:
            yield from sections(inner, (*keys, name))


def _problem(detail: ErrorDetails) -> Problem:
    keys: Keys = tuple(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Problem(keys, _unknown_key(keys))
    if detail["type"] == "value_error":
        return Problem(keys, str(detail["ctx"]["error"]))
    template = _TEXTS.get(detail["type"])
    if template is None:
        return Problem(keys, detail["msg"])
    return Problem(keys, template.format_map(detail.get("ctx", {})))


def _unknown_key(keys: Keys) -> str:
    word = str(keys[-1])
    if _SECRET.search(word):
        return (
            "unknown key, and no secret belongs into an inventory: passwords are read from .pgpass, PGPASSFILE or a "
            "service file, keys from the ssh agent or identity files"
        )
    place = tuple(key for key in keys[:-1] if isinstance(key, str))
    by_place = dict(sections())
    near = suggestion(word, by_place[place].model_fields) if place in by_place else ""
    return f"unknown key{near or _elsewhere(word, place)}"


def _elsewhere(word: str, place: tuple[str, ...]) -> str:
    """Where a key that is right in another section belongs: in sections inside this one, else in the outermost."""
    homes = [keys for keys, section in sections() if keys and word in section.model_fields]
    homes = [keys for keys in homes if keys[: len(place)] == place] or homes
    outermost = [keys for keys in homes if len(keys) == min(map(len, homes))]
    return f"; it belongs under {' or '.join(repr('.'.join(keys)) for keys in outermost)}" if homes else ""


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section in an annotation such as `X`, `X | None`, `list[X]` or `Annotated[X, …]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_section_in, get_args(annotation))), None)
