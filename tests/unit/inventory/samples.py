"""Small inventories for the tests, and a way to load text."""

from __future__ import annotations

from pathlib import Path

from console.inventory.fleet import Fleet
from console.inventory.loading import load

SAMPLE = Path(__file__).parents[3] / "inventory.yaml"

MINIMAL = """\
version: 1
regions:
  - name: north
    kind: pacemaker
    database:
      hosts:
        - {name: db1.example.com, address: 192.0.2.1}
        - {name: db2.example.com, address: 192.0.2.2}
"""


def load_text(folder: Path, text: str | bytes) -> Fleet:
    """Load an inventory with this text."""
    return load(written(folder, text))


def written(folder: Path, text: str | bytes) -> Path:
    """A file inventory.yaml with this text."""
    path = folder / "inventory.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def with_defaults(defaults: str) -> str:
    """The minimal inventory (whose lines move down) with this block, indented by two, under `defaults:`."""
    return MINIMAL.replace("version: 1\n", f"version: 1\ndefaults:\n{defaults}")
