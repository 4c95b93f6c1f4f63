"""cluster: `crm_mon -1 -A -f -r --output-as=xml` as Pacemaker 2.1.5 prints it."""

from __future__ import annotations

from collections.abc import Iterator

from console.simulation.printing.agent_attributes import FENCE_DEVICE, printed_attributes
from console.simulation.printing.quoting import quoteattr
from console.simulation.printing.view import Printed, View, ctime, seconds_stamp
from console.simulation.state import Cluster, ClusterNode, Fencing

_Operation = tuple[int, str, int, str, str, float]
_INSTANCE = 'orphaned="false" blocked="false" managed={managed} failed="false" failure_ignored="false"'


def cluster_xml(view: View, cluster: Cluster) -> Printed:
    """The whole document."""
    return Printed("\n".join(_document(view, cluster)))


def _document(view: View, cluster: Cluster) -> Iterator[str]:
    yield '<pacemaker-result api-version="2.25" request="crm_mon -1 -A -f -r --output-as=xml">'
    updated = seconds_stamp(view.now)
    yield f'  <pacemakerd sys_from="pacemakerd" state="running" last_updated="{updated}"/>'
    yield from _summary(view, cluster)
    yield "  <nodes>"
    yield from (_node(cluster, node) for node in cluster.nodes)
    yield "  </nodes>"
    yield "  <resources>"
    yield from _resources(view, cluster)
    yield "  </resources>"
    yield "  <node_attributes>"
    yield from _attributes(view, cluster)
    yield "  </node_attributes>"
    yield "  <node_history>"
    yield from _history(view, cluster)
    yield "  </node_history>"
    yield from _failures(view, cluster)
    yield from _fencing(view, cluster)
    yield '  <status code="0" message="OK"/>'
    yield "</pacemaker-result>"


def _summary(view: View, cluster: Cluster) -> Iterator[str]:
    dc = cluster.node(cluster.coordinator)
    change = f'time="{ctime(cluster.changed_at)}" user="root" client="crm_attribute" origin="{cluster.changed_on}"'
    stonith, maintenance = _word(cluster.stonith_enabled), _word(cluster.maintenance)
    yield "  <summary>"
    yield f'    <stack type="{view.platform.cluster_stack}"/>'
    yield (
        f'    <current_dc present="true" version="{view.platform.pacemaker}" name="{dc.name}" id="{dc.identifier}" '
        'with_quorum="true" mixed_version="false"/>'
    )
    yield f'    <last_update time="{ctime(view.now)}"/>'
    yield f"    <last_change {change}/>"
    yield '    <nodes_configured number="2"/>'
    yield '    <resources_configured number="4" disabled="0" blocked="0"/>'
    yield (
        f'    <cluster_options stonith-enabled="{stonith}" symmetric-cluster="true" no-quorum-policy="ignore" '
        f'maintenance-mode="{maintenance}" stop-all-resources="false" stonith-timeout-ms="60000" '
        'priority-fencing-delay-ms="0"/>'
    )
    yield "  </summary>"


def _word(value: bool) -> str:
    return "true" if value else "false"


def _node(cluster: Cluster, node: ClusterNode) -> str:
    running = (node.role != "Stopped") + (cluster.vip == node.name) + (cluster.device == node.name)
    return (
        f'    <node name="{node.name}" id="{node.identifier}" online="{_word(node.online)}" '
        f'standby="{_word(node.standby)}" standby_onfail="false" maintenance="false" pending="false" '
        f'unclean="{_word(node.unclean)}" health="green" feature_set="3.16.1" shutdown="false" '
        f'expected_up="{_word(node.online)}" is_dc="{_word(node.name == cluster.coordinator)}" '
        f'resources_running="{running}" type="member"/>'
    )


def _resource(indent: str, identifier: str, agent: str, role: str, node: ClusterNode | None, cluster: Cluster) -> str:
    flags = _INSTANCE.format(managed=f'"{_word(not cluster.maintenance)}"')
    count = 0 if node is None else 1
    head = (
        f'{indent}<resource id="{identifier}" resource_agent="{agent}" role="{role}" '
        f'active="{_word(node is not None)}" {flags} nodes_running_on="{count}"'
    )
    if node is None:
        return f"{head}/>"
    inner = f'{indent}  <node name="{node.name}" id="{node.identifier}" cached="{_word(node.online)}"/>'
    return f"{head}>\n{inner}\n{indent}</resource>"


def _resources(view: View, cluster: Cluster) -> Iterator[str]:
    for identifier, agent, holder in (
        (FENCE_DEVICE, "stonith:fence_vmware_soap", cluster.device),
        ("pgvip", "ocf:heartbeat:IPaddr2", cluster.vip),
    ):
        node = cluster.node(holder) if holder is not None else None
        yield _resource("    ", identifier, agent, "Started" if node else "Stopped", node, cluster)
    resource = view.state.region.cluster.resource if view.state.region.cluster else "postgresql"
    managed = _word(not cluster.maintenance)
    yield (
        f'    <clone id="{view.platform.clone}" multi_state="true" unique="false" managed="{managed}" disabled="false" '
        'failed="false" failure_ignored="false">'
    )
    for node in sorted(cluster.nodes, key=lambda item: item.role):
        place = node if node.role != "Stopped" else None
        yield _resource("      ", resource, "ocf:heartbeat:pgsql", node.role, place, cluster)
    yield "    </clone>"


def _attributes(view: View, cluster: Cluster) -> Iterator[str]:
    for node in cluster.nodes:
        if not node.online:  # crm_mon prints attributes of online nodes only (DOMAIN 0.4)
            continue
        yield f'    <node name="{node.name}">'
        for name, value in printed_attributes(view, node):
            yield f'      <attribute name="{name}" value={quoteattr(value)}/>'
        yield "    </node>"


def _history(view: View, cluster: Cluster) -> Iterator[str]:
    for node in cluster.nodes:
        if not node.online:
            continue
        since = view.state.database(node.name).server.started_at
        yield f'    <node name="{node.name}">'
        if cluster.vip == node.name:
            yield from _operations(
                "pgvip", "", ((26, "start", 0, "ok", "", since), (27, "monitor", 0, "ok", "10000", since))
            )
        if cluster.device == node.name:
            yield from _operations(FENCE_DEVICE, "", ((20, "start", 0, "ok", "", since),))
        yield from _database_history(view, node, since)
        yield "    </node>"


def _database_history(view: View, node: ClusterNode, since: float) -> Iterator[str]:
    settings = view.state.region.cluster
    failed = f' fail-count="{node.fail_count}"' if node.fail_count else ""
    failed += f' last-failure="{ctime(node.failures[-1].at)}"' if node.failures else ""
    found: list[_Operation] = [(f.call, f.operation, f.code, f.words, "", f.at) for f in node.failures]
    if node.failures:
        found.append((node.failures[-1].call + 3, "stop", 0, "ok", "", node.failures[-1].at + 1))
    if node.role == "Promoted":
        found += [(24, "promote", 0, "ok", "", since), (28, "monitor", 8, "promoted", "3000", since + 4)]
    elif node.role == "Unpromoted":
        found += [(15, "start", 0, "ok", "", since), (21, "monitor", 0, "ok", "4000", since + 4)]
    yield from _operations(settings.resource if settings is not None else "postgresql", failed, tuple(found))


def _operations(resource: str, failed: str, operations: tuple[_Operation, ...]) -> Iterator[str]:
    """A resource's history on a node: call, task, rc, its words, interval in ms, time."""
    yield f'      <resource_history id="{resource}" orphan="false" migration-threshold="3"{failed}>'
    for call, task, code, words, interval, at in operations:
        every = f' interval="{interval}ms"' if interval else ""
        yield (
            f'        <operation_history call="{call}" task="{task}" rc="{code}" rc_text="{words}"{every} '
            f'last-rc-change="{ctime(at)}" exec-time="312ms" queue-time="0ms"/>'
        )
    yield "      </resource_history>"


def _failures(view: View, cluster: Cluster) -> Iterator[str]:
    found = [(node, failure) for node in cluster.nodes if node.online for failure in node.failures]
    if not found:
        return
    yield "  <failures>"
    for node, failure in found:
        yield (
            f'    <failure op_key="postgresql_{failure.operation}_0" node="{node.name}" exitstatus="{failure.words}" '
            f'exitreason={quoteattr(failure.reason[:127])} exitcode="{failure.code}" call="{failure.call}" '
            f'status="complete" last-rc-change="{seconds_stamp(failure.at)}" queued="0" exec="613" interval="0" '
            f'task="{failure.operation}"/>'
        )
    yield "  </failures>"


def _fenced(event: Fencing) -> str:
    """A failed one has no delegate, and is told with the device's words."""
    if not event.failed:
        return f'status="success" delegate="{event.origin}"'
    return 'status="failed" exit-reason="Timed out waiting to power OFF"'


def _fencing(view: View, cluster: Cluster) -> Iterator[str]:
    """Newest first; one that is still under way is not told."""
    ended = sorted((event for event in cluster.fencing if event.at <= view.now), key=lambda event: -event.at)
    if not ended:
        return
    yield '  <fence_history status="0">'
    for event in ended:
        yield (
            f'    <fence_event action="{event.action}" target="{event.target}" client="pacemaker-controld.1874" '
            f'origin="{event.origin}" {_fenced(event)} completed="{seconds_stamp(event.at)}"/>'
        )
    yield "  </fence_history>"
