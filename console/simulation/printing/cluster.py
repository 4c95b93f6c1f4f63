"""cluster and cib: what crm_mon and cibadmin print on a node, as far as Pacemaker runs there."""

from __future__ import annotations

from collections.abc import Iterator

from console.simulation.agent import restart_on_promote
from console.simulation.printing.agent_attributes import FENCE_DEVICE, printed_attributes
from console.simulation.printing.cluster_text import cluster_text
from console.simulation.printing.cluster_xml import cluster_xml
from console.simulation.printing.quoting import quoteattr
from console.simulation.printing.view import Printed, View, ctime
from console.simulation.state import Cluster, ClusterNode


def cluster(view: View) -> Printed:
    """crm_mon: XML where it has it, else text."""
    found = _running(view)
    if found is None:
        return Printed("", 102 if view.platform.systemd else 107, "the cluster is not running here")
    return cluster_xml(view, found) if view.platform.systemd else cluster_text(view, found)


def _running(view: View) -> Cluster | None:
    """The cluster as this node sees it, None where the node is not a member."""
    found, node = view.state.cluster, view.host.host.node
    return found.seen_by(node) if found is not None and found.node(node).online else None


def cib(view: View) -> Printed:
    """`cibadmin -Q`."""
    found = _running(view)
    if found is None:
        return Printed("", 102, "the cluster is not running here, and there is no /var/lib/pacemaker/cib/cib.xml")
    return Printed("\n".join(["@@live", *_cib(view, found)]))


def _cib(view: View, found: Cluster) -> Iterator[str]:
    version = "3.9" if view.platform.systemd else "1.2"
    features = "3.16.1" if view.platform.systemd else "3.0.7"
    coordinator = found.node(found.coordinator)
    identifier = str(coordinator.identifier) if view.platform.systemd else coordinator.name
    yield (
        f'<cib crm_feature_set="{features}" validate-with="pacemaker-{version}" epoch="41" num_updates="6" '
        'admin_epoch="0" '
        f'cib-last-written="{ctime(found.changed_at)}" have-quorum="1" dc-uuid={quoteattr(identifier)}>'
    )
    yield "  <configuration>"
    yield from _properties(view, found)
    yield "    <nodes>"
    yield from (line for node in found.nodes for line in _node(node))
    yield "    </nodes>"
    yield "    <resources>"
    yield from _fence_device(found)
    yield from _address(view)
    yield from _database(view)
    yield "    </resources>"
    yield from _constraints(view)
    yield from _defaults(view)
    yield "  </configuration>"
    yield "  <status>"
    yield from (line for node in found.nodes if node.online for line in _transient(view, node))
    yield "  </status>"
    yield "</cib>"


def _pairs(indent: str, prefix: str, pairs: dict[str, str]) -> Iterator[str]:
    for name, value in pairs.items():
        yield f'{indent}<nvpair id="{prefix}-{name}" name="{name}" value={quoteattr(value)}/>'


def _properties(view: View, found: Cluster) -> Iterator[str]:
    pairs = {
        "cluster-name": view.state.name,
        "dc-version": view.platform.pacemaker,
        "cluster-infrastructure": view.platform.cluster_stack,
        "no-quorum-policy": "ignore",
        "stonith-enabled": "true" if found.stonith_enabled else "false",
        "maintenance-mode": "true" if found.maintenance else "false",
    }
    yield "    <crm_config>"
    yield '      <cluster_property_set id="cib-bootstrap-options">'
    yield from _pairs("        ", "cib-bootstrap-options", pairs)
    yield "      </cluster_property_set>"
    yield "    </crm_config>"


def _node(node: ClusterNode) -> Iterator[str]:
    pairs = {"standby": "on"} if node.standby else {}
    if node.attributes.data_status is not None:
        pairs["postgresql-data-status"] = node.attributes.data_status
    yield f'      <node id="{node.identifier}" uname="{node.name}">'
    yield f'        <instance_attributes id="nodes-{node.identifier}">'
    yield from _pairs("          ", f"nodes-{node.identifier}", pairs)
    yield "        </instance_attributes>"
    yield "      </node>"


def _primitive(indent: str, identifier: str, kind: str, pairs: dict[str, str], monitors: str) -> Iterator[str]:
    yield f'{indent}<primitive id="{identifier}" {kind}>'
    yield f'{indent}  <instance_attributes id="{identifier}-instance_attributes">'
    yield from _pairs(indent + "    ", f"{identifier}-instance_attributes", pairs)
    yield f"{indent}  </instance_attributes>"
    yield f"{indent}  <operations>"
    for interval in monitors.split():
        role = ' role="Master"' if interval == "3s" else ""
        yield f'{indent}    <op id="{identifier}-monitor-{interval}" interval="{interval}" name="monitor"{role}/>'
    yield f"{indent}  </operations>"
    yield f"{indent}</primitive>"


def _fence_device(found: Cluster) -> Iterator[str]:
    hosts = " ".join(node.name for node in found.nodes)
    pairs = {"ipaddr": "vcenter.example.com", "login": "fence", "passwd": "***", "ssl": "1", "pcmk_host_list": hosts}
    yield from _primitive("      ", FENCE_DEVICE, 'class="stonith" type="fence_vmware_soap"', pairs, "60s")


def _address(view: View) -> Iterator[str]:
    endpoint = view.state.region.endpoint
    address = endpoint.addresses[0] if endpoint is not None else ""
    kind = 'class="ocf" provider="heartbeat" type="IPaddr2"'
    yield from _primitive("      ", "pgvip", kind, {"ip": address, "cidr_netmask": "24"}, "10s")


def _database(view: View) -> Iterator[str]:
    """The master/slave set of RHEL 6, or the promotable clone of 2.1."""
    element = "clone" if view.platform.systemd else "master"
    meta = {"clone-max": "2", "clone-node-max": "1", "notify": "true"}
    words = ("promoted-max", "promoted-node-max") if view.platform.systemd else ("master-max", "master-node-max")
    meta |= dict.fromkeys(words, "1") | ({"promotable": "true"} if view.platform.systemd else {})
    identifier = view.platform.clone
    yield f'      <{element} id="{identifier}">'
    resource = view.state.region.cluster.resource if view.state.region.cluster else "postgresql"
    kind = 'class="ocf" provider="heartbeat" type="pgsql"'
    yield from _primitive("        ", resource, kind, agent_parameters(view), "4s 3s")
    yield f'        <meta_attributes id="{identifier}-meta_attributes">'
    yield from _pairs("          ", f"{identifier}-meta_attributes", meta)
    yield "        </meta_attributes>"
    yield f"      </{element}>"


def agent_parameters(view: View) -> dict[str, str]:
    """The pgsql agent's parameters (REFERENCE 3)."""
    settings, region = view.host.settings, view.state.region
    assert region.archive is not None
    return {
        "pgdata": settings.data,
        "rep_mode": "async",
        "node_list": " ".join(host.node for host in region.databases),
        "restore_command": f'cp {region.archive.read}/%f "%p"',
        "master_ip": region.endpoint.addresses[0] if region.endpoint is not None else "",
        "repuser": settings.replication_user,
        "tmpdir": settings.tmp,
        "check_wal_receiver": "false",
        "restart_on_promote": "true" if restart_on_promote(view.host) else "false",
    }


def _constraints(view: View) -> Iterator[str]:
    clone = view.platform.clone
    role = "Promoted" if view.platform.systemd else "Master"
    yield "    <constraints>"
    yield (
        f'      <rsc_colocation id="colocation-pgvip-{clone}-INFINITY" rsc="pgvip" score="INFINITY" '
        f'with-rsc="{clone}" with-rsc-role="{role}"/>'
    )
    yield (
        f'      <rsc_order first="{clone}" first-action="promote" id="order-{clone}-pgvip-INFINITY" score="INFINITY" '
        'symmetrical="false" then="pgvip" then-action="start"/>'
    )
    yield "    </constraints>"


def _defaults(view: View) -> Iterator[str]:
    threshold = {"migration-threshold": "3"} if view.platform.systemd else {}
    yield "    <rsc_defaults>"
    yield '      <meta_attributes id="rsc_defaults-meta_attributes">'
    yield from _pairs("        ", "rsc_defaults-meta_attributes", {"resource-stickiness": "INFINITY"} | threshold)
    yield "      </meta_attributes>"
    yield "    </rsc_defaults>"


def _transient(view: View, node: ClusterNode) -> Iterator[str]:
    lasting = {"postgresql-data-status"}
    pairs = {name: value for name, value in printed_attributes(view, node) if name not in lasting}
    if node.fail_count:
        count = "INFINITY" if node.fail_count >= 1_000_000 else str(node.fail_count)
        pairs["fail-count-postgresql"] = count
    yield f'    <node_state id="{node.identifier}" uname="{node.name}" in_ccm="true" crmd="online" join="member">'
    yield f'      <transient_attributes id="{node.identifier}">'
    yield f'        <instance_attributes id="status-{node.identifier}">'
    yield from _pairs("          ", f"status-{node.identifier}", pairs)
    yield "        </instance_attributes>"
    yield "      </transient_attributes>"
    yield "    </node_state>"
