"""WAL of a pair: who sends what to whom, how far each is, timelines and their history, the control files. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from console.diagnosis.fork_point import ran_as_primary
from console.diagnosis.words import duration
from console.facts.host import HostFacts
from console.facts.lag import standby_rows
from console.facts.lsn import Lsn
from console.facts.postgresql import (
    ClusterState,
    ControlData,
    Processes,
    ReplicationRow,
    SqlStatus,
    TimelineHistory,
    TimelineSwitch,
)
from console.facts.roles import Role
from console.history.lags import seconds_behind
from console.inventory.fleet import Threshold
from console.report.words import size
from widgets.region_figure import CLIENT, Figure, RegionPage, Row, Section, Tone, section, unseen
from widgets.words import sparkline

_BARS = 40


def wal_sections(page: RegionPage) -> tuple[Section, ...]:
    """Replication, then timelines and control files."""
    return (*section("replication", "Replication", _replication(page)), *section("timelines", "Timelines", _time(page)))


# --- replication -------------------------------------------------------------------------------------------------


def _replication(page: RegionPage) -> list[Row]:
    return [
        *page.about("role", lambda facts: _role(page, facts)),
        *page.row("PostgreSQL", _server),
        Row("lag", pair=_lag(page)),
        *_lately(page),
        *page.row("writes at", lambda facts: _position(facts, "current")),
        *page.rows("sends", lambda facts: _senders(page, facts)),
        *page.row("received", lambda facts: _position(facts, "received")),
        *page.row("replayed", lambda facts: _position(facts, "replayed")),
        *page.row("replay", _replay),
        *page.row("WAL receiver", _receiver),
        *page.row("startup", _startup),
        *page.row("upstream", _upstream),
        *page.rows("slots", lambda facts: _slots(facts)),
    ]


def _role(page: RegionPage, facts: HostFacts) -> Figure:
    verdict = next(v for v, host in zip(page.context.roles.verdicts, page.last, strict=True) if host.name == facts.name)
    tone = Tone.UNKNOWN if verdict.role is Role.UNKNOWN else Tone.PLAIN
    if verdict.role in {Role.STOPPED, Role.STARTING}:
        tone = Tone.WARNING
    at = facts.client.observed_at if verdict.witness == CLIENT else facts.reach.answered_at
    return Figure(verdict.role.value.upper(), tone, verdict.witness, at if verdict.witness else None)


def _server(facts: HostFacts) -> Figure:
    """Version and whether it runs: by psql, else by the processes."""
    processes, status = facts.processes.value, facts.sql.value
    kept = facts.data.value.version if facts.data.value is not None else None
    version = status.version if status is not None else kept.major if kept is not None else None
    if processes is None:
        return unseen(facts.processes)
    runs = f"runs, pid {processes.postmaster}" if processes.running else "does not run"
    tone = Tone.PLAIN if processes.running else Tone.WARNING
    return Figure.of(f"{version or 'version unknown'}, {runs}", facts.processes, tone)


def _lag(page: RegionPage) -> Figure:
    lag = page.context.lag
    primary = page.context.roles.primary
    at = primary.sql.observed_at if primary is not None else None
    if lag.bytes is None:
        return Figure(f"unknown: {lag.reason or 'no positions'}", Tone.UNKNOWN)
    if lag.bytes < 0:
        words = f"the standby has replayed {size(-lag.bytes)} PAST the primary: it has another history"
        return Figure(words, Tone.CRITICAL, lag.witness, at)
    behind = seconds_behind(lag, page.history, page.context.now)
    seconds = "seconds unknown" if behind is None else f"{behind:.1f} s"
    limits = page.context.thresholds
    tones = (_over(lag.bytes, limits.lag_bytes), _over(behind, limits.lag_seconds))
    return Figure(f"{size(lag.bytes)}, {seconds}", _worse(tones), lag.witness, at)


def _lately(page: RegionPage) -> list[Row]:
    """The last minutes as bars, a gap where the lag was unknown, and the greatest of them."""
    known = [point.bytes for point in page.history if point.bytes is not None]
    if len(page.history) < 2 or not known:
        return []
    bars = sparkline([point.bytes for point in page.history], min(_BARS, len(page.history)))
    words = f"{bars}  at most {size(max(known))} in {duration((page.now - page.history[0].at).total_seconds())}"
    return [Row("lag lately", pair=Figure(words))]


def _worse(tones: tuple[Tone, ...]) -> Tone:
    return next((tone for tone in (Tone.CRITICAL, Tone.WARNING) if tone in tones), Tone.PLAIN)


def _over(value: float | None, limit: Threshold) -> Tone:
    if value is None or value < limit.warning:
        return Tone.PLAIN
    return Tone.CRITICAL if value >= limit.critical else Tone.WARNING


def _position(facts: HostFacts, which: str) -> Figure | None:
    """`current` of a primary, `received` and `replayed` of a standby; None where its role has none."""
    status = facts.sql.value
    if status is None:
        return unseen(facts.sql) if which == "current" and _may_answer(facts) else None
    if status.in_recovery is (which == "current"):
        return None
    found: Lsn | None = getattr(status, which)
    return Figure.of(found, facts.sql) if found is not None else Figure.of("no position", facts.sql, Tone.UNKNOWN)


def _may_answer(facts: HostFacts) -> bool:
    """A server that is known not to run has no answer to miss."""
    return facts.processes.value is None or facts.processes.value.running


def _senders(page: RegionPage, facts: HostFacts) -> Iterator[Figure]:
    """pg_stat_replication, a row a figure; where psql is silent, the walsenders' titles, which ps may cut."""
    status, processes = facts.sql.value, facts.processes.value
    if status is not None:
        for row in status.replication:
            yield Figure.of(_row_words(page, status, row), facts.sql, _row_tone(row))
        if not status.in_recovery and not standby_rows(status):
            yield Figure.of("to no standby: pg_stat_replication has none", facts.sql, Tone.WARNING)
    elif processes is not None:
        for sender in processes.walsenders:
            yield Figure.of(f"{sender.user}@{sender.client} {sender.state} (title)", facts.processes)


def _row_tone(row: ReplicationRow) -> Tone:
    return Tone.PLAIN if row.backup or row.state == "streaming" else Tone.WARNING


def _row_words(page: RegionPage, status: SqlStatus, row: ReplicationRow) -> str:
    state = (
        f"{row.application_name} {row.client or ''} {row.state or 'state hidden'}, {row.sync_state or 'sync hidden'}"
    )
    stages = ((word, getattr(row, word)) for word in ("sent", "written", "flushed", "replayed"))
    told = ", ".join(f"{word} {_behind(page, status, lsn)}" for word, lsn in stages if lsn is not None)
    lag = f", replay lag {row.replay_lag:.1f} s" if row.replay_lag is not None else ""
    return f"{state}: {told or 'no positions'}{lag}"


def _behind(page: RegionPage, status: SqlStatus, lsn: Lsn) -> str:
    """A position and how far it lies behind what the server itself has."""
    own = status.current or status.replayed
    if own is None or not lsn.valid:
        return str(lsn)
    distance = own.minus(lsn, page.context.arithmetic)
    return (
        f"{lsn}" if distance == 0 else f"{lsn} (-{size(distance)})" if distance > 0 else f"{lsn} (+{size(-distance)})"
    )


def _replay(facts: HostFacts) -> Figure | None:
    status = facts.sql.value
    if status is None or not status.in_recovery:
        return None
    words = [{True: "PAUSED", False: "not paused", None: "paused: unknown"}[status.replay_paused]]
    if status.replay_age is not None:
        words.append(f"last replayed commit {duration(status.replay_age)} old")
    if status.apply_delay not in {None, "0", "0ms"}:
        words.append(f"recovery_min_apply_delay {status.apply_delay}")
    return Figure.of(", ".join(words), facts.sql, Tone.WARNING if status.replay_paused else Tone.PLAIN)


def _receiver(facts: HostFacts) -> Figure | None:
    """The walreceiver by its process, and by pg_stat_wal_receiver where there is one (9.6+)."""
    processes, status = facts.processes.value, facts.sql.value
    if processes is None or not processes.running or not _in_recovery(facts, processes):
        return None
    if processes.walreceiver is None:
        return Figure.of("no process: it receives nothing", facts.processes, Tone.WARNING)
    words = f"pid {processes.walreceiver.pid} {processes.walreceiver.state or '(titles are off)'}"
    row = status.walreceiver if status is not None else None
    if row is not None:
        words += f"; {row.status or 'state hidden'} at {row.received} on timeline {row.timeline} from {row.sender}"
    return Figure.of(words, facts.processes)


def _in_recovery(facts: HostFacts, processes: Processes) -> bool:
    return facts.sql.value.in_recovery if facts.sql.value is not None else processes.startup is not None


def _startup(facts: HostFacts) -> Figure | None:
    startup = facts.processes.value.startup if facts.processes.value is not None else None
    if startup is None:
        return None
    return Figure.of(f"{startup.state} {startup.segment or ''}".strip(), facts.processes)


def _upstream(facts: HostFacts) -> Figure | None:
    """Where its recovery settings lead: of a primary they are what it would follow as a standby."""
    data = facts.data.value
    if data is None or data.recovery is None:
        return None
    recovery = data.recovery
    words = f"{recovery.primary_host or 'no host named'}, timeline {recovery.recovery_target_timeline or 'not set'}"
    return Figure.of(f"{words}, restore {recovery.restore_command or 'not set'}", facts.data)


def _slots(facts: HostFacts) -> Iterator[Figure]:
    for slot in facts.sql.value.slots if facts.sql.value is not None else ():
        state = "active" if slot.active else "INACTIVE"
        words = f"{slot.name} {state}, holds back {size(slot.retained)}"
        yield Figure.of(words, facts.sql, Tone.PLAIN if slot.active else Tone.WARNING)


# --- timelines and control files ---------------------------------------------------------------------------------


def _time(page: RegionPage) -> list[Row]:
    return [
        *page.row("timeline", lambda facts: _timeline(page, facts)),
        *page.rows("history", _history),
        *page.row("system identifier", lambda facts: _identifier(page, facts)),
        *page.row("control file", _state),
        *page.row("checkpoint", lambda facts: _control(facts, _checkpoint)),
        *page.row("consistent from", lambda facts: _control(facts, _minimum)),
        *page.row("WAL format", lambda facts: _control(facts, _format)),
    ]


def _timeline(page: RegionPage, facts: HostFacts) -> Figure:
    by_sql = facts.sql.value.timeline if facts.sql.value is not None else None
    by_control = facts.control.value.timeline if facts.control.value is not None else None
    if by_sql is None and by_control is None:
        return unseen(facts.sql if facts.sql.error else facts.control)
    observed = facts.sql if by_sql is not None else facts.control
    also = f" (control file still {by_control})" if None not in (by_sql, by_control) and by_sql != by_control else ""
    return Figure.of(f"{by_sql or by_control}{also}", observed, _timeline_tone(page))


def _timeline_tone(page: RegionPage) -> Tone:
    """Two timelines in one pair are a failover that one of them has not followed."""
    known = {facts.sql.value.timeline if facts.sql.value else None for facts in page.context.hosts} - {None}
    return Tone.WARNING if len(known) > 1 else Tone.PLAIN


def _history(facts: HostFacts) -> Iterator[Figure]:
    history = facts.history.value
    if history is None:
        yield unseen(facts.history, slow=True)
    elif not history.switches:
        yield Figure.of(f"timeline {history.timeline} from the beginning", facts.history, Tone.FAINT, slow=True)
    else:
        yield from (Figure.of(words, facts.history, slow=True) for words in _switches(history))


def _switches(history: TimelineHistory) -> Iterator[str]:
    for switch, into in zip(history.switches, [*history.switches[1:], None], strict=True):
        follows = into.timeline if into is not None else history.timeline
        yield f"{switch.timeline} → {follows} at {_where(switch)}: {switch.reason or 'no reason given'}"


def _where(switch: TimelineSwitch) -> str:
    """9.2 writes only the segment in which the timeline was left."""
    return str(switch.lsn) if switch.lsn is not None else f"segment {switch.segment}"


def _identifier(page: RegionPage, facts: HostFacts) -> Figure:
    control = facts.control.value
    if control is None or control.system_identifier is None:
        return unseen(facts.control)
    known = {h.control.value.system_identifier for h in page.context.hosts if h.control.value is not None} - {None}
    tone = Tone.CRITICAL if len(known) > 1 else Tone.PLAIN
    return Figure.of(control.system_identifier, facts.control, tone)


def _state(facts: HostFacts) -> Figure:
    """ "in production" of a server that does not run is a crash (DOMAIN 0.7)."""
    control = facts.control.value
    if control is None:
        return unseen(facts.control)
    state = control.state.value if control.state is not None else "state not said"
    stopped = facts.processes.value is not None and not facts.processes.value.running
    if stopped and control.state is ClusterState.IN_PRODUCTION:
        return Figure.of(f"{state}, yet no server runs: it crashed as a primary", facts.control, Tone.WARNING)
    last = ", was a primary" if stopped and ran_as_primary(control) else ""
    return Figure.of(f"{state}{last}", facts.control)


def _control(facts: HostFacts, words: Callable[[ControlData], str]) -> Figure | None:
    control = facts.control.value
    text = words(control) if control is not None else ""
    return Figure.of(text, facts.control, Tone.FAINT) if text else None


def _checkpoint(control: ControlData) -> str:
    redo = "" if control.redo == control.checkpoint else f", redo {control.redo}"
    return f"{control.checkpoint} on timeline {control.timeline}{redo}" if control.checkpoint else ""


def _minimum(control: ControlData) -> str:
    return str(control.minimum_recovery) if control.minimum_recovery and control.minimum_recovery.valid else ""


def _format(control: ControlData) -> str:
    checksums = {True: "checksums", False: "no checksums", None: "checksums not said"}[control.checksums]
    return f"wal_level {control.wal_level or 'not said'}, {checksums}, segments {size(control.segment_size)}"
