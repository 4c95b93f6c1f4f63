"""Two cluster nodes that do not hear each other, and hear each other again. Pure; the fence device cannot help.

With two_node and no-quorum-policy=ignore both partitions go on. Each waits for the other to be fenced before it starts
or promotes anything, and the device needs the network that is cut: so nobody is promoted, and the primary stays one.
"""

from __future__ import annotations

from dataclasses import replace

from console.simulation import agent
from console.simulation.state import AgentAttributes, Cluster, ClusterNode, Fencing, RegionState

TOKEN_SECONDS = 10
"""Until a silent node is lost (cman's token timeout)."""
_FENCING_SECONDS = 60


def step(state: RegionState, at: float) -> RegionState:
    """What the cluster's membership layer does in second `at`."""
    cluster = state.cluster
    assert cluster is not None
    if state.severed:
        return state.with_cluster(_apart(cluster, at)) if not cluster.parted else state
    if cluster.silent_since is None:
        return state
    return _merged(state, cluster, at) if cluster.parted else state.with_cluster(replace(cluster, silent_since=None))


def _apart(cluster: Cluster, at: float) -> Cluster:
    if cluster.silent_since is None:
        return replace(cluster, silent_since=at)
    if at - cluster.silent_since < TOKEN_SECONDS or not all(node.online for node in cluster.nodes):
        return cluster
    first, second = (node.name for node in cluster.nodes)
    tries = tuple(
        Fencing(target, "reboot", origin, at + _FENCING_SECONDS, failed=True)
        for target, origin in ((first, second), (second, first))
    )
    return replace(cluster, parted=True, changed_at=at).fenced(*tries)


def _merged(state: RegionState, cluster: Cluster, at: float) -> RegionState:
    """Members again: what the primary's side wrote counts, and resources that waited are started."""
    promoted = cluster.promoted
    nodes = tuple(_out_of_date(node) if promoted is not None and node != promoted else node for node in cluster.nodes)
    cluster = replace(cluster, nodes=(nodes[0], nodes[1]), parted=False, silent_since=None, changed_at=at)
    state = state.with_cluster(cluster)
    for host in state.databases:
        state = agent.start_resource(state, state.database(host.name), at)
    return state


def _out_of_date(node: ClusterNode) -> ClusterNode:
    kept: AgentAttributes = replace(node.attributes, data_status="DISCONNECT")
    return replace(node, attributes=kept)
