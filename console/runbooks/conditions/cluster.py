"""Pacemaker's state: quorum, maintenance, a node's standby, what moves left behind, PGSQL.lock."""

from __future__ import annotations

from console.diagnosis.context import RegionContext
from console.diagnosis.lock import proof_for
from console.diagnosis.lock_proof import Verdict
from console.diagnosis.words import duration, listed, short
from console.facts.cluster import NodeState, ResourceRole
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import context_of, entry, no, not_looked, region_of, unseen, yes
from console.runbooks.plan import Condition, Ruling

_IN_STANDBY = {NodeState.STANDBY, NodeState.OFFLINE_STANDBY}


def _no_view(context: RegionContext) -> Ruling:
    return unseen(
        f"the cluster of {context.region.name} could not be asked: {context.hosts[0].cluster.error or 'not yet'}"
    )


def quorate(region: str) -> Condition:
    """The cluster's partition has quorum: without it nothing that is asked of the cluster is carried out."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        if context.view.status.quorum is None:
            return unseen("the cluster does not say whether it has quorum")
        return yes("partition with quorum") if context.view.status.quorum else no("partition WITHOUT quorum")

    return Condition(f"the cluster of {region} has quorum", judge)


def maintenance_off(region: str) -> Condition:
    """The cluster manages its resources: in maintenance it neither stops nor starts them."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        mode, cib = context.view.status.maintenance_mode, context.cib.value
        if mode is None and cib is not None:
            mode = cib.properties.get("maintenance-mode", "false").casefold() in {"true", "yes", "on", "1", "y"}
        if mode is None:
            return unseen("whether the cluster is in maintenance mode is unknown")
        unmanaged = [item.identifier for item in context.view.status.instances(context.resource) if not item.managed]
        if mode or unmanaged:
            return no("the cluster is in maintenance mode" if mode else f"{unmanaged[0]} is unmanaged")
        return yes("maintenance mode is off")

    return Condition(f"the cluster of {region} is not in maintenance mode", judge)


def node_in_standby(region: str, host: str, *, standby: bool) -> Condition:
    """Whether the host's node is in standby; of a node that the cluster does not see it is unknown."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        node = context.view.status.node(entry(snapshot, host).node)
        if node is None or node.state is NodeState.UNKNOWN:
            return unseen(f"the cluster does not show the node of {short(host)}")
        said = f"the cluster says: node {node.name} {node.state.value}"
        if node.state in _IN_STANDBY:
            return yes(said) if standby else no(said)
        if standby or node.state is NodeState.STANDBY_ON_FAIL:
            return no(said)
        return yes(said) if node.state is NodeState.ONLINE else unseen(said)

    return Condition(f"the node of {short(host)} is {'' if standby else 'not '}in standby", judge)


def node_online(region: str, host: str) -> Condition:
    """The node is a member of the cluster: online, or online in standby."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        node = context.view.status.node(entry(snapshot, host).node)
        if node is None or node.state is NodeState.UNKNOWN:
            return unseen(f"the cluster does not show the node of {short(host)}")
        said = f"the cluster says: node {node.name} {node.state.value}"
        return yes(said) if node.state in {NodeState.ONLINE, NodeState.STANDBY} else no(said)

    return Condition(f"the node of {short(host)} is a member of the cluster", judge)


def no_constraints_left(region: str) -> Condition:
    """No constraint that a move left behind (cli-ban, cli-prefer): it would decide where the resource may run."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        cib = context.cib.value
        if cib is None:
            return unseen(f"the constraints are unknown: {context.cib.error or 'the CIB was not read yet'}")
        left = [f"{item.identifier} on {item.node}" for item in cib.constraints if item.from_move]
        if left:
            return no(f"left behind by a move: {listed(left)}; remove it with `pcs constraint remove` first")
        return yes("no constraint is left behind by a move")

    return Condition(f"no constraint of a move is left in {region}", judge)


def failures_cleared(region: str, host: str) -> Condition:
    """The database's resource has no fail count and no failed action on the host's node."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        node, status = entry(snapshot, host).node.casefold(), context.view.status
        counts = [
            item for item in status.fail_counts if _concerns(context, item.resource, item.node, node) and item.count
        ]
        if counts:
            return no(f"{context.resource} has fail count {counts[0].count} on {short(host)}")
        failed = [item for item in status.failed_actions if _concerns(context, item.resource, item.node, node)]
        if failed:
            return no(
                f"failed action: {failed[0].operation} of {context.resource} on {short(host)}: {failed[0].reason}"
            )
        return yes(f"no failures of {context.resource} on {short(host)}")

    return Condition(f"no failures of the database's resource on {short(host)}", judge)


def _concerns(context: RegionContext, resource: str, at: str, node: str) -> bool:
    return resource.partition(":")[0] == context.resource and at.casefold() == node


def resource_runs(region: str, host: str) -> Condition:
    """The cluster itself has started the database's resource on the host's node as a standby."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        if context.view is None:
            return _no_view(context)
        node = entry(snapshot, host).node.casefold()
        mine = [
            item for item in context.view.status.instances(context.resource) if (item.node or "").casefold() == node
        ]
        if any(item.role is ResourceRole.UNPROMOTED and not item.unclean for item in mine):
            return yes(f"the cluster runs {context.resource} on {short(host)} as a standby")
        roles = ", ".join(item.role.value for item in mine) or "nowhere there"
        return no(f"the cluster has {context.resource} on {short(host)}: {roles}")

    return Condition(f"the cluster runs {short(host)} as a standby", judge)


def lock_absent(host: str) -> Condition:
    """No PGSQL.lock in the agent's folder."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "PGSQL.lock", facts.data)
        if data.lock is not None:
            age = duration(max(0.0, snapshot.at.timestamp() - data.lock.modified))
            return no(f"{data.lock.path} is there, {age} old")
        return yes("PGSQL.lock is not there")

    return Condition(f"no PGSQL.lock on {short(host)}", judge)


def lock_present(host: str, modified: int | None = None) -> Condition:
    """PGSQL.lock is there; with `modified` (epoch seconds) it is the very one that was judged."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "PGSQL.lock", facts.data)
        if data.lock is None:
            return no("PGSQL.lock is not there")
        if modified is not None and int(data.lock.modified) != modified:
            return no(f"{data.lock.path} is another file than the one that was judged: it was made anew")
        return yes(f"{data.lock.path} is there")

    return Condition(f"PGSQL.lock is there on {short(host)}" + (", as it was judged" if modified else ""), judge)


def lock_verdict(host: str, verdict: Verdict) -> Condition:
    """The proof of DOMAIN 7 comes to `verdict` on these facts. Safe is always good enough."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region_of(snapshot, host))
        proof = proof_for(context, snapshot.facts(host))
        said = f"{proof.verdict.value}: {proof.reason}"
        if proof.verdict in {verdict, Verdict.SAFE}:
            return yes(said)
        return unseen(said) if proof.verdict is Verdict.NOT_PROVABLE else no(said)

    words = "is safe to delete" if verdict is Verdict.SAFE else "is not known to hide lost commits"
    return Condition(f"PGSQL.lock on {short(host)} {words}", judge)
