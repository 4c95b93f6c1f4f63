"""Results that the report tests print: a healthy fleet, a sick one, and one that could not be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.status import fleet_status
from console.facts.archive import ArchiveQueue
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts, Reach
from console.facts.snapshot import Snapshot
from console.facts.system import Clock, Disk
from console.facts.ui import ReplicationWorker, UiStatus
from console.report.result import CheckResult
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis import builders as b

UI1, UI2 = b.DC1.uis
HOSTILE = "\x1b[2J\x1b]0;owned\x07| 'x'=1;\r\n[bold]\u202eevil\u2028\x9b31m\ud800"
DATA = Disk("data", "/var/lib/pgsql/data", "/dev/sda1", "/", 1000, 250)


def ui(host: Any, **overrides: Any) -> HostFacts:
    status = UiStatus(True, True, 200, None, 3.0, "sql", 1, ReplicationWorker(0, 6, 7, 20.0))
    return HostFacts(host.name, host.region, Reach(b.AT, b.AT), ui=b.seen(replace(status, **overrides), "ui"))


def with_figures(facts: HostFacts, ready: int = 3, skew: float = 0.25) -> HostFacts:
    return replace(
        facts,
        disks=b.seen((DATA,), "disks"),
        archive_queue=b.seen(ArchiveQueue(ready, None, None), "queue"),
        clock=b.seen(Clock(b.AT.timestamp(), skew, 0.01), "clock"),
    )


def result(snapshot: Snapshot, *findings: Finding) -> CheckResult:
    status = fleet_status(findings)
    return CheckResult(snapshot, findings, status.value, status.exit_code, 1.25, b.AT)


def healthy_snapshot(**overrides: Any) -> Snapshot:
    region = replace(b.DC1, number=1)
    writable = b.view(ClientAnswer.WRITABLE, b.DC1_DB1.address, backlog=37, latency=0.004)
    primary = with_figures(b.with_cluster(b.primary(b.DC1_DB1, b.DC1_DB2, client=b.seen(writable, "client"))))
    standby = with_figures(b.with_cluster(b.standby(b.DC1_DB2)))
    endpoints = {"dc1": b.seen((b.view(ClientAnswer.WRITABLE, b.VIP),), "client")}
    values: dict[str, Any] = {"region": region, "endpoints": endpoints, **overrides}
    hosts = values.pop("hosts", (primary, standby, ui(UI1), ui(UI2, ping_status=None)))
    return b.snapshot(*hosts, **values)


def healthy() -> CheckResult:
    return result(healthy_snapshot())


def lagging() -> CheckResult:
    """The standby is 4,660 bytes behind."""
    standby = b.standby(b.DC1_DB2, sql=b.seen(b.sql(in_recovery=True, replayed=b.lsn("0/4FFEDCC")), "psql"))
    rows = (b.row(b.DC1_DB2.node, replayed=b.lsn("0/4FFEDCC")),)
    primary = b.primary(b.DC1_DB1, sql=b.seen(b.sql(in_recovery=False, replication=rows), "psql"))
    return result(healthy_snapshot(hosts=(primary, standby)))


def blind() -> CheckResult:
    """No host answered, no endpoint was asked, nothing at all is known."""
    hosts = tuple(replace(b.unreachable(host), client=b.unseen("no time")) for host in b.DC1.databases)
    findings = tuple(finding("H01", Severity.UNKNOWN, host.name, "unreachable") for host in b.DC1.databases)
    return result(healthy_snapshot(hosts=hosts, endpoints={}), *findings)


def finding(code: str, severity: Severity, host: str | None, summary: str, **fields: Any) -> Finding:
    return Finding(code, severity, "dc1", host, summary, **fields)


def sick() -> CheckResult:
    """A lock that makes two others follow, and a warning by itself."""
    db1, db2 = b.DC1_DB1.name, b.DC1_DB2.name
    lock = finding(
        "C02",
        Severity.CRITICAL,
        db2,
        "PGSQL.lock: not provable",
        evidence=(Evidence("lock file", "/var/lib/pgsql/tmp/PGSQL.lock", "data", db2, b.after(-5)),),
        remedy="rebuild-standby",
        details={"verdict": "not-provable", "fork_lsn": "0/4038598", "end_lsn": None, "bytes_only_here": None},
    )
    follower = finding("P03", Severity.WARNING, db2, "standby not streaming", caused_by=lock.key)
    second = finding("C01", Severity.WARNING, db2, "standby out of date", caused_by=follower.key)
    skew = finding("H06", Severity.WARNING, db1, "clock is 2 s ahead", remedy="start chronyd")
    return result(healthy_snapshot(), skew, lock, follower, second)


def hostile() -> CheckResult:
    """Every text that a host can choose is an attack."""
    evidence = Evidence(HOSTILE, HOSTILE * 20, HOSTILE, b.DC1_DB1.name, b.AT)
    primary = b.primary(
        b.DC1_DB1,
        client=b.seen(b.view(ClientAnswer.LOGIN_REFUSED, b.DC1_DB1.address, message=HOSTILE), "client"),
        disks=b.seen((replace(DATA, purpose=HOSTILE, path=HOSTILE),), "disks"),
    )
    failure = Failure(FailureKind.GARBAGE, HOSTILE)
    standby = HostFacts(b.DC1_DB2.name, "dc1", Reach(b.AT, None, failure, None, ((HOSTILE, HOSTILE),)))
    attack = finding(
        "C03",
        Severity.CRITICAL,
        b.DC1_DB1.name,
        HOSTILE,
        evidence=(evidence,),
        remedy=HOSTILE,
        details={HOSTILE: HOSTILE},
    )
    follower = finding("C01", Severity.WARNING, b.DC1_DB1.name, HOSTILE, caused_by=attack.key)
    return result(healthy_snapshot(hosts=(primary, standby)), attack, follower)
