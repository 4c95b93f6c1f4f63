"""The inventory file as written: every key, what it means, and what its value may be.

Every key that has a default may be left out; `model_fields_set` tells what a file really says. Merging of levels and
profiles is in `merging`; checks across values are in `consistency`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from console.inventory import fleet, units, values
from console.inventory.profiles import DEFAULT_PROFILE, PROFILES

_Word = TypeVar("_Word", bound=StrEnum)


def _text(check: Callable[[str], Any], pattern: str | None = None) -> tuple[AfterValidator, WithJsonSchema]:
    schema = {"type": "string"} | ({"pattern": f"^{pattern}$"} if pattern else {})
    return AfterValidator(check), WithJsonSchema(schema)


def _choice(words: type[_Word]) -> BeforeValidator:
    return BeforeValidator(lambda text: words(values.one_of(text, [word.value for word in words])))


def _named(pattern: str, meaning: str) -> tuple[AfterValidator, WithJsonSchema]:
    return _text(values.matching(pattern, meaning), pattern)


def _quantity(parse: Callable[[object], float], example: str) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(parse), WithJsonSchema({"type": ["string", "number"], "examples": [example]})


def _limits(
    parse: Callable[[object], float], example: list[object], less_is_worse: bool = False
) -> tuple[BeforeValidator, WithJsonSchema]:
    def check(pair: object) -> fleet.Threshold:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"must be two limits, [warning, critical], such as [{example[0]}, {example[1]}]")
        warning, critical = parse(pair[0]), parse(pair[1])
        if (warning < critical) if less_is_worse else (warning > critical):
            order = "less is worse here" if less_is_worse else "more is worse here"
            raise ValueError(f"the limits are [warning, critical], and {order}: they are the wrong way round")
        return fleet.Threshold(warning, critical)

    item = {"type": ["string", "number"]}
    schema = {"type": "array", "items": item, "minItems": 2, "maxItems": 2, "examples": [example]}
    return BeforeValidator(check), WithJsonSchema(schema)


def _duration(shortest: float, longest: float, example: str) -> tuple[BeforeValidator, WithJsonSchema]:
    def parse(value: object) -> float:
        seconds = units.parse_duration(value)
        if not shortest <= seconds <= longest:
            between = f"{units.format_duration(shortest)} and {units.format_duration(longest)}"
            raise ValueError(f"must be between {between}")
        return seconds

    return _quantity(parse, example)


def _version_number(value: object) -> str:
    text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
    return values.matching(values.VERSION, "a version of PostgreSQL, such as 9.2 or 15")(text)


def _local_path(value: object) -> Path:
    if not isinstance(value, str):
        raise ValueError("must be text: a path on this machine")
    return values.local_path(value)


def _file_version(value: object) -> int:
    if isinstance(value, bool) or value != 1:
        raise ValueError("must be 1: this console reads no other version of the inventory")
    return 1


def _nothing_is_empty(value: object) -> object:
    """A section whose keys are all commented out is read as empty."""
    return {} if value is None else value


EMPTY_SECTION = BeforeValidator(_nothing_is_empty)

_CHECK_HOST, _CHECK_ADDRESS, _CHECK_IP = map(_text, (values.host_name, values.address, values.ip_address))
HostName = Annotated[str, *_CHECK_HOST]
Address = Annotated[str, *_CHECK_ADDRESS]
IpAddress = Annotated[str, *_CHECK_IP]
Label = Annotated[str, *_text(values.label)]
User = Annotated[str, *_named(values.USER, "a user name")]
SqlName = Annotated[str, *_named(values.SQL_NAME, "a name in PostgreSQL")]
Resource = Annotated[str, *_named(values.RESOURCE, "the id of a cluster resource")]
Service = Annotated[str, *_named(values.SERVICE, "the name of a service")]
RegionName = Annotated[str, *_named(values.REGION, "a region's name: letters, digits, '.', '_' and '-'")]
Environment = Annotated[str, *_named(values.ENVIRONMENT, "one word, such as production or test")]
LocalPath = Annotated[Path, BeforeValidator(_local_path), WithJsonSchema({"type": "string"})]
HostPath = Annotated[str, *_text(values.host_path)]
HomePath = Annotated[str, *_text(values.path_template("version"))]
DataPath = Annotated[str, *_text(values.path_template("home", "version"))]
PathTemplate = Annotated[str, *_text(values.path_template("home", "data", "version"))]
OptionalPath = Annotated[str, *_text(lambda text: text and values.path_template("home", "data", "version")(text))]
ServiceTemplate = Annotated[str, *_text(values.service_template)]
CommandPrefix = Annotated[str, *_text(values.command_prefix)]
OneLine = Annotated[str, *_text(values.one_line)]
Witness = Annotated[str, *_text(values.witness)]
Url = Annotated[str, *_text(values.url)]
Port = Annotated[int, Field(ge=1, le=65535)]
ProfileName = Annotated[
    str,
    BeforeValidator(lambda text: values.one_of(text, PROFILES)),
    WithJsonSchema({"type": "string", "enum": list(PROFILES)}),
]
ServerVersion = Annotated[
    str, BeforeValidator(_version_number), WithJsonSchema({"type": ["string", "number"], "examples": ["15", "9.2"]})
]


class Section(BaseModel):
    """A mapping of the inventory: unknown keys are errors, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _from_profile(description: str) -> Any:
    """A text that need not be written; the JSON Schema shows no default, since it is the profile's."""
    return Field(default_factory=str, description=description)


def _optional(section: type[Section]) -> Any:
    """A section that need not be written."""
    return Field(default_factory=section)


_SSH = fleet.SshSettings()
_POLL = fleet.Poll()
_LIMITS = fleet.Thresholds()
_UI = fleet.UiSettings()


class SshSection(Section):
    """How to reach hosts. What is null is left to ~/.ssh/config."""

    user: User | None = Field(_SSH.user, description="Login on the hosts; null: as ~/.ssh/config says, else yours.")
    port: Port | None = Field(_SSH.port, description="sshd's port; null: as ~/.ssh/config says, else 22.")
    become: Annotated[fleet.Become, _choice(fleet.Become)] = Field(
        _SSH.become, description="How to get root: sudo (without a password), or none (some facts stay unknown)."
    )
    legacy: bool = Field(
        _SSH.legacy, description="Also allow the SHA-1 algorithms of RHEL 6's sshd (profile rhel6-scl-9.2 does)."
    )
    accept_new: bool = Field(
        _SSH.accept_new,
        description="Accept and remember the key of a host never seen; a changed key is always refused.",
    )
    identity_file: LocalPath | None = Field(
        None, description="Private key on this machine; null: ~/.ssh/config, agent."
    )
    known_hosts: LocalPath | None = Field(None, description="File of host keys on this machine; null: as OpenSSH.")
    connect_timeout: Annotated[float, *_duration(0.1, 120, "5s")] = Field(
        _SSH.connect_timeout, description="How long a connection may take."
    )


class PostgresqlSection(Section):
    """Where PostgreSQL lives on a host. A profile gives most of it; paths may use {home}, {data} and {version}."""

    profile: ProfileName = Field(DEFAULT_PROFILE, description="Which packages: " + ", ".join(PROFILES) + ".")
    version: ServerVersion = _from_profile("Version in the packages' paths: {version}.")
    home: HomePath = _from_profile("PostgreSQL's home directory: {home} in other paths.")
    data: DataPath = _from_profile("Data directory (PGDATA): {data} in other paths.")
    tmp: PathTemplate = _from_profile("tmpdir of the cluster's pgsql agent: PGSQL.lock lies here.")
    log: PathTemplate = _from_profile("Server log, or its directory (the newest file is read).")
    command_prefix: CommandPrefix = Field("", description="Words before each PostgreSQL command; may be empty.")
    service: ServiceTemplate = _from_profile("Name of the service.")
    os_user: User = Field("postgres", description="Operating system user of the server.")
    port: Port = Field(5432, description="Port that the server listens on.")
    database: SqlName = Field("vmdb_production", description="The VMDB.")
    sql_user: SqlName = Field("cloudforms", description="SQL user of the appliances; its password is in .pgpass.")
    replication_user: SqlName = Field("replicator", description="SQL user of replication.")
    pgpass: PathTemplate = _from_profile("The server user's .pgpass on the host.")
    bin: OptionalPath = Field("", description="Directory of pg_ctl and its like; empty: found in PATH.")
    socket: OptionalPath = Field("", description="Directory of the server's socket; empty: as built in.")


class PollSection(Section):
    """How often hosts are asked."""

    interval: Annotated[float, *_duration(0.2, 3600, "2s")] = Field(_POLL.interval, description="Between two polls.")
    slow_interval: Annotated[float, *_duration(0.2, 86400, "60s")] = Field(
        _POLL.slow_interval, description="Between two polls of what is dear (archive listing, disk, logs)."
    )
    timeout: Annotated[float, *_duration(0.5, 600, "8s")] = Field(
        _POLL.timeout, description="Deadline of one poll of one host, connecting included."
    )


class ThresholdsSection(Section):
    """When a figure becomes a warning, and when critical: [warning, critical]."""

    lag_bytes: Annotated[fleet.Threshold, *_limits(units.parse_size, ["16MiB", "256MiB"])] = Field(
        _LIMITS.lag_bytes, description="WAL that the standby has not replayed yet."
    )
    lag_seconds: Annotated[fleet.Threshold, *_limits(units.parse_duration, [30, 300])] = Field(
        _LIMITS.lag_seconds, description="Age of the last replayed transaction."
    )
    disk_free: Annotated[fleet.Threshold, *_limits(units.parse_share, ["20%", "10%"], True)] = Field(
        _LIMITS.disk_free, description="Free space of a file system; less is worse."
    )
    clock_skew: Annotated[fleet.Threshold, *_limits(units.parse_duration, ["1s", "5s"])] = Field(
        _LIMITS.clock_skew, description="Difference of a host's clock to this machine's."
    )
    replication_backlog: Annotated[fleet.Threshold, *_limits(units.parse_count, [1000, 100000])] = Field(
        _LIMITS.replication_backlog, description="Rows that wait for replication to the global region."
    )
    archive_ready: Annotated[fleet.Threshold, *_limits(units.parse_count, [16, 128])] = Field(
        _LIMITS.archive_ready, description="WAL files that wait to be archived (.ready)."
    )


class Defaults(Section):
    """What holds for every host unless its region or the host says otherwise."""

    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)
    postgresql: Annotated[PostgresqlSection, EMPTY_SECTION] = _optional(PostgresqlSection)
    poll: Annotated[PollSection, EMPTY_SECTION] = _optional(PollSection)
    thresholds: Annotated[ThresholdsSection, EMPTY_SECTION] = _optional(ThresholdsSection)


class EndpointSection(Section):
    """A name that clients use."""

    name: HostName = Field(description="DNS name that clients connect to.")
    addresses: list[IpAddress] = Field(min_length=1, description="Every IP address that the name may have.")
    managed_by: Annotated[fleet.ManagedBy, _choice(fleet.ManagedBy)] = Field(
        description="Who moves it: dns (global traffic manager), cluster (virtual IP), balancer (local one)."
    )
    resource: Resource | None = Field(None, description="Id of the cluster's IPaddr2 resource (managed_by: cluster).")


class ArchiveSection(Section):
    """WAL archive directories on the database hosts."""

    write: PathTemplate = Field(description="Where the primary's archive_command writes.")
    read: PathTemplate = _from_profile("Where the standby's restore_command reads; default: write.")
    retention: Annotated[float, *_duration(60, 3650 * 86400, "3d")] | None = Field(
        None, description="Age at which the retention job deletes archived files."
    )


class ClusterSection(Section):
    """Pacemaker's part of a region (kind: pacemaker)."""

    resource: Resource = Field(fleet.Cluster().resource, description="Id of the pgsql agent's resource.")
    replication_address: Address | None = Field(
        None, description="Address that the standby replicates from; null: master_ip of the resource."
    )


class ScriptsSection(Section):
    """The failover scripts' part of a region (kind: scripted)."""

    config: HostPath = Field(fleet.Scripts().config, description="The scripts' settings on the hosts.")
    copy_user: User | None = Field(None, description="User that copies files from host 2 to host 1.")
    max_failcount: int = Field(
        fleet.Scripts().max_failcount, ge=1, le=60, description="Failures of host 1 in a row until host 2 is promoted."
    )
    fence_command: OneLine = Field("", description="Shell command on host 2 that ends a host 1 that hangs; '': none.")
    fence_timeout: Annotated[float, *_duration(1, 600, "30s")] = Field(
        fleet.Scripts().fence_timeout, description="Longest time for fence_command."
    )
    keep_old_data: bool = Field(
        fleet.Scripts().keep_old_data, description="Keep the data that a copy has replaced until somebody removes it."
    )


class StorageSection(Section):
    """A host's NFS filer."""

    name: HostName = Field(description="The filer's name on the storage network.")
    address: Address | None = Field(None, description="Its address there.")


class DatabaseHost(Section):
    """A database host."""

    name: HostName = Field(description="The host's own name: what hostname -f prints there.")
    address: Address | None = Field(None, description="What to connect to; default: name.")
    node: HostName | None = Field(None, description="Its cluster node name; default: name.")
    site: Label | None = Field(None, description="Data centre, for people.")
    storage: StorageSection | None = Field(None, description="Its NFS filer.")
    witnesses: list[Witness] = Field(
        [],
        description="Whom its failover scripts ask before a promotion (kind: scripted): ping:ADDRESS, tcp:HOST:PORT, "
        "view:HOST. Default: the region's UI appliances, at the port of ping_url.",
    )
    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)
    postgresql: Annotated[PostgresqlSection, EMPTY_SECTION] = _optional(PostgresqlSection)


class UiHost(Section):
    """A UI appliance."""

    name: HostName = Field(description="The appliance's own name: what hostname -f prints there.")
    address: Address | None = Field(None, description="What to connect to; default: name.")
    site: Label | None = Field(None, description="Data centre, for people.")
    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)


class DatabaseSection(Section):
    """The database pair of a region."""

    endpoint: EndpointSection | None = Field(None, description="The name that appliances connect to.")
    archive: ArchiveSection | None = Field(None, description="The WAL archive.")
    cluster: Annotated[ClusterSection, EMPTY_SECTION] = _optional(ClusterSection)
    scripts: Annotated[ScriptsSection, EMPTY_SECTION] = _optional(ScriptsSection)
    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)
    postgresql: Annotated[PostgresqlSection, EMPTY_SECTION] = _optional(PostgresqlSection)
    hosts: list[DatabaseHost] = Field(
        description="Exactly two; the first is the normal primary.", json_schema_extra={"minItems": 2, "maxItems": 2}
    )


class UiSection(Section):
    """The UI appliances of a region."""

    endpoint: EndpointSection | None = Field(None, description="The name that people's browsers connect to.")
    hosts: list[UiHost] = Field(default_factory=list, description="The appliances; any number.")
    root: HostPath = Field(_UI.root, description="Directory of the application (the VMDB's Rails root).")
    ping_url: Url = Field(_UI.ping_url, description="URL that the appliance asks itself.")
    httpd_service: Service = Field(_UI.httpd_service, description="Service of the web server.")
    worker_service: Service = Field(_UI.worker_service, description="Service of the workers.")
    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)


class RegionSection(Section):
    """A region: a database pair, and the UI appliances that use it."""

    name: RegionName = Field(description="The region's name on screens and on the command line.")
    kind: Annotated[fleet.RegionKind, _choice(fleet.RegionKind)] = Field(
        description="How failover is done: pacemaker, or scripted (the pgsql-* scripts and a traffic manager)."
    )
    number: Annotated[int, Field(ge=0, le=9_223_372)] | None = Field(
        None, description="The VMDB's region number (file REGION), which rubyrep's tables are named after."
    )
    database: DatabaseSection
    ui: Annotated[UiSection, EMPTY_SECTION] = _optional(UiSection)
    ssh: Annotated[SshSection, EMPTY_SECTION] = _optional(SshSection)
    postgresql: Annotated[PostgresqlSection, EMPTY_SECTION] = _optional(PostgresqlSection)


class Inventory(Section):
    """A fleet of highly available PostgreSQL pairs, as vmdb-console watches them."""

    version: Annotated[int, BeforeValidator(_file_version), WithJsonSchema({"const": 1})] = Field(
        description="Version of this format."
    )
    environment: Environment = Field(
        "production", description="A word that every screen shows; production starts read-only."
    )
    defaults: Annotated[Defaults, EMPTY_SECTION] = _optional(Defaults)
    regions: list[RegionSection] = Field(min_length=1, description="The regions, in the order of the screens.")
