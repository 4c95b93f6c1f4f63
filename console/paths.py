"""Where the console reads and writes on its own machine (XDG folders), and the page that prints it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_state_path

APPLICATION = "vmdb-console"


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
    return f"inventory    {chosen}\nmachine-ids  {machine_ids_path()}\nruns         {runs_path()}"
