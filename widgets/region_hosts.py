"""The two database hosts themselves, runs of the console on them, and the region's UI appliances. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from console.diagnosis.words import duration, percent
from console.facts.host import HostFacts
from console.facts.system import Disk
from console.facts.ui import UiStatus
from console.report.words import size
from widgets.region_figure import SSH, Figure, RegionPage, Row, Section, Tone, section, unseen


def host_sections(page: RegionPage) -> tuple[Section, ...]:
    """Hosts, runs, appliances."""
    return (
        *section("hosts", "Hosts", _hosts(page)),
        *section("runs", "Guided repairs on this pair", _runs(page)),
        *section("appliances", "UI appliances", _appliances(page)),
    )


# --- hosts -------------------------------------------------------------------------------------------------------


def _hosts(page: RegionPage) -> list[Row]:
    return [
        *page.row("answers", lambda facts: reach(page, facts)),
        *page.rows("not seen", _incomplete),
        *page.row("is", _identity),
        *page.row("up for", _uptime),
        *page.row("clock", lambda facts: _clock(page, facts)),
        *page.rows("disk", lambda facts: _disks(page, facts)),
        *page.row("data directory", _data),
        *page.row("starts at boot", _boot),
        *page.row(".pgpass", _pgpass),
    ]


def reach(page: RegionPage, facts: HostFacts) -> Figure:
    """How asking this host went. Its witness is ssh itself, which is never gone."""
    how, failure = facts.reach, facts.reach.failure
    if failure is not None:
        last = f"; last answer {_ago(page, how.answered_at)}" if how.answered_at is not None else "; it never answered"
        return Figure(f"no: {failure.message}{last}", Tone.UNKNOWN, SSH, None)
    if how.answered_at is None:
        return Figure("not asked yet", Tone.UNKNOWN)
    trip = f" in {how.round_trip * 1000:.0f} ms" if how.round_trip is not None else ""
    degraded = f", without root: {how.degraded}" if how.degraded else ""
    return Figure(f"yes{trip}{degraded}", Tone.WARNING if degraded else Tone.PLAIN, SSH, how.answered_at)


def _ago(page: RegionPage, at: datetime) -> str:
    return f"{duration(max(0.0, (page.now - at).total_seconds()))} ago"


def _incomplete(facts: HostFacts) -> Iterator[Figure]:
    stopped = facts.processes.value is not None and not facts.processes.value.running
    for name, reason in facts.reach.incomplete:
        if stopped and name in {"sql", "settings"}:
            continue  # a server that does not run cannot answer: that is no gap in what is known
        yield Figure(f"{name}: {reason}", Tone.UNKNOWN, "probe", facts.reach.answered_at)


def _identity(facts: HostFacts) -> Figure:
    identity = facts.identity.value
    if identity is None:
        return unseen(facts.identity)
    other = "" if identity.hostname == facts.name else " (the inventory has another name)"
    words = f"{identity.hostname}{other}, {identity.system or 'system unknown'}, Linux {identity.kernel or 'unknown'}"
    return Figure.of(words, facts.identity, Tone.WARNING if other else Tone.PLAIN)


def _uptime(facts: HostFacts) -> Figure | None:
    identity = facts.identity.value
    if identity is None or identity.uptime is None:
        return None
    return Figure.of(duration(identity.uptime), facts.identity, Tone.FAINT)


def _clock(page: RegionPage, facts: HostFacts) -> Figure:
    clock = facts.clock.value
    if clock is None:
        return unseen(facts.clock)
    limit = page.context.thresholds.clock_skew
    certain = max(0.0, abs(clock.skew) - clock.uncertainty)
    tone = Tone.CRITICAL if certain >= limit.critical else Tone.WARNING if certain >= limit.warning else Tone.PLAIN
    words = f"{clock.skew:+.2f} s ± {clock.uncertainty:.2f} s against this console"
    return Figure.of(words, facts.clock, tone)


def _disks(page: RegionPage, facts: HostFacts) -> Iterator[Figure]:
    if facts.disks.value is None:
        yield unseen(facts.disks, slow=True)
        return
    for disk in facts.disks.value:
        yield Figure.of(_disk_words(disk), facts.disks, _disk_tone(page, disk), slow=True)


def _disk_words(disk: Disk) -> str:
    share = "size unknown" if disk.free_share is None else f"{percent(disk.free_share)} free"
    return f"{disk.purpose}: {share}, {size(disk.available)} of {size(disk.total)} on {disk.mount}"


def _disk_tone(page: RegionPage, disk: Disk) -> Tone:
    limit = page.context.thresholds.disk_free
    if disk.free_share is None:
        return Tone.UNKNOWN
    if disk.free_share <= limit.critical:
        return Tone.CRITICAL
    return Tone.WARNING if disk.free_share <= limit.warning else Tone.PLAIN


def _data(facts: HostFacts) -> Figure:
    data = facts.data.value
    if data is None:
        return unseen(facts.data)
    if not data.exists:
        return Figure.of(f"{data.path}: no database there", facts.data, Tone.WARNING)
    link = f" → {data.link_target}" if data.link_target else ""
    files = f", has {', '.join(sorted(data.files))}" if data.files else ""
    return Figure.of(f"{data.path}{link}, {data.owner} {data.mode}{files}", facts.data, Tone.FAINT)


def _boot(facts: HostFacts) -> Figure:
    boot = facts.boot.value
    if boot is None:
        return unseen(facts.boot, slow=True)
    enabled = {True: "PostgreSQL", False: "not PostgreSQL", None: "PostgreSQL: unknown"}[boot.service_enabled]
    cluster = {True: "the cluster", False: "not the cluster", None: ""}[boot.cluster_enabled]
    scripts = [path.rpartition("/")[2] for path in boot.boot_scripts]
    return Figure.of(
        ", ".join(word for word in (enabled, cluster, *scripts) if word), facts.boot, Tone.FAINT, slow=True
    )


def _pgpass(facts: HostFacts) -> Figure:
    """Never its contents."""
    password_file = facts.pgpass.value
    if password_file is None:
        return unseen(facts.pgpass, slow=True)
    status = password_file.status
    if status is None:
        return Figure.of(f"{password_file.path} is missing", facts.pgpass, Tone.WARNING, slow=True)
    tone = Tone.FAINT if status.mode in {"600", "400"} else Tone.WARNING
    entries = "unknown" if password_file.entries is None else password_file.entries
    return Figure.of(f"{status.owner} {status.mode}, {entries} usable lines", facts.pgpass, tone, slow=True)


# --- what runs of this console left ------------------------------------------------------------------------------


def _runs(page: RegionPage) -> list[Row]:
    return [
        *page.row("lease", lambda facts: _lease(page, facts)),
        *page.rows("jobs", _jobs),
        *page.rows("left behind", _leftovers),
    ]


def _lease(page: RegionPage, facts: HostFacts) -> Figure | None:
    traces = facts.traces.value
    if traces is None or traces.lease is None:
        return None
    lease = traces.lease
    since = datetime.fromtimestamp(lease.since, UTC)
    words = f"{lease.owner} runs {lease.runbook} ({lease.run}) since {_ago(page, since)}: {lease.reason}"
    return Figure.of(words, facts.traces, Tone.INFO)


def _jobs(facts: HostFacts) -> Iterator[Figure]:
    for job in facts.traces.value.jobs if facts.traces.value is not None else ():
        state = {True: "runs", False: f"ended with {job.status}", None: "may run"}[job.running]
        yield Figure.of(f"{job.run} {job.step}: {state}", facts.traces, Tone.INFO)


def _leftovers(facts: HostFacts) -> Iterator[Figure]:
    traces = facts.traces.value
    if traces is None:
        return
    for path in (*traces.leftovers, *traces.archives, *traces.replaced):
        yield Figure.of(path, facts.traces, Tone.INFO)
    for path in traces.held:
        yield Figure.of(f"{path} is held: it does not run", facts.traces, Tone.WARNING)
    if traces.lock_aside:
        yield Figure.of("a PGSQL.lock that was set aside", facts.traces, Tone.INFO)


# --- appliances --------------------------------------------------------------------------------------------------


def _appliances(page: RegionPage) -> list[Row]:
    snapshot = page.context.snapshot
    return [Row(host.name.partition(".")[0], pair=_appliance(snapshot.facts(host))) for host in page.context.region.uis]


def _appliance(facts: HostFacts) -> Figure:
    status = facts.ui.value
    if status is None:
        return unseen(facts.ui)
    down = False in (status.httpd_running, status.workers_running) or status.ping_status not in {200, None}
    return Figure.of(_appliance_words(status), facts.ui, Tone.WARNING if down else Tone.PLAIN)


def _appliance_words(status: UiStatus) -> str:
    up = {True: "up", False: "DOWN", None: "unknown"}
    ping = status.ping_status if status.ping_status is not None else f"unknown ({status.ping_error or 'not tried'})"
    parts = [f"httpd {up[status.httpd_running]}", f"workers {up[status.workers_running]}", f"ping {ping}"]
    if status.last_access_age is not None:
        parts.append(f"served {duration(status.last_access_age)} ago")
    if status.replication is not None:
        parts.append(f"backlog {status.replication.backlog} rows by its log")
    return ", ".join(
        [*parts, f"database {status.database_host or 'unknown'}", f"sessions {status.session_store or 'unknown'}"]
    )
