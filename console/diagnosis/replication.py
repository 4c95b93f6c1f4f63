"""P03 standby not streaming, P04 lag, P05 replay paused or stalled (DOMAIN 3, 4)."""

from __future__ import annotations

from collections.abc import Iterable

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.logs import quote, unanswered
from console.diagnosis.primaries import no_primary_key
from console.diagnosis.words import duration, short, size
from console.facts.host import HostFacts
from console.facts.lag import PairLag, lag_of, row_of
from console.facts.postgresql import LogMeaning, ReplicationRow
from console.facts.roles import Role, pair_roles
from console.inventory.fleet import Threshold

STALL_INTERVAL = 8.0
"""Seconds between two looks at least, before a replay position that did not move counts as stalled."""

EXPLAINING = {
    LogMeaning.SEGMENT_REMOVED,
    LogMeaning.CANNOT_CONNECT,
    LogMeaning.CANNOT_RECEIVE,
    LogMeaning.TIMELINE_MISMATCH,
    LogMeaning.FORKED_BEFORE,
    LogMeaning.NOT_IN_HISTORY,
    LogMeaning.AHEAD_OF_PRIMARY,
    LogMeaning.SYSTEM_IDENTIFIER_DIFFERS,
    LogMeaning.TOO_MANY_SENDERS,
    LogMeaning.NO_HBA_ENTRY,
    LogMeaning.NO_SLOT,
    LogMeaning.PASSWORD_MISSING,
    LogMeaning.SETTINGS_INSUFFICIENT,
    LogMeaning.STARTING_UP,
}
# With these it will not stream again without help, however long one waits.
_LASTING = {
    LogMeaning.SEGMENT_REMOVED: "it needs WAL that the primary has removed",
    LogMeaning.TIMELINE_MISMATCH: "it cannot follow the primary's timeline",
    LogMeaning.FORKED_BEFORE: "it is past the primary's fork point",
    LogMeaning.NOT_IN_HISTORY: "its position is not in the primary's history",
    LogMeaning.AHEAD_OF_PRIMARY: "it is ahead of the primary",
    LogMeaning.SYSTEM_IDENTIFIER_DIFFERS: "it is a copy of another database",
    LogMeaning.NO_SLOT: "its replication slot does not exist",
    LogMeaning.SETTINGS_INSUFFICIENT: "its settings are too low for the primary's",
}
_PASSING = {
    LogMeaning.NO_HBA_ENTRY: "pg_hba.conf of the primary does not let it in",
    LogMeaning.PASSWORD_MISSING: "it has no password for the primary",
    LogMeaning.TOO_MANY_SENDERS: "the primary has no walsender left",
    LogMeaning.CANNOT_CONNECT: "it cannot connect to the primary",
}


def check_streaming(context: RegionContext) -> Iterable[Finding]:
    """P03: the pair has no standby that streams. What could not be looked at makes none."""
    primary = context.roles.primary
    if primary is None:
        if len(context.roles.playing(Role.PRIMARY)) == 0:
            yield from _without_primary(context)
        return
    other = context.other(primary)
    role = context.role(other)
    row, rows_known = _row(context, primary, other)
    if row is not None and row.state == "streaming":
        return
    if row is not None and row.state is None:  # NULL: we may not see it (no pg_monitor), so the row says nothing
        row, rows_known = None, False
    if row is not None:
        yield _not_yet_streaming(context, other, primary, row)
    elif role is Role.STOPPED:
        yield _finding(context, other, primary, f"{short(other.name)} is stopped: the pair has no standby")
    elif role is Role.STANDBY:
        yield from _standby_without_row(context, other, primary, rows_known=rows_known)
    elif row is None and rows_known:
        yield _finding(
            context, other, primary, f"{short(primary.name)} feeds no standby: {short(other.name)} {_words(role)}"
        )


def _words(role: Role) -> str:
    return "is starting" if role is Role.STARTING else "could not be looked at"


def _row(context: RegionContext, primary: HostFacts, other: HostFacts) -> tuple[ReplicationRow | None, bool]:
    status = primary.sql.value
    return (row_of(status, context.names(other)), True) if status is not None else (None, False)


def receiving(facts: HostFacts) -> bool | None:
    """Whether a standby has a walreceiver that streams, by its own catalog or processes; None when unknown."""
    status, processes = facts.sql.value, facts.processes.value
    if status is not None and status.walreceiver is not None:
        return status.walreceiver.status in {"streaming", None}
    if processes is None:
        return None
    return processes.walreceiver is not None


def _standby_without_row(
    context: RegionContext, other: HostFacts, primary: HostFacts, *, rows_known: bool
) -> Iterable[Finding]:
    receives = receiving(other)
    if receives and rows_known:
        text = f"{short(other.name)} receives WAL, but {short(primary.name)} has no row for it: from whom?"
        yield _finding(context, other, primary, text)
    elif receives is False:
        yield _finding(context, other, primary, f"{short(other.name)} does not stream: {_reason(other)}")
    elif receives is None and rows_known:
        yield _finding(context, other, primary, f"{short(primary.name)} has no row for {short(other.name)}")


def _without_primary(context: RegionContext) -> Iterable[Finding]:
    """The primary is down or unknown: the standby's own word, folded under P01 where that stands."""
    for facts in context.roles.playing(Role.STANDBY):
        if receiving(facts) is False:
            text = f"{short(facts.name)} does not stream: {_reason(facts)}"
            yield _finding(context, facts, None, text, caused_by=no_primary_key(context))


def _not_yet_streaming(context: RegionContext, other: HostFacts, primary: HostFacts, row: ReplicationRow) -> Finding:
    state = row.state or "unknown"
    if state == "catchup":
        text = f"{short(other.name)} is catching up, not yet streaming (sent {row.sent})"
        return _finding(context, other, primary, text, severity=Severity.INFO)
    reason = "" if _explanation(other) is None else f": {_explanation(other)}"
    return _finding(context, other, primary, f"{short(other.name)} is connected, but in state {state}{reason}")


def _reason(facts: HostFacts) -> str:
    return _explanation(facts) or "no walreceiver"


def _explanation(facts: HostFacts) -> str | None:
    found = {entry.meaning for entry in unanswered(facts, EXPLAINING)}
    known = {**_LASTING, **_PASSING}
    return next((words for meaning, words in known.items() if meaning in found), None)


def _lasting(facts: HostFacts) -> bool:
    return any(entry.meaning in _LASTING for entry in unanswered(facts, EXPLAINING))


def _finding(
    context: RegionContext,
    standby: HostFacts,
    primary: HostFacts | None,
    text: str,
    *,
    severity: Severity | None = None,
    caused_by: str | None = None,
) -> Finding:
    lasting = _lasting(standby)
    chosen = severity or (Severity.CRITICAL if lasting else Severity.WARNING)
    evidence = [*_by_standby(standby), *(_by_primary(context, primary, standby) if primary else ())]
    evidence += [quote(entry, standby) for entry in unanswered(standby, EXPLAINING)]
    if primary is not None:
        refusals = {LogMeaning.NO_HBA_ENTRY, LogMeaning.TOO_MANY_SENDERS, LogMeaning.SEGMENT_REMOVED}
        evidence += [quote(entry, primary) for entry in unanswered(primary, refusals)]
    remedy = "rebuild it with pg_basebackup, or bring the missing WAL back" if lasting else _REMEDY
    return context.finding("P03", chosen, standby, text, tuple(evidence), remedy=remedy, caused_by=caused_by)


_REMEDY = "look at the standby's log; check the network, pg_hba.conf on the primary, and that it is started"


def _by_standby(facts: HostFacts) -> list[Evidence]:
    quotes = []
    if (processes := facts.processes.value) is not None:
        receiver = processes.walreceiver
        words = f"walreceiver {receiver.state or 'without state'}" if receiver else "no walreceiver process"
        quotes.append(
            Evidence.of("processes", words if processes.running else "no server runs", facts.processes, facts.name)
        )
        if processes.startup is not None and processes.startup.segment is not None:
            words = f"{processes.startup.state} {processes.startup.segment}"
            quotes.append(Evidence.of("startup process", words, facts.processes, facts.name))
    if (status := facts.sql.value) is not None and status.walreceiver is not None:
        words = f"{status.walreceiver.status}, received {status.walreceiver.received}"
        quotes.append(Evidence.of("pg_stat_wal_receiver", words, facts.sql, facts.name))
    return quotes


def _by_primary(context: RegionContext, primary: HostFacts, standby: HostFacts) -> list[Evidence]:
    row, known = _row(context, primary, standby)
    if not known:
        return []
    if row is None:
        return [Evidence.of("pg_stat_replication", f"no row for {short(standby.name)}", primary.sql, primary.name)]
    return [row_quote(primary, row)]


def row_quote(primary: HostFacts, row: ReplicationRow) -> Evidence:
    """A row of pg_stat_replication as evidence."""
    words = f"{row.application_name} | {row.state} | {row.sync_state} | sent {row.sent} | replay {row.replayed}"
    return Evidence.of("pg_stat_replication", words, primary.sql, primary.name)


# --- P04 ---------------------------------------------------------------------------------------------------------


def check_lag(context: RegionContext) -> Iterable[Finding]:
    """P04: lag in bytes or seconds over a threshold. Unknown lag makes no finding here (H codes tell why)."""
    lag = context.lag
    limits = context.thresholds
    severity = _worse(_over(lag.bytes, limits.lag_bytes), _over(lag.seconds, limits.lag_seconds))
    primary = context.roles.primary
    if severity is None or primary is None:
        return
    standby = context.other(primary)
    if delayed(standby):
        severity = Severity.INFO
    trend = _trend(context, lag)
    words = "" if trend is None else f", {trend}"
    behind = [size(lag.bytes)] if lag.bytes is not None else []
    behind += [duration(lag.seconds)] if lag.seconds is not None else []
    intended = " (recovery_min_apply_delay)" if severity is Severity.INFO else ""
    yield context.finding(
        "P04",
        severity,
        standby,
        f"{short(standby.name)} is {', '.join(behind)} behind{words}{intended}",
        _lag_quotes(primary, standby, lag),
        remedy="see whether it receives (network, primary's WAL rate) or replays (disk, conflicts) too slowly",
        details={"lag_bytes": lag.bytes, "lag_seconds": lag.seconds, "trend": trend},
    )


def _over(value: float | None, limit: Threshold) -> Severity | None:
    if value is None or value < limit.warning:
        return None
    return Severity.CRITICAL if value >= limit.critical else Severity.WARNING


def _worse(first: Severity | None, second: Severity | None) -> Severity | None:
    known = [severity for severity in (first, second) if severity is not None]
    return min(known, key=lambda severity: severity.rank, default=None)


def _trend(context: RegionContext, lag: PairLag) -> str | None:
    """Whether the lag grows or shrinks since the earlier look; None on a single look."""
    if context.previous is None or lag.bytes is None:
        return None
    before = lag_of(pair_roles(context.previous, context.region)).bytes
    if before is None:
        return None
    if before == lag.bytes:
        return "steady"
    return "growing" if lag.bytes > before else "shrinking"


def _lag_quotes(primary: HostFacts, standby: HostFacts, lag: PairLag) -> tuple[Evidence, ...]:
    quotes = [Evidence.of("current position", lag.primary, primary.sql, primary.name)]
    witness = primary if lag.witness == "pg_stat_replication" else standby
    quotes.append(Evidence.of("replayed", f"{lag.standby} ({lag.witness})", witness.sql, standby.name))
    if (status := standby.sql.value) is not None:
        quotes.append(Evidence.of("received", status.received, standby.sql, standby.name))
        if status.replay_age is not None:
            words = f"{status.replay_age:.0f} s since the last replayed commit"
            quotes.append(Evidence.of("replay age", words, standby.sql, standby.name))
    return tuple(quotes)


def delayed(facts: HostFacts) -> bool:
    """Whether the standby is told to lag (recovery_min_apply_delay, 9.4+)."""
    status, configuration = facts.sql.value, facts.configuration.value
    running = status.apply_delay if status else None
    written = configuration.settings.get("recovery_min_apply_delay") if configuration else None
    value = running if running is not None else written
    return value is not None and value.strip("'\" ").lstrip("0") not in {"", "ms", "s", "min", "h", "d"}


# --- P05 ---------------------------------------------------------------------------------------------------------


def check_replay(context: RegionContext) -> Iterable[Finding]:
    """P05: replay paused by hand, or standing still while there is something to replay."""
    for facts in context.roles.playing(Role.STANDBY):
        status = facts.sql.value
        if status is None:
            continue
        if status.replay_paused:
            yield _paused(context, facts)
        elif not delayed(facts):
            yield from _stalled(context, facts)


def _paused(context: RegionContext, facts: HostFacts) -> Finding:
    status = facts.sql.value
    assert status is not None
    return context.finding(
        "P05",
        Severity.WARNING,
        facts,
        f"{short(facts.name)}: replay is paused at {status.replayed}",
        (
            Evidence.of("replay paused", "t", facts.sql, facts.name),
            Evidence.of("received, replayed", f"{status.received}, {status.replayed}", facts.sql, facts.name),
        ),
        remedy="resume it: select pg_wal_replay_resume() (up to 9.6: pg_xlog_replay_resume())",
    )


def _stalled(context: RegionContext, facts: HostFacts) -> Iterable[Finding]:
    stuck = _unmoved(context, facts)
    waiting = _waiting(context, facts)
    if not stuck and not waiting:
        return
    status = facts.sql.value
    assert status is not None
    words = "waits for WAL that does not come" if waiting else "has WAL to replay and does not move"
    quotes = [
        Evidence.of("received, replayed", f"{status.received}, {status.replayed}", facts.sql, facts.name),
        *_by_standby(facts),
    ]
    yield context.finding(
        "P05",
        Severity.WARNING,
        facts,
        f"{short(facts.name)}: replay stands still at {status.replayed}: it {words}",
        tuple(quotes),
        remedy="look for a long query on the standby (max_standby_streaming_delay), its disk, and its log",
        caused_by=next((item.key for item in check_streaming(context) if item.host == facts.name), None),
    )


def _unmoved(context: RegionContext, facts: HostFacts) -> bool:
    """Received past replayed at both looks, and the same replay position: nothing was replayed in between."""
    before, status = context.before(facts), facts.sql.value
    then = before.sql.value if before is not None else None
    if status is None or then is None or before is None or status.replayed is None or then.replayed != status.replayed:
        return False
    if then.received is None or status.received is None:
        return False
    pending = then.received.minus(status.replayed, context.arithmetic)
    first, second = before.sql.observed_at, facts.sql.observed_at
    if first is None or second is None or (second - first).total_seconds() < STALL_INTERVAL:
        return False
    return pending > 0 and status.received.minus(status.replayed, context.arithmetic) > 0


def _waiting(context: RegionContext, facts: HostFacts) -> bool:
    """The startup process waits for a segment, nothing receives, and the primary is certainly further."""
    processes, status = facts.processes.value, facts.sql.value
    primary = context.roles.primary
    current = primary.sql.value.current if primary is not None and primary.sql.value else None
    if processes is None or status is None or status.replayed is None or current is None:
        return False
    waits = processes.startup is not None and processes.startup.state.startswith("waiting")
    return waits and receiving(facts) is False and current.minus(status.replayed, context.arithmetic) > 0
