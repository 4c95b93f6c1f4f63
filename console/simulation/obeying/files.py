"""The failover scripts' files put in place on a simulated host, and back."""

from __future__ import annotations

from console.operations.files import InstallFiles, PutFilesBack
from console.simulation.host_files import checksum, files_of, put, put_back
from console.simulation.obeying.done import Done, refused
from console.simulation.state import DatabaseHost, PlacedFile, RegionState


def install(state: RegionState, host: DatabaseHost, operation: InstallFiles, at: float) -> Done:
    """Refused where a file is neither what was planned nor already the new one."""
    del at
    there = {path: checksum(file) for path, file in files_of(state, host).items()}
    new = tuple(PlacedFile(file.path, file.mode, file.text) for file in operation.files)
    for planned, file in zip(operation.files, new, strict=True):
        if there.get(file.path, "") not in (planned.replaces, checksum(file)):
            return refused(state, f"{file.path} is not what it was when this was planned: nothing was changed")
    return Done(state.with_database(put(host, operation.run, new)))


def back(state: RegionState, host: DatabaseHost, operation: PutFilesBack, at: float) -> Done:
    """What was there before the run."""
    del at
    return Done(state.with_database(put_back(host, operation.run)))
