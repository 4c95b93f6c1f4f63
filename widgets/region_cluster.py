"""Pacemaker's side of a pair: what each node sees, the agent's attributes as written, failures, constraints. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from console.diagnosis.context import ClusterView, RegionContext
from console.facts.cluster import (
    ClusterConfiguration,
    ClusterStatus,
    Constraint,
    FailedAction,
    Node,
    NodeState,
    ResourceInstance,
)
from console.facts.host import HostFacts
from widgets.region_figure import Figure, RegionPage, Row, Section, Tone, section, unseen


def cluster_sections(page: RegionPage) -> tuple[Section, ...]:
    """Pacemaker by both nodes' views, and the agent's attributes; nothing for a scripted region."""
    if not page.context.pacemaker:
        return ()
    return (
        *section("pacemaker", "Pacemaker, as each node sees it", _views(page)),
        *section("attributes", "Attributes, as the agent writes them", _attributes(page)),
    )


# --- the views ---------------------------------------------------------------------------------------------------


def _views(page: RegionPage) -> list[Row]:
    rows = [
        *page.row("cluster", _partition),
        *(row for host in page.context.region.databases for row in _node_rows(page, host.node)),
        *page.rows("resources", _resources),
        *page.rows("failed actions", _failures),
        *page.rows("fail counts", _counts),
        *page.rows("fencing", _fencing),
        *page.row("properties", _properties),
        *page.rows("constraints", _constraints),
    ]
    return [_told_once(row) for row in rows]


def _told_once(row: Row) -> Row:
    """What both nodes see alike is said once, so that what they see differently stands out."""
    first, second = row.first, row.second
    if first is None or second is None or (first.text, first.tone) != (second.text, second.tone):
        return row
    if first.tone is Tone.UNKNOWN:
        return row
    oldest = min((at for at in (first.at, second.at) if at is not None), default=None)
    both = replace(first, witness=f"{first.witness} on both", at=oldest)
    return replace(row, first=None, second=None, pair=both)


def _partition(facts: HostFacts) -> Figure:
    status = facts.cluster.value
    if status is None:
        return unseen(facts.cluster)
    quorum = {True: "with quorum", False: "WITHOUT QUORUM", None: "quorum not said"}[status.quorum]
    maintenance = ", MAINTENANCE MODE" if status.maintenance_mode else ""
    tone = Tone.CRITICAL if status.quorum is False else Tone.WARNING if status.maintenance_mode else Tone.PLAIN
    dc = f"DC {status.dc or 'none'}"
    return Figure.of(f"{quorum}, {dc}, Pacemaker {status.version or 'unknown'}{maintenance}", facts.cluster, tone)


def _node_rows(page: RegionPage, name: str) -> list[Row]:
    """How both nodes see one of them."""

    def seen(facts: HostFacts) -> Figure | None:
        status = facts.cluster.value
        if status is None:
            return None
        node = status.node(name)
        if node is None:
            return Figure.of("not listed", facts.cluster, Tone.WARNING)
        return Figure.of(node.state.value.upper(), facts.cluster, _node_tone(node))

    return page.row(f"node {name.partition('.')[0]}", seen)


def _node_tone(node: Node) -> Tone:
    if node.state.unclean:
        return Tone.CRITICAL
    return Tone.PLAIN if node.state is NodeState.ONLINE else Tone.WARNING


def _resources(facts: HostFacts) -> Iterator[Figure]:
    status = facts.cluster.value
    if status is None:
        return
    for name in dict.fromkeys(item.identifier for item in status.resources):
        instances = status.instances(name)
        words = ", ".join(_instance(item) for item in instances)
        tone = Tone.WARNING if any(_ill(item) for item in instances) else Tone.PLAIN
        yield Figure.of(f"{name}: {words}", facts.cluster, tone)


def _instance(item: ResourceInstance) -> str:
    flags = ("failed", "blocked", "orphaned", "disabled", "unclean")
    marks = [flag.upper() for flag in flags if getattr(item, flag)]
    marks += [] if item.managed else ["UNMANAGED"]
    marks += [item.pending] if item.pending else []
    where = f" {item.node.partition('.')[0]}" if item.node else ""
    return f"{item.role.value}{where}" + (f" ({' '.join(marks)})" if marks else "")


def _ill(item: ResourceInstance) -> bool:
    return item.failed or item.blocked or item.orphaned or item.unclean or not item.managed


def _failures(facts: HostFacts) -> Iterator[Figure]:
    for action in facts.cluster.value.failed_actions if facts.cluster.value is not None else ():
        yield Figure.of(_failure_words(action), facts.cluster, Tone.WARNING)


def _failure_words(action: FailedAction) -> str:
    """A listed failure may be an old one: only a cleanup removes it (DOMAIN 2.1)."""
    code = f" ({action.exit_code})" if action.exit_code is not None else ""
    reason = f": {action.reason}" if action.reason and action.reason != "none" else ""
    at = f", at {action.at}" if action.at else ""
    return f"{action.resource} {action.operation} on {action.node}: {action.exit_text}{code}{reason}{at}"


def _counts(facts: HostFacts) -> Iterator[Figure]:
    for item in facts.cluster.value.fail_counts if facts.cluster.value is not None else ():
        if item.count:
            count = "INFINITY: the cluster has given up there" if item.infinite else str(item.count)
            of = f" of {item.migration_threshold}" if item.migration_threshold and not item.infinite else ""
            yield Figure.of(f"{item.resource} on {item.node}: {count}{of}", facts.cluster, Tone.WARNING)


def _fencing(facts: HostFacts) -> Iterator[Figure]:
    status = facts.cluster.value
    if status is None:
        return
    for event in status.fencing:
        at = f", at {event.at}" if event.at else ""
        done = event.status.casefold() in {"success", "successful", "ok", "done", "complete"}
        words = f"{event.action} of {event.target}: {event.status}{at}"
        yield Figure.of(words, facts.cluster, Tone.INFO if done else Tone.WARNING)


def _properties(facts: HostFacts) -> Figure | None:
    """What the CIB says where crm_mon does not: fencing, quorum policy."""
    configuration = facts.cluster_configuration.value
    if configuration is None:
        return unseen(facts.cluster_configuration, slow=True)
    names = ("stonith-enabled", "no-quorum-policy", "maintenance-mode")
    words = ", ".join(f"{name}={configuration.properties[name]}" for name in names if name in configuration.properties)
    off = configuration.properties.get("stonith-enabled", "").casefold() in {"false", "no", "off", "0"}
    tone = Tone.WARNING if off else Tone.FAINT
    return Figure.of(words or "none that matter", facts.cluster_configuration, tone, slow=True)


def _constraints(facts: HostFacts) -> Iterator[Figure]:
    """Location constraints; those that a move left behind first."""
    configuration = facts.cluster_configuration.value
    found = configuration.constraints if configuration is not None else ()
    for item in sorted(found, key=lambda item: not item.from_move):
        tone = Tone.WARNING if item.from_move else Tone.FAINT
        yield Figure.of(_constraint(item), facts.cluster_configuration, tone, slow=True)


def _constraint(item: Constraint) -> str:
    left = ", left behind by a move" if item.from_move else ""
    role = f" as {item.role}" if item.role else ""
    return f"{item.identifier}: {item.resource}{role} on {item.node or 'a rule'} {item.score}{left}"


# --- the agent's attributes --------------------------------------------------------------------------------------


def _attributes(page: RegionPage) -> list[Row]:
    """Attributes of a node stand in its own column, by the best view that prints them (DOMAIN 1.1, 0.4)."""
    context = page.context
    names = dict.fromkeys(name for host in context.hosts for name in _named(context, host))
    rows = [row for name in names for row in _attribute_row(page, name)]
    return [*rows, *page.about("lasting", lambda facts: _lasting(context, facts)), *_mode(context)]


def _attribute_row(page: RegionPage, name: str) -> list[Row]:
    return page.about(_label(page.context, name), lambda facts: _attribute(page.context, facts, name))


def _label(context: RegionContext, name: str) -> str:
    """ "postgresql-status" is "status"; a name that is not this resource's is shown as it is (DOMAIN 1.1)."""
    return name.removeprefix(f"{context.resource}-")


def _named(context: RegionContext, host: HostFacts) -> dict[str, str]:
    view = _view(context, host)
    return view.status.attributes_of(context.host(host).node) if view is not None else {}


def _view(context: RegionContext, facts: HostFacts) -> ClusterView | None:
    """The best view that prints attributes of this host's node."""
    node = context.host(facts).node
    return next((view for view in context.views if view.status.attributes_of(node)), context.view)


def _attribute(context: RegionContext, facts: HostFacts, name: str) -> Figure | None:
    view = _view(context, facts)
    if view is None:
        return unseen(facts.cluster)
    node = context.host(facts).node
    value = view.status.attributes_of(node).get(name)
    if value is None:
        return Figure(_absent(view.status, node), Tone.FAINT, view.observed.source, view.observed.observed_at)
    tone = _attribute_tone(_label(context, name), value)
    witness = f"{view.observed.source} on {view.witness.name.partition('.')[0]}"
    return Figure(value, tone, witness, view.observed.observed_at)


def _absent(status: ClusterStatus, node: str) -> str:
    """crm_mon prints no attributes of a node that is not online (DOMAIN 0.4)."""
    seen = status.node(node)
    return "–" if seen is not None and seen.state.is_online else "not printed: the node is not online"


def _attribute_tone(name: str, value: str) -> Tone:
    bad = {"status": {"HS:alone", "UNKNOWN"}, "data-status": {"DISCONNECT"}}
    return Tone.WARNING if value in bad.get(name, set()) else Tone.PLAIN


def _lasting(context: RegionContext, facts: HostFacts) -> Figure | None:
    """data-status survives reboots: the CIB has it also of a node that is off (DOMAIN 0.4)."""
    agent = context.agent(facts)
    if agent is None or agent.view is not None:
        return None
    state = agent.state.data_status or ""
    return Figure.of(f"data-status {state}, by the CIB", context.cib, _attribute_tone("data-status", state), slow=True)


def _mode(context: RegionContext) -> list[Row]:
    """How the resource is configured, as far as it decides what the attributes mean."""
    cib = context.cib.value
    if cib is None:
        return [Row("resource", pair=unseen(context.cib, slow=True))]
    return [Row("resource", pair=Figure.of(_parameters(context, cib), context.cib, Tone.FAINT, slow=True))]


def _parameters(context: RegionContext, cib: ClusterConfiguration) -> str:
    found = cib.parameters.get(context.resource, {})
    names = ("rep_mode", "node_list", "master_ip", "restart_on_promote", "tmpdir")
    words = ", ".join(f"{name}={found[name]}" for name in names if name in found)
    return f"{context.resource}: {words or 'no such resource in the CIB'}"
