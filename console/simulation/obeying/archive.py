"""The archive's folder and old WAL in it, on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.simulation.obeying.done import Done, refused
from console.simulation.state import DatabaseHost, RegionState


def make_folder(state: RegionState, host: DatabaseHost, operation: MakeArchiveFolder, at: float) -> Done:
    """Host 2 of a scripted region archives into its data directory; every other archive is on a file server."""
    del at
    if state.cluster is not None or host.host.ordinal == 1:
        return Done(state, 0, f"{operation.path} is there\n")
    if not host.data_there:
        return refused(state, f"{host.settings.data} holds no database: no folder was made")
    return Done(state.with_database(host.with_server(replace(host.server, archive_folder=True))))


def discard(state: RegionState, host: DatabaseHost, operation: DiscardArchive, at: float) -> Done:
    """What that run has set aside on host 1; nothing is aside elsewhere."""
    del at
    if host.host.ordinal != 1:
        return Done(state)
    aside = tuple(item for item in state.archives_aside if item[0] != operation.run)
    return Done(replace(state, archives_aside=aside))
