"""C04 nodes, C05 quorum, C07 fencing, C08 constraints left by moves (DOMAIN 0.5, 2.1; REFERENCE 3)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import ClusterView, RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import short
from console.facts.cluster import Node, NodeState, ResourceRole

_STATES = {
    NodeState.OFFLINE: (Severity.WARNING, "offline", "start the cluster there: pcs cluster start"),
    NodeState.STANDBY: (
        Severity.WARNING,
        "in standby",
        "when its work is done: pcs node unstandby (old pcs: pcs cluster)",
    ),
    NodeState.STANDBY_ON_FAIL: (Severity.WARNING, "in standby after a failure", "see C03, then pcs resource cleanup"),
    NodeState.OFFLINE_STANDBY: (Severity.WARNING, "offline, and in standby", "start the cluster, then unstandby it"),
    NodeState.MAINTENANCE: (Severity.WARNING, "in maintenance", "when the work is done: pcs node unmaintenance"),
    NodeState.OFFLINE_MAINTENANCE: (Severity.WARNING, "offline, and in maintenance", "start the cluster there"),
    NodeState.PENDING: (
        Severity.WARNING,
        "pending (joining)",
        "wait a minute; if it stays, look at its corosync and log",
    ),
}
_UNCLEAN = "see that it is really down, then fence it or confirm: pcs stonith confirm NODE (only if it is off)"


def check_nodes(context: RegionContext) -> Iterable[Finding]:
    """C04: a node that cannot take the database over, or that nobody monitors."""
    view = context.view
    if view is None:
        return
    for host, facts in zip(context.region.databases, context.hosts, strict=True):
        node = view.status.node(host.node)
        if node is None:
            if view.status.nodes:
                quote = view.quote("nodes", ", ".join(item.name for item in view.status.nodes), facts.name)
                text = f"{short(facts.name)}: the cluster has no node {host.node}"
                yield context.finding(
                    "C04", Severity.WARNING, facts, text, (quote,), remedy="check `node:` and crm_node -n"
                )
        else:
            yield from _node(context, view, node, facts.name)
    yield from _unmanaged(context, view)


def _node(context: RegionContext, view: ClusterView, node: Node, name: str) -> Iterable[Finding]:
    facts = context.by_node(node.name)
    quote = view.quote("node state", node.state.value, name)
    if node.state.unclean:
        text = f"{short(name)}: UNCLEAN, the cluster waits for it to be fenced"
        yield context.finding("C04", Severity.CRITICAL, facts, text, (quote,), remedy=_UNCLEAN)
    elif node.state in _STATES:
        severity, words, remedy = _STATES[node.state]
        yield context.finding("C04", severity, facts, f"{short(name)}: cluster node {words}", (quote,), remedy=remedy)


def maintenance(context: RegionContext) -> Evidence | None:
    """Why the pgsql resource is not monitored, so that attributes go stale (DOMAIN 0.3); None where it is."""
    view = context.view
    if view is not None and view.status.maintenance_mode:
        return view.quote("maintenance-mode", "true")
    cib = context.cib
    if cib.value is not None and cib.value.properties.get("maintenance-mode", "").casefold() in {
        "true",
        "yes",
        "1",
        "on",
    }:
        return Evidence.of("maintenance-mode", "true", cib)
    if view is not None and any(not item.managed for item in view.status.instances(context.resource)):
        return view.quote(f"resource {context.resource}", "unmanaged")
    return None


def _unmanaged(context: RegionContext, view: ClusterView) -> Iterable[Finding]:
    quote = maintenance(context)
    if quote is None or any(node.state is NodeState.MAINTENANCE for node in view.status.nodes):
        return
    whole = quote.fact == "maintenance-mode"
    words = "the whole cluster is in maintenance mode" if whole else f"resource {context.resource} is unmanaged"
    yield context.finding(
        "C04",
        Severity.WARNING,
        None,
        f"{context.region.name}: {words}: nothing is monitored, nothing fails over",
        (quote,),
        remedy="when the work is done: pcs property set maintenance-mode=false, or pcs resource manage RESOURCE",
        subject="maintenance",
    )


def check_quorum(context: RegionContext) -> Iterable[Finding]:
    """C05: a partition without quorum. Not said is not known."""
    for view in context.views:
        if view.status.quorum is not False:
            continue
        policy = context.cib.value.properties.get("no-quorum-policy", "stop") if context.cib.value else None
        quotes = [view.quote("partition", "WITHOUT quorum")]
        if policy is not None:
            quotes.append(Evidence.of("no-quorum-policy", policy, context.cib))
        effect = {"ignore": "it goes on all the same", "stop": "resources are stopped"}.get(policy or "", "")
        yield context.finding(
            "C05",
            Severity.CRITICAL,
            view.witness,
            f"{short(view.witness.name)}: no quorum" + (f"; no-quorum-policy={policy}: {effect}" if effect else ""),
            tuple(quotes),
            remedy="bring the other node or the network between them back (corosync-quorumtool -s, two_node)",
        )


# --- C07 ---------------------------------------------------------------------------------------------------------


def check_fencing(context: RegionContext) -> Iterable[Finding]:
    """C07: with fencing off, absent or failing a dead primary is not proved dead before the other one takes over."""
    if not context.pacemaker:
        return
    disabled = _disabled(context)
    if disabled is not None:
        text = f"{context.region.name}: fencing is disabled (stonith-enabled=false)"
        yield context.finding("C07", Severity.WARNING, None, text, (disabled,), remedy=_ENABLE, subject="disabled")
    view = context.view
    if view is None:
        return
    devices = [item for item in view.status.resources if item.is_fencing]
    if not devices and disabled is None and _none_configured(context, view):
        quote = view.quote("fence devices", "none")
        text = f"{context.region.name}: no fence device"
        yield context.finding("C07", Severity.WARNING, None, text, (quote,), remedy=_ENABLE, subject="none")
    for item in devices:
        if item.role is ResourceRole.STOPPED or item.failed:
            words = "failed" if item.failed else "stopped"
            quote = view.quote(f"fence device {item.identifier}", words)
            text = f"{context.region.name}: fence device {item.identifier} {words}"
            yield context.finding(
                "C07", Severity.WARNING, None, text, (quote,), remedy=_DEVICE, subject=f"device {item.identifier}"
            )
    yield from _failed_fencing(context, view)


_ENABLE = "configure a fence device, test it (pcs stonith fence NODE), then pcs property set stonith-enabled=true"
_DEVICE = "often its status check timed out: test the device's login and network, then pcs resource cleanup DEVICE"


def _disabled(context: RegionContext) -> Evidence | None:
    view, cib = context.view, context.cib
    if view is not None and view.status.stonith_enabled is False:
        return view.quote("stonith-enabled", "false")
    value = cib.value.properties.get("stonith-enabled", "") if cib.value is not None else ""
    return Evidence.of("stonith-enabled", value, cib) if value.casefold() in {"false", "no", "0", "off"} else None


def _none_configured(context: RegionContext, view: ClusterView) -> bool:
    """No device in a list of resources that was printed, and none in the CIB where that is known."""
    cib = context.cib.value
    in_cib = cib is not None and any(agent.startswith("stonith") for agent in cib.agents.values())
    return bool(view.status.resources) and not in_cib


def _failed_fencing(context: RegionContext, view: ClusterView) -> Iterable[Finding]:
    failed = {event.target: event for event in view.status.fencing if "fail" in event.status.casefold()}
    for target, event in failed.items():
        facts = context.by_node(target)
        text = f"{context.region.name}: fencing of {short(target)} failed"
        quote = view.quote(
            "failed fencing", event.text or f"{event.action} of {target}: {event.status} {event.at or ''}"
        )
        yield context.finding(
            "C07", Severity.WARNING, facts, text, (quote,), remedy=_FAILED, subject=f"failed {target}"
        )


_FAILED = "find out why (device log, login, network); when done: stonith_admin --cleanup --history=NODE"


# --- C08 ---------------------------------------------------------------------------------------------------------


def check_constraints(context: RegionContext) -> Iterable[Finding]:
    """C08: a location constraint that a move, ban or standby left behind; it decides the next failover."""
    cib = context.cib
    for item in cib.value.constraints if cib.value is not None else ():
        if not item.from_move:
            continue
        facts = context.by_node(item.node) if item.node else None
        forbids = item.score.strip().startswith("-")
        words = "may not run on" if forbids else "is drawn to"
        role = f" as {item.role}" if item.role else ""
        value = f"{item.identifier}: {item.resource}{role} {words} {item.node or 'a node'}, score {item.score}"
        yield context.finding(
            "C08",
            Severity.WARNING,
            facts,
            f"{short(facts.name) if facts else context.region.name}: left-over constraint {item.identifier}",
            (Evidence.of("constraint", value, cib, facts.name if facts else None),),
            remedy=f"pcs resource clear {item.resource}, or pcs constraint remove {item.identifier}",
            subject=item.identifier,
        )
