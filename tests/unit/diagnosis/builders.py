"""Small builders of facts: a healthy fleet by default, and overrides for what a test is about.

`pacemaker_region()` / `scripted_region()` are regions; `primary(host)`, `standby(host)`, `stopped(host)` and
`unreachable(host)` are HostFacts; `cluster(...)` is a crm_mon view; `snapshot(...)` joins them; `context(...)` is
what a check gets. Every override is a field of HostFacts and takes an Observed (`seen(value)`, `unseen(reason)`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.diagnosis.context import RegionContext, region_context
from console.facts.client import ClientAnswer, ClientView, PortAnswer
from console.facts.cluster import (
    ClusterConfiguration,
    ClusterStatus,
    Constraint,
    FailCount,
    FailedAction,
    FencingEvent,
    Node,
    NodeState,
    ResourceInstance,
    ResourceRole,
)
from console.facts.host import HostFacts, Reach
from console.facts.lsn import Lsn
from console.facts.observed import Observed, unknown
from console.facts.postgresql import (
    ClusterState,
    Configuration,
    ControlData,
    DataDirectory,
    HbaRule,
    LogEntry,
    LogMeaning,
    PostgresqlLog,
    Postmaster,
    Processes,
    RecoverySettings,
    ReplicationRow,
    SqlStatus,
    StartupProcess,
    TimelineHistory,
    TimelineSwitch,
    WalreceiverProcess,
    WalsenderProcess,
)
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import FileStatus
from console.inventory.fleet import (
    Archive,
    Cluster,
    Endpoint,
    Fleet,
    Host,
    HostKind,
    ManagedBy,
    PostgresqlSettings,
    Region,
    RegionKind,
    Scripts,
    SshSettings,
)
from console.transport.protocol import Failure, FailureKind

AT = datetime(2026, 3, 1, 3, 0, 0, tzinfo=UTC)
SYSTEM = "7301234567890123456"
PG15 = ServerVersion(150018)
PG92 = ServerVersion(90202)
HOME = "/var/lib/pgsql"
LOCK = f"{HOME}/tmp/PGSQL.lock"
LOCK_MESSAGE = f"My data may be inconsistent. You have to remove {LOCK} file to force start."
VIP = "10.19.11.14"
HBA = (
    "local all all peer",
    "host replication replicator 10.0.0.0/8 md5",
    "host vmdb_production cloudforms 10.0.0.0/8 md5",
)
SETTINGS = {
    "wal_level": "replica",
    "hot_standby": "on",
    "archive_mode": "on",
    "max_wal_senders": "10",
    "max_connections": "200",
    "max_prepared_transactions": "0",
    "max_locks_per_transaction": "64",
    "max_worker_processes": "8",
    "full_page_writes": "on",
    "fsync": "on",
    "synchronous_standby_names": "",
    "synchronous_commit": "on",
}


# --- the inventory -----------------------------------------------------------------------------------------------


def postgresql_settings() -> PostgresqlSettings:
    return PostgresqlSettings(
        profile="debian",
        home=HOME,
        data=f"{HOME}/data",
        tmp=f"{HOME}/tmp",
        log=f"{HOME}/data/pg_log/postgresql.log",
        command_prefix="",
        service="postgresql",
        os_user="postgres",
        port=5432,
        database="vmdb_production",
        sql_user="cloudforms",
        replication_user="replicator",
        pgpass=f"{HOME}/.pgpass",
    )


def inventory_host(name: str, address: str, region: str, ordinal: int, kind: HostKind = HostKind.DATABASE) -> Host:
    settings = postgresql_settings() if kind is HostKind.DATABASE else None
    return Host(name, address, region, kind, ordinal, SshSettings(), settings, node=name)


def pacemaker_region(name: str = "dc1", **overrides: Any) -> Region:
    region = Region(
        name=name,
        kind=RegionKind.PACEMAKER,
        databases=(
            inventory_host(f"cf-{name}-db1.example.com", "10.19.11.13", name, 0),
            inventory_host(f"cf-{name}-db2.example.com", "10.16.11.12", name, 1),
        ),
        endpoint=Endpoint(f"cf-{name}-db.example.com", (VIP,), ManagedBy.CLUSTER, "pgvip"),
        archive=Archive(f"{HOME}/wal-archive", f"{HOME}/wal-archive"),
        cluster=Cluster(),
        uis=(
            inventory_host(f"cf-{name}-ui1.example.com", "10.19.11.10", name, 0, HostKind.UI),
            inventory_host(f"cf-{name}-ui2.example.com", "10.19.11.11", name, 1, HostKind.UI),
        ),
    )
    return replace(region, **overrides)


def scripted_region(name: str = "global", **overrides: Any) -> Region:
    region = Region(
        name=name,
        kind=RegionKind.SCRIPTED,
        databases=(
            inventory_host(f"cf-{name}-db1.example.com", "10.19.10.102", name, 0),
            inventory_host(f"cf-{name}-db2.example.com", "10.16.10.102", name, 1),
        ),
        endpoint=Endpoint(f"cf-{name}-db.example.com", ("10.19.10.51", "10.16.10.51"), ManagedBy.DNS),
        archive=Archive(f"{HOME}/wal-archive-write", f"{HOME}/wal-archive-read"),
        scripts=Scripts(),
    )
    return replace(region, **overrides)


DC1 = pacemaker_region()
GLOBAL = scripted_region()
DC1_DB1, DC1_DB2 = DC1.databases
GLOBAL_DB1, GLOBAL_DB2 = GLOBAL.databases


# --- values ------------------------------------------------------------------------------------------------------


def seen(value: Any, source: str = "probe", at: datetime = AT) -> Observed[Any]:
    """A known fact."""
    return Observed(value, source, at)


def unseen(reason: str = "not root: permission denied", source: str = "probe") -> Observed[Any]:
    """A fact that could not be looked at."""
    return unknown(source, reason, AT)


def after(seconds: float) -> datetime:
    """A moment past AT."""
    return AT + timedelta(seconds=seconds)


def lsn(text: str) -> Lsn:
    value = Lsn.parse(text)
    assert value is not None, text
    return value


def sql(*, in_recovery: bool, **overrides: Any) -> SqlStatus:
    """psql's word: a primary at 0/5000000, or a standby that has received and replayed up to there."""
    position = lsn("0/5000000")
    status = SqlStatus(
        version=PG15,
        in_recovery=in_recovery,
        read_only=in_recovery,
        current=None if in_recovery else position,
        received=position if in_recovery else None,
        replayed=position if in_recovery else None,
        replay_paused=False if in_recovery else None,
        replay_age=1.0 if in_recovery else None,
        timeline=1,
        system_identifier=SYSTEM,
        replication=(),
        walreceiver=None,
        archiver=None,
    )
    return replace(status, **overrides)


def row(name: str, **overrides: Any) -> ReplicationRow:
    """A row of pg_stat_replication: streaming, asynchronous, all replayed."""
    position = lsn("0/5000000")
    value = ReplicationRow(4711, name, None, "streaming", position, position, position, position, "async")
    return replace(value, **overrides)


def control(state: ClusterState = ClusterState.IN_PRODUCTION, **overrides: Any) -> ControlData:
    value = ControlData(
        system_identifier=SYSTEM,
        state=state,
        checkpoint=lsn("0/4000060"),
        redo=lsn("0/4000028"),
        timeline=1,
        previous_timeline=1,
        minimum_recovery=None,
        minimum_recovery_timeline=None,
        backup_start=None,
        segment_size=16 * 1024**2,
        block_size=8192,
        wal_level="replica",
        checksums=False,
        wal_log_hints=False,
        control_version=1300,
    )
    return replace(value, **overrides)


def data(**overrides: Any) -> DataDirectory:
    value = DataDirectory(
        path=f"{HOME}/data",
        exists=True,
        version=PG15,
        owner="postgres",
        mode="700",
        files=frozenset(),
        postmaster=None,
        lock=None,
        recovery=None,
        created=AT.timestamp() - 86400 * 30,
    )
    return replace(value, **overrides)


def lock_file(age: float = 3600) -> FileStatus:
    """PGSQL.lock, `age` seconds old."""
    return FileStatus(LOCK, "root", "644", 0, AT.timestamp() - age)


def processes(*, running: bool = True, **overrides: Any) -> Processes:
    value = Processes(
        postmaster=1234 if running else None,
        data_directory=f"{HOME}/data" if running else None,
        walsenders=(),
        walreceiver=None,
        startup=None,
        archiver=None,
        backends=5 if running else 0,
    )
    return replace(value, **overrides)


def recovery(host: str = VIP, **overrides: Any) -> RecoverySettings:
    value = RecoverySettings(
        source="postgresql.auto.conf",
        primary_conninfo=f"host={host} port=5432 user=replicator application_name=x password=***",
        restore_command=f'cp {HOME}/wal-archive/%f "%p"',
        recovery_target_timeline="latest",
        standby_mode=True,
    )
    return replace(value, **overrides)


def configuration(hba: tuple[str, ...] = HBA, **settings: str) -> Configuration:
    rules = tuple(HbaRule(number, text) for number, text in enumerate(hba, 1))
    return Configuration({**SETTINGS, **settings}, rules)


def history(timeline: int, *switches: tuple[int, str]) -> TimelineHistory:
    """`history(2, (1, "0/4038598"))`: timeline 1 was left at 0/4038598."""
    return TimelineHistory(
        timeline,
        tuple(TimelineSwitch(old, lsn(at), None, "no recovery target specified") for old, at in switches),
    )


def log(*entries: LogEntry) -> PostgresqlLog:
    return PostgresqlLog(f"{HOME}/data/pg_log/postgresql.log", entries, AT.timestamp())


def entry(meaning: LogMeaning | None, text: str = "", at: datetime | None = AT, **fields: Any) -> LogEntry:
    return LogEntry(at, "LOG", text or (meaning.value if meaning else ""), meaning, **fields)


def view(answer: ClientAnswer, address: str = "", tcp: PortAnswer | None = None, **fields: Any) -> ClientView:
    """What a client met; the port is open unless there was no answer."""
    opened = PortAnswer.REFUSED if answer is ClientAnswer.NO_ANSWER else PortAnswer.OPEN
    return ClientView(address, 5432, tcp or opened, answer, **fields)


# --- hosts -------------------------------------------------------------------------------------------------------


def _facts(host: Host, defaults: dict[str, Any], overrides: dict[str, Any]) -> HostFacts:
    common: dict[str, Any] = {
        "reach": Reach(AT, AT),
        "addresses": seen((host.address, "127.0.0.1"), "addresses"),
        "history": seen(TimelineHistory(1, ()), "history"),
        "configuration": seen(configuration(), "configuration"),
        "log": seen(log(), "log"),
    }
    return HostFacts(host.name, host.region, **{**common, **defaults, **overrides})


def primary(host: Host, peer: Host | None = None, **overrides: Any) -> HostFacts:
    """A healthy primary at 0/5000000; with `peer`, that one streams from it."""
    rows = (row(peer.node, client=peer.address),) if peer else ()
    address = peer.address if peer else ""
    senders = (WalsenderProcess(2001, "replicator", address, 40000, "streaming", lsn("0/5000000"), False),)
    defaults: dict[str, Any] = {
        "processes": seen(processes(walsenders=senders if peer else ()), "ps"),
        "sql": seen(sql(in_recovery=False, replication=rows), "psql"),
        "settings": seen(dict(SETTINGS), "pg_settings"),
        "control": seen(control(), "pg_controldata"),
        "data": seen(data(postmaster=Postmaster(1234, f"{HOME}/data", None, 5432, True)), "data"),
        "client": seen(view(ClientAnswer.WRITABLE, host.address), "client"),
        "addresses": seen((host.address, "127.0.0.1", VIP), "addresses"),
    }
    return _facts(host, defaults, overrides)


def standby(host: Host, **overrides: Any) -> HostFacts:
    """A healthy standby that has replayed everything up to 0/5000000."""
    walreceiver = WalreceiverProcess(3001, "streaming 0/5000000", lsn("0/5000000"))
    startup = StartupProcess(3000, "recovering", None)
    defaults: dict[str, Any] = {
        "processes": seen(processes(walreceiver=walreceiver, startup=startup), "ps"),
        "sql": seen(sql(in_recovery=True), "psql"),
        "settings": seen(dict(SETTINGS), "pg_settings"),
        "control": seen(control(ClusterState.IN_ARCHIVE_RECOVERY), "pg_controldata"),
        "data": seen(
            data(
                files=frozenset({"standby.signal"}),
                postmaster=Postmaster(1234, f"{HOME}/data", None, 5432, True),
                recovery=recovery(),
            ),
            "data",
        ),
        "client": seen(view(ClientAnswer.IN_RECOVERY, host.address), "client"),
    }
    return _facts(host, defaults, overrides)


def stopped(host: Host, **overrides: Any) -> HostFacts:
    """A host whose server does not run and was shut down cleanly as a primary."""
    defaults: dict[str, Any] = {
        "processes": seen(processes(running=False), "ps"),
        "sql": unseen("psql: could not connect to server: Connection refused", "psql"),
        "settings": unseen("psql: could not connect to server: Connection refused", "pg_settings"),
        "control": seen(control(ClusterState.SHUT_DOWN), "pg_controldata"),
        "data": seen(data(), "data"),
        "client": seen(view(ClientAnswer.NO_ANSWER, host.address), "client"),
    }
    return _facts(host, defaults, overrides)


def unreachable(host: Host, **overrides: Any) -> HostFacts:
    """A host that did not answer: nothing is known of it, and no client meets it."""
    failure = Failure(FailureKind.UNREACHABLE, "no answer from port 22 in 5 s")
    client = seen(view(ClientAnswer.NO_ANSWER, host.address, PortAnswer.FILTERED), "client")
    facts = HostFacts(host.name, host.region, reach=Reach(asked_at=AT, failure=failure), client=client)
    return replace(facts, **overrides)


# --- the cluster -------------------------------------------------------------------------------------------------


def attributes(status: str = "PRI", data_status: str = "LATEST", score: str = "1000", **more: str) -> dict[str, str]:
    """A node's attributes for the resource `postgresql`; underscores in further names become hyphens."""
    values = {
        "postgresql-status": status,
        "postgresql-data-status": data_status,
        "master-postgresql": score,
    }
    return values | {f"postgresql-{name.replace('_', '-')}": value for name, value in more.items()}


PRIMARY_ATTRIBUTES = attributes(master_baseline="0000000004038598")
STANDBY_ATTRIBUTES = attributes("HS:async", "STREAMING|ASYNC", "100")


def instance(role: ResourceRole, node: Host | None, identifier: str = "postgresql", **fields: Any) -> ResourceInstance:
    agents = {"postgresql": "ocf:heartbeat:pgsql", "pgvip": "ocf:heartbeat:IPaddr2"}
    agent = fields.pop("agent", agents.get(identifier, "stonith:fence_vmware_soap"))
    parent = "postgresql-clone" if identifier == "postgresql" else None
    return ResourceInstance(identifier, agent, role, node.node if node else None, parent, **fields)


def cluster(promoted: Host | None = DC1_DB1, unpromoted: Host | None = DC1_DB2, **overrides: Any) -> ClusterStatus:
    """A healthy cluster of DC1's two nodes: one promoted with the VIP and a fence device, one unpromoted."""
    resources = [instance(ResourceRole.PROMOTED, promoted)] if promoted else []
    resources += [instance(ResourceRole.UNPROMOTED, unpromoted)] if unpromoted else []
    resources += [instance(ResourceRole.STARTED, promoted, "pgvip")] if promoted else []
    resources += [instance(ResourceRole.STARTED, promoted or DC1_DB1, "fence_dc1")]
    values = {promoted.node: dict(PRIMARY_ATTRIBUTES)} if promoted else {}
    if unpromoted:
        values[unpromoted.node] = dict(STANDBY_ATTRIBUTES)
    status = ClusterStatus(
        format="xml",
        version="2.1.5",
        dc=DC1_DB1.node,
        quorum=True,
        nodes=(Node(DC1_DB1.node, NodeState.ONLINE, True), Node(DC1_DB2.node, NodeState.ONLINE)),
        resources=tuple(resources),
        attributes=values,
        maintenance_mode=False,
        stonith_enabled=True,
    )
    return replace(status, **overrides)


def nodes(first: NodeState = NodeState.ONLINE, second: NodeState = NodeState.ONLINE) -> tuple[Node, ...]:
    """The states of DC1's two nodes."""
    return Node(DC1_DB1.node, first, True), Node(DC1_DB2.node, second)


def cib(**overrides: Any) -> ClusterConfiguration:
    """The configuration of the reference: rep_mode=async, restart_on_promote=true, fencing on."""
    parameters = {
        "postgresql": {"rep_mode": "async", "restart_on_promote": "true", "master_ip": VIP, "tmpdir": f"{HOME}/tmp"},
        "pgvip": {"ip": VIP, "cidr_netmask": "24"},
    }
    value = ClusterConfiguration(
        properties={"stonith-enabled": "true", "no-quorum-policy": "ignore"},
        parameters=parameters,
        meta={},
        agents={
            "postgresql": "ocf:heartbeat:pgsql",
            "pgvip": "ocf:heartbeat:IPaddr2",
            "fence_dc1": "stonith:fence_vmware_soap",
        },
        constraints=(),
        node_attributes={},
        nodes=(DC1_DB1.node, DC1_DB2.node),
    )
    return replace(value, **overrides)


def failed_action(node: Host, operation: str = "start", reason: str = LOCK_MESSAGE, **fields: Any) -> FailedAction:
    defaults: dict[str, Any] = {"exit_code": 1, "exit_text": "error", "at": "2026-03-01 02:58:11Z"}
    return FailedAction("postgresql", operation, node.node, reason=reason, **{**defaults, **fields})


def fail_count(node: Host, count: int = 1_000_000, resource: str = "postgresql") -> FailCount:
    return FailCount(resource, node.node, count)


def constraint(node: Host, identifier: str = "cli-ban-postgresql-clone-on-db2", score: str = "-INFINITY") -> Constraint:
    return Constraint(identifier, "postgresql-clone", node.node, score, from_move=identifier.startswith("cli-"))


def fencing(target: Host, status: str = "failed") -> FencingEvent:
    return FencingEvent(target.node, "reboot", status, "2026-03-01 02:50:00Z", f"reboot of {target.node} {status}")


# --- snapshots ---------------------------------------------------------------------------------------------------


def fleet(*regions: Region, environment: str = "test") -> Fleet:
    return Fleet(environment, regions or (DC1,), source="builders")


def snapshot(*hosts: HostFacts, region: Region | None = None, at: datetime = AT, **overrides: Any) -> Snapshot:
    """A snapshot of the regions that `hosts` belong to; hosts that are not given were never asked."""
    given = {facts.name: facts for facts in hosts}
    known = {DC1.name: DC1, GLOBAL.name: GLOBAL} | ({region.name: region} if region else {})
    names = dict.fromkeys(facts.region for facts in hosts) or {(region or DC1).name: None}
    regions = tuple(known[name] for name in names)
    everyone = {host.name: HostFacts(host.name, host.region) for item in regions for host in item.hosts}
    value = Snapshot(overrides.pop("fleet", None) or fleet(*regions), at, {**everyone, **given}, **overrides)
    return value.current()


def with_cluster(facts: HostFacts, status: ClusterStatus | None = None, **configuration_overrides: Any) -> HostFacts:
    """The host with a view of the cluster and its configuration."""
    return replace(
        facts,
        cluster=seen(status or cluster(), "crm_mon"),
        cluster_configuration=seen(cib(**configuration_overrides), "cibadmin"),
    )


def healthy_dc1(status: ClusterStatus | None = None, **configuration_overrides: Any) -> tuple[HostFacts, HostFacts]:
    """A healthy pair under Pacemaker."""
    return (
        with_cluster(primary(DC1_DB1, DC1_DB2), status, **configuration_overrides),
        with_cluster(standby(DC1_DB2), status, **configuration_overrides),
    )


def healthy_global() -> tuple[HostFacts, HostFacts]:
    """A healthy pair without a cluster: host 2's port is closed to clients."""
    closed = seen(view(ClientAnswer.NO_ANSWER, GLOBAL_DB2.address, PortAnswer.FILTERED), "client")
    peer = recovery(GLOBAL_DB1.name, restore_command=f'cp {HOME}/wal-archive-read/%f "%p"')
    directory = data(files=frozenset({"standby.signal"}), recovery=peer)
    return (
        primary(GLOBAL_DB1, GLOBAL_DB2),
        standby(GLOBAL_DB2, client=closed, data=seen(directory, "data")),
    )


def context(
    *hosts: HostFacts, region: Region | None = None, previous: Snapshot | None = None, **overrides: Any
) -> RegionContext:
    """What a check gets: the region of the given hosts (or `region`) in a snapshot of them."""
    value = snapshot(*hosts, region=region, **overrides)
    chosen = region or value.fleet.regions[0]
    return region_context(value, chosen, previous)
