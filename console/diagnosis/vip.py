"""C06: the cluster's address: where Pacemaker has it, where the kernel has it, what a client meets at it."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import short
from console.facts.client import ClientAnswer, ClientView
from console.facts.cluster import ResourceRole
from console.facts.host import HostFacts
from console.inventory.fleet import ManagedBy

_REMEDY = "see C03 and C08 for why; pcs resource cleanup of the address, or move it by hand only when P02 is ruled out"


def check_vip(context: RegionContext) -> Iterable[Finding]:
    """C06. The kernels' word counts first, then Pacemaker's, then the client's. Without a primary the address is
    rightly down, and P01 tells that.
    """
    endpoint = context.region.endpoint
    if endpoint is None or endpoint.managed_by is not ManagedBy.CLUSTER or not endpoint.addresses:
        return
    address = address_of(context)
    holders = [facts for facts in context.hosts if address in (facts.addresses.value or ())]
    text, severity = _trouble(context, address, holders)
    if text:
        quotes = (*_by_kernel(context, address), *_by_cluster(context), *_by_client(context))
        yield context.finding(
            "C06", severity, None, f"{context.region.name}: {text}", quotes, remedy=_REMEDY, subject=address
        )


def address_of(context: RegionContext) -> str:
    """The address itself: of the resource's `ip`, else of the inventory."""
    endpoint = context.region.endpoint
    assert endpoint is not None
    cib = context.cib.value
    configured = cib.parameters.get(endpoint.resource, {}).get("ip") if cib is not None and endpoint.resource else None
    return configured or endpoint.addresses[0]


def _trouble(context: RegionContext, address: str, holders: list[HostFacts]) -> tuple[str, Severity]:
    primary = context.roles.primary
    if len(holders) == 2:
        return f"VIP {address} is on both hosts", Severity.CRITICAL
    if primary is None:
        return "", Severity.INFO
    if holders:
        if holders[0].name != primary.name:
            where = f"is on {short(holders[0].name)}, the primary is {short(primary.name)}"
            return f"VIP {address} {where}", Severity.CRITICAL
        return _for_clients(context, address, primary)
    if primary.addresses.known:
        other = context.other(primary)
        seen = "nowhere" if other.addresses.known else f"not on the primary {short(primary.name)}"
        return f"VIP {address} is {seen}", Severity.CRITICAL
    return _by_cluster_alone(context, address, primary)


def _by_cluster_alone(context: RegionContext, address: str, primary: HostFacts) -> tuple[str, Severity]:
    nodes = _cluster_nodes(context)
    own = context.host(primary).node.casefold()
    if nodes is None or own in {node.casefold() for node in nodes}:
        return _for_clients(context, address, primary)
    words = f"is on {short(nodes[0])} for Pacemaker" if nodes else "is not started for Pacemaker"
    return f"VIP {address} {words}, the primary is {short(primary.name)}", Severity.CRITICAL


def _for_clients(context: RegionContext, address: str, primary: HostFacts) -> tuple[str, Severity]:
    """The address is where it must be: does a client get through to the same primary?"""
    view = _client_view(context, address)
    if view is None:
        return "", Severity.INFO
    if view.answer is ClientAnswer.IN_RECOVERY:
        return f"VIP {address} leads clients to a standby", Severity.CRITICAL
    direct = primary.client.value
    if view.answer is ClientAnswer.NO_ANSWER and direct is not None and direct.answer is ClientAnswer.WRITABLE:
        words = f"does not answer a client ({view.tcp.value}), {short(primary.name)} itself does"
        return f"VIP {address} {words}", Severity.WARNING
    return "", Severity.INFO


def _client_view(context: RegionContext, address: str) -> ClientView | None:
    observed = context.snapshot.endpoints.get(context.region.name)
    views = observed.value if observed is not None and observed.value is not None else ()
    return next((view for view in views if view.address == address), None)


def _cluster_nodes(context: RegionContext) -> list[str] | None:
    """Nodes on which Pacemaker has the address started; None when it could not be asked or names no such resource."""
    view, endpoint = context.view, context.region.endpoint
    if view is None or endpoint is None or endpoint.resource is None:
        return None
    instances = view.status.instances(endpoint.resource)
    started = [item for item in instances if item.role is ResourceRole.STARTED and not item.unclean]
    return [item.node for item in started if item.node is not None] if instances else None


def _by_kernel(context: RegionContext, address: str) -> list[Evidence]:
    return [
        Evidence.of(
            f"{address} on {short(facts.name)}",
            "unknown" if facts.addresses.value is None else ("yes" if address in facts.addresses.value else "no"),
            facts.addresses,
            facts.name,
        )
        for facts in context.hosts
    ]


def _by_cluster(context: RegionContext) -> list[Evidence]:
    view, endpoint, nodes = context.view, context.region.endpoint, _cluster_nodes(context)
    if view is None or endpoint is None or nodes is None:
        return []
    return [view.quote(f"resource {endpoint.resource}", ", ".join(nodes) or "started nowhere")]


def _by_client(context: RegionContext) -> list[Evidence]:
    observed = context.snapshot.endpoints.get(context.region.name)
    if observed is None or observed.value is None:
        return []
    return [
        Evidence.of(f"a client at {view.address}", f"{view.answer.value} (port {view.tcp.value})", observed)
        for view in observed.value
    ]
