"""pcs and PGSQL.lock on a simulated host."""

from __future__ import annotations

from dataclasses import replace

from console.operations.cluster import (
    CleanupResource,
    DiscardLock,
    NodeStandby,
    NodeUnstandby,
    PutLockBack,
    SetLockAside,
)
from console.simulation import agent
from console.simulation.obeying.done import Done, refused
from console.simulation.state import DatabaseHost, RegionState

_NO_CLUSTER = "Error: cluster is not currently running on this node"


def node_standby(state: RegionState, host: DatabaseHost, operation: NodeStandby, at: float) -> Done:
    """The agent stops the resource there."""
    del operation
    if state.cluster is None:
        return refused(state, _NO_CLUSTER)
    return Done(agent.set_standby(state, host, at, standby=True))


def node_unstandby(state: RegionState, host: DatabaseHost, operation: NodeUnstandby, at: float) -> Done:
    """The agent starts it again, unless the lock or too many failures forbid it."""
    del operation
    if state.cluster is None:
        return refused(state, _NO_CLUSTER)
    return Done(agent.set_standby(state, host, at, standby=False))


def cleanup(state: RegionState, host: DatabaseHost, operation: CleanupResource, at: float) -> Done:
    """Failures forgotten; the cluster tries again."""
    del operation
    if state.cluster is None:
        return refused(state, _NO_CLUSTER)
    return Done(agent.clean_up(state, host, at), 0, "Resource: postgresql successfully cleaned up\n")


def set_lock_aside(state: RegionState, host: DatabaseHost, operation: SetLockAside, at: float) -> Done:
    """Only the lock that was judged, by its time."""
    del at
    if host.lock_since is None:
        return Done(state) if host.lock_aside_since is not None else refused(state, f"{operation.path} is not there")
    if int(host.lock_since) != operation.modified:
        return refused(state, f"{operation.path} is another lock than the one that was judged")
    return Done(state.with_database(replace(host, lock_since=None, lock_aside_since=host.lock_since)))


def put_lock_back(state: RegionState, host: DatabaseHost, operation: PutLockBack, at: float) -> Done:
    """A lock that is there by now stays."""
    del operation, at
    if host.lock_aside_since is None or host.lock_since is not None:
        return Done(state)
    return Done(state.with_database(replace(host, lock_since=host.lock_aside_since, lock_aside_since=None)))


def discard_lock(state: RegionState, host: DatabaseHost, operation: DiscardLock, at: float) -> Done:
    """rm -f of the lock that was set aside."""
    del operation, at
    return Done(state.with_database(replace(host, lock_aside_since=None)))
