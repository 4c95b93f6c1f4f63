"""Builders of the facts that S, A, U and H findings are made of: what is set up right by default, and overrides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from console.diagnosis.finding import Finding
from console.facts.archive import Archive, ArchiveDirectory, ArchiveQueue, SegmentRun
from console.facts.host import HostFacts, Reach
from console.facts.lsn import WalSegment
from console.facts.scripts import BootSettings, PasswordFile, ScriptLogLine, ScriptsState
from console.facts.system import Clock, Disk, FileStatus, Firewall, Identity, Listener
from console.facts.ui import ReplicationWorker, UiStatus
from console.inventory.fleet import Host
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis.builders import AT, GLOBAL_DB1, GLOBAL_DB2, HOME, healthy_global, seen

GIB = 1024**3
SCRIPT_NAMES = (
    "pgsql-primary-check-start",
    "pgsql-primary-archive-wal",
    "pgsql-primary-initialize",
    "pgsql-standby-check-access",
    "pgsql-standby-check-promote",
    "pgsql-standby-initialize",
    "pgsql-standby-release",
)
CRON = "* * * * * root /usr/bin/pgsql-standby-check-promote"


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def only(findings: Iterable[Finding]) -> Finding:
    """The one finding there is; anything else fails the test."""
    found = list(findings)
    assert len(found) == 1, [item.summary for item in found]
    assert len(found[0].summary) <= 100
    assert found[0].evidence
    assert found[0].remedy
    return found[0]


def quoted(finding: Finding) -> str:
    """All evidence as one text."""
    return "\n".join(f"{item.fact}: {item.value}" for item in finding.evidence)


# --- scripts -----------------------------------------------------------------------------------------------------


def scripts(**overrides: Any) -> ScriptsState:
    """Scripts as installed by the reference, with nothing counted; the script is silent while host 1 answers."""
    value = ScriptsState(
        counter=0,
        counter_age=None,
        config={"MAX_PRIMARY_FAILCOUNT": "2"},
        installed={f"/usr/bin/{name}": "1234 567" for name in SCRIPT_NAMES},
        cron=(CRON,),
        cron_running=True,
        log=(),
        log_age=None,
    )
    return replace(value, **overrides)


def said(at: str, text: str, level: str = "INFO") -> ScriptLogLine:
    return ScriptLogLine(at, level, text)


def boot(*, enabled: bool | None, scripts_run: tuple[str, ...] = ()) -> BootSettings:
    return BootSettings(enabled, "chkconfig", scripts_run)


BOOT_1 = boot(enabled=False, scripts_run=("/usr/bin/pgsql-primary-check-start",))
BOOT_2 = boot(enabled=True, scripts_run=("/usr/bin/pgsql-standby-check-access",))


def pgpass(owner: str = "postgres", mode: str = "600", entries: int | None = 2) -> PasswordFile:
    path = f"{HOME}/.pgpass"
    return PasswordFile(path, FileStatus(path, owner, mode, 120, AT.timestamp()), entries)


def gate(host: HostFacts, *, firewall: bool | None, listening: bool = True) -> HostFacts:
    """The host with a firewall and a listening PostgreSQL."""
    rule = "-A INPUT -p tcp --dport 5432 -j ACCEPT" if firewall else "-P INPUT DROP"
    address = "0.0.0.0" if listening else "127.0.0.1"
    return replace(
        host,
        firewall=seen(Firewall("iptables", firewall, (rule,)), "firewall"),
        listeners=seen((Listener(address, 5432),), "listeners"),
    )


def global_pair(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> list[HostFacts]:
    """The healthy scripted pair with everything set up as REFERENCE 4 says, and overrides for each host."""
    one, two = healthy_global()
    common: dict[str, Any] = {"scripts": seen(scripts(), "scripts"), "pgpass": seen(pgpass(), "pgpass")}
    one = replace(gate(one, firewall=True), boot=seen(BOOT_1, "boot"), **common)
    two = replace(gate(two, firewall=False), boot=seen(BOOT_2, "boot"), **common)
    return [replace(one, **(first or {})), replace(two, **(second or {}))]


GLOBAL_HOSTS: tuple[Host, Host] = (GLOBAL_DB1, GLOBAL_DB2)


# --- archive -----------------------------------------------------------------------------------------------------


def segment(name: str) -> WalSegment:
    value = WalSegment.parse(name)
    assert value is not None, name
    return value


def run(first: str, last: str | None = None) -> SegmentRun:
    return SegmentRun(segment(first), segment(last or first))


FIRST, LAST = "000000010000000000000001", "000000010000000000000040"


def directory(*runs: SegmentRun, **overrides: Any) -> ArchiveDirectory:
    """A mounted directory that can be read and written, holding one whole run."""
    held = runs or (run(FIRST, LAST),)
    value = ArchiveDirectory(
        path=f"{HOME}/wal-archive",
        exists=True,
        mounted=True,
        readable=True,
        writable=True,
        runs=held,
        newest=max(item.last for item in held),
        newest_modified=AT.timestamp() - 5,
        oldest_modified=AT.timestamp() - 86400,
        files=sum(item.last.segment - item.first.segment + 1 for item in held),
        mount_source="cf-dc1-nfs1:/archive",
    )
    return replace(value, **overrides)


def archive(write: ArchiveDirectory | None, read: ArchiveDirectory | None = None) -> Archive:
    """Both directories; the same one twice, as in a region with shared NFS, when only one is given."""
    return Archive(write, read or write)


def queue(ready: int, oldest: str | None = None, age: float | None = None) -> ArchiveQueue:
    return ArchiveQueue(ready, oldest, age)


def disk(purpose: str = "data", free: float = 0.5, mount: str = "/data", device: str = "/dev/sdb1") -> Disk:
    return Disk(purpose, mount, device, mount, 100 * GIB, int(free * 100 * GIB))


# --- hosts -------------------------------------------------------------------------------------------------------


def ui_status(**overrides: Any) -> UiStatus:
    value = UiStatus(
        httpd_running=True,
        workers_running=True,
        ping_status=200,
        ping_error=None,
        last_access_age=12.0,
        session_store="sql",
        region_number=1,
        replication=None,
    )
    return replace(value, **overrides)


def ui(host: Host, **overrides: Any) -> HostFacts:
    """An appliance that serves; overrides are fields of UiStatus."""
    return HostFacts(host.name, host.region, reach=Reach(AT, AT), ui=seen(ui_status(**overrides), "ui"))


def worker(backlog: int = 0, age: float | None = 20.0) -> ReplicationWorker:
    return ReplicationWorker(backlog, 6, 7, age)


def identity(hostname: str, machine_id: str = "a" * 32) -> Identity:
    return Identity(hostname, machine_id, "b" * 32)


def clock(skew: float, uncertainty: float = 0.01) -> Clock:
    return Clock(AT.timestamp() + skew, skew, uncertainty)


def failed(host: Host, kind: FailureKind, message: str = "said the transport") -> HostFacts:
    """A host that could not be asked."""
    reach = Reach(asked_at=AT, failure=Failure(kind, message))
    return HostFacts(host.name, host.region, reach=reach)
