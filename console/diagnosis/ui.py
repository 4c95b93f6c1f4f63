"""U01–U04: UI appliances and the replication of the regions' tables to the global one (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.host_condition import severity_above
from console.diagnosis.words import duration, listed, one_line, short
from console.facts.host import HostFacts
from console.facts.ui import ReplicationWorker, UiStatus

# The worker writes its status line every minute (log_status_interval): after three it is silent (DOMAIN 5).
SILENT_AFTER = 180.0


def troubles_of(ui: UiStatus) -> list[str]:
    """What is known to be down on an appliance; what could not be looked at is no trouble."""
    found = []
    if ui.httpd_running is False:
        found.append("httpd does not run")
    if ui.workers_running is False:
        found.append("evmserverd does not run")
    if ui.ping_status is not None and ui.ping_status != 200:
        found.append(f"/ping answers {ui.ping_status}")
    if ui.ping_status is None and ui.ping_error is not None and ui.httpd_running is not None:
        found.append(f"/ping does not answer ({ui.ping_error})")
    return found


def check_appliances(context: RegionContext) -> Iterable[Finding]:
    """U01 for each appliance that is known to be down, U02 when that is all of them."""
    uis = [context.snapshot.facts(host) for host in context.region.uis]
    down = [facts for facts in uis if facts.ui.value is not None and troubles_of(facts.ui.value)]
    for facts in down:
        assert facts.ui.value is not None
        yield _appliance_down(context, facts, facts.ui.value)
    if uis and len(down) == len(uis):
        yield _none_serves(context, down)


def _appliance_down(context: RegionContext, facts: HostFacts, ui: UiStatus) -> Finding:
    troubles = troubles_of(ui)
    return Finding(
        code="U01",
        severity=Severity.WARNING,
        region=context.region.name,
        host=facts.name,
        summary=one_line(f"{short(facts.name)}: {listed(troubles, 2)}"),
        evidence=_appliance_evidence(facts, ui),
        remedy="service httpd status; service evmserverd status; then the end of log/evm.log and httpd's error log.",
        details={"troubles": troubles},
    )


def _appliance_evidence(facts: HostFacts, ui: UiStatus) -> tuple[Evidence, ...]:
    words = {True: "runs", False: "does not run", None: "unknown"}
    ping = str(ui.ping_status) if ui.ping_status is not None else f"unknown: {ui.ping_error or 'not asked'}"
    access = "unknown" if ui.last_access_age is None else f"{duration(ui.last_access_age)} ago"
    quotes = {
        "httpd": words[ui.httpd_running],
        "evmserverd": words[ui.workers_running],
        "/ping": one_line(ping, 200),
        "last access": access,
    }
    return tuple(Evidence.of(fact, value, facts.ui, facts.name) for fact, value in quotes.items())


def _none_serves(context: RegionContext, down: list[HostFacts]) -> Finding:
    quotes = [
        Evidence.of(short(facts.name), one_line("; ".join(troubles_of(facts.ui.value)), 200), facts.ui, facts.name)
        for facts in down
        if facts.ui.value is not None
    ]
    return Finding(
        code="U02",
        severity=Severity.CRITICAL,
        region=context.region.name,
        host=None,
        summary=one_line(f"no UI appliance of {context.region.name} serves ({len(down)} of {len(down)} down)"),
        evidence=tuple(quotes),
        remedy="Does the region's database answer (P01)? Then start httpd and evmserverd on one appliance.",
        details={"hosts": [facts.name for facts in down]},
    )


def check_backlog(context: RegionContext) -> Iterable[Finding]:
    """U03: rows that wait for replication, a silent worker, or a backlog that should be known and is not."""
    yield from _backlog(context)
    yield from _silent_worker(context)


def _backlog(context: RegionContext) -> Iterator[Finding]:
    """By SQL from the regional primary. The worker's own 0 may mean "could not ask"; its other figures count."""
    primary = context.roles.primary
    view = primary.client.value if primary is not None else None
    rows = view.backlog if view is not None else None
    if primary is not None and rows is not None:
        yield from _over(context, primary.name, rows, Evidence.of("pending rows", rows, primary.client, primary.name))
        return
    logged = _newest_line(context)
    if logged is not None and logged[1].backlog > 0:
        facts, worker = logged
        quote = Evidence.of("backlog in evm.log", worker.backlog, facts.ui, facts.name)
        yield from _over(context, facts.name, worker.backlog, quote)
    elif context.region.number is not None:
        yield _unknown_backlog(context, primary)


def _over(context: RegionContext, host: str, rows: int, quote: Evidence) -> Iterator[Finding]:
    severity = severity_above(rows, context.thresholds.replication_backlog)
    if severity is None:
        return
    logged = _newest_line(context)
    quotes = [quote]
    if logged is not None:
        facts, worker = logged
        words = f"backlog {worker.backlog}, added {worker.added}, deleted {worker.deleted}"
        quotes.append(Evidence.of("worker's last line", words, facts.ui, facts.name))
    yield Finding(
        code="U03",
        severity=severity,
        region=context.region.name,
        host=host,
        summary=one_line(f"{context.region.name}: {rows} rows wait for replication to the global region"),
        evidence=tuple(quotes),
        remedy="Does the global database accept writes? Is the replication worker of this region running (evm.log)?",
        details={"backlog": rows, "age_seconds": logged[1].age if logged else None},
        subject="backlog",
    )


def _unknown_backlog(context: RegionContext, primary: HostFacts | None) -> Finding:
    if primary is None:
        reason = "no primary is known to ask"
    elif primary.client.value is None:
        reason = primary.client.error or "the primary was not asked"
    else:
        view = primary.client.value
        reason = view.backlog_error or view.message or f"the client's eye met: {view.answer.value}"
    return Finding(
        code="U03",
        severity=Severity.UNKNOWN,
        region=context.region.name,
        host=primary.name if primary is not None else None,
        summary=one_line(f"{context.region.name}: replication backlog unknown: {reason}"),
        evidence=(Evidence("pending rows", one_line(f"unknown: {reason}", 300), "client"),),
        remedy="Give the console's user a login to the database (.pgpass), and read access to rr*_pending_changes.",
        details={"backlog": None, "age_seconds": None},
        subject="backlog",
    )


def _newest_line(context: RegionContext) -> tuple[HostFacts, ReplicationWorker] | None:
    """The youngest `Replication Status` line of the region's appliances: the worker runs on one of them."""
    found = []
    for host in context.region.uis:
        facts = context.snapshot.facts(host)
        worker = facts.ui.value.replication if facts.ui.value is not None else None
        if worker is not None:
            found.append((facts, worker))
    return min(found, key=lambda item: (item[1].age is None, item[1].age or 0), default=None)


def _silent_worker(context: RegionContext) -> Iterator[Finding]:
    """Judged only when every appliance could be looked at: the worker may have moved to one that could not."""
    statuses = [context.snapshot.facts(host).ui.value for host in context.region.uis]
    newest = _newest_line(context)
    if newest is None or any(status is None for status in statuses):
        return
    facts, worker = newest
    if worker.age is None or worker.age <= SILENT_AFTER:
        return
    yield Finding(
        code="U03",
        severity=Severity.WARNING,
        region=context.region.name,
        host=facts.name,
        summary=one_line(f"{short(facts.name)}: the replication worker is silent since {duration(worker.age)}"),
        evidence=(
            Evidence.of("last status line", f"{duration(worker.age)} ago", facts.ui, facts.name),
            Evidence.of("backlog then", f"{worker.backlog} (0 may mean: could not ask)", facts.ui, facts.name),
        ),
        remedy="grep -i replicat log/evm.log: look for `Replicate Process gone`; restart the replication worker.",
        details={"backlog": None, "age_seconds": worker.age},
        subject="worker",
    )


def check_sessions(context: RegionContext) -> Iterable[Finding]:
    """U04: sessions kept elsewhere than in the database are lost when another appliance takes over."""
    for host in context.region.uis:
        observed = context.snapshot.facts(host).ui
        store = observed.value.session_store if observed.value is not None else None
        if store is None or store.strip().casefold() == "sql":
            continue
        yield Finding(
            code="U04",
            severity=Severity.WARNING,
            region=context.region.name,
            host=host.name,
            summary=one_line(f"{short(host.name)}: session_store is {store}, not sql: a switch logs everyone out"),
            evidence=(Evidence.of("session_store", one_line(store, 100), observed, host.name),),
            remedy="Set `session_store: sql` in the appliance's advanced settings, then restart evmserverd.",
            details={"session_store": store},
        )
