"""Which inventory is used. Never a file that merely lies in the working directory (DESIGN 4)."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from console.errors import UsageError
from console.inventory.problems import printable

VARIABLE = "VMDB_CONSOLE_INVENTORY"

_HOW = """\
Nothing was contacted.
To write one: start from the commented inventory.yaml that comes with vmdb-console, put it at
  {default}
or name it with --inventory FILE or ${variable}, and check it with 'vmdb-console inventory validate'.
To look around without any server: vmdb-console --demo"""


def default_path() -> Path:
    """`vmdb-console/inventory.yaml` in the XDG config folder."""
    return platformdirs.user_config_path("vmdb-console", appauthor=False) / "inventory.yaml"


def inventory_path(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The inventory to load: `option` (--inventory), else $VMDB_CONSOLE_INVENTORY, else the one in the config folder.

    Raises UsageError, which says how to write one and how to try the demo, where there is none.
    """
    named = environ.get(VARIABLE, "")
    if option is not None:
        return _existing(option, "--inventory names")
    if named:
        return _existing(Path(named), f"${VARIABLE} names")
    path = default_path()
    # A relative $XDG_CONFIG_HOME is invalid (XDG Base Directory Specification) and would mean the working directory.
    if not path.is_absolute() or not _exists(path):
        raise UsageError(f"There is no inventory.\n{_how(path)}")
    return path


def _existing(path: Path, named_by: str) -> Path:
    if not _exists(path):
        raise UsageError(f"{named_by} {printable(str(path), 400)}, and there is no such file.\n{_how(default_path())}")
    return path


def _exists(path: Path) -> bool:
    """False where there is surely no such file; where one may not look, loading says why."""
    try:
        return path.exists()
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG


def _how(default: Path) -> str:
    shown = default if default.is_absolute() else Path("~/.config/vmdb-console/inventory.yaml")
    return _HOW.format(default=shown, variable=VARIABLE)
