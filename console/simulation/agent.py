"""Pacemaker and the pgsql agent in a simulated region: the state machine of DOMAIN 1, one pure step a second."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import server as postgresql
from console.simulation.state import (
    ActionFailure,
    AgentAttributes,
    Cluster,
    ClusterNode,
    DatabaseHost,
    Fencing,
    RegionState,
)

MONITOR_INTERVAL = 4
ELECTION_SECONDS = 12  # three equal monitors (DOMAIN 1.3)
MAY_BE_PROMOTED = {None, "LATEST", "STREAMING|SYNC", "STREAMING|ASYNC"}
INFINITY = 1_000_000


def restart_on_promote(host: DatabaseHost) -> bool:
    """Whether the agent keeps the timeline: so in the reference (9.2), not where timelines are followed."""
    return host.platform.server.classic_wal


def lock_path(host: DatabaseHost) -> str:
    """PGSQL.lock in the agent's tmpdir."""
    return f"{host.settings.tmp}/PGSQL.lock"


def lock_reason(host: DatabaseHost) -> str:
    """Why the agent refuses to start there."""
    return f"My data may be inconsistent. You have to remove {lock_path(host)} file to force start."


def step(state: RegionState, at: float) -> RegionState:
    """What the cluster does in second `at`: it notices dead nodes at once and runs monitors every four seconds."""
    state = _notice_the_dead(state, at)
    cluster = state.cluster
    if cluster is None or cluster.maintenance or int(at) % MONITOR_INTERVAL:
        return state
    if cluster.promoted is not None:
        return _monitor_primary(state, at)
    return state if cluster.parted else _elect(state, at)


def _notice_the_dead(state: RegionState, at: float) -> RegionState:
    cluster = state.cluster
    assert cluster is not None
    if cluster.parted or all(host.machine.on for host in state.databases):
        return state  # a lost node is waited for, dead or alive
    for host in state.databases:
        node = cluster.node(host.host.node)
        if host.machine.on or not node.online:
            continue
        other = cluster.other(node.name)
        kept = AgentAttributes(data_status=node.attributes.data_status)
        cluster = cluster.with_node(replace(node, online=False, role="Stopped", attributes=kept))
        cluster = replace(
            cluster,
            coordinator=other.name,
            vip=None if cluster.vip == node.name else cluster.vip,
            device=other.name,
            changed_at=at,
            changed_on=other.name,
        ).fenced(Fencing(node.name, "off", other.name, at + 9))
    return state.with_cluster(cluster)


def _monitor_primary(state: RegionState, at: float) -> RegionState:
    cluster = state.cluster
    assert cluster is not None
    assert cluster.promoted is not None
    own = cluster.promoted
    if not state.database(_host_of(state, own.name)).machine.on:
        return state
    other = cluster.other(own.name)
    attributes = replace(own.attributes, status="PRI", data_status="LATEST", score="1000")
    # the other's attributes stay what they were: its connection is not known to be dead before it is lost as a member
    seen = other.attributes if cluster.silent_since is not None else _as_the_primary_sees(state, other)
    after = cluster.with_node(replace(own, attributes=attributes)).with_node(replace(other, attributes=seen))
    if after == cluster:
        return state
    return state.with_cluster(replace(after, changed_at=at, changed_on=own.name, without_primary_since=None))


def _as_the_primary_sees(state: RegionState, node: ClusterNode) -> AgentAttributes:
    server = state.database(_host_of(state, node.name)).server
    if not node.online:
        return replace(node.attributes, data_status="DISCONNECT")
    if node.role == "Unpromoted" and server.streaming:
        return replace(node.attributes, status="HS:async", data_status="STREAMING|ASYNC", score="100")
    status = "HS:alone" if node.role == "Unpromoted" else "STOP"
    return replace(node.attributes, status=status, data_status="DISCONNECT", score="-INFINITY")


def _elect(state: RegionState, at: float) -> RegionState:
    cluster = state.cluster
    assert cluster is not None
    candidate = next((node for node in cluster.nodes if _may_be_promoted(state, node)), None)
    if candidate is None:
        return state
    host = state.database(_host_of(state, candidate.name))
    attributes = replace(candidate.attributes, status="HS:alone", xlog_location=hexadecimal(host, host.server.written))
    cluster = cluster.with_node(replace(candidate, attributes=attributes))
    since = cluster.without_primary_since
    if since is None:
        return state.with_cluster(replace(cluster, without_primary_since=at))
    state = state.with_cluster(cluster)
    return promote(state, host, at) if at - since >= ELECTION_SECONDS else state


def _may_be_promoted(state: RegionState, node: ClusterNode) -> bool:
    server = state.database(_host_of(state, node.name)).server
    free = node.online and not node.standby and node.role == "Unpromoted"
    return free and server.in_recovery and node.attributes.data_status in MAY_BE_PROMOTED


def hexadecimal(host: DatabaseHost, position: int) -> str:
    """A position as the agent writes it: two halves of eight digits (DOMAIN 1.2)."""
    lsn = host.platform.lsn(position)
    return f"{lsn.high:08X}{lsn.low:08X}"


def promote(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """pgsql_promote: the other is out of date, the lock, the baseline, the promotion; the virtual address follows."""
    cluster = state.cluster
    assert cluster is not None
    own = cluster.node(host.host.node)
    other = cluster.other(own.name)
    attributes = replace(
        own.attributes,
        status="PRI",
        data_status="LATEST",
        score="1000",
        baseline=hexadecimal(host, host.server.written),
    )
    left = replace(other.attributes, data_status="DISCONNECT", score="-INFINITY" if other.online else None)
    cluster = cluster.with_node(replace(own, role="Promoted", attributes=attributes))
    cluster = cluster.with_node(replace(other, attributes=left))
    cluster = replace(cluster, vip=own.name, changed_at=at, changed_on=own.name, without_primary_since=None)
    keep = restart_on_promote(host)
    server = postgresql.promote(host.server, host.platform, at, keep_timeline=keep)
    state = state.with_database(replace(host, server=server, lock_since=at)).with_cluster(cluster)
    return state if keep else _archive_history(state, host, at)


def _archive_history(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """A new timeline: its history file, and the old timeline's last segment as .partial."""
    histories = (*state.archive.histories, host.server.timeline + 1)
    partial = state.archive.partial + 1
    return replace(state, archive=replace(state.archive, histories=histories, partial=partial, newest_at=at))


def stop_resource(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """Demote and stop, or stop a standby: a clean stop. The lock goes only when no standby runs (DOMAIN 1.4)."""
    cluster = state.cluster
    assert cluster is not None
    node = cluster.node(host.host.node)
    peer = state.other(host.name)
    server = postgresql.stop(host.server, host.platform, at)
    if host.server.primary and peer.server.streaming:  # a clean stop waits until the standby has everything
        state = state.with_database(peer.with_server(postgresql.receive_all(peer.server, server)))
    alone = cluster.other(node.name).role != "Unpromoted"
    lock = None if node.role == "Promoted" and alone else host.lock_since
    attributes = AgentAttributes(status="STOP", data_status=node.attributes.data_status, score="-INFINITY")
    cluster = cluster.with_node(replace(node, role="Stopped", attributes=attributes))
    cluster = replace(cluster, vip=None if cluster.vip == node.name else cluster.vip, changed_at=at)
    return state.with_database(replace(host, server=server, lock_since=lock)).with_cluster(cluster)


def start_resource(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """Start as a standby. The recovery file is written before PGSQL.lock is looked at (DOMAIN 0.6, 1.4).

    Nothing happens where the cluster would not: in standby, after too many failures, where it runs, and while the other
    node is lost and not fenced.
    """
    cluster = state.cluster
    assert cluster is not None
    node = cluster.node(host.host.node)
    barred = node.standby or not node.online or node.fail_count >= INFINITY or cluster.parted
    if barred or node.role != "Stopped" or not host.machine.on:
        return state
    if not host.data_there:
        return _refused(state, host, replace(node.attributes, status="STOP", score="-INFINITY"), _no_data(host), at)
    attributes = replace(node.attributes, status="STOP", score="-INFINITY", baseline=None, xlog_location=None)
    server = replace(host.server, recovery_file=True, follows=None)
    if host.lock_since is not None:
        return _refused(state.with_database(host.with_server(server)), host, attributes, lock_reason(host), at)
    server = postgresql.start(server, host.platform, at)
    attributes = replace(attributes, status="HS:alone")
    cluster = cluster.with_node(replace(node, role="Unpromoted", attributes=attributes))
    return state.with_database(host.with_server(server)).with_cluster(replace(cluster, changed_at=at))


def _no_data(host: DatabaseHost) -> str:
    return f"Configuration file {host.settings.data}/postgresql.conf doesn't exist"


def _refused(
    state: RegionState, host: DatabaseHost, attributes: AgentAttributes, reason: str, at: float
) -> RegionState:
    cluster = state.cluster
    assert cluster is not None
    node = cluster.node(host.host.node)
    modern = host.platform.waldump
    failure = ActionFailure(
        "start", 1, "error" if modern else "unknown error", reason if modern else "", cluster.calls, at
    )
    node = replace(node, role="Stopped", attributes=attributes, fail_count=INFINITY, failures=(*node.failures, failure))
    cluster = replace(cluster.with_node(node), calls=cluster.calls + 2, changed_at=at, changed_on=node.name)
    return state.with_cluster(cluster)


def join(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """A node that was away is a member again, its failures forgotten; its resource is started there.

    Where it cannot hear the other one it waits, as for a lost node.
    """
    cluster = state.cluster
    assert cluster is not None
    node = replace(cluster.node(host.host.node), online=True, role="Stopped", fail_count=0, failures=())
    cluster = cluster.with_node(node)
    if state.severed:
        cluster = replace(cluster, parted=True, silent_since=at)
    return start_resource(state.with_cluster(cluster), host, at)


def set_standby(state: RegionState, host: DatabaseHost, at: float, *, standby: bool) -> RegionState:
    """`pcs cluster standby` or `unstandby`: the node's resources stop, or start again. Nothing where it is so."""
    cluster = state.cluster
    assert cluster is not None
    if cluster.node(host.host.node).standby == standby:
        return state
    node = replace(cluster.node(host.host.node), standby=standby)
    state = state.with_cluster(_device_off(replace(cluster.with_node(node), changed_at=at), node, standby=standby))
    return stop_resource(state, host, at) if standby else start_resource(state, host, at)


def clean_up(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """`pcs resource cleanup`: the node's failures are forgotten, and the cluster starts the resource where it may."""
    cluster = state.cluster
    assert cluster is not None
    node = replace(cluster.node(host.host.node), fail_count=0, failures=())
    state = state.with_cluster(replace(cluster.with_node(node), changed_at=at))
    return start_resource(state, host, at)


def _device_off(cluster: Cluster, node: ClusterNode, *, standby: bool) -> Cluster:
    moves = standby and cluster.device == node.name
    return replace(cluster, device=cluster.other(node.name).name) if moves else cluster


def _host_of(state: RegionState, node: str) -> str:
    return next(host.name for host in state.databases if host.host.node == node)
