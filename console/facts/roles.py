"""Which role a database host plays, joined from its witnesses, once, for everyone who needs it (DOMAIN 0)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from console.facts.host import HostFacts
from console.facts.postgresql import ClusterState
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Region


class Role(StrEnum):
    """What a database host is now. `UNKNOWN`: could not look, or the witnesses do not settle it."""

    PRIMARY = "primary"
    STANDBY = "standby"
    STARTING = "starting"  # a server runs, but neither answers SQL nor shows a role
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RoleVerdict:
    """A role and the witness that settled it ("psql", "processes", "client", "pg_controldata")."""

    role: Role
    witness: str


def role_of(facts: HostFacts) -> RoleVerdict:
    """The role of one host: its own SQL first, then what a client meets, then processes.

    recovery.conf's presence, attributes and "in production" never make a primary by themselves (DOMAIN 0.3, 0.6, 0.7).
    """
    if facts.reach.failure is None and facts.sql.value is not None:
        return RoleVerdict(Role.STANDBY if facts.sql.value.in_recovery else Role.PRIMARY, "psql")
    by_client = _by_client(facts)
    if by_client is not None:
        return by_client
    if facts.reach.failure is not None or facts.processes.value is None:
        return RoleVerdict(Role.UNKNOWN, "")
    return _by_processes(facts)


def _by_client(facts: HostFacts) -> RoleVerdict | None:
    view = facts.client.value
    if view is None:
        return None
    roles = {"writable": Role.PRIMARY, "read-only": Role.PRIMARY, "in-recovery": Role.STANDBY}
    role = roles.get(view.answer.value)
    return RoleVerdict(role, "client") if role else None


def _by_processes(facts: HostFacts) -> RoleVerdict:
    processes = facts.processes.value
    assert processes is not None
    if not processes.running:
        return RoleVerdict(Role.STOPPED, "processes")
    if processes.walreceiver is not None or processes.startup is not None:
        return RoleVerdict(Role.STANDBY, "processes")
    state = facts.control.value.state if facts.control.value else None
    if state is ClusterState.IN_PRODUCTION and processes.standby_senders:
        return RoleVerdict(Role.PRIMARY, "processes")
    return RoleVerdict(Role.STARTING, "processes")


@dataclass(frozen=True)
class PairRoles:
    """The roles of a region's pair. `primary`/`standby` only where exactly one host plays it."""

    region: Region
    verdicts: tuple[RoleVerdict, RoleVerdict]
    hosts: tuple[HostFacts, HostFacts]

    def playing(self, role: Role) -> tuple[HostFacts, ...]:
        """Hosts that play `role`, inventory order."""
        return tuple(host for host, verdict in zip(self.hosts, self.verdicts, strict=True) if verdict.role is role)

    @cached_property
    def primary(self) -> HostFacts | None:
        """The one primary; None with none or two."""
        found = self.playing(Role.PRIMARY)
        return found[0] if len(found) == 1 else None

    @cached_property
    def standby(self) -> HostFacts | None:
        """The one standby; None with none or two."""
        found = self.playing(Role.STANDBY)
        return found[0] if len(found) == 1 else None

    def other(self, host: HostFacts) -> HostFacts:
        """The pair's other host."""
        first, second = self.hosts
        return second if host.name == first.name else first

    def role(self, host: HostFacts) -> Role:
        """The role of one of the two."""
        return self.verdicts[0 if host.name == self.hosts[0].name else 1].role


def pair_roles(snapshot: Snapshot, region: Region) -> PairRoles:
    """The roles of a region's two database hosts."""
    hosts = snapshot.pair(region)
    first, second = hosts
    return PairRoles(region, (role_of(first), role_of(second)), hosts)
