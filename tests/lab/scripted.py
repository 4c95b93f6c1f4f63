"""Region global: a pair without a cluster, which lives on the console's own failover scripts (console.hostscripts)."""

from __future__ import annotations

from console.hostscripts.catalogue import RC_LOCAL
from console.hostscripts.installation import host_number, wanted
from console.inventory.loading import load
from tests.lab import identity, install, inventory, machine, postgres
from tests.lab.shell import wait_until
from tests.lab.spec import COPY_USER, HostSpec, RegionSpec

EMPTY_RC_LOCAL = "#!/bin/sh\nexit 0\n"


def install_files(disk: install.Disk, region: RegionSpec, host: HostSpec) -> None:
    """What `run install-scripts` would put there: programs, settings, cron, logrotate, and the lines of rc.local."""
    configured = load(inventory.path()).region(region.name)
    for file in wanted(configured, host_number(configured, host.name), "sysv", {RC_LOCAL: EMPTY_RC_LOCAL}):
        disk.write(file.path, file.text, file.mode)
    install.copy_user_files(disk, region, host, COPY_USER)


def let_host_2_look(disk: install.Disk, region: RegionSpec) -> None:
    """On an appliance: the copy user's key may open host 1's port from there, and nothing else."""
    first = region.databases[0]
    line = f'restrict,port-forwarding,permitopen="{first.name}:5432" {identity.public("copy_ed25519")}'
    install.user_file(disk, COPY_USER, ".ssh/authorized_keys", line)


def create(region: RegionSpec, major: int) -> None:
    """From two empty hosts that are on to a primary on host 1 and a standby on host 2, made by the scripts."""
    second = region.databases[1]
    layout = region.layout
    for host in region.databases:
        machine.sh(host, "service cron stop")
        postgres.folders(region, host)
    machine.sh(second, f"rm -rf {layout.archive_write}; ln -s {layout.data}/wal-archive-write {layout.archive_write}")
    postgres.initialise(region, major)
    machine.sh(second, "pgsql-standby-initialize 2>&1 || { cat /var/log/pgsql-standby-initialize.log; exit 1; }")
    wait_healthy(region)


def start(region: RegionSpec) -> None:
    """After a boot: host 1 waits for its standby to answer, which it does not while both boot at once, and looks again
    within a minute; here it is told to look as soon as there is an answer.
    """
    first, second = region.databases
    role = "select pg_is_in_recovery()"
    wait_until(lambda: postgres.sql(region, second, role, check=False) == "t", 60, f"{second.short} answering")
    machine.sh(first, "pgsql-primary-check-start", check=False)
    wait_healthy(region)
    forget_failures(region)


def forget_failures(region: RegionSpec) -> None:
    """Remove host 2's counter: a minute may have struck while host 1 was still booting."""
    machine.sh(region.databases[1], f"rm -f {region.layout.home}/primary-failcount")


def wait_healthy(region: RegionSpec, timeout: float = 60) -> None:
    """Return when host 2 streams from host 1."""
    first, second = region.databases
    postgres.wait_streaming(region, first, second, timeout)


def stop_cleanly(region: RegionSpec) -> None:
    """Stop the primary first, which waits for its standby to have everything, then the standby."""
    for host in region.databases:
        machine.sh(host, "service cron stop", check=False)
    for host in region.databases:
        machine.sh(host, f"service {region.layout.service} stop")
    forget_failures(region)
