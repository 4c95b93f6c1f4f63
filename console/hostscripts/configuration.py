"""/etc/sysconfig/pgsql-replication, rendered from the inventory: the one file of the scripts that differs by site."""

from __future__ import annotations

import posixpath
import shlex
from urllib.parse import urlsplit

from console.errors import VmdbConsoleError
from console.hostscripts.catalogue import HostFile, HostNumber, Kind
from console.inventory.fleet import Host, PostgresqlSettings, Region, RegionKind, Scripts


class ConfigurationError(VmdbConsoleError):
    """The inventory does not say what the scripts of a region need."""


def configuration(region: Region, number: HostNumber) -> HostFile:
    """The settings file of host `number`, root's, mode 0644: it has no secret. ConfigurationError where a key lacks."""
    lines = (f"{key}={shlex.quote(_plain(key, value))}" for key, value in settings_of(region, number).items())
    text = "\n".join(("# Written by vmdb-console from the inventory; read by the pgsql-* programs.", *lines, ""))
    return HostFile(_scripts(region).config, 0o644, text, Kind.CONFIGURATION)


def settings_of(region: Region, number: HostNumber) -> dict[str, str]:
    """What the settings file of host `number` assigns, in its order; the same for the same inventory."""
    if region.kind is not RegionKind.SCRIPTED or len(region.databases) != 2:
        raise ConfigurationError(f"region {region.name} is no scripted pair: it has no failover scripts.")
    first, second = region.databases
    host = region.databases[number - 1]
    return {
        "PRIMARY_HOST": first.name,
        "STANDBY_HOST": second.name,
        "PRIMARY_ADDRESS": first.address,
        "STANDBY_ADDRESS": second.address,
        **_users(region, host),
        **_places(region, _postgresql(host)),
        **_decisions(region, host),
    }


def _scripts(region: Region) -> Scripts:
    return region.scripts or Scripts()


def _plain(key: str, value: str) -> str:
    """A settings file is read line by line, by the probe too: no value may hold a control character."""
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ConfigurationError(f"{key}: {value!r} holds a control character; correct it in the inventory.")
    return value


def _postgresql(host: Host) -> PostgresqlSettings:
    if host.postgresql is None:
        raise ConfigurationError(f"host {host.name} has no PostgreSQL settings in the inventory.")
    return host.postgresql


def _users(region: Region, host: Host) -> dict[str, str]:
    settings = _postgresql(host)
    return {
        "PGSQL_SQL_USER": settings.sql_user,
        "PGSQL_SSH_USER": _scripts(region).copy_user or settings.os_user,
        "PGSQL_REPLICATION_USER": settings.replication_user,
        "PGSQL_OS_USER": settings.os_user,
    }


def _places(region: Region, settings: PostgresqlSettings) -> dict[str, str]:
    archive = region.archive
    return {
        "PGSQL_PORT": str(settings.port),
        "PGSQL_DATABASE": settings.database,
        "PGSQL_HOME": settings.home,
        "PGSQL_DATA": settings.data,
        "PGSQL_BIN": settings.bin,
        "PGSQL_COMMAND_PREFIX": settings.command_prefix,
        "PGSQL_SERVICE": settings.service,
        "PGSQL_USER_HOME": posixpath.dirname(settings.pgpass),
        "PGSQL_PASSFILE": settings.pgpass,
        "PGSQL_ARCHIVE_WRITE": archive.write if archive else f"{settings.home}/wal-archive-write",
        "PGSQL_ARCHIVE_READ": archive.read if archive else f"{settings.home}/wal-archive-read",
    }


def _decisions(region: Region, host: Host) -> dict[str, str]:
    scripts = _scripts(region)
    return {
        "MAX_PRIMARY_FAILCOUNT": str(scripts.max_failcount),
        "WITNESSES": " ".join(host.witnesses or default_witnesses(region)),
        "FENCE_COMMAND": scripts.fence_command,
        "FENCE_TIMEOUT": str(round(scripts.fence_timeout)),
        "KEEP_OLD_DATA": "yes" if scripts.keep_old_data else "no",
    }


def default_witnesses(region: Region) -> tuple[str, ...]:
    """The region's UI appliances, at the port of ping_url: who reaches one of them is not cut off."""
    parts = urlsplit(region.ui.ping_url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return tuple(f"tcp:{_bracketed(appliance.address)}:{port}" for appliance in region.uis)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
