"""rebuild-standby in a region under Pacemaker: the node's standby, PGSQL.lock, and the cluster's own start."""

from __future__ import annotations

from console.operations.cluster import (
    CleanupResource,
    DiscardLock,
    NodeStandby,
    NodeUnstandby,
    PutLockBack,
    SetLockAside,
)
from console.runbooks import conditions as must
from console.runbooks.copying import copy_is_recent, source_is_the_same, swap_in
from console.runbooks.plan import Step
from console.runbooks.rebuild_parameters import RebuildStandby, archives, follow, ran


def cluster_steps(parameters: RebuildStandby) -> tuple[Step, ...]:
    """From the node's standby to a node that streams; a lock goes when the data that it warns of is out of the way."""
    lock = (_set_lock_aside(parameters),) if parameters.lock else ()
    discard = (_discard_lock(parameters),) if parameters.lock else ()
    in_standby = must.node_in_standby(parameters.region, parameters.target, standby=True)
    swap = swap_in(parameters.copy, before=(in_standby,))
    return (_node_standby(parameters), swap, *lock, _unstandby(parameters), follow(parameters), *discard)


def _node_standby(parameters: RebuildStandby) -> Step:
    region, target = parameters.region, parameters.target
    here = () if parameters.in_standby else (must.node_in_standby(region, target, standby=False),)
    return Step(
        key="standby",
        title="take the node out of service",
        host=target,
        operations=(NodeStandby(),),
        before=(
            *source_is_the_same(parameters.copy),
            must.maintenance_off(region),
            must.no_constraints_left(region),
            must.node_online(region, target),
        ),
        after=(must.node_in_standby(region, target, standby=True), must.stopped(target)),
        undo=() if parameters.in_standby else (NodeUnstandby(),),
        undone=(*here, *ran(parameters)),
        patience=120.0,
    )


def _set_lock_aside(parameters: RebuildStandby) -> Step:
    """What the lock warns of is the old data's; what lies there now is the primary's own."""
    target = parameters.target
    return Step(
        key="lock",
        title="set PGSQL.lock aside: the data is the primary's own now",
        host=target,
        operations=(SetLockAside(parameters.lock, parameters.modified),),
        before=(
            must.stopped(target),
            must.copied_since(target, parameters.copy.before),
            must.lock_present(target, parameters.modified),
        ),
        after=(must.lock_absent(target),),
        undo=(PutLockBack(parameters.lock),),
        undone=(must.lock_present(target), must.lock_aside(target, there=False)),
        undo_before=(must.not_the_primary(parameters.region, target),),
    )


def _unstandby(parameters: RebuildStandby) -> Step:
    region, target = parameters.region, parameters.target
    return Step(
        key="unstandby",
        title="let the cluster start the node",
        host=target,
        operations=(NodeUnstandby(), CleanupResource()),
        before=(
            *source_is_the_same(parameters.copy),
            must.copied_since(target, parameters.copy.before),
            copy_is_recent(parameters.copy),
            must.lock_absent(target),
            must.archive_not_ahead(region, parameters.copy.source),
        ),
        after=(
            must.node_in_standby(region, target, standby=False),
            must.running(target),
            must.failures_cleared(region, target),
        ),
        undo=(NodeStandby(),),
        undone=(must.node_in_standby(region, target, standby=True), must.stopped(target)),
        undo_before=(must.not_the_primary(region, target), must.primary_proven(region, parameters.copy.source)),
        patience=120.0,
        sections=archives(parameters.copy),
    )


def _discard_lock(parameters: RebuildStandby) -> Step:
    target = parameters.target
    return Step(
        key="discard-lock",
        title="delete the lock",
        host=target,
        operations=(DiscardLock(parameters.lock),),
        before=(must.streams(parameters.region, target, parameters.copy.source),),
        after=(must.lock_aside(target, there=False), must.lock_absent(target)),
        undone=(must.lock_aside(target, there=True),),
        final=True,
    )
