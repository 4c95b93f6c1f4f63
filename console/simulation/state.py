"""The simulated fleet at one second: frozen values, positions in bytes, times in seconds since the epoch.

Functions elsewhere in the package make the next value from one; nothing is ever changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.facts.postgresql import ClusterState
from console.facts.traces import Lease
from console.inventory.fleet import Host, PostgresqlSettings, Region
from console.simulation.platforms import Platform, platform_of

if TYPE_CHECKING:
    from console.operations.operation import Operation


@dataclass(frozen=True, slots=True)
class Machine:
    """A host below its services: since when it runs, its ids, is it on."""

    booted_at: float
    boot_id: str
    machine_id: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The control file's last checkpoint: its record's start, where redo would begin, timelines, time."""

    location: int
    redo: int
    timeline: int
    previous_timeline: int
    at: float


@dataclass(frozen=True, slots=True)
class Switch:
    """A timeline that was left at `position`, as a history file has it."""

    timeline: int
    position: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A commit record in this server's WAL: where it begins, and when it was made."""

    number: int
    position: int
    at: float


@dataclass(frozen=True, slots=True)
class Branch:
    """WAL from `start` on was first written by the primary `writer`, a name that no other start has.

    Branches tell what timelines cannot: a promotion that keeps the timeline begins another history all the same.
    """

    writer: str
    start: int


@dataclass(frozen=True, slots=True)
class StandbySettings:
    """What a standby was told to follow, where that is not what its region's machinery tells it."""

    primary: str
    port: int
    user: str
    application_name: str
    restore_command: str


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A timeline history file in pg_xlog or pg_wal, that was not made there."""

    timeline: int
    content: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the server's log."""

    at: float
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The table of a replication test: where the WAL of its creation ends, and of its drop (None: not dropped)."""

    schema: str
    run: str
    created: int
    dropped: int | None = None

    def shown_at(self, position: int) -> bool:
        """Whether a server that has replayed to `position` shows it."""
        return self.created <= position and (self.dropped is None or position < self.dropped)


@dataclass(frozen=True, slots=True)
class Server:
    """PostgreSQL on one host.

    `written` is the end of its WAL: of a primary the write position, of a standby what it received and flushed.
    `recovery_file`: recovery.conf or standby.signal is there, so it runs (or would start) as a standby.
    `streaming` is whether its walreceiver is connected. `place` is the host that it lies on, and `branches` who wrote
    its WAL, oldest first. `backup_label`: it is a base backup that was not started yet. `lacks_wal`: what it needs next
    is no more, neither on its primary nor in the archive. `archive_folder`: its data have the folder that host 2 of a
    scripted region archives into (REFERENCE 2); a base backup of host 1 has none. `replay_held`: a query on the standby
    holds replay back, while it goes on to receive. `trials`: tables of replication tests, as its WAL has
    them.
    """

    system_identifier: str
    running: bool
    state: ClusterState
    timeline: int
    written: int
    replayed: int
    checkpoint: Checkpoint
    prior_checkpoint: int
    recovery_file: bool
    recovery_done: bool
    streaming: bool
    started_at: float
    created_at: float
    starts: int
    next_transaction: int
    last_commit_at: float
    switches: tuple[Switch, ...] = ()
    commits: tuple[Transaction, ...] = ()
    archived: int = 0
    last_archived: str | None = None
    log: tuple[LogLine, ...] = ()
    place: str = ""
    branches: tuple[Branch, ...] = ()
    follows: StandbySettings | None = None
    histories: tuple[HistoryFile, ...] = ()
    backup_label: bool = False
    lacks_wal: bool = False
    archive_folder: bool = True
    replay_held: bool = False
    trials: tuple[TrialTable, ...] = ()

    @property
    def in_recovery(self) -> bool:
        """Whether it runs as a standby."""
        return self.running and self.recovery_file

    @property
    def primary(self) -> bool:
        """Whether it runs and accepts writes."""
        return self.running and not self.recovery_file


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of check-promote's log."""

    at: float
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Scripts:
    """What the failover scripts left on a host of a scripted region; `counter_at` when the counter was written.

    `cron`: crond runs there.
    """

    counter: int = 0
    counter_at: float = 0.0
    log: tuple[ScriptLine, ...] = ()
    cron: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """The chain of a port that a run has closed; `spare` is the address that it lets through."""

    spare: str | None


@dataclass(frozen=True, slots=True)
class Folder:
    """A data directory that no server uses: a copy or old data at `path`. `complete`: pg_basebackup ended well."""

    path: str
    server: Server
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """A detached step. `operations[done]` is being carried out since `since`; `status` None: it runs, or was cut off.

    `source` is the host that a base backup copies from, and `source_start` how often its server had started by then.
    """

    run: str
    step: str
    operations: tuple[Operation, ...]
    since: float
    running: bool = True
    done: int = 0
    status: int | None = None
    output: str = ""
    source: str | None = None
    source_start: int = 0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file of root's; mode in octal. `text` None: none is there any more."""

    path: str
    mode: str
    text: str | None


@dataclass(frozen=True, slots=True)
class DatabaseHost:
    """A database host. `lock_since` is when PGSQL.lock was made, None where there is none.

    `data_there` False: between the two renames of a swap nothing lies at the data directory's path (`server` is what
    lay there last and means nothing). `cut_off`: the console cannot reach it. `held` are paths of failover scripts.
    `taken_over` are runs that lost their lease there, each with the lease of who took it over. `newest_order`: the run
    and number of the last order. `files` are those of the failover scripts that runs have put there over the first ones
    (console.simulation.host_files), `files_before` what was there before each run.
    """

    host: Host
    settings: PostgresqlSettings
    machine: Machine
    server: Server
    port_open: bool
    service_enabled: bool
    lock_since: float | None = None
    scripts: Scripts = Scripts()
    data_there: bool = True
    folders: tuple[Folder, ...] = ()
    lock_aside_since: float | None = None
    held: tuple[str, ...] = ()
    gate: Gate | None = None
    lease: Lease | None = None
    taken_over: tuple[tuple[str, Lease], ...] = ()
    newest_order: tuple[str, int] = ("", 0)
    jobs: tuple[Job, ...] = ()
    cut_off: bool = False
    disk_full: bool = False
    files: tuple[PlacedFile, ...] = ()
    files_before: tuple[tuple[str, tuple[PlacedFile, ...]], ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether the console can log in there."""
        return self.machine.on and not self.cut_off

    def folder(self, path: str) -> Folder | None:
        """What lies at a path beside the data directory."""
        return next((folder for folder in self.folders if folder.path == path), None)

    def with_folder(self, path: str, folder: Folder | None) -> DatabaseHost:
        """The same host with another thing, or nothing, at `path`."""
        others = tuple(other for other in self.folders if other.path != path)
        return replace(self, folders=others if folder is None else (*others, folder))

    @property
    def platform(self) -> Platform:
        """Its system."""
        return platform_of(self.settings)

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return self.host.name

    def with_server(self, server: Server) -> DatabaseHost:
        """The same host with another state of its server."""
        return replace(self, server=server)


@dataclass(frozen=True, slots=True)
class UiHost:
    """A UI appliance. `httpd_stopped`, `workers_stopped`: since when these do not run, None where they do.

    `cut_off`: the console cannot reach it. `lease` and what follows as of a database host.
    """

    host: Host
    machine: Machine
    httpd_stopped: float | None = None
    workers_stopped: float | None = None
    cut_off: bool = False
    lease: Lease | None = None
    taken_over: tuple[tuple[str, Lease], ...] = ()
    newest_order: tuple[str, int] = ("", 0)
    jobs: tuple[Job, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return self.host.name

    @property
    def httpd(self) -> bool:
        """Whether its web server runs."""
        return self.httpd_stopped is None

    @property
    def workers(self) -> bool:
        """Whether evmserverd and its workers run."""
        return self.workers_stopped is None

    @property
    def reachable(self) -> bool:
        """Whether the console can log in there."""
        return self.machine.on and not self.cut_off


AnyHost = DatabaseHost | UiHost


@dataclass(frozen=True, slots=True)
class AgentAttributes:
    """What the pgsql agent wrote for a node (DOMAIN 1.2); None where there is no such attribute."""

    status: str | None = None
    data_status: str | None = None
    score: str | None = None
    baseline: str | None = None
    xlog_location: str | None = None


@dataclass(frozen=True, slots=True)
class ActionFailure:
    """A failed action of the database's resource on a node."""

    operation: str
    code: int
    words: str
    reason: str
    call: int
    at: float


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A node. `role`: Promoted, Unpromoted or Stopped, of the database's resource there.

    `unclean`: to the node that looks it is lost, and nobody has proved it dead (DOMAIN 0.5).
    """

    name: str
    identifier: int
    online: bool
    standby: bool
    role: str
    attributes: AgentAttributes = AgentAttributes()
    fail_count: int = 0
    failures: tuple[ActionFailure, ...] = ()
    unclean: bool = False


@dataclass(frozen=True, slots=True)
class Fencing:
    """A fence operation that ended; `failed`: its target was not proved dead."""

    target: str
    action: str
    origin: str
    at: float
    failed: bool = False


_FENCING_KEPT = 20


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pacemaker's state, the same on both nodes as long as they see each other.

    `vip` is the node that holds the virtual address, `device` the one that runs the fence device.
    `without_primary_since` drives the agent's election (DOMAIN 1.3). `silent_since`: since then the nodes do not hear
    each other; `parted`: each is a partition of its own by now, to which the other is offline, unclean and not fenced.
    """

    nodes: tuple[ClusterNode, ClusterNode]
    coordinator: str
    vip: str | None
    device: str | None
    changed_at: float
    changed_on: str
    maintenance: bool = False
    stonith_enabled: bool = True
    fencing: tuple[Fencing, ...] = ()
    without_primary_since: float | None = None
    calls: int = 40
    silent_since: float | None = None
    parted: bool = False

    def fenced(self, *events: Fencing) -> Cluster:
        """The same cluster with fence operations added to its history, of which the newest are kept."""
        return replace(self, fencing=(*self.fencing, *events)[-_FENCING_KEPT:])

    def seen_by(self, viewer: str) -> Cluster:
        """The same cluster as the node `viewer` knows it: in a partition of its own the other one is not fenced yet.

        A primary has written DISCONNECT for the lost node; a standby keeps what was written before (DOMAIN 0.3).
        """
        if not self.parted:
            return self
        other = self.other(viewer)
        data_status = "DISCONNECT" if self.node(viewer).role == "Promoted" else other.attributes.data_status
        lost = replace(other, online=False, unclean=True, attributes=AgentAttributes(data_status=data_status))
        fencing = tuple(event for event in self.fencing if not event.failed or event.origin == viewer)
        return replace(self.with_node(lost), coordinator=viewer, fencing=fencing)

    def node(self, name: str) -> ClusterNode:
        """Node by name; StopIteration is a defect of the simulation."""
        return next(node for node in self.nodes if node.name == name)

    def other(self, name: str) -> ClusterNode:
        """The other node."""
        return next(node for node in self.nodes if node.name != name)

    def with_node(self, node: ClusterNode) -> Cluster:
        """The same cluster with another state of one node."""
        first, second = (node if node.name == old.name else old for old in self.nodes)
        return replace(self, nodes=(first, second))

    @property
    def promoted(self) -> ClusterNode | None:
        """The node that is promoted and online."""
        return next((node for node in self.nodes if node.role == "Promoted" and node.online), None)


@dataclass(frozen=True, slots=True)
class ArchivedRun:
    """Archived segments of one timeline, by their place in the row of segments, both ends included."""

    timeline: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ArchiveStore:
    """An archive directory of a region: what is in it, and the times of its oldest and newest file."""

    runs: tuple[ArchivedRun, ...]
    oldest_at: float
    newest_at: float
    histories: tuple[int, ...] = ()
    partial: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """How a region's applications write: bytes a second, and a burst of `burst` bytes every `every` seconds."""

    rate: int
    burst: int
    every: int


@dataclass(frozen=True, slots=True)
class RegionState:
    """A region. `severed`: its two sites do not see each other. `copied_per_second`: bytes of a base backup.

    `archives_aside`: WAL that runs have set aside, by run. `piled_up`: rows that wait for replication to the global
    region beyond what always waits for a moment; `piled_up_then`, when the worker wrote its line of this minute.
    """

    region: Region
    databases: tuple[DatabaseHost, DatabaseHost]
    uis: tuple[UiHost, ...]
    archive: ArchiveStore
    activity: Activity
    cluster: Cluster | None = None
    severed: bool = False
    copied_per_second: int = 0
    archives_aside: tuple[tuple[str, ArchiveStore], ...] = ()
    piled_up: float = 0.0
    piled_up_then: float = 0.0

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return self.region.name

    def database(self, name: str) -> DatabaseHost:
        """Database host by name."""
        return next(host for host in self.databases if host.name == name)

    def other(self, name: str) -> DatabaseHost:
        """The pair's other host."""
        return next(host for host in self.databases if host.name != name)

    def with_database(self, host: DatabaseHost) -> RegionState:
        """The same region with another state of one database host."""
        first, second = (host if host.name == old.name else old for old in self.databases)
        return replace(self, databases=(first, second))

    def with_ui(self, host: UiHost) -> RegionState:
        """The same region with another state of one appliance."""
        return replace(self, uis=tuple(host if host.name == old.name else old for old in self.uis))

    def host(self, name: str) -> AnyHost:
        """Any host by name."""
        found: AnyHost | None = next((host for host in self.databases if host.name == name), None)
        return found or next(host for host in self.uis if host.name == name)

    def with_host(self, host: AnyHost) -> RegionState:
        """The same region with another state of one host."""
        return self.with_ui(host) if isinstance(host, UiHost) else self.with_database(host)

    def with_cluster(self, cluster: Cluster) -> RegionState:
        """The same region with another state of its cluster."""
        return replace(self, cluster=cluster)

    @property
    def primary(self) -> DatabaseHost | None:
        """The first host that runs as a primary."""
        return next((host for host in self.databases if host.machine.on and host.server.primary), None)


@dataclass(frozen=True, slots=True)
class World:
    """The whole fleet at second `at`."""

    at: float
    regions: tuple[RegionState, ...]

    def region(self, name: str) -> RegionState:
        """Region by name."""
        return next(region for region in self.regions if region.name == name)

    def with_region(self, state: RegionState) -> World:
        """The same world with another state of one region."""
        return replace(self, regions=tuple(state if state.name == old.name else old for old in self.regions))
