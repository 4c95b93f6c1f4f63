"""Region global: a pair without a cluster, run by the failover scripts of REFERENCE 4."""

from __future__ import annotations

from tests.lab import install, machine, paths, postgres, rootfs
from tests.lab.spec import COPY_USER, SQL_USER, HostSpec, RegionSpec

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


def install_files(disk: install.Disk, region: RegionSpec, host: HostSpec) -> None:
    """The scripts, their settings, and what starts them at boot and every minute."""
    disk.copy_tree(paths.FILES / "scripted")
    layout = region.layout
    first, second = region.databases
    text = SETTINGS.format(
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
    disk.write("/etc/sysconfig/pgsql-replication", text)
    disk.write("/etc/logrotate.d/pgsql-replication", LOGROTATE)
    at_boot = "pgsql-primary-check-start" if host.number == 1 else "pgsql-standby-check-access"
    disk.write("/etc/rc.local", f"#!/bin/sh\n/usr/bin/{at_boot}\nexit 0\n", 0o755)
    if host.number == 2:
        disk.write("/etc/cron.d/pgsql-replication", CRON)
    install.copy_user_files(disk, region, host, COPY_USER)


def create(region: RegionSpec, major: int) -> None:
    """From two empty hosts that are on to a primary on host 1 and a standby on host 2, made by the scripts."""
    second = region.databases[1]
    layout = region.layout
    for host in region.databases:
        postgres.folders(region, host)
    machine.sh(second, f"rm -rf {layout.archive_write}; ln -s {layout.data}/wal-archive-write {layout.archive_write}")
    postgres.initialise(region, major)
    machine.sh(second, "pgsql-standby-initialize 2>&1 || { cat /var/log/pgsql-standby-initialize.log; exit 1; }")
    wait_healthy(region)


def forget_failures(region: RegionSpec) -> None:
    """Remove host 2's counter: a minute may have struck while host 1 was still booting."""
    machine.sh(region.databases[1], f"rm -f {region.layout.home}/primary-failcount")


def wait_healthy(region: RegionSpec, timeout: float = 60) -> None:
    """Return when host 2 streams from host 1."""
    first, second = region.databases
    postgres.wait_streaming(region, first, second, timeout)


def stop_cleanly(region: RegionSpec) -> None:
    """Stop the primary first, which waits for its standby to have everything, then the standby."""
    machine.sh(region.databases[1], "service cron stop")
    for host in region.databases:
        machine.sh(host, f"service {region.layout.service} stop")
    forget_failures(region)
