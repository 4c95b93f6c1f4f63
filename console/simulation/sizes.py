"""How large things are on the simulated hosts' disks, in bytes: `df`, `du` and a base backup agree."""

from __future__ import annotations

from console.simulation.noise import stable_number
from console.simulation.state import DatabaseHost, RegionState

GB = 1024**3
SHAPES = ("global", "dc1", "dc2")
"""The reference's regions. A fleet made larger has more of each, named `dc1-7`."""
ARCHIVE_DISKS = {"global": 25, "dc1": 50, "dc2": 50}
"""GB of a region's WAL archive (REFERENCE 1)."""
DATABASE_DISKS = {"global": 825, "dc1": 700, "dc2": 400}
"""GB of a database host's data disk (REFERENCE 1)."""
DATA_DEVICE = 2065
"""Its device number: the second SCSI disk's first partition."""


def shape_of(region: str) -> str:
    """Which of the reference's regions a region is like; KeyError for a name of no such shape."""
    shape = region if region in SHAPES else region.rpartition("-")[0]
    if shape not in SHAPES:
        raise KeyError(region)
    return shape


def disk_gigabytes(state: RegionState) -> int:
    """GB of a database host's data disk."""
    return DATABASE_DISKS[shape_of(state.name)]


def disk_size(state: RegionState) -> int:
    """A database host's data disk."""
    return disk_gigabytes(state) * GB


def data_size(state: RegionState) -> int:
    """The database."""
    return disk_size(state) * stable_number(22, 36, state.name, "used") // 100


def used(state: RegionState, host: DatabaseHost) -> int:
    """What lies on the data disk: the database, and copies and old data beside it."""
    directories = int(host.data_there) + len(host.folders)
    return disk_size(state) if host.disk_full else min(disk_size(state), directories * data_size(state))
