"""Where a copy is made beside the data in use, and where the old data goes, on one file system."""

from __future__ import annotations

from dataclasses import dataclass

from console.operations.places import INSIDE, NEW, OLD

MOUNTS = "/proc/self/mounts"
"""The kernel's list of what is mounted (proc(5)), where operations see a mount point that is no other device."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`data` is the data directory's real path (links followed); `mounted`: it is a mount point; `run` the run's id.

    A directory is swapped with its sibling by rename. A mount point cannot be renamed: there everything lies in a
    folder within it, and its entries are moved one by one, `global` out first and in last, so that no half-swapped
    directory can start (a postmaster needs global/pg_control).

    Every operation that changes data refuses where the disks lie otherwise than planned (shell/place.sh): above all
    where the file system of `data` is not mounted, since the bare directory below looks like a host without data.
    `mounted` tells that of a mount point. `device` (`stat -c %d` of the data directory, 0: unknown) tells it where only
    a parent is one, but not by itself: LVM, NFS and others number devices anew at a boot. So another number counts
    only where no database lies there either; a bare directory never holds one, a file system that came back does.
    """

    data: str
    mounted: bool
    run: str
    device: int = 0

    @property
    def new(self) -> str:
        """Where the copy is made."""
        return f"{self.data}/{INSIDE}/{self.run}/{NEW}" if self.mounted else f"{self.data}.{NEW}.{self.run}"

    @property
    def old(self) -> str:
        """Where the old data stays after the swap."""
        return f"{self.data}/{INSIDE}/{self.run}/{OLD}" if self.mounted else f"{self.data}.{OLD}.{self.run}"
