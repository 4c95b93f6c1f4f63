"""What Pacemaker says (crm_mon, the CIB), and the pgsql agent's attributes in it (DOMAIN 1, 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from console.facts.lsn import Lsn

INFINITY = 1_000_000


class NodeState(StrEnum):
    """State words of crm_mon's node lines (DOMAIN 2.1)."""

    ONLINE = "online"
    OFFLINE = "offline"
    STANDBY = "standby"
    STANDBY_ON_FAIL = "standby (on-fail)"
    OFFLINE_STANDBY = "offline (standby)"
    MAINTENANCE = "maintenance"
    OFFLINE_MAINTENANCE = "offline (maintenance)"
    PENDING = "pending"
    UNCLEAN_ONLINE = "unclean (online)"
    UNCLEAN_PENDING = "unclean (pending)"
    UNCLEAN_OFFLINE = "unclean (offline)"
    UNKNOWN = "unknown"

    @property
    def unclean(self) -> bool:
        """Whether the cluster waits for this node to be fenced."""
        return self.value.startswith("unclean")

    @property
    def is_online(self) -> bool:
        """Whether the node is a member now; attributes of others are not printed (DOMAIN 0.4)."""
        return self in {
            NodeState.ONLINE,
            NodeState.STANDBY,
            NodeState.STANDBY_ON_FAIL,
            NodeState.MAINTENANCE,
            NodeState.UNCLEAN_ONLINE,
        }


@dataclass(frozen=True, slots=True)
class Node:
    """A cluster node as one witness sees it."""

    name: str
    state: NodeState
    dc: bool = False


class ResourceRole(StrEnum):
    """Roles in today's words; Master/Slave of older versions are Promoted/Unpromoted."""

    PROMOTED = "Promoted"
    UNPROMOTED = "Unpromoted"
    STARTED = "Started"
    STOPPED = "Stopped"
    STARTING = "Starting"
    STOPPING = "Stopping"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResourceInstance:
    """A resource (or clone instance) on a node; `node` is None where stopped. An unclean node's instance is not live.

    `identifier` has no clone number; `parent` is the clone, master or group it belongs to.
    """

    identifier: str
    agent: str
    role: ResourceRole
    node: str | None
    parent: str | None = None
    managed: bool = True
    failed: bool = False
    blocked: bool = False
    orphaned: bool = False
    disabled: bool = False
    unclean: bool = False
    pending: str | None = None

    @property
    def is_fencing(self) -> bool:
        """Whether this is a fence device."""
        return self.agent.startswith("stonith")


@dataclass(frozen=True, slots=True)
class FailedAction:
    """An entry of "Failed Resource Actions": `reason` may be cut at 128 bytes (DOMAIN 2.1)."""

    resource: str
    operation: str
    node: str
    exit_code: int | None
    exit_text: str
    reason: str
    at: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class FailCount:
    """A resource's failures on a node; INFINITY is 1,000,000: the cluster has given up there."""

    resource: str
    node: str
    count: int
    migration_threshold: int | None = None
    last_failure: str | None = None

    @property
    def infinite(self) -> bool:
        """Whether the count is INFINITY."""
        return self.count >= INFINITY


@dataclass(frozen=True, slots=True)
class FencingEvent:
    """An entry of the fencing history or of "Failed Fencing Actions"."""

    target: str
    action: str
    status: str
    at: str | None = None
    text: str = ""


def of_node(attributes: Mapping[str, dict[str, str]], node: str) -> dict[str, str]:
    """What stands under a node's name, case-folded (the agent lower-cases names, DOMAIN 1.1); empty without it."""
    wanted = node.casefold()
    return next((values for name, values in attributes.items() if name.casefold() == wanted), {})


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """One node's view of the cluster. `attributes[node][name]` as printed; only online nodes have them.

    `quorum` None where not said. `resources_seen` is false where the witness printed no resource list.
    """

    format: str
    version: str | None
    dc: str | None
    quorum: bool | None
    nodes: tuple[Node, ...]
    resources: tuple[ResourceInstance, ...]
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    failed_actions: tuple[FailedAction, ...] = ()
    fail_counts: tuple[FailCount, ...] = ()
    fencing: tuple[FencingEvent, ...] = ()
    maintenance_mode: bool | None = None
    stonith_enabled: bool | None = None
    last_updated: str | None = None
    last_change: str | None = None

    def node(self, name: str) -> Node | None:
        """Node by name, case-folded (the agent lower-cases names, DOMAIN 1.1)."""
        wanted = name.casefold()
        return next((node for node in self.nodes if node.name.casefold() == wanted), None)

    def attributes_of(self, node: str) -> dict[str, str]:
        """A node's attributes by name; empty where none are printed."""
        return of_node(self.attributes, node)

    def instances(self, resource: str) -> tuple[ResourceInstance, ...]:
        """Every instance of a primitive, clone instances included."""
        return tuple(item for item in self.resources if item.identifier == resource)


@dataclass(frozen=True, slots=True)
class AgentState:
    """The pgsql agent's attributes for one node and resource R, read once (DOMAIN 1.1, 1.2). None where absent."""

    node: str
    status: str | None
    data_status: str | None
    master_score: str | None
    baseline: Lsn | None
    xlog_location: Lsn | None
    receiver_status: str | None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A location constraint. `from_move` where a tool left it behind (cli-ban-*, cli-prefer-*, cli-standby-*)."""

    identifier: str
    resource: str
    node: str | None
    score: str
    role: str | None = None
    from_move: bool = False


@dataclass(frozen=True, slots=True)
class ClusterConfiguration:
    """The CIB's configuration: cluster properties, resources' parameters, constraints, lasting node attributes.

    `parameters[resource][name]`, `meta[resource][name]`; `node_attributes[node][name]` are the `-l forever` ones.
    """

    properties: dict[str, str]
    parameters: dict[str, dict[str, str]]
    meta: dict[str, dict[str, str]]
    agents: dict[str, str]
    constraints: tuple[Constraint, ...]
    node_attributes: dict[str, dict[str, str]]
    nodes: tuple[str, ...]
    transient_attributes: dict[str, dict[str, str]] = field(default_factory=dict)
