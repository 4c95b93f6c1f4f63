"""S09: where the name that clients use leads to, for endpoints that DNS moves (REFERENCE 1)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import listed, one_line, short
from console.facts.client import ClientView
from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.inventory.fleet import Endpoint, ManagedBy, Region


def check_endpoint(context: RegionContext) -> Iterable[Finding]:
    """S09, judged only where exactly one host is known to be primary."""
    endpoint = context.region.endpoint
    resolved = context.snapshot.endpoint_resolution.get(context.region.name)
    if endpoint is None or endpoint.managed_by is not ManagedBy.DNS or resolved is None:
        return
    if not resolved.value:
        if resolved.error is not None or resolved.value is not None:
            yield _unresolved(context.region, endpoint, resolved)
        return
    primary = context.roles.primary
    if primary is not None:
        yield from _judge(context, endpoint, resolved, resolved.value, primary)


def leads_to(region: Region, endpoint: Endpoint, host: str) -> tuple[str, ...]:
    """Addresses that lead to a database host: its own, and its place's among the endpoint's, one a site."""
    names = [item.name for item in region.databases]
    own = next(item.address for item in region.databases if item.name == host)
    if len(endpoint.addresses) != len(names):
        return (own, *endpoint.addresses)
    return (own, endpoint.addresses[names.index(host)])


def _judge(
    context: RegionContext,
    endpoint: Endpoint,
    resolved: Observed[tuple[str, ...]],
    addresses: tuple[str, ...],
    primary: HostFacts,
) -> Iterable[Finding]:
    expected = leads_to(context.region, endpoint, primary.name)
    elsewhere = [address for address in addresses if address not in expected]
    views = _views(context, addresses)
    if not elsewhere or any(view.accepts_writes for view in views):
        return
    only_elsewhere = len(elsewhere) == len(addresses)
    yield Finding(
        code="S09",
        severity=_severity(only_elsewhere, views),
        region=context.region.name,
        host=None,
        summary=one_line(_summary(endpoint, primary, elsewhere, only_elsewhere)),
        evidence=(
            Evidence.of(f"{endpoint.name} resolves to", one_line(", ".join(addresses), 200), resolved),
            Evidence(
                "primary", f"{primary.name}; the name should lead to {' or '.join(expected)}", "roles", primary.name
            ),
            *_view_evidence(context, views),
        ),
        remedy="Look at the global traffic manager, and at the record's TTL; S04 and S05 say what else misleads it.",
        details={"resolved": list(addresses), "expected": list(expected)},
    )


def _severity(only_elsewhere: bool, views: tuple[ClientView, ...]) -> Severity:
    """Critical once a client met no writable database there; info where the right address is among them."""
    if not only_elsewhere:
        return Severity.INFO
    return Severity.CRITICAL if views else Severity.WARNING


def _summary(endpoint: Endpoint, primary: HostFacts, elsewhere: list[str], only_elsewhere: bool) -> str:
    also = "leads to" if only_elsewhere else "also leads to"
    return f"{short(endpoint.name)} {also} {listed(elsewhere, 2)}, not to the primary {short(primary.name)}"


def _views(context: RegionContext, addresses: tuple[str, ...]) -> tuple[ClientView, ...]:
    """What a client met at the resolved addresses, as far as it was tried."""
    seen = context.snapshot.endpoints.get(context.region.name)
    return tuple(view for view in (seen.value if seen and seen.value else ()) if view.address in addresses)


def _view_evidence(context: RegionContext, views: tuple[ClientView, ...]) -> tuple[Evidence, ...]:
    seen = context.snapshot.endpoints.get(context.region.name)
    if seen is None or not views:
        return (Evidence("client at the endpoint", "unknown: not tried", "client"),)
    return tuple(
        Evidence.of(f"client at {view.address}", f"{view.tcp.value}, {view.answer.value}", seen) for view in views
    )


def _unresolved(region: Region, endpoint: Endpoint, resolved: Observed[tuple[str, ...]]) -> Finding:
    reason = resolved.error or "the name has no address"
    return Finding(
        code="S09",
        severity=Severity.UNKNOWN,
        region=region.name,
        host=None,
        summary=one_line(f"{short(endpoint.name)} does not resolve here: unknown where clients are led"),
        evidence=(Evidence.of(endpoint.name, one_line(f"unknown: {reason}", 300), resolved),),
        remedy="Ask the name servers that the appliances use (dig NAME @SERVER).",
        details={"resolved": [], "expected": list(endpoint.addresses)},
    )
