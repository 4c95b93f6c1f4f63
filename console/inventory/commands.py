"""What `vmdb-console inventory validate|schema|show` prints. None of them contacts a host."""

from __future__ import annotations

from pathlib import Path

from console.inventory.explain import shown
from console.inventory.export import json_schema_text
from console.inventory.fleet import Fleet
from console.inventory.loading import load, load_with_origins


def validate(path: Path) -> str:
    """One line that says that the file is right and what is in it. Raises InventoryError with every fault."""
    return f"{path}: valid: {_summary(load(path))}"


def schema() -> str:
    """The JSON Schema of the inventory."""
    return json_schema_text()


def show(path: Path) -> str:
    """The merged inventory as YAML, each value with its origin. Raises InventoryError with every fault."""
    loaded = load_with_origins(path)
    return f"# {path}: {_summary(loaded.fleet)}\n{shown(loaded.tree)}"


def _summary(fleet: Fleet) -> str:
    databases = sum(len(region.databases) for region in fleet.regions)
    uis = sum(len(region.uis) for region in fleet.regions)
    counts = (
        _count(len(fleet.regions), "region"),
        _count(databases, "database host"),
        _count(uis, "UI host"),
    )
    return f"environment {fleet.environment}, {', '.join(counts)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
