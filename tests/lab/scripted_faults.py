"""Faults of the scripted pair's own machinery: its counter, its boot settings, its scripts, its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import faults, postgres
from tests.lab.fleet import Lab
from tests.lab.spec import HostSpec
from tests.lab.writer import prepare

CHECK_PROMOTE = "pgsql-standby-check-promote"
# A password that lies where it should not, to see whether it stays on the host.
STRAY_PASSWORD = "hunter2-must-not-leave"


def let_host_2_serve(lab: Lab) -> None:
    """A fresh region global, failed over to host 2, with the table that writers fill."""
    lab.restore("global")
    prepare(lab, "global")
    faults.fail_over_global(lab)


@contextmanager
def minutes_held(lab: Lab) -> Iterator[HostSpec]:
    """No minute strikes while a test keeps host 1 away or opens host 2's port."""
    faults.hold_minutes(lab)
    second = lab.region("global").databases[1]
    try:
        yield second
    finally:
        lab.wait_healthy("global", 40)
        lab.sh(second, CHECK_PROMOTE)
        for host in lab.region("global").databases:
            lab.sh(host, "pkill -CONT -x cron")


@contextmanager
def failure_counted(lab: Lab) -> Iterator[HostSpec]:
    """Host 1 refused one connection when the script on host 2 tried; it serves again (S01)."""
    first, second = lab.region("global").databases
    rule = f"INPUT -s {second.address} -p tcp --dport 5432 -m state --state NEW -j REJECT"
    with minutes_held(lab):
        lab.sh(first, f"iptables -I {rule}")
        try:
            lab.sh(second, CHECK_PROMOTE)
        finally:
            lab.sh(first, f"iptables -D {rule}")
        yield second


@contextmanager
def database_enabled_at_boot(lab: Lab) -> Iterator[HostSpec]:
    """Host 1 would start its database at boot without asking whether host 2 is primary (S06)."""
    first = lab.region("global").databases[0]
    service = lab.region("global").layout.service
    lab.sh(first, f"chkconfig {service} on")
    try:
        yield first
    finally:
        lab.sh(first, f"chkconfig {service} off")


@contextmanager
def boot_script_missing(lab: Lab) -> Iterator[HostSpec]:
    """rc.local of host 2 does not call the script that opens or closes its port (S06)."""
    second = lab.region("global").databases[1]
    lab.sh(second, "cp -p /etc/rc.local /root/rc.local && sed -i '/pgsql-/d' /etc/rc.local")
    try:
        yield second
    finally:
        lab.sh(second, "cp -p /root/rc.local /etc/rc.local && rm /root/rc.local")


@contextmanager
def script_differs(lab: Lab) -> Iterator[str]:
    """Somebody changed the archiving script on host 2 only (S08); yields its path."""
    second, script = lab.region("global").databases[1], "/usr/bin/pgsql-primary-archive-wal"
    lab.sh(second, f"cp -p {script} /root/script && echo '# a change by hand' >>{script}")
    try:
        yield script
    finally:
        lab.sh(second, f"cp -p /root/script {script} && rm /root/script")


@contextmanager
def script_missing(lab: Lab) -> Iterator[str]:
    """The script that begins a failback is not installed on host 2 (S08); yields its name."""
    second, name = lab.region("global").databases[1], "pgsql-standby-release"
    lab.sh(second, f"mv /usr/bin/{name} /root/{name}")
    try:
        yield name
    finally:
        lab.sh(second, f"mv /root/{name} /usr/bin/{name}")


@contextmanager
def conninfo_elsewhere_with_password(lab: Lab) -> Iterator[HostSpec]:
    """The standby's file names another upstream, and holds a password; not reloaded, so it still streams (P09)."""
    second, layout = lab.region("global").databases[1], lab.region("global").layout
    old = lab.fleet.global_major < 12
    file = f"{layout.data}/{'recovery.conf' if old else 'postgresql.auto.conf'}"
    line = f"primary_conninfo = 'host=cf-elsewhere.example.com user=replicator password={STRAY_PASSWORD}'\n"
    lab.sh(second, f"cp -p {file} /root/conninfo")
    postgres.append(second, file, line)
    try:
        yield second
    finally:
        lab.sh(second, f"cp -p /root/conninfo {file} && rm /root/conninfo")
