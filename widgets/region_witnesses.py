"""Where a pair's witnesses disagree, in words: PostgreSQL, Pacemaker by each node's view, its agent, the failover
scripts, the kernel's addresses, DNS, and what a client meets. Pure.

Only known words count: a witness that could not look says nothing, and does not disagree (DOMAIN 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from console.diagnosis.cluster_disagreement import server
from console.diagnosis.cluster_resource import live
from console.diagnosis.context import ClusterView, RegionContext
from console.diagnosis.endpoint import leads_to
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.lock_proof import system_identifier
from console.diagnosis.port_gate import Gate, gate
from console.diagnosis.vip import address_of
from console.diagnosis.words import short
from console.facts.agent import agent_state
from console.facts.client import ClientAnswer, ClientView
from console.facts.cluster import ResourceRole
from console.facts.host import HostFacts
from console.facts.lag import row_of
from console.facts.roles import Role
from console.inventory.fleet import ManagedBy
from widgets.region_figure import TONES, Figure, RegionPage, Row, Section, Tone, section

_SAME_MOMENT = 10.0
"""Seconds that two looks at one port may lie apart: in between it may have been opened or closed."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What `witness` says: `claim` is comparable, `words` are for people ("" where the claim says it)."""

    witness: str
    claim: str
    at: datetime | None = None
    words: str = ""

    @property
    def told(self) -> str:
        """ "psql says primary"."""
        return f"{self.witness} says {self.words or self.claim}"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that several witnesses are asked about. `advice` is whom to believe, `codes` the findings about it."""

    subject: str
    testimonies: tuple[Testimony, ...]
    advice: str
    codes: tuple[str, ...] = ()
    host: str | None = None

    @property
    def disagreed(self) -> bool:
        """Whether two of them contradict each other."""
        return any(one.claim != other.claim for one, other in pairwise(self.testimonies))


def disagreements(context: RegionContext, findings: Iterable[Finding]) -> tuple[str, ...]:
    """The same in a sentence each, for where there is little room: what diagnosis says first."""
    judged = [finding for finding in findings if finding.code == "C09" and finding.severity is not Severity.INFO]
    left = [each for each in questions(context) if each.disagreed and _about(judged, each) is None]
    return (*(finding.summary for finding in judged), *map(_contradiction, left))


def _contradiction(question: Question) -> str:
    """The first witness, and the first that contradicts it."""
    first, *others = question.testimonies
    other = next(each for each in others if each.claim != first.claim)
    return f"{question.subject}: {first.told}, {other.told}"


def witness_sections(page: RegionPage) -> tuple[Section, ...]:
    """Disagreements first, then what was compared and agrees."""
    asked = questions(page.context)
    rows = [_disagreement(page, question) for question in asked if question.disagreed]
    return section("witnesses", "Where witnesses disagree", [*rows, *_agreements(asked, none=not rows)])


def _disagreement(page: RegionPage, question: Question) -> Row:
    words = "; ".join(item.told for item in question.testimonies)
    oldest = min((item.at for item in question.testimonies if item.at is not None), default=None)
    finding = _about(page.findings, question)
    tone = TONES[finding.severity] if finding is not None else Tone.WARNING
    advice = question.advice + (f" ({finding.code}: {finding.summary})" if finding is not None else "")
    tone = Tone.WARNING if tone is Tone.INFO else tone
    key = finding.key if finding is not None else None
    return Row(question.subject, pair=Figure(words, tone, "", oldest, advice, finding=key))


def _about(findings: Iterable[Finding], question: Question) -> Finding | None:
    """The worst finding that judges this disagreement."""
    found = (item for item in findings if item.code in question.codes and item.host in {None, question.host})
    return next(found, None)


def _agreements(asked: tuple[Question, ...], *, none: bool) -> Iterator[Row]:
    agreed = [item for item in asked if not item.disagreed and len(item.testimonies) > 1]
    alone = [item for item in asked if len(item.testimonies) < 2]
    if agreed:
        words = ", ".join(f"{item.subject} ({len(item.testimonies)} witnesses)" for item in agreed)
        yield Row("agreed" if not none else "nowhere", pair=Figure(f"agreed: {words}" if none else words, Tone.FAINT))
    if alone:
        yield Row("not compared", pair=Figure(", ".join(map(_alone, alone)), Tone.UNKNOWN))


def _alone(question: Question) -> str:
    told = f"only {question.testimonies[0].told}" if question.testimonies else "no witness could look"
    return f"{question.subject}: {told}"


def questions(context: RegionContext) -> tuple[Question, ...]:
    """Everything that more than one witness can be asked about in this region."""
    asked: list[Question] = []
    for facts in context.hosts:
        asked.append(_role(context, facts))
    asked += [_primary(context), _identifiers(context)]
    if context.roles.primary is not None:
        asked.append(_streaming(context, context.roles.primary))
    for facts in context.hosts:
        asked.append(_port(context, facts) if not context.pacemaker else _node(context, facts))
    ahead = _ahead(context)
    return tuple([*asked, ahead] if ahead is not None else asked)


# --- which role a host plays -------------------------------------------------------------------------------------


def _role(context: RegionContext, facts: HostFacts) -> Question:
    advice = "Believe PostgreSQL and the client; attributes and roles of a cluster say what was last written."
    told = tuple(_role_testimonies(context, facts))
    return Question(f"role of {short(facts.name)}", told, advice, ("P02", "S04", "C09", "P01"), facts.name)


def _role_testimonies(context: RegionContext, facts: HostFacts) -> Iterator[Testimony]:
    real = server(facts)
    if real is not None:
        witness = "PostgreSQL" if facts.sql.value is not None else "ps"
        yield Testimony(witness, real[0], real[1].observed_at)
    yield from _client_role(facts)
    for view in context.views:
        yield from _cluster_role(context, facts, view)
    yield from _script_role(context, facts)


def _client_role(facts: HostFacts) -> Iterator[Testimony]:
    view = facts.client.value
    claims = {
        ClientAnswer.WRITABLE: ("primary", "primary (it could write)"),
        ClientAnswer.READ_ONLY: ("primary", "primary (read-only by a setting)"),
        ClientAnswer.IN_RECOVERY: ("standby", "standby (it could only read)"),
    }
    if view is not None and view.answer in claims:
        claim, words = claims[view.answer]
        yield Testimony("a client", claim, facts.client.observed_at, words)


def _cluster_role(context: RegionContext, facts: HostFacts, view: ClusterView) -> Iterator[Testimony]:
    """The resource's role and the agent's status on this node, in one node's view; nothing of an unclean node."""
    node = view.status.node(context.host(facts).node)
    if node is None or not node.state.is_online or node.state.unclean:
        return
    seen_by = f"seen by {short(view.witness.name)}"
    listed = [item for item in view.status.instances(context.resource) if item.node == node.name]
    if view.status.instances(context.resource) and not any(item.failed or item.pending for item in listed):
        instance = live(view, context.resource, node.name)
        names = {ResourceRole.PROMOTED: "primary", ResourceRole.UNPROMOTED: "standby"}
        claim = names.get(instance.role, "stopped") if instance is not None else "stopped"
        word = instance.role.value if instance is not None else "Stopped"
        yield Testimony(f"Pacemaker ({seen_by})", claim, view.observed.observed_at, word)
    status = agent_state(view.status, node.name, context.resource).status
    if status is not None and (status == "PRI" or status.startswith("HS:")):
        claim = "primary" if status == "PRI" else "standby"
        yield Testimony(f"the agent ({seen_by})", claim, view.observed.observed_at, status)


def _script_role(context: RegionContext, facts: HostFacts) -> Iterator[Testimony]:
    """The scripts' role test is whether recovery.conf exists (DOMAIN 6.1); of a stopped server it claims nothing."""
    data, processes = facts.data.value, facts.processes.value
    if context.pacemaker or data is None or processes is None or not processes.running:
        return
    claim = "standby" if data.standby_configured else "primary"
    there = "there is a recovery.conf" if data.standby_configured else "no recovery.conf"
    yield Testimony("the scripts' test", claim, facts.data.observed_at, f"{claim} ({there})")


# --- who the primary is ------------------------------------------------------------------------------------------


def _primary(context: RegionContext) -> Question:
    advice = "Clients follow the address and the name: where they lead elsewhere, writes fail or go to the wrong host."
    told = (*_by_servers(context), *_by_views(context), *_by_address(context), *_by_name(context))
    return Question("who is the primary", told, advice, ("P02", "C06", "S09", "C09"))


def _by_servers(context: RegionContext) -> Iterator[Testimony]:
    known = [facts for facts in context.hosts if context.role(facts) is not Role.UNKNOWN]
    if not known:
        return
    primaries = [short(facts.name) for facts in known if context.role(facts) is Role.PRIMARY]
    if primaries or len(known) == 2:
        oldest = min((facts.reach.answered_at for facts in known if facts.reach.answered_at), default=None)
        yield Testimony("PostgreSQL", " and ".join(primaries) or "nobody", oldest)


def _by_views(context: RegionContext) -> Iterator[Testimony]:
    for view in context.views:
        nodes = [
            item.node
            for item in view.status.instances(context.resource)
            if item.role is ResourceRole.PROMOTED and item.node is not None and not item.unclean
        ]
        hosts = [found for node in nodes if (found := context.by_node(node)) is not None]
        claim = " and ".join(sorted(short(host.name) for host in hosts)) or "nobody"
        yield Testimony(f"Pacemaker (seen by {short(view.witness.name)})", claim, view.observed.observed_at)


def _by_address(context: RegionContext) -> Iterator[Testimony]:
    """Where the kernels have the cluster's address."""
    endpoint = context.region.endpoint
    if endpoint is None or endpoint.managed_by is not ManagedBy.CLUSTER or not endpoint.addresses:
        return
    known = [facts for facts in context.hosts if facts.addresses.value is not None]
    holders = [short(facts.name) for facts in known if address_of(context) in (facts.addresses.value or ())]
    if holders or len(known) == 2:
        oldest = min((facts.addresses.observed_at for facts in known if facts.addresses.observed_at), default=None)
        yield Testimony("the VIP", " and ".join(holders) or "nobody", oldest)


def _by_name(context: RegionContext) -> Iterator[Testimony]:
    """Where DNS leads clients, and which server answered as writable at the endpoint."""
    endpoint, region = context.region.endpoint, context.region
    if endpoint is None:
        return
    resolved = context.snapshot.endpoint_resolution.get(region.name)
    if endpoint.managed_by is ManagedBy.DNS and resolved is not None and resolved.value:
        led = [short(f.name) for f in context.hosts if set(resolved.value) & set(leads_to(region, endpoint, f.name))]
        yield Testimony("DNS", " and ".join(led) or "another host", resolved.observed_at)
    seen = context.snapshot.endpoints.get(region.name)
    for view in seen.value if seen is not None and seen.value is not None else ():
        found = _answering(context, view)
        if found is not None and seen is not None:
            yield Testimony(f"a client at {view.address}", short(found.name), seen.observed_at)


def _answering(context: RegionContext, view: ClientView) -> HostFacts | None:
    """The host whose server a client could write to, by the address that the server tells, or that the host has."""
    if not view.accepts_writes:
        return None
    told = {view.address, view.server_address}
    endpoint = context.region.endpoint
    shared = set(endpoint.addresses) if endpoint is not None and endpoint.managed_by is ManagedBy.CLUSTER else set()
    for facts in context.hosts:
        own = {context.host(facts).address, *(facts.addresses.value or ())}
        if endpoint is not None and endpoint.managed_by is ManagedBy.DNS:
            own |= set(leads_to(context.region, endpoint, facts.name))
        if told & (own - shared) or (told & shared & set(facts.addresses.value or ())):
            return facts
    return None


# --- whether the standby streams ---------------------------------------------------------------------------------


def _streaming(context: RegionContext, primary: HostFacts) -> Question:
    advice = "Believe pg_stat_replication and the walreceiver before any rebuild: DISCONNECT may only be a name (F3)."
    told = tuple(_stream_testimonies(context, primary))
    host = context.other(primary).name
    return Question("whether the standby streams", told, advice, ("C09", "C01", "P03"), host)


def _stream_testimonies(context: RegionContext, primary: HostFacts) -> Iterator[Testimony]:
    standby = context.other(primary)
    status, processes = primary.sql.value, standby.processes.value
    if status is not None:
        row = row_of(status, context.names(standby))
        state = row.state or "hidden" if row is not None else "no row"
        witness = f"pg_stat_replication on {short(primary.name)}"
        yield Testimony(witness, _yes(state == "streaming"), primary.sql.observed_at, state)
    if processes is not None:
        receiver = processes.walreceiver
        words = f"walreceiver {receiver.state}".strip() if receiver is not None else "no walreceiver"
        at = standby.processes.observed_at
        yield Testimony(f"ps on {short(standby.name)}", _yes(receiver is not None), at, words)
    agent = context.agent(standby)
    if agent is not None and agent.state.data_status and agent.view is not None:
        data_status = agent.state.data_status
        claim = _yes(data_status.startswith("STREAMING"))
        yield Testimony("the agent's data-status", claim, agent.view.observed.observed_at, data_status)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


# --- the rest ----------------------------------------------------------------------------------------------------


def _identifiers(context: RegionContext) -> Question:
    """Two hosts are two witnesses of one database."""
    told = tuple(
        Testimony(short(facts.name), identifier, facts.control.observed_at)
        for facts in context.hosts
        if (identifier := system_identifier(facts)) is not None
    )
    advice = "They are not copies of one database: one of them must be rebuilt, and P07 says what to look at first."
    return Question("which database it is", told, advice, ("P07",))


def _node(context: RegionContext, facts: HostFacts) -> Question:
    """How each node's view has this node."""
    node = context.host(facts).node
    told: list[Testimony] = []
    for view in context.views:
        seen = view.status.node(node)
        if seen is not None:
            claim = "online" if seen.state.is_online and not seen.state.unclean else "not online"
            told.append(Testimony(short(view.witness.name), claim, view.observed.observed_at, seen.state.value))
    advice = "Where each calls the other offline the network between them is cut: neither may be promoted by hand."
    return Question(f"state of node {short(facts.name)}", tuple(told), advice, ("C09", "C04", "C05"), facts.name)


def _port(context: RegionContext, facts: HostFacts) -> Question:
    """The host's word about its port (sockets and firewall) against what a client met."""
    settings = context.host(facts).postgresql
    found = gate(facts, settings.port if settings is not None else 5432)
    told: list[Testimony] = []
    if found.client is not None:
        told.append(Testimony("a client", _open(found.client), facts.client.observed_at))
    said = _host_says_open(facts, found)
    if said is not None:
        words = f"{_open(said)} (sockets and firewall)"
        told.append(Testimony("the host", _open(said), facts.firewall.observed_at, words))
    advice = "A filter lies between, or the rules are not what they seem: the traffic manager looks at the port alone."
    return Question(f"port of {short(facts.name)}", tuple(told), advice, ("S04", "S05"), facts.name)


def _host_says_open(facts: HostFacts, found: Gate) -> bool | None:
    """What the host says of the moment at which the client looked; None where its word is of another moment."""
    processes, client = facts.processes.value, facts.client.observed_at
    if processes is not None and not processes.running:
        return False
    looked = [item.observed_at for item in (facts.listeners, facts.firewall) if item.known]
    apart = [abs((client - at).total_seconds()) for at in looked if client is not None and at is not None]
    return found.host_says_open if max(apart, default=0.0) <= _SAME_MOMENT else None


def _open(value: bool) -> str:
    return "open" if value else "closed"


def _ahead(context: RegionContext) -> Question | None:
    """A standby that has certainly replayed past its primary: streaming, and yet another history (DOMAIN 0.1)."""
    lag = context.lag
    primary = context.roles.primary
    if lag.bytes is None or lag.bytes >= 0 or primary is None:
        return None
    told = (
        Testimony(short(primary.name), "primary", primary.sql.observed_at, f"it has written up to {lag.primary}"),
        Testimony(short(context.other(primary).name), "standby", None, f"it has replayed up to {lag.standby}"),
    )
    advice = "It streams and is diverged all the same: only a rebuild helps, and nothing may be promoted on it."
    return Question("how far the WAL goes", told, advice, ("P06", "P08"), context.other(primary).name)
