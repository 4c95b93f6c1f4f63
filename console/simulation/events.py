"""What can happen to a simulated region from outside: power, service commands, the network. Pure."""

from __future__ import annotations

from dataclasses import replace

from console.facts.lsn import SEGMENT_SIZE
from console.simulation import agent, scripts
from console.simulation import server as postgresql
from console.simulation.network import reaches
from console.simulation.noise import stable_uuid
from console.simulation.state import DatabaseHost, Job, RegionState


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


def fall_behind(state: RegionState, name: str, at: float, segments: int = 40) -> RegionState:
    """A standby was without its primary for so long that the WAL it needs is no more, nor in the archive."""
    host = state.database(name)
    platform, own = host.platform, host.server
    end = platform.fit(own.written - segments * SEGMENT_SIZE)
    wanted = platform.segment(own.timeline, end)
    server = replace(own, written=end, replayed=end, streaming=False, lacks_wal=True)
    words = "could not receive data from WAL stream: ERROR:  requested WAL segment"
    server = postgresql.logged(server, at, f"{words} {wanted} has already been removed", severity="FATAL")
    first = own.written // SEGMENT_SIZE - segments // 2
    runs = tuple(replace(run, first=max(run.first, first)) for run in state.archive.runs)
    archive = replace(state.archive, runs=runs, oldest_at=at - 3600)
    return replace(state.with_database(host.with_server(server)), archive=archive)
