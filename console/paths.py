"""Where the console reads and writes on its own machine (XDG folders), and the page that prints it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path, user_state_path

APPLICATION = "vmdb-console"


def config_path() -> Path:
    """A person's settings (console.settings): theme and keymap. It need not be there."""
    return user_config_path(APPLICATION, appauthor=False) / "config.yaml"


def machine_ids_path() -> Path:
    """The machine-ids of hosts seen before; delete a host's line there after it was reinstalled on purpose."""
    return user_state_path(APPLICATION) / "machine-ids.json"


def runs_path() -> Path:
    """The journals of runs, a file a run; they are the record of who changed what, and nothing deletes them."""
    return user_state_path(APPLICATION) / "runs"


def describe(inventory: Path | None, environment: Mapping[str, str]) -> str:
    """Every path, one a line; for the inventory, why there is none where there is none."""
    from console.errors import UsageError
    from console.inventory.where import inventory_path

    try:
        chosen = str(inventory_path(inventory, environment))
    except UsageError as error:
        chosen = f"none ({str(error).splitlines()[0]})"
    paths = {
        "inventory": chosen,
        "config": config_path(),
        "machine-ids": machine_ids_path(),
        "runs": runs_path(),
        "demo-runs": runs_path().with_name("demo-runs"),
    }
    return "\n".join(f"{name:<12} {path}" for name, path in paths.items())
