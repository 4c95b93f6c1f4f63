"""Every file of the failover scripts, and where each lies on which host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from console.hostscripts.cksum import cksum

HostNumber = Literal[1, 2]
BootSystem = Literal["sysv", "systemd"]

PROGRAMS = (
    "pgsql-primary-archive-wal",
    "pgsql-primary-check-start",
    "pgsql-primary-initialize",
    "pgsql-standby-check-access",
    "pgsql-standby-check-promote",
    "pgsql-standby-initialize",
    "pgsql-standby-release",
)
"""All seven, by name: both hosts get them, and each but the archive command refuses to run on the wrong one."""
PROGRAMS_FOLDER = "/usr/bin"
LIBRARY_FOLDER = "/usr/libexec/pgsql-replication"
RC_LOCAL = "/etc/rc.local"


class Kind(StrEnum):
    """How a file is put in place."""

    PROGRAM = "program"
    LIBRARY = "library"
    CONFIGURATION = "configuration"
    CRON = "cron"
    LOGROTATE = "logrotate"
    UNIT = "unit"
    """A systemd unit: to be enabled after it was written."""
    BLOCK = "block"
    """Lines within somebody else's file: put there and taken away by console.hostscripts.block."""


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of root's at `path`; `mode` as chmod takes it. Of a block `text` is the lines, `mode` the whole file's."""

    path: str
    mode: int
    text: str
    kind: Kind

    @property
    def checksum(self) -> str:
        """As cksum prints it of the whole file, and `ScriptsState.installed` has it."""
        return cksum(self.text.encode("utf-8"))


@cache
def files_for(number: HostNumber, boot: BootSystem) -> tuple[HostFile, ...]:
    """What host `number` gets, by path: all but the settings, which console.hostscripts.configuration renders."""
    root = resources.files("console.hostscripts")
    both = ((path, item) for path, item in _below(root / "files"))
    own = ((path, item) for path, item in _below(root / "hosts" / str(number)) if _belongs(path, boot))
    files = (_host_file(path, item.read_text("utf-8")) for path, item in (*both, *own))
    return tuple(sorted(files, key=lambda file: file.path))


def checksums(number: HostNumber, boot: BootSystem) -> dict[str, str]:
    """Checksums of the programs by their path, as S08 compares them."""
    return {file.path: file.checksum for file in files_for(number, boot) if file.kind is Kind.PROGRAM}


def _below(folder: Traversable, at: str = "") -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        path = f"{at}/{item.name}"
        if item.is_dir():
            yield from _below(item, path)
        else:
            yield path, item


def _belongs(path: str, boot: BootSystem) -> bool:
    """Whether a host's own file is one of its way to boot, or of any."""
    if path == RC_LOCAL:
        return boot == "sysv"
    return boot == "systemd" or not path.startswith("/etc/systemd/")


def _host_file(path: str, text: str) -> HostFile:
    kind = _kind(path)
    return HostFile(path, 0o755 if kind in {Kind.PROGRAM, Kind.BLOCK} else 0o644, text, kind)


def _kind(path: str) -> Kind:
    if path.startswith(f"{PROGRAMS_FOLDER}/"):
        return Kind.PROGRAM
    if path.startswith(f"{LIBRARY_FOLDER}/"):
        return Kind.LIBRARY
    folders = {"/etc/cron.d": Kind.CRON, "/etc/logrotate.d": Kind.LOGROTATE, "/etc/systemd/system": Kind.UNIT}
    return folders.get(path.rpartition("/")[0], Kind.BLOCK)
