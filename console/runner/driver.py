"""Who drives a run: the person, the console's machine and process."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from console.facts.text import one_line


@dataclass(frozen=True, slots=True)
class Driver:
    """`owner` is USER@HOST, as a lease names it; `console` the console's version."""

    user: str
    host: str
    pid: int
    console: str

    @property
    def owner(self) -> str:
        """USER@HOST."""
        return f"{self.user}@{self.host}"


def this_driver() -> Driver:
    """The present process."""
    return Driver(one_line(_user(), 64), one_line(socket.gethostname(), 64), os.getpid(), _version())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a uid without a name, as in containers
        return f"uid {os.getuid()}"


def _version() -> str:
    try:
        return version("vmdb-console")
    except PackageNotFoundError:
        return "unknown"
