"""The console's inventory of the lab (DESIGN 4), written into the state folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab import paths
from tests.lab.spec import DATABASE, ONCALL, REPLICATION_USER, SQL_USER, FleetSpec, HostSpec, RegionSpec

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def path() -> Path:
    """Where the inventory of the running lab lies."""
    return paths.state() / "inventory.yaml"


def write(fleet: FleetSpec) -> None:
    """Write the inventory. JSON is YAML; one value a line keeps it readable and its line numbers useful."""
    path().write_text("# The lab's inventory, written by tests/lab.\n" + json.dumps(document(fleet), indent=2) + "\n")


def document(fleet: FleetSpec) -> Value:
    """The whole inventory as data."""
    return {
        "version": 1,
        "environment": "lab",
        "defaults": {"ssh": _ssh("id_ed25519", legacy=False), "postgresql": _accounts()},
        "regions": [_region(region, fleet.major(region)) for region in fleet.regions],
    }


def _accounts() -> dict[str, Value]:
    return {
        "os_user": "postgres",
        "port": 5432,
        "database": DATABASE,
        "sql_user": SQL_USER,
        "replication_user": REPLICATION_USER,
    }


def _ssh(key: str, *, legacy: bool) -> dict[str, Value]:
    return {
        "user": ONCALL,
        "become": "sudo",
        "port": 22,
        "legacy": legacy,
        "identity_file": str(paths.state() / key),
        "known_hosts": str(paths.state() / "known_hosts"),
        "connect_timeout": 5,
    }


def _region(region: RegionSpec, major: int) -> Value:
    scripted = region.kind == "scripted"
    layout = region.layout
    database: dict[str, Value] = {
        "endpoint": _endpoint(region),
        "archive": {
            "write": layout.archive_write,
            "read": layout.archive_read,
            "retention": f"{region.retention_days}d",
        },
        "hosts": [_host(region, host) for host in region.databases],
    }
    if scripted:
        database["scripts"] = {"config": "/etc/sysconfig/pgsql-replication", "copy_user": "ea"}
    else:
        database["cluster"] = {"resource": "postgresql", "replication_address": None}
    endpoint: dict[str, Value] = {
        "name": region.ui_endpoint,
        "addresses": list(region.ui_addresses),
        "managed_by": "dns",
    }
    appliances: list[Value] = [{"name": host.name, "address": host.address} for host in region.appliances]
    found: dict[str, Value] = {
        "name": region.name,
        "kind": region.kind,
        "postgresql": _postgresql(region, major),
        "database": database,
        "ui": {"endpoint": endpoint, "hosts": appliances},
    }
    # A region that replicates to the global one has rubyrep's table of pending changes; the global one has none.
    return found if scripted else found | {"number": region.number}


def _endpoint(region: RegionSpec) -> Value:
    found: dict[str, Value] = {"name": region.endpoint, "addresses": list(region.endpoint_addresses)}
    if region.kind == "scripted":
        return found | {"managed_by": "dns"}
    return found | {"managed_by": "cluster", "resource": "pgvip"}


def _postgresql(region: RegionSpec, major: int) -> dict[str, Value]:
    layout = region.layout
    return {
        "profile": layout.profile,
        "home": layout.home,
        "data": layout.data,
        "tmp": layout.tmp,
        "log": layout.log,
        "command_prefix": layout.command_prefix,
        "service": layout.service,
        "version": str(major),
        "bin": "" if layout.command_prefix else layout.binaries,
        "pgpass": f"{layout.user_home}/.pgpass",
    }


def _host(region: RegionSpec, host: HostSpec) -> Value:
    found: dict[str, Value] = {"name": host.name, "address": host.address, "site": host.site}
    if host.storage:
        found["storage"] = {"name": host.storage[0], "address": host.storage[1]}
    if region.kind == "scripted":
        found["witnesses"] = _witnesses(region, host)
    if region.layout.legacy:
        found["ssh"] = _ssh("id_rsa", legacy=True)
    return found


def _witnesses(region: RegionSpec, host: HostSpec) -> Value:
    """Host 2 asks the appliances what they see of host 1; host 1 only whether it reaches any of them."""
    names = [appliance.name for appliance in region.appliances]
    return [f"view:{name}" if host.number == 2 else f"tcp:{name}:443" for name in names]
