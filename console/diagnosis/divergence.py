"""P06 diverged, P07 system identifiers differ, P08 an old primary has WAL that the new one never got (DOMAIN 0, 7)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from console.diagnosis.context import RegionContext
from console.diagnosis.end_of_wal import end_of_wal, running_end
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.fork_point import ran_as_primary, wal_timeline
from console.diagnosis.lock import amount, fork_of
from console.diagnosis.lock_proof import LockProof, Verdict, judge, system_identifier
from console.diagnosis.logs import quote, since_start, unanswered
from console.diagnosis.replication import receiving, row_quote
from console.diagnosis.words import short, size
from console.facts.host import HostFacts
from console.facts.lag import bytes_ahead, bytes_ahead_in_row, row_of
from console.facts.postgresql import LogEntry, LogMeaning, ReplicationRow
from console.facts.roles import Role

LOOPS = 3
"""How often the end of WAL must be met at one position since the start to be the loop of DOMAIN 0.2."""

_DIVERGED = {
    LogMeaning.FORKED_BEFORE: "the primary forked off before its recovery point",
    LogMeaning.NOT_IN_HISTORY: "its position is not in the primary's history",
    LogMeaning.AHEAD_OF_PRIMARY: "it asks for WAL that the primary does not have",
}


def check_divergence(context: RegionContext) -> Iterable[Finding]:
    """P06: the standby's history is not the primary's, however healthy the attributes look (DOMAIN 0.1)."""
    primary = context.roles.primary
    if primary is None:
        return
    standby = context.other(primary)
    if context.role(standby) in {Role.PRIMARY, Role.STOPPED}:
        return
    reason, evidence, ahead = _proof(context, primary, standby)
    if not reason:
        return
    yield context.finding(
        "P06",
        Severity.CRITICAL,
        standby,
        f"{short(standby.name)} has diverged from {short(primary.name)}: {reason}",
        (*evidence, *_called_healthy(context, standby)),
        remedy="rebuild it with pg_basebackup, its old data kept aside; do not fail over to it",
        details={"bytes_ahead": ahead},
    )


def _proof(
    context: RegionContext, primary: HostFacts, standby: HostFacts
) -> tuple[str, tuple[Evidence, ...], int | None]:
    """The first proof that holds: why in a few words, the facts, and the bytes it is ahead where that is the proof."""
    row = row_of(primary.sql.value, context.names(standby)) if primary.sql.value is not None else None
    ahead, quotes = _ahead(context, primary, standby, row)
    if ahead:
        return f"it replayed {size(ahead)} past the primary", quotes, ahead
    for reason, found in (
        _past_the_fork(context, primary, standby),
        _timeline_above(primary, standby, row),
        _log_says(primary, standby, row),
        _loop(standby),
    ):
        if reason:
            return reason, found, None
    return "", (), None


_Proof = tuple[str, tuple[Evidence, ...]]
_NONE: _Proof = ("", ())


def _ahead(
    context: RegionContext, primary: HostFacts, standby: HostFacts, row: ReplicationRow | None
) -> tuple[int, tuple[Evidence, ...]]:
    """Negative lag that nothing but another history explains: in one row of the primary's, or over two looks."""
    status, arithmetic = primary.sql.value, context.arithmetic
    if status is None:
        return 0, ()
    current = Evidence.of("current position", status.current, primary.sql, primary.name)
    in_row = bytes_ahead_in_row(status, row, arithmetic) if row is not None else None
    if in_row and row is not None:
        return in_row, (row_quote(primary, row), current)
    own = bytes_ahead(primary, standby, context.before(standby), arithmetic)
    if own and standby.sql.value is not None:
        return own, (Evidence.of("replayed", standby.sql.value.replayed, standby.sql, standby.name), current)
    return 0, ()


def _past_the_fork(context: RegionContext, primary: HostFacts, standby: HostFacts) -> _Proof:
    """Its minimum recovery point lies on a timeline past the point where the primary's history left that one (9.3+)."""
    control, history = standby.control.value, primary.history.value
    if control is None or history is None or control.minimum_recovery is None or not control.minimum_recovery.valid:
        return _NONE
    timeline = control.minimum_recovery_timeline
    if not timeline or timeline == history.timeline:
        return _NONE
    switch = history.switch_from(timeline)
    if switch is None or switch.lsn is None:
        return _NONE
    if control.minimum_recovery.minus(switch.lsn, context.arithmetic) <= 0:
        return _NONE
    reached = f"{control.minimum_recovery} on timeline {timeline}"
    return f"it recovered to {reached}, left at {switch.lsn}", (
        Evidence.of("minimum recovery point", reached, standby.control, standby.name),
        Evidence.of("history", f"timeline {timeline} until {switch.lsn}", primary.history, primary.name),
    )


def _timeline_above(primary: HostFacts, standby: HostFacts, row: ReplicationRow | None) -> _Proof:
    """The timeline of its last restartpoint is not in the primary's history. (That of its stream may run ahead of
    what is known of a primary just promoted: its history file is read once a minute. A restartpoint comes after the
    primary's own checkpoint on that timeline, which every poll sees.)
    """
    theirs, control, history = wal_timeline(primary), standby.control.value, primary.history.value
    ours = control.timeline if control is not None else None
    if ours is None or theirs is None or history is None or ours == theirs or _streams(row):
        return _NONE
    if ours < theirs and (history.timeline < theirs or history.switch_from(ours) is not None):
        return _NONE
    return f"its timeline {ours} is not in the history of timeline {theirs}", (
        Evidence.of("timeline", ours, standby.control, standby.name),
        Evidence.of("timeline", theirs, primary.history, primary.name),
    )


def _streams(row: ReplicationRow | None) -> bool:
    return row is not None and row.state == "streaming"


def _log_says(primary: HostFacts, standby: HostFacts, row: ReplicationRow | None) -> _Proof:
    """The server's own words, with no recovery since."""
    if _streams(row):
        return _NONE
    found = unanswered(standby, set(_DIVERGED))
    if not found:
        return _NONE
    last = found[-1]
    assert last.meaning is not None
    theirs = unanswered(primary, {LogMeaning.NOT_IN_HISTORY, LogMeaning.AHEAD_OF_PRIMARY})
    quotes = [quote(entry, standby) for entry in found] + [quote(entry, primary) for entry in theirs]
    return _DIVERGED[last.meaning], tuple(quotes)


def _loop(standby: HostFacts) -> _Proof:
    """End of WAL at one position again and again, and a walreceiver terminated right after it: the primary's WAL is
    another one there (DOMAIN 0.2). With a kept timeline, and on 9.2, there is no other message.
    """
    if receiving(standby):
        return _NONE
    entries = tuple(entry for entry in since_start(standby) if entry.meaning in _LOOP_MEANINGS)
    ends = [entry for entry in entries if entry.meaning is LogMeaning.END_OF_WAL]
    same = [entry for entry in ends if entry.lsn == ends[-1].lsn]
    cut = _terminated_at_the_end(entries)
    if len(same) < LOOPS or cut is None:
        return _NONE
    quotes = [quote(entry, standby) for entry in (*same[-2:], cut)]
    return f"no valid record at {same[-1].lsn or 'its end'}, {len(same)} times", tuple(quotes)


_LOOP_MEANINGS = {LogMeaning.STREAMING_STARTED, LogMeaning.END_OF_WAL, LogMeaning.WALRECEIVER_TERMINATED}


def _terminated_at_the_end(entries: tuple[LogEntry, ...]) -> LogEntry | None:
    """A walreceiver that was terminated right after an end of WAL; at a shutdown or promotion none stands before."""
    pairs = pairwise(entries)
    found = [
        after
        for before, after in pairs
        if before.meaning is LogMeaning.END_OF_WAL and after.meaning is LogMeaning.WALRECEIVER_TERMINATED
    ]
    return found[-1] if found else None


def _called_healthy(context: RegionContext, standby: HostFacts) -> tuple[Evidence, ...]:
    """Pacemaker's attributes, as the witness that disagrees."""
    agent = context.agent(standby)
    if agent is None or agent.view is None:
        return ()
    state = agent.state
    words = f"{state.data_status} / {state.status} / {state.master_score}"
    healthy = (state.data_status or "").startswith("STREAMING")
    fact = "Pacemaker calls it healthy" if healthy else "attributes"
    return (agent.view.quote(fact, words, standby.name),)


# --- P07 ---------------------------------------------------------------------------------------------------------


def check_identifiers(context: RegionContext) -> Iterable[Finding]:
    """P07: the two data directories are not copies of one database."""
    first, second = context.hosts
    ours, theirs = system_identifier(first), system_identifier(second)
    if ours is not None and theirs is not None:
        if ours != theirs:
            quotes = tuple(_identifier(facts) for facts in context.hosts)
            yield _not_one_database(context, None, f"{ours} and {theirs}", quotes)
        return
    for facts in context.roles.playing(Role.STANDBY):
        if found := unanswered(facts, {LogMeaning.SYSTEM_IDENTIFIER_DIFFERS}):
            quotes = tuple(quote(entry, facts) for entry in found)
            yield _not_one_database(context, facts, f"{short(facts.name)}'s log says so", quotes)


def _identifier(facts: HostFacts) -> Evidence:
    observed = facts.control if facts.control.known else facts.sql
    return Evidence.of("system identifier", system_identifier(facts), observed, facts.name)


def _not_one_database(
    context: RegionContext, facts: HostFacts | None, words: str, quotes: tuple[Evidence, ...]
) -> Finding:
    return context.finding(
        "P07",
        Severity.CRITICAL,
        facts,
        f"{context.region.name}: system identifiers differ: {words}",
        quotes,
        remedy="find out which directory is the right database before anything is started or rebuilt",
    )


# --- P08 ---------------------------------------------------------------------------------------------------------


def check_only_here(context: RegionContext) -> Iterable[Finding]:
    """P08: an old primary, stopped or running by itself, has WAL that the new one never got."""
    for new, old in pairs_to_compare(context):
        proof = compare(context, old, new)
        if proof.verdict is Verdict.UNSAFE and not _differ(old, new):
            yield _only_here(context, old, new, proof)


def pairs_to_compare(context: RegionContext) -> list[tuple[HostFacts, HostFacts]]:
    """(new, old): the primary and a stopped former one; of two primaries, the one on the newer timeline first."""
    primary = context.roles.primary
    if primary is not None:
        old = context.other(primary)
        control, data = old.control.value, old.data.value
        copied = data is not None and "backup_label" in data.files
        stopped = old.processes.value is not None and not old.processes.value.running
        was_primary = control is not None and ran_as_primary(control) is True and not copied
        return [(primary, old)] if stopped and was_primary else []
    both = context.roles.playing(Role.PRIMARY)
    timelines = [wal_timeline(facts) for facts in both]
    if len(both) < 2 or None in timelines or timelines[0] == timelines[1]:
        return []
    first, second = both
    return [(first, second)] if (timelines[0] or 0) > (timelines[1] or 0) else [(second, first)]


def compare(context: RegionContext, old: HostFacts, new: HostFacts) -> LockProof:
    """E against F for an old primary; a running one's E is where it writes now."""
    fork = fork_of(context, old, new)
    current = old.sql.value.current if old.sql.value is not None else None
    running = old.processes.value is None or old.processes.value.running
    end = running_end(old, current) if running and current is not None else end_of_wal(old, context.arithmetic)
    return judge(old, new, fork, end, context.arithmetic)


def _differ(old: HostFacts, new: HostFacts) -> bool:
    """Two databases: that is P07, and nothing of one is missing in the other."""
    ours, theirs = system_identifier(old), system_identifier(new)
    return ours is not None and theirs is not None and ours != theirs


def _only_here(context: RegionContext, old: HostFacts, new: HostFacts, proof: LockProof) -> Finding:
    only_noise = proof.commits_only_here == 0
    running = old.processes.value is None or old.processes.value.running
    return context.finding(
        "P08",
        Severity.WARNING if only_noise else Severity.CRITICAL,
        old,
        f"{short(old.name)} has {amount(proof)} that {short(new.name)} never got",
        (Evidence("verdict", proof.reason), *proof.evidence),
        remedy=_RUNNING if running else _STOPPED,
        details={"bytes_only_here": proof.bytes_only_here, "commits_only_here": proof.commits_only_here},
    )


_STOPPED = "save its data directory, list what only it has, then rebuild it with pg_basebackup; never start it as it is"
_RUNNING = "keep clients away from it, save what only it has, then stop it and rebuild it with pg_basebackup"
