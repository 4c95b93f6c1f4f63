"""Profiles: what a packaging of PostgreSQL decides (paths, service name, command surface).

A profile gives only what its packages decide. Ports, users and the database do not depend on packaging and are
built-in defaults. `{version}`, `{home}` and `{data}` are rendered after everything is merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_PROFILE = "rhel6-scl-9.2"

# REFERENCE 2: names that hold on every platform of the reference environment.
BUILT_IN: Mapping[str, object] = {
    "os_user": "postgres",
    "port": 5432,
    "database": "vmdb_production",
    "sql_user": "cloudforms",
    "replication_user": "replicator",
    "command_prefix": "",
    "bin": "",
    "socket": "",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Values for the `postgresql` and `ssh` sections, as they would be written in the inventory."""

    name: str
    postgresql: Mapping[str, object]
    ssh: Mapping[str, object]


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        # REFERENCE 2. RHEL 6's sshd (OpenSSH 5.3) offers SHA-1 algorithms only (SSH.md 0), hence `legacy`.
        Profile(
            name="rhel6-scl-9.2",
            postgresql={
                "version": "9.2",
                "home": "/opt/rh/postgresql92/root/var/lib/pgsql",
                "data": "{home}/data",
                "tmp": "{home}/tmp",
                "log": "{data}/pg_log/postgresql.log",
                "command_prefix": "scl enable postgresql92 --",
                "service": "postgresql92-postgresql",
                "pgpass": "/var/lib/pgsql/.pgpass",
            },
            ssh={"legacy": True},
        ),
        # PostgreSQL's own packages for RHEL 8 to 10: versions side by side below one home. They log to one file a
        # weekday (log_filename = 'postgresql-%a.log'), so `log` is the directory and its newest file is read.
        Profile(
            name="rhel-pgdg",
            postgresql={
                "version": "15",
                "home": "/var/lib/pgsql",
                "data": "{home}/{version}/data",
                "tmp": "{home}/tmp",
                "log": "{data}/log",
                "service": "postgresql-{version}",
                "pgpass": "/var/lib/pgsql/.pgpass",
                "bin": "/usr/pgsql-{version}/bin",
            },
            ssh={},
        ),
        # Debian's and Ubuntu's packages with their default cluster, `main`.
        Profile(
            name="debian",
            postgresql={
                "version": "15",
                "home": "/var/lib/postgresql",
                "data": "{home}/{version}/main",
                "tmp": "{home}/tmp",
                "log": "/var/log/postgresql/postgresql-{version}-main.log",
                "service": "postgresql",
                "pgpass": "/var/lib/postgresql/.pgpass",
                "bin": "/usr/lib/postgresql/{version}/bin",
            },
            ssh={},
        ),
    )
}
