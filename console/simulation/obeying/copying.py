"""Base backups, swaps and archives aside on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.facts.postgresql import ClusterState
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
from console.operations.layout import Layout
from console.simulation.network import behind, reaches
from console.simulation.obeying.done import Done, refused
from console.simulation.sizes import DATA_DEVICE
from console.simulation.state import ArchiveStore, DatabaseHost, Folder, RegionState, Server

_OF_A_PRIMARY = frozenset(
    {ClusterState.SHUT_DOWN, ClusterState.SHUTTING_DOWN, ClusterState.IN_CRASH_RECOVERY, ClusterState.IN_PRODUCTION}
)


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


def misplaced(host: DatabaseHost, layout: Layout) -> str:
    """Why the disk is not the one of the plan; "" where it is. Every simulated data directory is a mount point."""
    if not layout.mounted:
        return f"{layout.data} is a mount point now and was none when this was planned"
    bare = not host.data_there and not host.folders
    other = layout.device not in {0, DATA_DEVICE}
    return f"{layout.data} lies on another device ({DATA_DEVICE}) than when this was planned" if bare and other else ""


def _half_swapped(host: DatabaseHost, layout: Layout) -> str:
    cut_off = not host.data_there and host.folder(layout.old) is not None
    return f"a swap of {layout.data} was cut off: finish it, or swap back; nothing was removed" if cut_off else ""


def _was_primary(server: Server) -> bool:
    """Started since it was copied, and then without standby settings or promoted: what its control file says."""
    return not server.backup_label and server.state in _OF_A_PRIMARY


def _kept_as_primary(path: str) -> str:
    return f"{path} has been a primary since: it may hold commits that exist nowhere else; nothing was done"


def cannot_copy(host: DatabaseHost, layout: Layout) -> str:
    """Why no base backup is begun into `layout.new`; "" where it may be: an earlier copy there is removed first."""
    copy = host.folder(layout.new)
    if why := misplaced(host, layout):
        return why
    return _kept_as_primary(layout.new) if copy is not None and _was_primary(copy.server) else ""


def remove_copy(state: RegionState, host: DatabaseHost, operation: RemoveCopy, at: float) -> Done:
    """rm -rf of the copy, unless it ran as a primary, or a swap is half done."""
    del at
    layout = operation.layout
    copy = host.folder(layout.new)
    if copy is not None and _was_primary(copy.server):
        return refused(state, _kept_as_primary(layout.new))
    if why := misplaced(host, layout) or _half_swapped(host, layout):
        return refused(state, why)
    return Done(state.with_database(host.with_folder(operation.layout.new, None)))


def discard_old(state: RegionState, host: DatabaseHost, operation: DiscardOld, at: float) -> Done:
    """rm -rf of the old data, where what replaced them is in place."""
    del at
    layout = operation.layout
    if why := misplaced(host, layout) or _half_swapped(host, layout):
        return refused(state, why)
    return Done(state.with_database(host.with_folder(operation.layout.old, None)))


def swap_in(state: RegionState, host: DatabaseHost, operation: SwapIn, at: float) -> Done:
    """Data to the old name, the copy to the data's name; goes on where it was interrupted, done where it is done."""
    del at
    layout = operation.layout
    if why := misplaced(host, layout) or _cannot_swap_in(host, operation):
        return refused(state, why)
    if host.folder(layout.new) is None:
        return Done(state)
    return Done(_swapped(state, _data_to(host, layout.old), layout.new))


def _cannot_swap_in(host: DatabaseHost, operation: SwapIn) -> str:
    """Why not; "" where it can be done, or is done."""
    layout = operation.layout
    old, new = host.folder(layout.old), host.folder(layout.new)
    done = host.data_there and old is not None and new is None
    if host.server.running and host.data_there and not done:
        return f"a server runs on {layout.data}"
    if new is None and not done:
        return f"there is no copy in {layout.new}"
    if new is not None and not new.complete:
        return f"{layout.new} has no global/pg_control, or is not complete"
    if host.data_there and old is not None and new is not None:
        return f"{layout.data}, {layout.old} and {layout.new} are all there"
    copy = host.server if new is None else new.server
    if operation.needs_standby and not copy.recovery_file:
        return "the copy has no standby settings: it would start as a primary; write them first"
    return ""


def swap_back(state: RegionState, host: DatabaseHost, operation: SwapBack, at: float) -> Done:
    """The inverse; done where no old data is there, since then nothing was swapped, or all was swapped back."""
    del at
    layout = operation.layout
    old, new = host.folder(layout.old), host.folder(layout.new)
    if why := misplaced(host, layout):
        return refused(state, why)
    if host.server.running and host.data_there:
        return Done(state) if old is None else refused(state, f"a server runs on {layout.data}")
    if old is None:
        return Done(state) if host.data_there else refused(state, f"there is no old data in {layout.old}")
    if host.data_there and new is not None:
        return refused(state, f"{layout.data}, {layout.old} and {layout.new} are all there")
    if host.data_there and _was_primary(host.server):
        return refused(state, _kept_as_primary(layout.data))
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
