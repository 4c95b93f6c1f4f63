"""Base backups, swaps and archives aside on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.operations.copying import (
    DiscardOld,
    PutArchiveBack,
    RemoveCopy,
    SetArchiveAside,
    SwapBack,
    SwapIn,
    TryReplication,
    VerifyCopy,
)
from console.simulation.network import behind, reaches
from console.simulation.obeying.done import Done, refused
from console.simulation.state import ArchiveStore, DatabaseHost, Folder, RegionState


def source_of(state: RegionState, host: DatabaseHost, name: str) -> DatabaseHost | str:
    """The host that a replication connection to `name` comes to; else libpq's words."""
    target = behind(state, host, name)
    if target is None:
        return f'could not translate host name "{name}" to address: Name or service not known'
    if target.name == host.name:
        return f"{name} is this host"
    if not reaches(state, host, target):
        return f'could not connect to server: Connection refused\n\tIs the server running on host "{name}"'
    return target


def try_replication(state: RegionState, host: DatabaseHost, operation: TryReplication, at: float) -> Done:
    """IDENTIFY_SYSTEM there."""
    del at
    source = source_of(state, host, operation.source)
    if isinstance(source, str):
        return refused(state, f"psql: {source}")
    found = source.server.system_identifier
    if found != operation.system_identifier:
        return refused(state, f"{operation.source} is the database {found}, not {operation.system_identifier}")
    return Done(state, 0, f"{found}|{source.server.timeline}\n")


def verify(state: RegionState, host: DatabaseHost, operation: VerifyCopy, at: float) -> Done:
    """Complete, of that database and of that version."""
    del at
    folder = host.folder(operation.layout.new)
    if folder is None:
        return refused(state, f"{operation.layout.new}: No such file or directory")
    if not folder.complete:
        return refused(state, f"{operation.layout.new} is not complete: no backup_label")
    if folder.server.system_identifier != operation.system_identifier:
        return refused(state, f"the copy is of the database {folder.server.system_identifier}")
    if host.platform.server.major != operation.version:
        return refused(state, f"the copy is of PostgreSQL {host.platform.server.major}, not {operation.version}")
    return Done(state, 0, "backup successfully verified\n")


def remove_copy(state: RegionState, host: DatabaseHost, operation: RemoveCopy, at: float) -> Done:
    """rm -rf of the copy."""
    del at
    return Done(state.with_database(host.with_folder(operation.layout.new, None)))


def discard_old(state: RegionState, host: DatabaseHost, operation: DiscardOld, at: float) -> Done:
    """rm -rf of the old data."""
    del at
    return Done(state.with_database(host.with_folder(operation.layout.old, None)))


def swap_in(state: RegionState, host: DatabaseHost, operation: SwapIn, at: float) -> Done:
    """Data to the old name, the copy to the data's name; goes on where it was interrupted, done where it is done."""
    del at
    layout = operation.layout
    old, new = host.folder(layout.old), host.folder(layout.new)
    if host.server.running and host.data_there:
        done = old is not None and new is None
        return Done(state) if done else refused(state, f"a server runs on {layout.data}")
    if new is None:
        done = old is not None and host.data_there
        return Done(state) if done else refused(state, f"there is no copy in {layout.new}")
    if not new.complete:
        return refused(state, f"{layout.new} has no global/pg_control, or is not complete")
    if host.data_there and old is not None:
        return refused(state, f"{layout.data}, {layout.old} and {layout.new} are all there")
    return Done(_swapped(state, _data_to(host, layout.old), layout.new))


def swap_back(state: RegionState, host: DatabaseHost, operation: SwapBack, at: float) -> Done:
    """The inverse; done where no old data is there, since then nothing was swapped, or all was swapped back."""
    del at
    layout = operation.layout
    old, new = host.folder(layout.old), host.folder(layout.new)
    if host.server.running and host.data_there:
        return Done(state) if old is None else refused(state, f"a server runs on {layout.data}")
    if old is None:
        return Done(state) if host.data_there else refused(state, f"there is no old data in {layout.old}")
    if host.data_there and new is not None:
        return refused(state, f"{layout.data}, {layout.old} and {layout.new} are all there")
    return Done(_swapped(state, _data_to(host, layout.new), layout.old))


def half_swapped(state: RegionState, name: str, operation: SwapIn | SwapBack) -> RegionState:
    """What a swap leaves that is cut off between its two renames; nothing where it would not begin."""
    host = state.database(name)
    layout = operation.layout
    target, source = (layout.old, layout.new) if isinstance(operation, SwapIn) else (layout.new, layout.old)
    begins = host.data_there and not host.server.running
    if not begins or host.folder(target) is not None or host.folder(source) is None:
        return state
    return state.with_database(_data_to(host, target))


def _data_to(host: DatabaseHost, path: str) -> DatabaseHost:
    if not host.data_there:
        return host
    return replace(host.with_folder(path, Folder(path, host.server)), data_there=False)


def _swapped(state: RegionState, host: DatabaseHost, path: str) -> RegionState:
    folder = host.folder(path)
    assert folder is not None
    host = replace(host.with_folder(path, None), server=folder.server, data_there=True)
    return state.with_database(host)


def set_archive_aside(state: RegionState, host: DatabaseHost, operation: SetArchiveAside, at: float) -> Done:
    """The region's archive belongs to host 1; host 2's own folder is empty (REFERENCE 4)."""
    if host.host.ordinal != 1 or any(run == operation.run for run, _ in state.archives_aside):
        return Done(state)
    aside = (*state.archives_aside, (operation.run, state.archive))
    return Done(replace(state, archive=ArchiveStore((), at, at), archives_aside=aside))


def put_archive_back(state: RegionState, host: DatabaseHost, operation: PutArchiveBack, at: float) -> Done:
    """What came meanwhile stays too."""
    del at
    found = next((store for run, store in state.archives_aside if run == operation.run), None)
    if host.host.ordinal != 1 or found is None:
        return Done(state)
    now = state.archive
    store = replace(
        found,
        runs=(*found.runs, *now.runs),
        newest_at=max(found.newest_at, now.newest_at),
        histories=tuple(sorted({*found.histories, *now.histories})),
        partial=found.partial + now.partial,
    )
    aside = tuple(item for item in state.archives_aside if item[0] != operation.run)
    return Done(replace(state, archive=store, archives_aside=aside))
