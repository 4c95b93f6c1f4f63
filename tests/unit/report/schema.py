"""The part of JSON Schema (2020-12) that check.schema.json uses, so that documents can be held against it."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "anyOf", "items",
    "properties", "required", "additionalProperties",
}  # fmt: skip


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "$") -> list[str]:
    """What in `value` breaks `schema`, as "path: words"; empty when it is valid."""
    assert set(schema) <= _KNOWN, f"this checker does not know {set(schema) - _KNOWN}"
    if "$ref" in schema:
        return problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
    if "anyOf" in schema:
        tried = [problems(value, option, root, path) for option in schema["anyOf"]]
        return [] if [] in tried else [f"{path}: none of the options: {tried}"]
    return [f"{path}: {found}" for found in _own(value, schema)] + _below(value, schema, root, path)


def _own(value: Any, schema: dict[str, Any]) -> list[str]:
    found = []
    names = schema.get("type", list(_TYPES))
    if not any(_is(value, name) for name in ([names] if isinstance(names, str) else names)):
        found.append(f"{value!r} is not {names}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{value!r} is none of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{value!r} does not match {schema['pattern']}")
    return found


def _below(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str) -> list[str]:
    found: list[str] = []
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += problems(item, schema["items"], root, f"{path}[{index}]")
    if isinstance(value, dict) and "properties" in schema:
        found += [f"{path}: lacks {key}" for key in schema.get("required", []) if key not in value]
        for key, item in value.items():
            if key in schema["properties"]:
                found += problems(item, schema["properties"][key], root, f"{path}.{key}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{path}: {key} is not allowed")
    return found


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and not (isinstance(value, bool) and name in {"integer", "number"})
