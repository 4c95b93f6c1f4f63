"""Facts from what real hosts of the lab printed (tests/fixtures/lab), through the probe's parsers.

The captures are plain commands' outputs, one a file (`HOST.NAME.txt`); no client was tried, so `client` is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Finding
from console.diagnosis.registry import CHECKS
from console.facts.evidence import CommitsAfter, Evidence, WalEnd
from console.facts.host import HostFacts, Reach
from console.facts.lsn import Lsn
from console.facts.observed import Observed
from console.facts.postgresql import (
    DataDirectory,
    PostgresqlLog,
    ReplicationRow,
    SqlStatus,
    TimelineHistory,
    WalreceiverRow,
)
from console.facts.server_version import ServerVersion
from console.facts.system import FileStatus
from console.inventory.fleet import Endpoint, Host, ManagedBy, Region
from console.probe.addresses import parse_addresses
from console.probe.cib import parse_cib
from console.probe.cluster import parse_cluster
from console.probe.configuration import parse_configuration
from console.probe.controldata import parse_controldata
from console.probe.history import parse_history
from console.probe.postgresql_log import parse_log
from console.probe.processes import parse_processes
from console.probe.waldump import parse_commits_after, parse_wal_end
from tests.unit.diagnosis.builders import context, pacemaker_region, scripted_region, seen, unseen

LAB = Path(__file__).parents[2] / "fixtures" / "lab"
ADDRESSES = {
    "dc1": ("10.19.11.13", "10.16.11.12", "10.19.11.14"),
    "dc2": ("10.19.12.12", "10.16.12.13", "10.16.12.14"),
    "global": ("10.19.10.102", "10.16.10.102", ""),
}
T = TypeVar("T")


def lab_region(name: str) -> Region:
    """The region as the lab has it."""
    first, second, vip = ADDRESSES[name]
    region = scripted_region(name) if name == "global" else pacemaker_region(name)
    hosts = tuple(
        replace(host, address=address) for host, address in zip(region.databases, (first, second), strict=True)
    )
    endpoint = Endpoint(f"cf-{name}-db.example.com", (vip,), ManagedBy.CLUSTER, "pgvip") if vip else region.endpoint
    return replace(region, databases=hosts, endpoint=endpoint, archive=None)


class Capture:
    """What one host printed in one scenario."""

    def __init__(self, scenario: str, host: Host) -> None:
        self.folder = LAB / scenario
        self.short = host.name.partition(".")[0]

    def text(self, name: str) -> str | None:
        path = self.folder / f"{self.short}.{name}"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else None

    @property
    def there(self) -> bool:
        return any(self.folder.glob(f"{self.short}.*"))

    def at(self) -> datetime:
        """When its positions were read."""
        source = self.text("SOURCE") or ""
        match = re.search(r"captured: (\S+Z)", source)
        return datetime.fromisoformat(match[1]) if match else datetime(2026, 11, 23, tzinfo=UTC)

    def fact(self, name: str, parse: Callable[[str], T | None]) -> Observed[T]:
        text = self.text(name)
        value = parse(text) if text is not None else None
        return Observed(value, name, self.at(), None if value is not None else f"no {name}")


def facts_of(scenario: str, host: Host, region: Region) -> HostFacts:
    """The host's facts; a host that the scenario did not look at was never asked."""
    capture = Capture(scenario, host)
    if not capture.there:
        return HostFacts(host.name, host.region)
    control = capture.fact("pg_controldata.txt", parse_controldata)
    processes = capture.fact("ps.txt", parse_processes)
    running = processes.value is None or processes.value.running
    timeline = control.value.timeline if control.value is not None else None
    end = None if running or timeline is None else parse_wal_end(capture.text("waldump.txt") or "", timeline)
    return HostFacts(
        host.name,
        region.name,
        reach=Reach(capture.at(), capture.at()),
        processes=processes,
        control=control,
        sql=capture.fact("positions.txt", lambda text: _sql(text, capture, timeline)),
        data=seen(_data(capture), "data", capture.at()),
        history=capture.fact("history.txt", _history),
        addresses=capture.fact("ip-address.txt", parse_addresses),
        configuration=_configuration(capture),
        log=capture.fact("postgresql-log.txt", lambda text: PostgresqlLog("log", parse_log(text))),
        cluster=capture.fact("crm_mon.xml", parse_cluster),
        cluster_configuration=capture.fact("cibadmin.xml", parse_cib),
        evidence=Evidence(wal_end=end),
    )


def _configuration(capture: Capture) -> Observed[Any]:
    conf, hba = capture.text("postgresql-conf.txt"), capture.text("pg_hba.txt")
    if conf is None or hba is None:
        return unseen("not captured")
    lines = hba.splitlines()
    numbered = [f"{number}:{line}" for number, line in enumerate(lines, 1) if line.strip()[:1] not in {"", "#"}]
    text = "\n".join(["@@conf postgresql.conf", conf, "@@hba pg_hba.conf", *numbered, ""])
    return seen(parse_configuration(text), "configuration", capture.at())


def _history(text: str) -> TimelineHistory | None:
    """The newest of the printed files; the bare pattern was printed where there are none."""
    blocks = re.split(r"^\S*/([0-9A-F]{8}|\*)\.history$", text, flags=re.MULTILINE)
    if len(blocks) < 3:
        return None
    return TimelineHistory(1, ()) if blocks[-2] == "*" else parse_history(int(blocks[-2], 16), blocks[-1])


def _records(text: str) -> list[dict[str, str]]:
    """psql -x -A -t: blocks of name|value, an empty line between."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return [dict(line.split("|", 1) for line in block.splitlines() if "|" in line) for block in blocks]


def _sql(text: str, capture: Capture, timeline: int | None) -> SqlStatus | None:
    rows = _records(text)
    if not rows:
        return None
    values = rows[0]
    version = ServerVersion.parse(values["version"].removeprefix("PostgreSQL "))
    assert version is not None
    recovering = values["pg_is_in_recovery"] == "t"
    receivers = _records(capture.text("pg_stat_wal_receiver.txt") or "")
    received = int(receivers[0]["received_tli"]) if receivers else timeline
    return SqlStatus(
        version=version,
        in_recovery=recovering,
        read_only=recovering,
        current=Lsn.parse(values["current"]),
        received=Lsn.parse(values["pg_last_wal_receive_lsn"]) if recovering else None,
        replayed=Lsn.parse(values["pg_last_wal_replay_lsn"]) if recovering else None,
        replay_paused=values["paused"] == "t" if recovering else None,
        replay_age=None,
        timeline=received,
        system_identifier=None,
        replication=tuple(_row(row) for row in _records(capture.text("pg_stat_replication.txt") or "")),
        walreceiver=WalreceiverRow(receivers[0]["status"], None, received, None, None) if receivers else None,
        archiver=None,
    )


def _row(row: dict[str, str]) -> ReplicationRow:
    sent, written, flushed, replayed = (Lsn.parse(row[f"{name}_lsn"]) for name in ("sent", "write", "flush", "replay"))
    return ReplicationRow(
        pid=int(row["pid"]),
        application_name=row["application_name"],
        client=row["client_addr"],
        state=row["state"],
        sent=sent,
        written=written,
        flushed=flushed,
        replayed=replayed,
        sync_state=row["sync_state"],
    )


def _data(capture: Capture) -> DataDirectory:
    words = (capture.text("lock.txt") or "").split()
    lock = FileStatus(words[3], words[0], "644", int(words[2]), float(words[1])) if len(words) == 4 else None
    signal = "standby.signal" in (capture.text("standby-signal.txt") or "")
    return DataDirectory(
        path="data",
        exists=True,
        version=ServerVersion.parse("15"),
        owner="postgres",
        mode="700",
        files=frozenset({"standby.signal"} if signal else ()),
        postmaster=None,
        lock=lock,
        recovery=None,
    )


def lab_context(scenario: str, name: str) -> RegionContext:
    """A region of a scenario; skips, saying so, where it was not captured."""
    region = lab_region(name)
    hosts = [facts_of(scenario, host, region) for host in region.databases]
    if not any(facts.reach.asked_at for facts in hosts):
        pytest.skip(f"the lab's captures of {scenario}/{name} are not there")
    times = [facts.reach.asked_at for facts in hosts if facts.reach.asked_at is not None]
    return context(*hosts, region=region, at=max(times))


def with_commits(scenario: str, here: RegionContext, fork: str) -> RegionContext:
    """The same region with the commits past `fork` of its stopped host, as the probe would list them on demand."""
    hosts = []
    for facts in here.hosts:
        text = Capture(scenario, here.host(facts)).text("waldump.txt")
        end: WalEnd | None = facts.evidence.wal_end
        found: CommitsAfter | None = None
        at = Lsn.parse(fork)
        if end is not None and text is not None and at is not None:
            found = parse_commits_after(text, at)
        hosts.append(replace(facts, evidence=Evidence(end, found)))
    return context(*hosts, region=here.region, at=here.now)


def findings(here: RegionContext, codes: str = "PC") -> list[Finding]:
    """Everything that the checks of these kinds of codes find, not folded."""
    checks = [check for check in CHECKS if check.codes[0][0] in codes]
    return [finding for check in checks for finding in check.function(here)]
