"""The failover scripts that a site may have had before the console's own (REFERENCE 4), put on the lab's hosts."""

from __future__ import annotations

from tests.lab import machine, paths, rootfs
from tests.lab.fleet import Lab
from tests.lab.shell import run
from tests.lab.spec import COPY_USER, SQL_USER, RegionSpec

FOLDER = paths.FILES / "old-scripts"
SETTINGS = """PRIMARY_HOST={primary}
STANDBY_HOST={standby}
PGSQL_SQL_USER={sql_user}
PGSQL_SSH_USER={copy_user}
MAX_PRIMARY_FAILCOUNT=2
PGSQL_HOME={home}
PGSQL_DATA={data}
PGSQL_BIN={binaries}
PGSQL_BIN_CLIENT={client}
PGSQL_SERVICE={service}
PGSQL_USER_HOME={user_home}
"""
CRON = """PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
* * * * * root /usr/bin/pgsql-standby-check-promote
"""
LOGROTATE = "/var/log/pgsql-*.log {\n    weekly\n    rotate 4\n    missingok\n}\n"


def put(lab: Lab, region_name: str) -> None:
    """Replace the console's scripts on both hosts: afterwards the region lives on the old ones."""
    region = lab.region(region_name)
    for host in region.databases:
        lab.sh(host, "rm -rf /usr/libexec/pgsql-replication /etc/cron.d/pgsql-replication")
        at_boot = "pgsql-primary-check-start" if host.number == 1 else "pgsql-standby-check-access"
        files = {f"/{file.relative_to(FOLDER)}": file.read_text() for file in FOLDER.rglob("*") if file.is_file()}
        files |= {
            "/etc/sysconfig/pgsql-replication": settings(region),
            "/etc/logrotate.d/pgsql-replication": LOGROTATE,
            "/etc/rc.local": f"#!/bin/sh\n/usr/bin/{at_boot}\nexit 0\n",
        }
        if host.number == 2:
            files["/etc/cron.d/pgsql-replication"] = CRON
        for path, text in files.items():
            run(machine.enter(host, ["sh", "-c", 'cat >"$1"', "sh", path]), stdin=text)


def settings(region: RegionSpec) -> str:
    """Their settings, as an administrator wrote them."""
    first, second = region.databases
    layout = region.layout
    return SETTINGS.format(
        primary=first.name,
        standby=second.name,
        sql_user=SQL_USER,
        copy_user=COPY_USER,
        home=layout.home,
        data=layout.data,
        binaries=layout.binaries,
        client=f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin",
        service=layout.service,
        user_home=layout.user_home,
    )
