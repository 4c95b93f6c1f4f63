"""The inventory's JSON Schema, for editors and other checkers."""

from __future__ import annotations

import json
from typing import Any

from console.inventory.schema import Inventory


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of inventory.yaml. Checks across values (unique names, …) are not part of it."""
    schema = Inventory.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema | {"title": "vmdb-console inventory"}


def json_schema_text() -> str:
    """The JSON Schema as indented JSON."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False)
