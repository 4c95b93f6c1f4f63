"""OpenMetrics text for a textfile collector or a scrape. What is unknown is absent, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from console.diagnosis.status import Status
from console.facts.roles import Role
from console.report.result import CheckResult
from console.report.rows import HostRow, RegionRow, region_rows
from console.report.words import inert

_HOST = ("region", "host")
Sample = tuple[Sequence[str], float | None]


def render_openmetrics(result: CheckResult) -> str:
    """The exposition, ending in `# EOF`, from a registry of its own."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CheckCollector(result))
    exposition: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return exposition.decode("utf-8")


class _CheckCollector(Collector):
    """Every family of one result. Families without a known value are left out."""

    def __init__(self, result: CheckResult) -> None:
        self._result = result

    def collect(self) -> Iterable[Metric]:
        """The families, as prometheus-client wants them."""
        rows = region_rows(self._result)
        hosts = [(row, host) for row in rows for host in row.hosts]
        yield from _check(self._result)
        yield from _regions(rows)
        yield from _databases([(row, host) for row, host in hosts if host.database])
        yield from _hosts(hosts, self._result)
        yield from _findings(self._result)


def _family(name: str, text: str, labels: Sequence[str], samples: Iterable[Sample], unit: str = "") -> Iterator[Metric]:
    """One gauge of the samples that are known, each set of labels once; nothing when none is."""
    known: dict[tuple[str, ...], float] = {}
    for values, value in samples:
        if value is not None:
            known.setdefault(tuple(inert(item) for item in values), float(value))
    if known:
        family = GaugeMetricFamily(f"vmdb_{name}", text, labels=labels, unit=unit)
        for values, value in known.items():
            family.add_metric(values, value)
        yield family


def _check(result: CheckResult) -> Iterator[Metric]:
    states = [((status.value,), status.value == result.status) for status in Status]
    yield from _family("check_status", "1 for the status of this check.", ("status",), states)
    yield from _family("check_exit_code", "Exit code of this check.", (), [((), result.exit_code)])
    duration = [((), result.duration)]
    yield from _family("check_duration_seconds", "Duration of this check.", (), duration, "seconds")
    at = [((), result.snapshot.at.timestamp())]
    yield from _family("check_timestamp_seconds", "When the fleet was looked at.", (), at, "seconds")


def _regions(rows: Sequence[RegionRow]) -> Iterator[Metric]:
    status = [((row.name, item.value), item.value == row.status) for row in rows for item in Status]
    yield from _family("region_status", "1 for the status of the region.", ("region", "status"), status)
    lag = [((row.name,), row.lag.bytes) for row in rows]
    text = "Bytes from the standby's replay position to the primary's; negative: another history."
    yield from _family("lag_bytes", text, ("region",), lag, "bytes")
    seconds = [((row.name,), row.lag.seconds) for row in rows]
    yield from _family("lag_seconds", "Seconds that the standby is behind.", ("region",), seconds, "seconds")
    backlog = [((row.name,), row.backlog) for row in rows]
    yield from _family("replication_backlog_rows", "Rows in rubyrep's pending changes.", ("region",), backlog, "rows")


def _databases(hosts: Sequence[tuple[RegionRow, HostRow]]) -> Iterator[Metric]:
    roles = [((row.name, host.name, role.value), host.role == role.value) for row, host in hosts for role in Role]
    yield from _family("role", "1 for the role that the host plays now.", (*_HOST, "role"), roles)
    timelines = [((row.name, host.name), host.timeline) for row, host in hosts]
    yield from _family("timeline", "The server's timeline.", _HOST, timelines)
    ready = [((row.name, host.name), host.archive_ready) for row, host in hosts]
    yield from _family("archive_ready_files", "WAL files waiting to be archived.", _HOST, ready, "files")
    locks = [((row.name, host.name), host.lock_present) for row, host in hosts]
    yield from _family("lock_present", "Whether PGSQL.lock is there.", _HOST, locks)
    clients = [(row, host, host.client) for row, host in hosts if host.client is not None]
    opened = [((row.name, host.name), view.port_open) for row, host, view in clients]
    yield from _family("client_port_open", "Whether a client can open the database port.", _HOST, opened)
    writable = [((row.name, host.name), view.accepts_writes) for row, host, view in clients]
    yield from _family("client_writable", "Whether a client could write there.", _HOST, writable)


def _hosts(hosts: Sequence[tuple[RegionRow, HostRow]], result: CheckResult) -> Iterator[Metric]:
    up = [((row.name, host.name), host.reachable) for row, host in hosts]
    yield from _family("up", "Whether the host answered; absent when it was never asked.", _HOST, up)
    ages = [((row.name, host.name), _age(host, result)) for row, host in hosts]
    yield from _family("fact_age_seconds", "Seconds since the host last answered.", _HOST, ages, "seconds")
    skews = [((row.name, host.name), host.clock_skew) for row, host in hosts]
    yield from _family("clock_skew_seconds", "Seconds that its clock is ahead.", _HOST, skews, "seconds")
    free = [
        ((row.name, host.name, disk.purpose, disk.path), disk.free_share)
        for row, host in hosts
        for disk in host.facts.disks.value or ()
    ]
    yield from _family("disk_free_ratio", "Free share of a file system.", (*_HOST, "purpose", "path"), free, "ratio")


def _age(host: HostRow, result: CheckResult) -> float | None:
    return None if host.observed_at is None else (result.snapshot.at - host.observed_at).total_seconds()


def _findings(result: CheckResult) -> Iterator[Metric]:
    labels = ("code", "severity", "region", "host")
    samples = [((item.code, item.severity.value, item.region, item.host or ""), 1) for item in result.findings]
    yield from _family("finding", "1 for each finding, folded ones too.", labels, samples)
