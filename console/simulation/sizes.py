"""How large things are on the simulated hosts' disks, in bytes: `df`, `du` and a base backup agree."""

from __future__ import annotations

from console.simulation.noise import stable_number
from console.simulation.state import DatabaseHost, RegionState

GB = 1024**3
DATABASE_DISKS = {"global": 825, "dc1": 700, "dc2": 400}
"""GB of a database host's data disk (REFERENCE 1)."""
DATA_DEVICE = 2065
"""Its device number: the second SCSI disk's first partition."""


def disk_size(state: RegionState) -> int:
    """A database host's data disk."""
    return DATABASE_DISKS[state.name] * GB


def data_size(state: RegionState) -> int:
    """The database."""
    return disk_size(state) * stable_number(22, 36, state.name, "used") // 100


def used(state: RegionState, host: DatabaseHost) -> int:
    """What lies on the data disk: the database, and copies and old data beside it."""
    directories = int(host.data_there) + len(host.folders)
    return disk_size(state) if host.disk_full else min(disk_size(state), directories * data_size(state))
