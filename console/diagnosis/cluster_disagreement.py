"""C09: Pacemaker and PostgreSQL disagree, or the two nodes' views do (DOMAIN 0.1, 0.3, 0.5)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.cluster_nodes import maintenance
from console.diagnosis.cluster_resource import live, streams
from console.diagnosis.context import AgentView, ClusterView, RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import short
from console.facts.cluster import ResourceInstance, ResourceRole
from console.facts.host import HostFacts
from console.facts.lag import row_of

_REMEDY = "believe PostgreSQL; end maintenance, then pcs resource refresh so that the agent looks again"


def check_disagreement(context: RegionContext) -> Iterable[Finding]:
    """C09, one finding a host and kind of disagreement. Only known facts can disagree."""
    if not context.views:
        return
    for facts in context.hosts:
        agent = context.agent(facts)
        if agent is not None and agent.view is not None:
            yield from _attributes(context, facts, agent, agent.view)
        yield from _role(context, facts)
    yield from _views(context)


def _finding(
    context: RegionContext, facts: HostFacts | None, subject: str, text: str, quotes: tuple[Evidence, ...]
) -> Finding:
    stale = maintenance(context)
    because = "" if stale is None else " (maintenance: attributes are stale)"
    severity = Severity.CRITICAL if subject == "partition" else Severity.WARNING
    evidence = quotes if stale is None else (*quotes, stale)
    return context.finding("C09", severity, facts, text + because, evidence, remedy=_REMEDY, subject=subject)


def server(facts: HostFacts) -> tuple[str, Evidence] | None:
    """What PostgreSQL itself is on this host: "primary", "standby" or "stopped"; None when unknown."""
    status, processes = facts.sql.value, facts.processes.value
    if status is not None:
        role = "standby" if status.in_recovery else "primary"
        quote = Evidence.of("pg_is_in_recovery()", "t" if status.in_recovery else "f", facts.sql, facts.name)
        return role, quote
    if processes is not None and not processes.running:
        return "stopped", Evidence.of("postmaster", "none runs", facts.processes, facts.name)
    return None


def _attributes(context: RegionContext, facts: HostFacts, agent: AgentView, view: ClusterView) -> Iterable[Finding]:
    state, real = agent.state, server(facts)
    status_quote = view.quote(f"{context.resource}-status", state.status, facts.name)
    name = short(facts.name)
    if real is not None and state.status is not None:
        claimed = _claimed(state.status)
        if claimed is not None and claimed != real[0]:
            text = f"{name}: status {state.status}, but PostgreSQL is {_words(real[0])}"
            yield _finding(context, facts, "status", text, (status_quote, real[1]))
    yield from _data_status(context, facts, agent, view)


def _claimed(status: str) -> str | None:
    """What a status attribute claims; STOP claims nothing here: it also stands during starts."""
    if status == "PRI":
        return "primary"
    return "standby" if status.startswith("HS:") else None


def _words(role: str) -> str:
    return {"primary": "a primary", "standby": "in recovery", "stopped": "not running"}[role]


def _data_status(context: RegionContext, facts: HostFacts, agent: AgentView, view: ClusterView) -> Iterable[Finding]:
    """The agent's word about replication against the primary's own rows. Missing rows are only known from psql."""
    data_status = agent.state.data_status or ""
    primary = context.roles.primary
    if primary is None or primary.name == facts.name or primary.sql.value is None:
        return
    row = row_of(primary.sql.value, context.names(facts))
    words = "no row" if row is None else f"{row.application_name} | {row.state} | {row.sync_state}"
    quotes = (
        view.quote(f"{context.resource}-data-status", data_status, facts.name),
        Evidence.of("pg_stat_replication", words, primary.sql, primary.name),
    )
    name = short(facts.name)
    if data_status.startswith("STREAMING") and row is None:
        text = f"{name}: {data_status}, but {short(primary.name)} has no such row"
        yield _finding(context, facts, "data-status", text, quotes)
    elif data_status == "DISCONNECT" and streams(context, facts):
        text = f"{name}: DISCONNECT, but it streams: {_why_disconnect(context, facts)}"
        yield _finding(context, facts, "data-status", text, quotes)


def _why_disconnect(context: RegionContext, facts: HostFacts) -> str:
    """The agent finds a standby by its application_name, which must be the node's name (DOMAIN 1.1, F3)."""
    primary = context.roles.primary
    row = row_of(primary.sql.value, context.names(facts)) if primary and primary.sql.value else None
    node = context.host(facts).node
    if row is not None and row.application_name.casefold() != node.casefold():
        return f"application_name is {row.application_name!r}, not {node!r}"
    return "do not rebuild it; see node_list, the monitor's SQL, maintenance"


def _role(context: RegionContext, facts: HostFacts) -> Iterable[Finding]:
    """Where Pacemaker has the resource against what runs there. Of an unclean node nothing is believed."""
    view, real = context.view_of(facts) or context.view, server(facts)
    if view is None or real is None:
        return
    node = view.status.node(context.host(facts).node)
    if node is None or not node.state.is_online or node.state.unclean:
        return
    instance = live(view, context.resource, node.name)
    listed = [item for item in view.status.instances(context.resource) if item.node == node.name]
    if any(item.failed or item.pending for item in listed):
        return  # Pacemaker knows itself that it is not as it should be, or is at work on it
    text = _role_text(instance, real[0], known=bool(view.status.instances(context.resource)))
    if text:
        role = instance.role.value if instance else "not running here"
        quotes = (view.quote(f"resource {context.resource}", role, facts.name), real[1])
        yield _finding(context, facts, "role", f"{short(facts.name)}: {text}", quotes)


def _role_text(instance: ResourceInstance | None, real: str, *, known: bool) -> str:
    if instance is None:
        return f"Stopped for Pacemaker, but PostgreSQL runs as {real}" if known and real != "stopped" else ""
    claimed = {ResourceRole.PROMOTED: "primary", ResourceRole.UNPROMOTED: "standby"}.get(instance.role)
    if claimed is None or claimed == real:
        return ""
    return f"{instance.role.value} for Pacemaker, but PostgreSQL is {_words(real)}"


# --- the two views -----------------------------------------------------------------------------------------------


def _views(context: RegionContext) -> Iterable[Finding]:
    if len(context.views) < 2:
        return
    first, second = context.views
    if _sees_offline(context, first, second) and _sees_offline(context, second, first):
        quotes = tuple(
            view.quote("view", f"DC {view.status.dc or 'none'}, quorum {_quorum(view)}, the other node not online")
            for view in context.views
        )
        text = f"{context.region.name}: partition: each node calls the other offline"
        yield _finding(context, None, "partition", text, quotes)
        return
    promoted = [_promoted(view, context.resource) for view in context.views]
    if all(promoted) and promoted[0] != promoted[1]:
        quotes = tuple(
            view.quote("Promoted", ", ".join(sorted(nodes)))
            for view, nodes in zip(context.views, promoted, strict=True)
        )
        text = f"{context.region.name}: the nodes' views disagree about who is promoted"
        yield _finding(context, None, "views", text, quotes)


def _sees_offline(context: RegionContext, view: ClusterView, other: ClusterView) -> bool:
    node = view.status.node(context.host(other.witness).node)
    return node is not None and (not node.state.is_online or node.state.unclean)


def _quorum(view: ClusterView) -> str:
    return {True: "yes", False: "no", None: "not said"}[view.status.quorum]


def _promoted(view: ClusterView, resource: str) -> frozenset[str]:
    """Nodes on which a view has the resource promoted; entries of unclean nodes do not count."""
    found = (item for item in view.status.instances(resource) if item.role is ResourceRole.PROMOTED)
    return frozenset(item.node.casefold() for item in found if item.node is not None and not item.unclean)
