"""Where libpq takes the password from. The console itself never reads one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

# No file can lie below a device, so libpq finds none there and says nothing.
_NO_FILE = os.devnull + "/none"


def password_file() -> tuple[dict[str, str], str]:
    """Connection parameters about the password file, and a remark for the user ("" when all is well).

    libpq ignores a file that others may read, and writes a warning of that to stderr at every connection, over any
    screen; such a file is withheld from it, and the remark says so instead (fe-connect.c, passwordFromFile).
    """
    given = os.environ.get("PGPASSFILE")
    try:
        path = Path(given) if given else Path("~/.pgpass").expanduser()
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # no such file; no home directory
        return {}, ""
    if not stat.S_ISREG(mode):
        return {"passfile": _NO_FILE}, f"{path} is ignored: it is not a plain file"
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return {"passfile": _NO_FILE}, f"{path} is ignored: its mode is {stat.S_IMODE(mode):o}, chmod 600 it"
    return {}, ""
