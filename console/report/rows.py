"""The figures that every report prints, read once from the snapshot: one row a region, one a host.

None is unknown everywhere; what an unreachable host once said is unknown too (`Snapshot.current`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from console.diagnosis.status import region_status
from console.facts.agent import agent_state
from console.facts.client import ClientView
from console.facts.cluster import AgentState
from console.facts.host import HostFacts
from console.facts.lag import PairLag, lag_of
from console.facts.lsn import Lsn
from console.facts.observed import Observed
from console.facts.postgresql import ControlData, SqlStatus
from console.facts.roles import PairRoles, Role, RoleVerdict, pair_roles
from console.facts.snapshot import Snapshot
from console.facts.ui import UiStatus
from console.inventory.fleet import Endpoint, Host, HostKind, Region
from console.report.result import CheckResult

UI_ROLE = "ui"


@dataclass(frozen=True)
class HostRow:
    """A host. `role` is one of roles.Role's words, or "ui"; `witness` whose word that is.

    `observed_at`: when it last answered (UTC). `agent`: the pgsql agent's attributes, from this node's view of the
    cluster, else from its peer's.
    """

    host: Host
    facts: HostFacts
    role: str
    witness: str
    agent: AgentState | None

    @property
    def name(self) -> str:
        """Its inventory name."""
        return self.host.name

    @property
    def database(self) -> bool:
        """Whether it is a database host."""
        return self.host.kind is HostKind.DATABASE

    @property
    def reachable(self) -> bool | None:
        """True: answered; False: did not; None: never asked."""
        return self.facts.reach.reachable

    @property
    def observed_at(self) -> datetime | None:
        """When it last answered."""
        return self.facts.reach.answered_at

    @property
    def failure(self) -> str | None:
        """Why it could not be asked."""
        return self.facts.reach.failure.message if self.facts.reach.failure else None

    @property
    def sql(self) -> SqlStatus | None:
        """What its server says of itself."""
        return self.facts.sql.value

    @property
    def control(self) -> ControlData | None:
        """Its control file."""
        return self.facts.control.value

    @property
    def ui(self) -> UiStatus | None:
        """What it says as a UI appliance."""
        return self.facts.ui.value

    @property
    def client(self) -> ClientView | None:
        """What a client meets there."""
        return self.facts.client.value

    @property
    def current(self) -> Lsn | None:
        """A primary's write position."""
        return self.sql.current if self.sql else None

    @property
    def received(self) -> Lsn | None:
        """A standby's receive position."""
        return self.sql.received if self.sql else None

    @property
    def replayed(self) -> Lsn | None:
        """A standby's replay position."""
        return self.sql.replayed if self.sql else None

    @property
    def timeline(self) -> int | None:
        """The timeline by SQL, else by pg_controldata."""
        by_sql = self.sql.timeline if self.sql else None
        return by_sql if by_sql is not None or self.control is None else self.control.timeline

    @property
    def system_identifier(self) -> str | None:
        """The system identifier by SQL, else by pg_controldata."""
        by_sql = self.sql.system_identifier if self.sql else None
        return by_sql or (self.control.system_identifier if self.control else None)

    @property
    def version(self) -> str | None:
        """The server's version by SQL, else that of its data directory."""
        data = self.facts.data.value
        found = self.sql.version if self.sql else (data.version if data else None)
        return str(found) if found else None

    @property
    def lock_present(self) -> bool | None:
        """Whether PGSQL.lock is there."""
        data = self.facts.data.value
        return None if data is None else data.lock is not None

    @property
    def archive_ready(self) -> int | None:
        """WAL files waiting to be archived."""
        return self.facts.archive_queue.value.ready if self.facts.archive_queue.value else None

    @property
    def clock_skew(self) -> float | None:
        """Seconds that its clock is ahead of the console's."""
        return self.facts.clock.value.skew if self.facts.clock.value else None


@dataclass(frozen=True)
class EndpointRow:
    """A database endpoint: what clients meet at each address, and what its name resolves to here."""

    endpoint: Endpoint
    views: Observed[tuple[ClientView, ...]]
    resolved: Observed[tuple[str, ...]]


@dataclass(frozen=True)
class RegionRow:
    """A region: `status` is the word for its own findings; `primary` and `standby` only where there is exactly one."""

    region: Region
    status: str
    roles: PairRoles
    lag: PairLag
    endpoint: EndpointRow | None
    hosts: tuple[HostRow, ...]

    @property
    def name(self) -> str:
        """Its inventory name."""
        return self.region.name

    @property
    def primary(self) -> str | None:
        """The one primary's name."""
        return self.roles.primary.name if self.roles.primary else None

    @property
    def standby(self) -> str | None:
        """The one standby's name."""
        return self.roles.standby.name if self.roles.standby else None

    @property
    def backlog(self) -> int | None:
        """Rows that rubyrep has still to replicate, as a client of the primary counts them."""
        view = self.roles.primary.client.value if self.roles.primary else None
        return view.backlog if view else None


def region_rows(result: CheckResult) -> tuple[RegionRow, ...]:
    """Every region of the result's fleet, in inventory order."""
    snapshot = result.snapshot.current()
    return tuple(_region_row(snapshot, region, result) for region in snapshot.fleet.regions)


def host_rows(rows: Iterable[RegionRow]) -> tuple[HostRow, ...]:
    """Every host of these regions."""
    return tuple(host for row in rows for host in row.hosts)


def _region_row(snapshot: Snapshot, region: Region, result: CheckResult) -> RegionRow:
    roles = pair_roles(snapshot, region)
    databases = [
        _host_row(snapshot, region, host, verdict)
        for host, verdict in zip(region.databases, roles.verdicts, strict=True)
    ]
    uis = [HostRow(host, snapshot.facts(host), UI_ROLE, "", None) for host in region.uis]
    status = region_status(result.findings, region.name).value
    endpoint = _endpoint_row(snapshot, region)
    return RegionRow(region, status, roles, lag_of(roles), endpoint, (*databases, *uis))


def _host_row(snapshot: Snapshot, region: Region, host: Host, verdict: RoleVerdict) -> HostRow:
    return HostRow(host, snapshot.facts(host), verdict.role.value, verdict.witness, _agent(snapshot, region, host))


def _agent(snapshot: Snapshot, region: Region, host: Host) -> AgentState | None:
    """The attributes of `host`'s node; None where no view of the cluster prints any of them."""
    if region.cluster is None:
        return None
    views = [snapshot.facts(host), *snapshot.pair(region)]
    for view in views:
        state = agent_state(view.cluster.value, host.node, region.cluster.resource) if view.cluster.value else None
        if state is not None and (state.status, state.data_status, state.master_score) != (None, None, None):
            return state
    return None


def _endpoint_row(snapshot: Snapshot, region: Region) -> EndpointRow | None:
    if region.endpoint is None:
        return None
    views = snapshot.endpoints.get(region.name, Observed())
    return EndpointRow(region.endpoint, views, snapshot.endpoint_resolution.get(region.name, Observed()))


def is_role(row: HostRow, role: Role) -> bool:
    """Whether a database host plays `role`."""
    return row.database and row.role == role.value
