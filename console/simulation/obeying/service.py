"""The database service, promotion, checkpoint and standby settings on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.operations.service import (
    ForgetPromotion,
    Promote,
    RunCheckpoint,
    SetBootStart,
    StartDatabase,
    StopDatabase,
)
from console.operations.standby import InstallHistory, WriteStandbySettings
from console.simulation import events
from console.simulation import server as postgresql
from console.simulation.obeying.done import Done, refused
from console.simulation.state import DatabaseHost, HistoryFile, RegionState, Server, StandbySettings


def start(state: RegionState, host: DatabaseHost, operation: StartDatabase, at: float) -> Done:
    """As what the data directory says: without standby settings it comes up as a primary."""
    del operation
    if not host.data_there:
        return refused(state, f'postgres: could not access directory "{host.settings.data}": No such file or directory')
    return Done(events.start_service(state, host.name, at))


def stop(state: RegionState, host: DatabaseHost, operation: StopDatabase, at: float) -> Done:
    """`-m fast`: connected standbys get the shutdown checkpoint before it ends."""
    del operation
    return Done(events.stop_service(state, host.name, at))


def promote(state: RegionState, host: DatabaseHost, operation: Promote, at: float) -> Done:
    """Onto a new timeline, as `pg_ctl promote` does."""
    del operation
    if not host.server.running:
        return refused(state, f'pg_ctl: PID file "{host.settings.data}/postmaster.pid" does not exist')
    if not host.server.recovery_file:
        return Done(state)
    server = postgresql.promote(host.server, host.platform, at, keep_timeline=False)
    return Done(state.with_database(host.with_server(server)), 0, "server promoting\n")


def forget_promotion(state: RegionState, host: DatabaseHost, operation: ForgetPromotion, at: float) -> Done:
    """A simulated server promotes at once when it is told to, so nothing is ever left."""
    del operation, at
    if host.server.running:
        return refused(state, f"PostgreSQL runs on {host.settings.data}: stop it first")
    return Done(state)


def run_checkpoint(state: RegionState, host: DatabaseHost, operation: RunCheckpoint, at: float) -> Done:
    """A checkpoint on a primary; a standby's restartpoint changes nothing that anybody sees."""
    del operation
    if not host.server.running:
        return refused(state, "psql: could not connect to server: No such file or directory")
    if host.server.in_recovery:
        return Done(state, 0, "CHECKPOINT\n")
    server = postgresql.checkpoint(host.server, host.platform, at)
    return Done(state.with_database(host.with_server(server)), 0, "CHECKPOINT\n")


def set_boot_start(state: RegionState, host: DatabaseHost, operation: SetBootStart, at: float) -> Done:
    """chkconfig or systemctl."""
    del at
    return Done(state.with_database(replace(host, service_enabled=operation.enabled)))


def write_standby_settings(state: RegionState, host: DatabaseHost, operation: WriteStandbySettings, at: float) -> Done:
    """Counts from the next start on; a running primary stays one. Into a copy, it has no such server."""
    del at
    follows = StandbySettings(
        operation.primary, operation.port, operation.user, operation.application_name, operation.restore_command
    )
    if operation.directory and operation.directory != host.settings.data:
        return _write_into_copy(state, host, operation.directory, follows)
    if not host.data_there:
        return refused(state, f"{host.settings.data}: No such file or directory")
    if host.server.primary:
        return refused(state, "a primary runs here: standby settings are written while it is stopped")
    return Done(state.with_database(host.with_server(_as_standby(host.server, follows))))


def _as_standby(server: Server, follows: StandbySettings) -> Server:
    return replace(server, recovery_file=True, recovery_done=False, follows=follows)


def _write_into_copy(state: RegionState, host: DatabaseHost, path: str, follows: StandbySettings) -> Done:
    """Done, too, where it was swapped in since with these very settings."""
    folder = host.folder(path)
    if folder is not None and folder.complete:
        written = replace(folder, server=_as_standby(folder.server, follows))
        return Done(state.with_database(host.with_folder(path, written)))
    if folder is None and host.data_there and host.server.recovery_file and host.server.follows == follows:
        return Done(state, 0, f"{path} was swapped in already, with these settings\n")
    return refused(state, f"{path} is no whole copy, and its settings are not in {host.settings.data} either")


def install_history(state: RegionState, host: DatabaseHost, operation: InstallHistory, at: float) -> Done:
    """Never over another file of that name."""
    del at
    there = next((file for file in host.server.histories if file.timeline == operation.timeline), None)
    if not host.data_there or (there is not None and there.content != operation.content):
        return refused(state, f"another {operation.timeline:08X}.history is there, or no data directory")
    if there is not None:
        return Done(state)
    file = HistoryFile(operation.timeline, operation.content)
    server = replace(host.server, histories=(*host.server.histories, file))
    return Done(state.with_database(host.with_server(server)))
