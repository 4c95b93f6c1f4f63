"""The failover scripts that a host is to have, as text: for a reader, and for whoever installs them by hand."""

from __future__ import annotations

from console.errors import UsageError
from console.hostscripts.catalogue import BootSystem, HostFile, HostNumber
from console.hostscripts.installation import host_number, wanted
from console.inventory.fleet import Fleet, Region, RegionKind


def shown(fleet: Fleet, host: str, path: str | None = None) -> str:
    """Every file of `host` (its whole name, or the first part of it) behind a line with its path and mode; with `path`
    that file alone. UsageError names what there is.
    """
    region, name = _database_host(fleet, host)
    files = _files(region, host_number(region, name))
    if path is None:
        return "".join(f"# --- {file.path}, mode {file.mode:o}\n{file.text}\n" for file in files.values())
    if path not in files:
        raise UsageError(f"{name} has no such file; there are:\n" + "\n".join(files))
    return files[path].text


def _files(region: Region, number: HostNumber) -> dict[str, HostFile]:
    """For both ways to boot; rc.local as on a host that has none."""
    boots: tuple[BootSystem, ...] = ("sysv", "systemd")
    return {file.path: file for boot in boots for file in wanted(region, number, boot, {})}


def _database_host(fleet: Fleet, host: str) -> tuple[Region, str]:
    scripted = [region for region in fleet.regions if region.kind is RegionKind.SCRIPTED]
    for region in scripted:
        for database in region.databases:
            if host in (database.name, database.name.partition(".")[0]):
                return region, database.name
    names = ", ".join(database.name for region in scripted for database in region.databases)
    raise UsageError(f"{host} is no database host of a scripted region; there are: {names or 'none'}")
