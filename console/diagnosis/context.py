"""What every check gets to see: one region, its pair's roles, and the cluster's word with whose word it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import one_line, short
from console.facts.agent import agent_state
from console.facts.cluster import AgentState, ClusterConfiguration, ClusterStatus, of_node
from console.facts.host import HostFacts
from console.facts.lag import PairLag, arithmetic_of, lag_of, names_of
from console.facts.lsn import WalArithmetic
from console.facts.observed import Observed
from console.facts.roles import PairRoles, Role, pair_roles
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Host, Region, RegionKind, Thresholds

DEFAULT_RESOURCE = "postgresql"


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One node's view of the cluster. `witness` is the host that has it."""

    witness: HostFacts
    status: ClusterStatus
    observed: Observed[ClusterStatus]

    def quote(self, fact: str, value: object, host: str | None = None) -> Evidence:
        """Quote something of this view, saying whose view it is."""
        source = f"{self.observed.source or 'crm_mon'} on {short(self.witness.name)}"
        return Evidence(fact, str(value), source, host or self.witness.name, self.observed.observed_at)


@dataclass(frozen=True, slots=True)
class AgentView:
    """The pgsql agent's attributes for one node, and the view that they were read from (None: only the CIB had them).

    Attributes carry no time of their own: they say what was last written (DOMAIN 0.3).
    """

    state: AgentState
    view: ClusterView | None


@dataclass(frozen=True)
class RegionContext:
    """One region at one moment. `snapshot` is already `.current()`: of unreachable hosts nothing is known.

    `previous` is an earlier snapshot, for trends; None on a single look.
    """

    snapshot: Snapshot
    region: Region
    roles: PairRoles
    now: datetime
    previous: Snapshot | None = None

    @property
    def hosts(self) -> tuple[HostFacts, HostFacts]:
        """The pair's facts, the normal primary first."""
        return self.roles.hosts

    @property
    def thresholds(self) -> Thresholds:
        """The fleet's limits."""
        return self.snapshot.fleet.thresholds

    @property
    def pacemaker(self) -> bool:
        """Whether a cluster runs this region."""
        return self.region.kind is RegionKind.PACEMAKER

    @property
    def resource(self) -> str:
        """The pgsql resource's id, R of DOMAIN 1.1."""
        return self.region.cluster.resource if self.region.cluster else DEFAULT_RESOURCE

    @cached_property
    def arithmetic(self) -> WalArithmetic:
        """The pair's WAL arithmetic."""
        return arithmetic_of(*self.hosts)

    @cached_property
    def lag(self) -> PairLag:
        """The pair's lag."""
        return lag_of(self.roles, self.previous)

    def host(self, facts: HostFacts) -> Host:
        """The inventory's entry of one of the two."""
        first, second = self.region.databases
        return first if facts.name == first.name else second

    def role(self, facts: HostFacts) -> Role:
        """The role of one of the two."""
        return self.roles.role(facts)

    def other(self, facts: HostFacts) -> HostFacts:
        """The pair's other host."""
        return self.roles.other(facts)

    def before(self, facts: HostFacts) -> HostFacts | None:
        """The same host in the earlier snapshot."""
        return self.previous.hosts.get(facts.name) if self.previous is not None else None

    def names(self, facts: HostFacts) -> tuple[str, ...]:
        """What the host may be called in pg_stat_replication."""
        return names_of(self.region, facts)

    def by_node(self, node: str) -> HostFacts | None:
        """The pair's host with this cluster node name (case-folded, DOMAIN 1.1)."""
        wanted = node.casefold()
        return next((facts for facts in self.hosts if self.host(facts).node.casefold() == wanted), None)

    def view_of(self, facts: HostFacts) -> ClusterView | None:
        """The cluster as this host sees it; None when it could not be asked."""
        return next((view for view in self.views if view.witness is facts), None)

    @cached_property
    def views(self) -> tuple[ClusterView, ...]:
        """Every view that is known, best first: quorate, itself online, the DC's own."""
        found = [
            ClusterView(facts, facts.cluster.value, facts.cluster)
            for facts in self.hosts
            if facts.cluster.value is not None
        ]
        return tuple(sorted(found, key=self._rank)) if len(found) > 1 else tuple(found)

    @property
    def view(self) -> ClusterView | None:
        """The best view of the cluster; None when no node could be asked."""
        return self.views[0] if self.views else None

    def _rank(self, view: ClusterView) -> tuple[bool, bool, bool]:
        node = self.host(view.witness).node
        own = view.status.node(node)
        dc = view.status.dc is not None and view.status.dc.casefold() == node.casefold()
        return view.status.quorum is False, own is None or not own.state.is_online, not dc

    @cached_property
    def cib(self) -> Observed[ClusterConfiguration]:
        """The cluster's configuration, from the best witness that has it."""
        for view in self.views:
            if view.witness.cluster_configuration.known:
                return view.witness.cluster_configuration
        known = (facts.cluster_configuration for facts in self.hosts)
        return next((observed for observed in known if observed.known), self.hosts[0].cluster_configuration)

    @cached_property
    def _agents(self) -> tuple[AgentView | None, AgentView | None]:
        first, second = self.hosts
        return self._read_agent(first), self._read_agent(second)

    def agent(self, facts: HostFacts) -> AgentView | None:
        """The agent's attributes for this host's node, best view first; None when nobody tells.

        crm_mon prints none of an offline node; its lasting data-status comes from the CIB then (DOMAIN 0.4).
        """
        return self._agents[0 if facts.name == self.hosts[0].name else 1]

    def _read_agent(self, facts: HostFacts) -> AgentView | None:
        node = self.host(facts).node
        for view in self.views:
            state = agent_state(view.status, node, self.resource)
            if any((state.status, state.data_status, state.master_score, state.baseline)):
                return AgentView(state, view)
        lasting = self._lasting(node)
        data_status = lasting.get(f"{self.resource}-data-status")
        if data_status is None:
            return None
        return AgentView(AgentState(node, None, data_status, None, None, None, None), None)

    def _lasting(self, node: str) -> dict[str, str]:
        cib = self.cib.value
        return of_node(cib.node_attributes, node) if cib is not None else {}

    @property
    def rep_mode(self) -> str | None:
        """The agent's rep_mode, "async" or "sync"; None when the configuration could not be read (DOMAIN 1.2)."""
        cib = self.cib.value
        return cib.parameters.get(self.resource, {}).get("rep_mode") if cib is not None else None

    def finding(
        self,
        code: str,
        severity: Severity,
        facts: HostFacts | None,
        summary: str,
        evidence: tuple[Evidence, ...] = (),
        *,
        remedy: str = "",
        details: dict[str, object] | None = None,
        subject: str = "",
        caused_by: str | None = None,
    ) -> Finding:
        """A finding of this region, about one of its hosts or (None) about the pair. The summary becomes one line."""
        host = facts.name if facts is not None else None
        line = one_line(summary)
        return Finding(
            code, severity, self.region.name, host, line, evidence, remedy, details or {}, subject, caused_by
        )


def region_context(snapshot: Snapshot, region: Region, previous: Snapshot | None = None) -> RegionContext:
    """The context of one region. `snapshot` must be `.current()` already (once for the fleet, not once a region)."""
    return RegionContext(snapshot, region, pair_roles(snapshot, region), snapshot.at, previous)
