"""C01 standby out of date, C03 failures: what the agent and Pacemaker say about the resource (DOMAIN 1)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import AgentView, ClusterView, RegionContext
from console.diagnosis.failure_reasons import is_lock, meaning
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.lock import lock_key
from console.diagnosis.words import one_line, short
from console.facts.cluster import AgentState, FailCount, FailedAction, ResourceInstance, ResourceRole
from console.facts.host import HostFacts
from console.facts.lag import row_of
from console.facts.roles import Role

NOT_PROMOTABLE = "-INFINITY"


def live(view: ClusterView, resource: str, node: str) -> ResourceInstance | None:
    """The instance that runs on a node. What is listed as failed, or on an unclean or offline node, does not count
    (DOMAIN 0.5; crm_mon goes on to list an instance whose start or stop failed).
    """
    wanted = node.casefold()
    owner = view.status.node(node)
    if owner is not None and (owner.state.unclean or not owner.state.is_online):
        return None
    for item in view.status.instances(resource):
        if item.node is not None and item.node.casefold() == wanted and not (item.unclean or item.failed):
            return item if item.role is not ResourceRole.STOPPED else None
    return None


def streams(context: RegionContext, facts: HostFacts) -> bool | None:
    """Whether the primary has a streaming row for this standby; None when the primary could not be asked."""
    primary = context.roles.primary
    if primary is None or primary.name == facts.name or primary.sql.value is None:
        return None
    row = row_of(primary.sql.value, context.names(facts))
    return row is not None and row.state == "streaming"


def check_out_of_date(context: RegionContext) -> Iterable[Finding]:
    """C01: the attributes say that this standby may not take over. Judged by rep_mode (DOMAIN 1.2).

    A DISCONNECT while the standby streams is a disagreement, not an old standby (F3): that is C09.
    """
    for facts in context.hosts:
        agent = context.agent(facts)
        if agent is None or context.role(facts) is Role.PRIMARY or agent.state.status == "PRI":
            continue
        reason = _reason(context, facts, agent)
        if reason:
            yield _out_of_date(context, facts, agent, reason)


def _reason(context: RegionContext, facts: HostFacts, agent: AgentView) -> str:
    state = agent.state
    if state.data_status == "DISCONNECT":
        return "" if streams(context, facts) else "DISCONNECT: it lost the primary"
    if state.status in {"STOP", "UNKNOWN", None} or context.role(facts) is Role.STOPPED:
        return ""  # what is stopped has no score; LATEST and STOP is a stopped former primary
    if state.status == "HS:alone" and context.roles.primary is not None and not streams(context, facts):
        return "HS:alone: it has no usable primary"
    return _by_score(context, state)


def _by_score(context: RegionContext, state: AgentState) -> str:
    """A replicating standby that may not be promoted."""
    data_status = state.data_status or ""
    if not data_status.startswith("STREAMING"):
        return ""
    if state.master_score is None:
        return f"score lost: master-{context.resource} is gone, so it cannot be promoted"
    if state.master_score.strip() != NOT_PROMOTABLE:
        return ""
    if context.rep_mode == "sync" and data_status == "STREAMING|ASYNC":
        return "-INFINITY: in sync mode an asynchronous standby may not be promoted"
    if data_status in {"STREAMING|POTENTIAL", "STREAMING|QUORUM"}:
        return ""
    return f"-INFINITY although {data_status}: it may not be promoted"


def _out_of_date(context: RegionContext, facts: HostFacts, agent: AgentView, reason: str) -> Finding:
    state = agent.state
    values = f"{state.status} / {state.data_status} / {state.master_score}"
    if agent.view is not None:
        quote = agent.view.quote("attributes", values, facts.name)
    else:
        quote = Evidence.of("data-status (lasting)", state.data_status, context.cib, facts.name)
    quotes = [quote]
    if context.rep_mode is not None:
        quotes.append(Evidence.of("rep_mode", context.rep_mode, context.cib))
    lost_score = reason.startswith("score lost")
    return context.finding(
        "C01",
        Severity.WARNING,
        facts,
        f"{short(facts.name)} is not fit to take over: {reason}",
        tuple(quotes),
        remedy=_RESTART if lost_score else _OUT_OF_DATE,
        caused_by=_cause(context, facts),
    )


_RESTART = "restart the resource on that node (pcs node standby, then unstandby): nothing else brings the score back"
_OUT_OF_DATE = (
    "check firewalls, pg_hba.conf, the archive; disable and enable the resource; else rebuild it (pg_basebackup)"
)


def _cause(context: RegionContext, facts: HostFacts) -> str | None:
    """The lock or the node's state, where these are the plain reason."""
    key = lock_key(context, facts)
    if key is not None:
        return key
    view = context.view
    node = view.status.node(context.host(facts).node) if view is not None else None
    if node is not None and (node.state.value != "online" and node.state.value != "unknown"):
        return f"C04:{context.region.name}:{facts.name}"
    return None


# --- C03 ---------------------------------------------------------------------------------------------------------


def check_failures(context: RegionContext) -> Iterable[Finding]:
    """C03: failed actions and fail counts, one finding a resource and node. A listed failure may be an old one."""
    view = context.view
    if view is None:
        return
    actions: dict[tuple[str, str], list[FailedAction]] = {}
    for action in view.status.failed_actions:
        actions.setdefault((action.resource, action.node), []).append(action)
    counts = {(count.resource, count.node): count for count in view.status.fail_counts if count.count > 0}
    for resource, node in dict.fromkeys((*counts, *actions)):
        found = actions.get((resource, node), [])
        yield _failure(context, view, resource, node, found, counts.get((resource, node)))


def _failure(
    context: RegionContext,
    view: ClusterView,
    resource: str,
    node: str,
    actions: list[FailedAction],
    count: FailCount | None,
) -> Finding:
    facts = context.by_node(node)
    lock = lock_key(context, facts) if facts is not None and resource == context.resource else None
    by_lock = any(_refused_by_lock(action, lock) for action in actions)
    cause = lock if by_lock else None
    infinite = count is not None and count.infinite
    runs = live(view, resource, node) is not None
    matters = _blocks(context, view, resource, node)
    severity = Severity.INFO if runs else Severity.WARNING
    if infinite:
        severity = Severity.CRITICAL if matters and not runs and not by_lock else Severity.WARNING
    last = actions[-1] if actions else None
    return context.finding(
        "C03",
        severity,
        facts,
        f"{short(node)}: {_words(resource, last, count)}" + ("; it runs" if runs else ""),
        _quotes(view, facts.name if facts else node, actions, count),
        remedy=f"mend the cause, then pcs resource cleanup {resource} (failcount reset alone leaves the entry)",
        subject=resource,
        caused_by=cause,
    )


def _refused_by_lock(action: FailedAction, lock: str | None) -> bool:
    """The agent's refusal to start; before 1.1.11 crm_mon has no reasons, then the lock itself tells (DOMAIN 1.4)."""
    if action.reason and action.reason != "none":
        return is_lock(action.reason)
    return lock is not None and action.operation == "start" and action.exit_code == 1


def _blocks(context: RegionContext, view: ClusterView, resource: str, node: str) -> bool:
    """Whether that resource is the database here, or its address."""
    endpoint = context.region.endpoint
    known = {context.resource} | ({endpoint.resource} if endpoint is not None and endpoint.resource else set())
    return resource in known and view.status.node(node) is not None


def _words(resource: str, last: FailedAction | None, count: FailCount | None) -> str:
    number = "" if count is None else f"fail count {'INFINITY' if count.infinite else count.count}"
    if last is None:
        return f"{resource} {number}"
    explained = meaning(last.reason, last.exit_code, last.status) or last.reason or last.exit_text
    return f"{resource} {last.operation} failed{f' ({number})' if number else ''}: {explained}"


def _quotes(view: ClusterView, host: str, actions: list[FailedAction], count: FailCount | None) -> tuple[Evidence, ...]:
    quotes = []
    if count is not None:
        threshold = "" if count.migration_threshold is None else f", migration-threshold {count.migration_threshold}"
        value = f"{'INFINITY' if count.infinite else count.count}{threshold}"
        quotes.append(view.quote(f"fail count of {count.resource}", value, host))
    for action in actions:
        code = "" if action.exit_code is None else f" ({action.exit_code})"
        reason = f": {one_line(action.reason, 200)}" if action.reason and action.reason != "none" else ""
        at = f" at {action.at}" if action.at else ""
        quotes.append(view.quote(f"failed {action.operation}", f"{action.exit_text}{code}{reason}{at}", host))
    return tuple(quotes)
