"""cluster: `crm_mon -A -f -r -1` as RHEL 6.5's Pacemaker 1.1.10 prints it (its XML has no attributes, DOMAIN 2.2)."""

from __future__ import annotations

from collections.abc import Iterator

from console.simulation.printing.agent_attributes import FENCE_DEVICE, printed_attributes
from console.simulation.printing.view import Printed, View, ctime
from console.simulation.state import Cluster, ClusterNode


def cluster_text(view: View, cluster: Cluster) -> Printed:
    """The whole page."""
    return Printed("\n".join(_page(view, cluster)))


def _page(view: View, cluster: Cluster) -> Iterator[str]:
    yield f"Last updated: {ctime(view.now)}"
    yield f"Last change: {ctime(cluster.changed_at)} via crm_attribute on {cluster.changed_on}"
    yield f"Stack: {view.platform.cluster_stack}"
    yield f"Current DC: {cluster.coordinator} - partition with quorum"
    yield f"Version: {view.platform.pacemaker}"
    yield "2 Nodes configured"
    yield "4 Resources configured"
    yield ""
    yield from _nodes(cluster)
    yield ""
    yield "Full list of resources:"
    yield ""
    yield from _resources(view, cluster)
    yield ""
    yield "Node Attributes:"
    yield from _attributes(view, cluster)
    yield ""
    yield "Migration summary:"
    yield from _migration(cluster)
    yield from _failures(cluster)


def _nodes(cluster: Cluster) -> Iterator[str]:
    if cluster.maintenance:
        yield from (f"Node {node.name}: maintenance" for node in cluster.nodes if node.online)
    else:
        yield from (f"Node {node.name}: standby" for node in cluster.nodes if node.online and node.standby)
        online = [node.name for node in cluster.nodes if node.online and not node.standby]
        if online:
            yield f"Online: [ {' '.join(online)} ]"
    yield from (f"Node {node.name}: UNCLEAN (offline)" for node in cluster.nodes if node.unclean)
    offline = [node.name for node in cluster.nodes if not node.online and not node.unclean]
    if offline:
        yield f"OFFLINE: [ {' '.join(offline)} ]"


def _resources(view: View, cluster: Cluster) -> Iterator[str]:
    flags = " (unmanaged) " if cluster.maintenance else " "
    yield f" {FENCE_DEVICE}\t(stonith:fence_vmware_soap):\t{_started(cluster, cluster.device)}{flags}"
    yield f" pgvip\t(ocf::heartbeat:IPaddr2):\t{_started(cluster, cluster.vip)}{flags}"
    resource = view.state.region.cluster.resource if view.state.region.cluster else "postgresql"
    yield f" Master/Slave Set: {view.platform.clone} [{resource}]{' (unmanaged)' if cluster.maintenance else ''}"
    for words, role in (("Masters", "Promoted"), ("Slaves", "Unpromoted"), ("Stopped", "Stopped")):
        if role != "Stopped":
            word = words.removesuffix("s")
            lost = [node.name for node in cluster.nodes if node.role == role and node.unclean]
            yield from (f"     {resource}\t(ocf::heartbeat:pgsql):\t{word} {name} (UNCLEAN) " for name in lost)
        names = [node.name for node in cluster.nodes if node.role == role and not node.unclean]
        if names and cluster.maintenance and role != "Stopped":
            word = words.removesuffix("s")
            yield from (f"     {resource}\t(ocf::heartbeat:pgsql):\t{word} {name} (unmanaged) " for name in names)
        elif names:
            yield f"     {words}: [ {' '.join(names)} ]"


def _started(cluster: Cluster, holder: str | None) -> str:
    if holder is None:
        return "Stopped"
    return f"Started {holder}{' (UNCLEAN)' if cluster.node(holder).unclean else ''}"


def _attributes(view: View, cluster: Cluster) -> Iterator[str]:
    for node in cluster.nodes:
        if not node.online:  # printed for online nodes only (DOMAIN 0.4)
            continue
        yield f"* Node {node.name}:"
        for name, value in printed_attributes(view, node):
            yield f"    + {name:<32}\t: {value:<10}"


def _migration(cluster: Cluster) -> Iterator[str]:
    for node in cluster.nodes:
        if node.online:
            yield f"* Node {node.name}: "
            yield from _counts(node)


def _counts(node: ClusterNode) -> Iterator[str]:
    if node.fail_count:
        last = ctime(node.failures[-1].at) if node.failures else ""
        yield f"   postgresql: migration-threshold=1000000 fail-count={node.fail_count} last-failure='{last}'"


def _failures(cluster: Cluster) -> Iterator[str]:
    """In RHEL 6.5's shape, which has no exit reason (DOMAIN 2.1, shape 2)."""
    found = [(node, failure) for node in cluster.nodes if node.online for failure in node.failures]
    if not found:
        return
    yield ""
    yield "Failed actions:"
    for node, failure in found:
        yield (
            f"    postgresql_{failure.operation}_0 on {node.name} '{failure.words}' ({failure.code}): "
            f"call={failure.call}, status=complete, last-rc-change='{ctime(failure.at)}', queued=613ms, exec=0ms"
        )
