"""Region global on the console's own failover scripts, run by the hosts' own cron: what a client and the logs tell."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import rootfs
from tests.lab.fleet import Lab
from tests.lab.shell import run, wait_until
from tests.lab.spec import DATABASE, SQL_USER

REGION = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
MINUTE = 60.0
RUNS_TO_PROMOTE = 3
"""MAX_PRIMARY_FAILCOUNT + 1 runs of a minute each."""


def serves(lab: Lab, host: str) -> bool:
    """Whether a client gets a writable database there."""
    appliance = lab.region(REGION).appliances[1]
    address = lab.host(host).address
    psql = f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin/psql"
    options = ["-X", "-w", "-A", "-t", "-h", address, "-U", SQL_USER, "-d", DATABASE]
    look = [psql, *options, "-c", "select pg_is_in_recovery()"]
    place = ["ip", "netns", "exec", appliance.namespace, "env", f"PGPASSFILE={lab.pgpass}", "PGCONNECT_TIMEOUT=2"]
    return run([*place, "timeout", "4", *look], check=False).stdout.strip() == "f"


def log(lab: Lab, host: str, program: str) -> str:
    """A script's log."""
    return lab.sh(host, f"cat /var/log/{program}.log 2>/dev/null || :", check=False).stdout


def promoted(lab: Lab) -> bool:
    """Whether host 2 is out of recovery and open to clients."""
    return lab.in_recovery(DB2) is False and serves(lab, DB2)


def wait_promoted(lab: Lab, since: float) -> float:
    """Seconds from `since` (monotonic) until host 2 served; LabError where that takes more than the promised runs."""
    wait_until(lambda: promoted(lab), RUNS_TO_PROMOTE * MINUTE + 15, "host 2 promoted and open", 1.0)
    return time.monotonic() - since


def failures_counted(lab: Lab) -> int:
    """How many runs of check-promote found host 1 down before the promotion."""
    return len(re.findall(r"WARNING: \S+ is down", log(lab, DB2, "pgsql-standby-check-promote")))


def seconds_of_check_promote(lab: Lab, failures: int) -> float:
    """How long a run on host 2 takes that finds so many failures counted by earlier ones."""
    lab.sh(DB2, f"echo {failures} >{lab.region(REGION).layout.home}/primary-failcount")
    began = time.monotonic()
    lab.sh(DB2, "pgsql-standby-check-promote", check=False, timeout=120)
    return time.monotonic() - began


@contextmanager
def stopped(lab: Lab, host: str) -> Iterator[None]:
    """The host's database stopped: its port refuses."""
    lab.sh(host, f"service {lab.region(REGION).layout.service} stop")
    yield


@contextmanager
def unplugged(lab: Lab, host: str) -> Iterator[None]:
    """The host's network cable pulled."""
    lab.cut(host)
    try:
        yield
    finally:
        lab.heal(host)


@contextmanager
def hung(lab: Lab, host: str) -> Iterator[None]:
    """Every PostgreSQL process of the host stopped by SIGSTOP: its port takes connections, and nobody answers."""
    lab.sh(host, "pkill -STOP -u postgres postgres")
    try:
        yield
    finally:
        lab.sh(host, "pkill -CONT -u postgres postgres", check=False)


@contextmanager
def sites_apart(lab: Lab) -> Iterator[None]:
    """The data centres lose each other: DC2's hosts of the region drop whatever comes from DC1's, or goes there."""
    region = lab.region(REGION)
    here = [host for host in region.hosts if host.site == "DC2"]
    far = [host.address for host in region.hosts if host.site == "DC1"]
    rules = [rule for address in far for rule in (f"INPUT -s {address} -j DROP", f"OUTPUT -d {address} -j DROP")]
    for host in here:
        lab.sh(host, "; ".join(f"iptables -I {rule}" for rule in rules))
    try:
        yield
    finally:
        for host in here:
            lab.sh(host, "; ".join(f"iptables -D {rule}" for rule in rules))
