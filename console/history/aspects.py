"""What a region is at a moment, as values that can be compared: only what is known; each with words for a person.

What cannot be looked at has no aspect: so nothing that becomes unknown is ever told as changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.finding import Severity
from console.diagnosis.words import duration, short
from console.facts.client import ClientAnswer, ClientView
from console.facts.cluster import NodeState
from console.facts.host import HostFacts
from console.facts.lag import PairLag, row_of
from console.facts.roles import Role
from console.facts.snapshot import Snapshot
from console.history.change import ChangeKind
from console.inventory.fleet import Host, ManagedBy, Region, Threshold
from console.report.words import size
from console.transport.protocol import FailureKind

_CALM = 0.8
"""A lag counts as over a limit until it is below this share of it: a lag that dances around it is told once."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """`key` says what it is of, `value` what it is now; `words` tell the value as news, `name` is the value in a word
    or two ("was …"), empty where the words say enough. `severity` is how bad it is.
    """

    key: str
    value: Hashable
    kind: ChangeKind
    region: str
    host: str | None
    words: str
    name: str = ""
    severity: Severity | None = None


Aspects = Mapping[str, Aspect]
"""By key."""


def region_aspects(snapshot: Snapshot, region: Region, before: Aspects, previous: Snapshot | None) -> dict[str, Aspect]:
    """What is known of a region. `before`: what was known of it last, for limits that are left later than entered.

    `snapshot` must be `.current()`: what an unreachable host said earlier is no longer known. `previous` is one of
    some seconds earlier: it bounds a lag's seconds.
    """
    context = region_context(snapshot, region, previous)
    found = [
        *_reached(context),
        *_roles(context),
        *_timelines(context, before),
        *_streaming(context),
        *_lag(context, before),
        *_cluster(context),
        *_endpoint(context),
        *_lease(context),
    ]
    return {aspect.key: aspect for aspect in found}


def _aspect(
    context: RegionContext,
    kind: ChangeKind,
    host: str | None,
    value: Hashable,
    words: str,
    name: str = "",
    severity: Severity | None = None,
    *,
    what: str = "",
) -> Aspect:
    key = f"{kind.value}:{context.region.name}:{host or ''}:{what}"
    return Aspect(key, value, kind, context.region.name, host, words, name, severity)


def _reached(context: RegionContext) -> Iterator[Aspect]:
    for host in context.region.hosts:
        facts = context.snapshot.facts(host)
        failure = facts.reach.failure
        if facts.reach.reachable:
            yield _aspect(context, ChangeKind.REACH, host.name, True, f"{short(host.name)} answers again")
        elif failure is not None and failure.kind is not FailureKind.NOT_ASKED:
            words = f"{short(host.name)} does not answer: {failure.message}"
            yield _aspect(context, ChangeKind.REACH, host.name, False, words, severity=Severity.CRITICAL)


def _roles(context: RegionContext) -> Iterator[Aspect]:
    for facts, verdict in zip(context.hosts, context.roles.verdicts, strict=True):
        role = verdict.role
        if role is Role.UNKNOWN:
            continue
        words = f"{short(facts.name)} is {role.value}"
        severity = Severity.WARNING if role in {Role.STOPPED, Role.STARTING} else None
        yield _aspect(context, ChangeKind.ROLE, facts.name, role, words, role.value, severity)


def _timelines(context: RegionContext, before: Aspects) -> Iterator[Aspect]:
    """A standby that reconnects names its last checkpoint's timeline for a moment: only a higher one is a switch."""
    for facts in context.hosts:
        timeline = _timeline(facts)
        if timeline is None:
            continue
        words = f"{short(facts.name)} is on timeline {timeline}"
        aspect = _aspect(context, ChangeKind.TIMELINE, facts.name, timeline, words, str(timeline))
        known = before.get(aspect.key)
        higher = isinstance(known.value, int) and known.value > timeline if known is not None else False
        yield known if higher and known is not None else aspect


def _timeline(facts: HostFacts) -> int | None:
    if facts.sql.value is not None and facts.sql.value.timeline is not None:
        return facts.sql.value.timeline
    return facts.control.value.timeline if facts.control.value is not None else None


def _streaming(context: RegionContext) -> Iterator[Aspect]:
    """By the primary's own word (pg_stat_replication); where that has no states to see, nothing is said."""
    primary = context.roles.primary
    status = primary.sql.value if primary is not None else None
    if primary is None or status is None:
        return
    standby = context.other(primary)
    row = row_of(status, context.names(standby))
    if row is not None and row.state is None:
        return
    streams = row is not None and row.state == "streaming"
    verb = "streams" if streams else "does not stream"
    words = f"{short(standby.name)} {verb} from {short(primary.name)}"
    severity = None if streams else Severity.WARNING
    yield _aspect(context, ChangeKind.STREAMING, standby.name, streams, words, severity=severity)


def _lag(context: RegionContext, before: Aspects) -> Iterator[Aspect]:
    """A negative distance is no lag but another history, which findings tell."""
    lag = context.lag
    if lag.bytes is None or lag.bytes < 0:
        return
    known = before.get(f"{ChangeKind.LAG.value}:{context.region.name}::")
    last = known.value if known is not None and isinstance(known.value, int) else 0
    limits = context.thresholds
    level = max(_level(lag.bytes, limits.lag_bytes, last), _level(lag.seconds, limits.lag_seconds, last))
    if level < last and lag.seconds is None:
        return  # it may still be as many seconds behind as before
    severity = (None, Severity.WARNING, Severity.CRITICAL)[level]
    words = f"the standby is {_far(lag)} behind" if level else f"the standby has caught up: {_far(lag)} behind"
    yield _aspect(context, ChangeKind.LAG, None, level, words, severity=severity)


def _level(figure: float | None, limit: Threshold, last: int) -> int:
    """0, 1 (over the warning's limit) or 2 (over the critical one); left downwards only well below the limit."""
    if figure is None:
        return 0
    limits = (limit.warning, limit.critical)
    return sum(figure > bound * (_CALM if last > place else 1.0) for place, bound in enumerate(limits))


def _far(lag: PairLag) -> str:
    return size(lag.bytes) if lag.seconds is None else f"{size(lag.bytes)}, {duration(lag.seconds)}"


_BAD_NODES = {
    NodeState.OFFLINE: Severity.WARNING,
    NodeState.UNCLEAN_OFFLINE: Severity.CRITICAL,
    NodeState.UNCLEAN_ONLINE: Severity.CRITICAL,
    NodeState.UNCLEAN_PENDING: Severity.CRITICAL,
    NodeState.STANDBY_ON_FAIL: Severity.WARNING,
}


def _cluster(context: RegionContext) -> Iterator[Aspect]:
    view = context.view
    if view is None:
        return
    for node in view.status.nodes:
        if node.state is NodeState.UNKNOWN:
            continue
        facts = context.by_node(node.name)
        words = f"node {short(node.name)} is {node.state.value} for the cluster"
        name, bad = node.state.value, _BAD_NODES.get(node.state)
        host = facts.name if facts is not None else None
        yield _aspect(
            context, ChangeKind.CLUSTER, host, node.state, words, name, bad, what=f"node {node.name.casefold()}"
        )
    if view.status.quorum is not None:
        has = view.status.quorum
        words, bad = ("the cluster has quorum", None) if has else ("the cluster has no quorum", Severity.CRITICAL)
        yield _aspect(context, ChangeKind.CLUSTER, None, has, words, severity=bad, what="quorum")
    if view.status.maintenance_mode is not None:
        on = view.status.maintenance_mode
        words = f"the cluster is {'in' if on else 'out of'} maintenance mode"
        bad = Severity.WARNING if on else None
        yield _aspect(context, ChangeKind.CLUSTER, None, on, words, severity=bad, what="maintenance")


def _endpoint(context: RegionContext) -> Iterator[Aspect]:
    endpoint = context.region.endpoint
    if endpoint is None:
        return
    resolved = context.snapshot.endpoint_resolution.get(context.region.name)
    if resolved is not None and resolved.value is not None:
        addresses = ", ".join(sorted(resolved.value)) or "no address"
        words = f"{short(endpoint.name)} leads to {addresses}"
        yield _aspect(context, ChangeKind.ENDPOINT, None, addresses, words, addresses, what="dns")
    if endpoint.managed_by is ManagedBy.CLUSTER:
        yield from _holder(context, endpoint.addresses)
    seen = context.snapshot.endpoints.get(context.region.name)
    for view in seen.value or () if seen is not None else ():
        yield _answer(context, view, one=len(endpoint.addresses) == 1)


def _holder(context: RegionContext, addresses: tuple[str, ...]) -> Iterator[Aspect]:
    """The hosts whose kernel has the address; that nobody has it is known only where both were asked."""
    holders = [facts.name for facts in context.hosts if set(addresses) & set(facts.addresses.value or ())]
    if not holders and not all(facts.addresses.known for facts in context.hosts):
        return
    names = " and ".join(map(short, holders)) or "nobody"
    severity = None if len(holders) == 1 else Severity.CRITICAL
    words = f"{', '.join(addresses)} is held by {names}"
    yield _aspect(context, ChangeKind.ENDPOINT, None, tuple(holders), words, names, severity, what="holder")


def _answer(context: RegionContext, view: ClientView, *, one: bool) -> Aspect:
    """`one`: the endpoint has no other address, so that one which does not let clients write is trouble."""
    silent = view.answer is ClientAnswer.NO_ANSWER
    name = f"no answer ({view.tcp.value})" if silent else view.answer.value
    severity = Severity.WARNING if one and not view.accepts_writes else None
    words = f"a client at {view.address} finds: {name}"
    return _aspect(context, ChangeKind.ENDPOINT, None, name, words, name, severity, what=f"answer {view.address}")


def _lease(context: RegionContext) -> Iterator[Aspect]:
    leases = [facts.traces.value.lease for facts in context.hosts if facts.traces.value is not None]
    held = next((lease for lease in leases if lease is not None), None)
    if held is not None:
        name = f"{held.run} of {held.owner}"
        words = f"run {held.run} ({held.runbook}) of {held.owner} holds the pair: {held.reason or 'no reason given'}"
        yield _aspect(context, ChangeKind.RUN, None, held.run, words, name, Severity.INFO)
    elif len(leases) == len(context.hosts):
        yield _aspect(context, ChangeKind.RUN, None, "", "no run holds the pair any more", "nobody")


def slow_sections_seen(snapshot: Snapshot, host: Host) -> bool:
    """Whether everything of a host has been asked once: until then what is found is not news, only not yet seen."""
    facts = snapshot.facts(host)
    return facts.reach.failure is not None or facts.disks.observed_at is not None
