"""What can happen to a simulated region from outside: power, service commands, the network. Pure."""

from __future__ import annotations

from dataclasses import replace

from console.facts.lsn import SEGMENT_SIZE
from console.simulation import agent, scripts
from console.simulation import server as postgresql
from console.simulation.network import reaches
from console.simulation.noise import stable_uuid
from console.simulation.state import ArchivedRun, ArchiveStore, DatabaseHost, Job, RegionState, Server, UiHost


def power_off(state: RegionState, name: str) -> RegionState:
    """The host's power fails: its server and its jobs are gone, and the gate, which is in no file."""
    host = state.database(name)
    machine = replace(host.machine, on=False)
    jobs = tuple(_cut_off(job) for job in host.jobs)
    return state.with_database(
        replace(host, machine=machine, server=postgresql.crash(host.server), jobs=jobs, gate=None)
    )


def _cut_off(job: Job) -> Job:
    return replace(job, running=False) if job.running else job


def boot(state: RegionState, name: str, at: float) -> RegionState:
    """The host comes up again: its cluster node joins, or its boot scripts act."""
    host = state.database(name)
    machine = replace(host.machine, on=True, booted_at=at, boot_id=stable_uuid(name, at))
    host = replace(host, machine=machine)
    state = state.with_database(host)
    return agent.join(state, host, at) if state.cluster is not None else _booted(state, host, at)


def _booted(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """What REFERENCE 4 has at boot; a script that a run holds is not found, and does nothing.

    Host 1's port is open, and check-start starts the database unless host 2 answers. Host 2's port is closed, the
    service starts its database where it is enabled, and check-access opens the port where that is no standby.
    """
    if host.host.ordinal == 1:
        held = scripts.CHECK_START in host.held or reaches(state, host, state.other(host.name))
        start = host.service_enabled or not held
        return start_service(state, host.name, at) if start else state
    state = start_service(state, host.name, at) if host.service_enabled else state
    host = state.database(host.name)
    opened = scripts.CHECK_ACCESS not in host.held and not host.server.recovery_file
    return state.with_database(replace(host, port_open=opened))


def stop_service(state: RegionState, name: str, at: float) -> RegionState:
    """`service postgresql stop`: a clean stop; a connected standby has everything before it ends."""
    host, peer = state.database(name), state.other(name)
    server = postgresql.stop(host.server, host.platform, at)
    if host.server.primary and peer.server.streaming:
        state = state.with_database(peer.with_server(postgresql.receive_all(peer.server, server)))
    return state.with_database(host.with_server(server))


def start_service(state: RegionState, name: str, at: float) -> RegionState:
    """`service postgresql start`: nothing where it runs, or where there is no data directory."""
    host = state.database(name)
    if host.server.running or not host.data_there:
        return state
    return state.with_database(host.with_server(postgresql.start(host.server, host.platform, at)))


def sever(state: RegionState, *, severed: bool = True) -> RegionState:
    """The sites stop seeing each other, or see each other again."""
    return replace(state, severed=severed)


def lose_site(state: RegionState, site: str, *, lost: bool = True) -> RegionState:
    """The console's site and `site` stop seeing each other: so do the pair's hosts, or all of it is back."""
    state = sever(state, severed=lost)
    for host in state.databases:
        if host.host.site == site:
            state = state.with_database(replace(host, cut_off=lost))
    for appliance in state.uis:
        if appliance.host.site == site:
            state = state.with_ui(replace(appliance, cut_off=lost))
    return state


def fall_behind(state: RegionState, name: str, at: float, segments: int = 40) -> RegionState:
    """A standby was without its primary for so long that the WAL it needs is no more, nor in the archive."""
    host = state.database(name)
    first = host.server.written // SEGMENT_SIZE - segments // 2
    state = _needs_removed_wal(state, host, at, segments)
    runs = tuple(replace(run, first=max(run.first, first)) for run in state.archive.runs)
    return replace(state, archive=replace(state.archive, runs=runs, oldest_at=at - 3600))


def fall_into_gap(state: RegionState, name: str, at: float, segments: int = 12, lost: int = 3) -> RegionState:
    """A standby is `segments` behind, and the first `lost` that it needs were deleted from the archive by somebody."""
    host = state.database(name)
    state = _needs_removed_wal(state, host, at, segments)
    wanted = state.database(name).server.written // SEGMENT_SIZE
    return replace(state, archive=_without(state.archive, wanted, wanted + lost - 1))


def _needs_removed_wal(state: RegionState, host: DatabaseHost, at: float, segments: int) -> RegionState:
    platform, own = host.platform, host.server
    end = platform.fit(own.written - segments * SEGMENT_SIZE)
    wanted = platform.segment(own.timeline, end)
    server = replace(own, written=end, replayed=end, streaming=False, lacks_wal=True)
    words = "could not receive data from WAL stream: ERROR:  requested WAL segment"
    server = postgresql.logged(server, at, f"{words} {wanted} has already been removed", severity="FATAL")
    return state.with_database(host.with_server(server))


def lose_archived(state: RegionState, back: int = 200, lost: int = 12) -> RegionState:
    """Somebody deletes `lost` segments from the archive, `back` segments before its newest."""
    if not state.archive.runs:
        return state
    first = state.archive.runs[-1].last - back
    return replace(state, archive=_without(state.archive, first, first + lost - 1))


def _without(store: ArchiveStore, first: int, last: int) -> ArchiveStore:
    """The archive without segments `first` to `last`, whatever their timeline."""
    runs: list[ArchivedRun] = []
    for run in store.runs:
        before = replace(run, last=min(run.last, first - 1))
        after = replace(run, first=max(run.first, last + 1))
        pieces = (before, after) if run.first <= last and run.last >= first else (run,)
        runs += [piece for piece in pieces if piece.first <= piece.last]
    return replace(store, runs=tuple(runs))


def mend_archive(state: RegionState) -> RegionState:
    """What is missing between archived segments comes back from a backup; standbys get on with it."""
    runs: list[ArchivedRun] = []
    for run in state.archive.runs:
        if runs and runs[-1].timeline == run.timeline:
            runs[-1] = replace(runs[-1], last=max(runs[-1].last, run.last))
        else:
            runs.append(run)
    state = replace(state, archive=replace(state.archive, runs=tuple(runs)))
    for host in state.databases:
        if host.server.lacks_wal and _archived(state.archive, host.server):
            state = state.with_database(host.with_server(replace(host.server, lacks_wal=False)))
    return state


def _archived(store: ArchiveStore, server: Server) -> bool:
    wanted = server.written // SEGMENT_SIZE
    return any(run.timeline == server.timeline and run.first <= wanted <= run.last for run in store.runs)


def stop_httpd(state: RegionState, name: str, at: float) -> RegionState:
    """`service httpd stop` on an appliance."""
    return state.with_ui(replace(_appliance(state, name), httpd_stopped=at))


def stop_workers(state: RegionState, name: str, at: float) -> RegionState:
    """`service evmserverd stop` on an appliance."""
    return state.with_ui(replace(_appliance(state, name), workers_stopped=at))


def start_appliance(state: RegionState, name: str) -> RegionState:
    """httpd and evmserverd are started."""
    return state.with_ui(replace(_appliance(state, name), httpd_stopped=None, workers_stopped=None))


def switch_appliance(state: RegionState, name: str, at: float, *, on: bool) -> RegionState:
    """An appliance loses power, or boots with all its services."""
    host = _appliance(state, name)
    if not on:
        return state.with_ui(replace(host, machine=replace(host.machine, on=False)))
    machine = replace(host.machine, on=True, booted_at=at, boot_id=stable_uuid(name, at))
    return start_appliance(state.with_ui(replace(host, machine=machine)), name)


def _appliance(state: RegionState, name: str) -> UiHost:
    return next(host for host in state.uis if host.name == name)
