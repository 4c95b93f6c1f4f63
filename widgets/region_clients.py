"""What a client meets: the endpoint's name and addresses, and the port gate of each database host. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.diagnosis.endpoint import leads_to
from console.diagnosis.port_gate import ANSWERS
from console.diagnosis.vip import address_of
from console.facts.client import ClientView
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.inventory.fleet import Endpoint, ManagedBy
from widgets.region_figure import Figure, RegionPage, Row, Section, Tone, section, unseen


def client_sections(page: RegionPage) -> tuple[Section, ...]:
    """The endpoint first, then each host's own port."""
    return section("clients", "What a client meets", [*_endpoint_rows(page), *_host_rows(page)])


# --- the endpoint ------------------------------------------------------------------------------------------------


def _endpoint_rows(page: RegionPage) -> list[Row]:
    endpoint = page.context.region.endpoint
    if endpoint is None:
        return []
    rows = [Row("endpoint", pair=Figure(f"{endpoint.name}, moved by {endpoint.managed_by.value}", Tone.FAINT))]
    if endpoint.managed_by is ManagedBy.DNS:
        rows.append(Row("resolves to", pair=_resolved(page, endpoint)))
    rows += [Row("at its address", pair=figure) for figure in _at_addresses(page)]
    if endpoint.managed_by is ManagedBy.CLUSTER and endpoint.addresses:
        rows += page.row("holds the VIP", lambda facts: _holds(page, facts))
    return rows


def _resolved(page: RegionPage, endpoint: Endpoint) -> Figure:
    observed = page.context.snapshot.endpoint_resolution.get(page.context.region.name)
    if observed is None:
        return Figure("unknown: not asked yet", Tone.UNKNOWN)
    if not observed.value:
        return unseen(observed)
    primary = page.context.roles.primary
    right = leads_to(page.context.region, endpoint, primary.name) if primary is not None else ()
    elsewhere = primary is not None and not set(observed.value) & set(right)
    words = ", ".join(observed.value) + (", which does not lead to the primary" if elsewhere else "")
    return Figure.of(words, observed, Tone.WARNING if elsewhere else Tone.PLAIN)


def _at_addresses(page: RegionPage) -> Iterator[Figure]:
    observed = page.context.snapshot.endpoints.get(page.context.region.name)
    if observed is None or observed.value is None:
        yield Figure("unknown: not asked yet", Tone.UNKNOWN) if observed is None else unseen(observed)
        return
    for view in observed.value:
        yield Figure.of(f"{view.address}: {client_words(view)}", observed)


def _holds(page: RegionPage, facts: HostFacts) -> Figure:
    """Whether the kernel of this host has the cluster's address."""
    address = address_of(page.context)
    if facts.addresses.value is None:
        return unseen(facts.addresses)
    holds = address in facts.addresses.value
    primary = page.context.roles.primary
    wrong = primary is not None and holds is not (primary.name == facts.name)
    return Figure.of(f"{'yes' if holds else 'no'} ({address})", facts.addresses, Tone.WARNING if wrong else Tone.PLAIN)


# --- each host ---------------------------------------------------------------------------------------------------


def _host_rows(page: RegionPage) -> list[Row]:
    slow = page.context.pacemaker
    return [
        *page.row("a client", lambda facts: _client(page, facts)),
        *page.row("listens", lambda facts: _listening(page, facts, slow=slow)),
        *page.row("firewall", lambda facts: _firewall(page, facts, slow=slow)),
        *page.rows("deciding rule", lambda facts: _rules(facts, slow=slow)),
        *page.row("addresses", _addresses),
        *page.row("backlog", lambda facts: _backlog(page, facts)),
    ]


def client_words(view: ClientView) -> str:
    """What a client met, in words: "open: a database that accepts writes"."""
    if not view.port_open:
        return f"port {view.port} {view.tcp.value}" + (f" ({view.message})" if view.message else "")
    said = f" ({view.message})" if view.message else ""
    return f"port {view.port} open: {ANSWERS[view.answer]}{said}"


def _client(page: RegionPage, facts: HostFacts) -> Figure:
    view = facts.client.value
    if view is None:
        return unseen(facts.client)
    served = page.context.role(facts) is Role.PRIMARY
    tone = Tone.WARNING if served and not view.accepts_writes else Tone.PLAIN
    latency = f", {view.latency * 1000:.0f} ms" if view.latency is not None else ""
    return Figure.of(f"{client_words(view)}{latency}", facts.client, tone)


def _listening(page: RegionPage, facts: HostFacts, *, slow: bool) -> Figure:
    if facts.listeners.value is None:
        return unseen(facts.listeners, slow=slow)
    port = _port(page, facts)
    where = [item.address for item in facts.listeners.value if item.port == port]
    return Figure.of(f"{port} on {', '.join(where)}" if where else f"nobody on {port}", facts.listeners, slow=slow)


def _firewall(page: RegionPage, facts: HostFacts, *, slow: bool) -> Figure:
    wall = facts.firewall.value
    if wall is None:
        return unseen(facts.firewall, slow=slow)
    gate = {True: "lets in", False: "keeps out", None: "cannot be judged for"}[wall.database_port_open]
    tone = Tone.UNKNOWN if wall.database_port_open is None else Tone.PLAIN
    return Figure.of(f"{wall.tool} {gate} {_port(page, facts)}", facts.firewall, tone, slow=slow)


def _rules(facts: HostFacts, *, slow: bool) -> Iterator[Figure]:
    for rule in facts.firewall.value.rules[:4] if facts.firewall.value is not None else ():
        yield Figure.of(rule, facts.firewall, Tone.FAINT, slow=slow)


def _addresses(facts: HostFacts) -> Figure:
    if facts.addresses.value is None:
        return unseen(facts.addresses)
    return Figure.of(", ".join(facts.addresses.value) or "none", facts.addresses, Tone.FAINT)


def _backlog(page: RegionPage, facts: HostFacts) -> Figure | None:
    """Rows that wait to be replicated to the global region, as a client counts them on the primary (DOMAIN 5)."""
    view = facts.client.value
    if page.context.region.number is None or view is None or page.context.role(facts) is not Role.PRIMARY:
        return None
    if view.backlog is None:
        return Figure.of(f"unknown: {view.backlog_error or 'no such table'}", facts.client, Tone.UNKNOWN)
    limit = page.context.thresholds.replication_backlog
    tone = Tone.WARNING if view.backlog >= limit.warning else Tone.PLAIN
    return Figure.of(f"{view.backlog} rows wait for the global region", facts.client, tone)


def _port(page: RegionPage, facts: HostFacts) -> int:
    settings = page.context.host(facts).postgresql
    return settings.port if settings is not None else 5432
