"""Who gets through to whose database port: the sites' link, the hosts' firewalls, the gates that runs close. Pure."""

from __future__ import annotations

from console.simulation.state import DatabaseHost, RegionState


def lets_in(host: DatabaseHost, address: str | None) -> bool:
    """Whether the host's firewall lets `address` to the database port; None is anybody without a rule of its own."""
    if host.gate is not None and (address is None or host.gate.spare != address):
        return False
    return host.port_open


def reaches(state: RegionState, host: DatabaseHost, target: DatabaseHost) -> bool:
    """Whether a connection from one of the pair's hosts is answered by the other's server."""
    return not state.severed and target.machine.on and target.server.running and lets_in(target, host.host.address)


def serves_clients(host: DatabaseHost) -> bool:
    """Whether a client gets a session there: standby or primary, the traffic manager sees no difference."""
    return host.machine.on and host.server.running and lets_in(host, None)


def behind(state: RegionState, host: DatabaseHost, name: str) -> DatabaseHost | None:
    """The host of the pair that answers to `name` (host name, address, or the virtual address) as `host` sees it."""
    for target in state.databases:
        if name in {target.name, target.host.address, target.host.node}:
            return target
    endpoint, cluster = state.region.endpoint, state.cluster
    if endpoint is None or cluster is None or name not in {endpoint.name, *endpoint.addresses}:
        return None
    return next((target for target in state.databases if target.host.node == cluster.vip), None)
