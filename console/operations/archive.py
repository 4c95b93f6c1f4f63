"""The folder that a server archives its WAL into: made where a copy lacks it, and old WAL in it let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.places import ARCHIVES, OLD
from console.operations.platform import Platform
from console.operations.shell import quoted, script


@dataclass(frozen=True, slots=True)
class MakeArchiveFolder(Operation):
    """Make the WAL archive `path` where it lies in the data directory, itself or as a link's target (REFERENCE 2).

    A base backup brings no such folder along, while the link to it stays outside. Anywhere else a folder that is not
    there may be a file server that is not mounted: it is never made there.
    """

    path: str

    def describe(self) -> str:
        """In words."""
        return f"make the archive folder {self.path} where the data directory lacks it"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """What is run where the folder is not there."""
        del platform
        return (f'mkdir -p "$(readlink -m {quoted(self.path)})"',)

    def command(self, platform: Platform) -> str:
        """mkdir -p as the database's user."""
        return script(platform, "make_archive_folder", "user", "server", "archive_folder", path=self.path)


@dataclass(frozen=True, slots=True)
class DiscardArchive(Operation):
    """Remove the WAL that SetArchiveAside has put into `directory`/vmdb-old.`run`: the operator let it go."""

    risk: ClassVar[Risk] = Risk.DESTRUCTIVE
    time_limit: ClassVar[float] = 600.0

    directory: str
    run: str

    @property
    def aside(self) -> str:
        """Where that WAL lies."""
        return aside_of(self.directory, self.run)

    def describe(self) -> str:
        """In words."""
        return f"remove the archived WAL in {self.aside}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """Its plain files, then the empty folder."""
        del platform
        folder = quoted(self.aside)
        return (f"find {folder} -maxdepth 1 -type f -delete", f"rmdir {folder}")

    def command(self, platform: Platform) -> str:
        """find -delete of plain files, as the database's user; a folder that holds anything else stays."""
        values = {"directory": self.directory, "run": self.run, "marks": ARCHIVES}
        return script(platform, "discard_archive", "user", "archive", **values)


def aside_of(directory: str, run: str) -> str:
    """Where SetArchiveAside puts WAL."""
    return f"{directory.rstrip('/')}/{OLD}.{run}"
