"""What can happen to a simulated region from outside: power, service commands, the network. Pure."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import agent
from console.simulation import server as postgresql
from console.simulation.noise import stable_uuid
from console.simulation.state import DatabaseHost, RegionState


def power_off(state: RegionState, name: str) -> RegionState:
    """The host's power fails."""
    host = state.database(name)
    machine = replace(host.machine, on=False)
    return state.with_database(replace(host, machine=machine, server=postgresql.crash(host.server)))


def boot(state: RegionState, name: str, at: float) -> RegionState:
    """The host comes up again: its cluster node joins, or its boot scripts act."""
    host = state.database(name)
    machine = replace(host.machine, on=True, booted_at=at, boot_id=stable_uuid(name, at))
    host = replace(host, machine=machine)
    state = state.with_database(host)
    return agent.join(state, host, at) if state.cluster is not None else _booted(state, host, at)


def _booted(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """Host 1 starts its database unless host 2 answers as the primary; host 2 starts, its port as its role asks."""
    peer = state.other(host.name)
    if host.host.ordinal == 1:
        peer_serves = not state.severed and peer.machine.on and peer.server.running and peer.port_open
        return state if peer_serves else start_service(state, host.name, at)
    state = start_service(state, host.name, at)
    host = state.database(host.name)
    return state.with_database(replace(host, port_open=not host.server.recovery_file))


def stop_service(state: RegionState, name: str, at: float) -> RegionState:
    """`service postgresql stop`: a clean stop; a connected standby has everything before it ends."""
    host, peer = state.database(name), state.other(name)
    server = postgresql.stop(host.server, host.platform, at)
    if host.server.primary and peer.server.streaming:
        received = replace(peer.server, written=server.written, replayed=server.written, checkpoint=server.checkpoint)
        state = state.with_database(peer.with_server(received))
    return state.with_database(host.with_server(server))


def start_service(state: RegionState, name: str, at: float) -> RegionState:
    """`service postgresql start`."""
    host = state.database(name)
    return state.with_database(host.with_server(postgresql.start(host.server, host.platform, at)))


def sever(state: RegionState, *, severed: bool = True) -> RegionState:
    """The sites stop seeing each other, or see each other again."""
    return replace(state, severed=severed)
