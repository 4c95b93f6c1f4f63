"""Does the standby stream from the primary, on its history, and how far is it behind; may it log in at all."""

from __future__ import annotations

from console.diagnosis.context import RegionContext
from console.diagnosis.divergence import check_divergence
from console.diagnosis.fork_point import wal_timeline
from console.diagnosis.host_condition import same_name
from console.diagnosis.lock_proof import system_identifier
from console.diagnosis.replication import receiving
from console.diagnosis.settings import setting
from console.diagnosis.words import gibibytes, short, size
from console.facts.host import HostFacts
from console.facts.lag import arithmetic_of, bytes_ahead, bytes_ahead_in_row, measure, names_of, row_of
from console.facts.postgresql import ReplicationRow, SqlStatus
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import context_of, entry, no, not_looked, pair, unseen, yes
from console.runbooks.plan import Answer, Condition, Ruling


def streams(region: str, standby: str, primary: str) -> Condition:
    """The primary has a row for it in state `streaming`, it has a walreceiver, it is the same database on the same
    timeline, and it has replayed nothing past the primary (DOMAIN 0.1, 0.2).
    """

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        here, there = snapshot.facts(standby), snapshot.facts(primary)
        status = there.sql.value
        if status is None:
            return not_looked(there, "pg_stat_replication", there.sql)
        if status.in_recovery:
            return no(f"{short(primary)} is a standby itself")
        row = row_of(status, names_of(context.region, here))
        if row is None:
            return no(f"{short(primary)} has no row for {short(standby)} in pg_stat_replication")
        return _first_doubt(
            _row(row), _receives(here), _one_database(here, there), _same_timeline(here, there)
        ) or _not_past(context, here, there, status, row)

    return Condition(f"{short(standby)} streams from {short(primary)}, and never past it", judge)


def _first_doubt(*rulings: Ruling) -> Ruling | None:
    """A no before an unknown; None where all hold."""
    wanted = [ruling for ruling in rulings if not ruling.holds]
    return next((ruling for ruling in wanted if ruling.answer is Answer.NO), wanted[0] if wanted else None)


def _row(row: ReplicationRow) -> Ruling:
    if row.state is None:
        return unseen("the state in pg_stat_replication may not be seen")
    said = f"pg_stat_replication: {row.application_name} {row.state}"
    return yes(said) if row.state == "streaming" else no(said)


def _receives(standby: HostFacts) -> Ruling:
    found = receiving(standby)
    if found is None:
        return not_looked(standby, "the walreceiver", standby.processes)
    status = standby.sql.value
    if status is not None and not status.in_recovery:
        return no(f"{short(standby.name)} is not in recovery")
    return yes("a walreceiver runs") if found else no(f"no walreceiver runs on {short(standby.name)}")


def _one_database(standby: HostFacts, primary: HostFacts) -> Ruling:
    ours, theirs = system_identifier(standby), system_identifier(primary)
    if ours is None or theirs is None:
        facts = standby if ours is None else primary
        return not_looked(facts, "the system identifier", facts.control)
    return yes(f"system identifier {ours}") if ours == theirs else no(f"system identifiers differ: {ours}, {theirs}")


def _same_timeline(standby: HostFacts, primary: HostFacts) -> Ruling:
    """9.2's walreceiver refuses a primary on another timeline than its own recovery's (walreceiver.c), so that its
    streaming proves it; from 9.3 on a standby may stream an old timeline on its way to the newest.
    """
    theirs, status, control = wal_timeline(primary), standby.sql.value, standby.control.value
    if status is not None and status.version.classic_wal:
        return yes("9.2 streams from its own timeline only")
    told = (status.timeline if status else None, control.timeline if control else None)
    ours = max((timeline for timeline in told if timeline is not None), default=None)
    if ours is None or theirs is None:
        return unseen(f"the timeline of {short(standby.name if ours is None else primary.name)} is unknown")
    if ours == theirs:
        return yes(f"both on timeline {theirs}")
    return no(f"{short(standby.name)} is on timeline {ours}, {short(primary.name)} on {theirs}")


def _not_past(
    context: RegionContext, standby: HostFacts, primary: HostFacts, status: SqlStatus, row: ReplicationRow
) -> Ruling:
    if row.replayed is None or status.current is None:
        return unseen(f"how far {short(standby.name)} has replayed is unknown")
    arithmetic = arithmetic_of(primary, standby)
    ahead = bytes_ahead_in_row(status, row, arithmetic) or bytes_ahead(primary, standby, None, arithmetic)
    if ahead:
        return no(f"{short(standby.name)} replayed {size(ahead)} past {short(primary.name)}: it has another history")
    place = f"replayed {row.replayed} of {status.current}, timeline {wal_timeline(primary)}"
    return yes(f"{row.application_name} streaming, {place}")


def on_the_primarys_history(region: str, standby: str) -> Condition:
    """Nothing shows that it left the primary's history: no position past it, no refusal, no loop in its log (P06).

    It needs the standby's section `log`.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        facts = snapshot.facts(standby)
        found = next((finding for finding in check_divergence(context) if finding.host == standby), None)
        if found is not None:
            return no(found.summary)
        if context.roles.primary is None:
            return unseen("there is not exactly one known primary")
        if facts.log.value is None:
            return not_looked(facts, "the server log", facts.log)
        return yes(f"no sign of another history on {short(standby)}, nor in its log")

    return Condition(f"{short(standby)} stays on the primary's history", judge)


def caught_up(standby: str, primary: str, limit: int) -> Condition:
    """The standby has replayed all of the primary's WAL but at most `limit` bytes."""

    def judge(snapshot: Snapshot) -> Ruling:
        region = snapshot.fleet.region(entry(snapshot, standby).region)
        here, there = snapshot.facts(standby), snapshot.facts(primary)
        lag = measure(there, here, names_of(region, here))
        if lag.bytes is None:
            return unseen(lag.reason or "the lag is unknown")
        said = f"{size(lag.bytes)} behind (replayed {lag.standby} of {lag.primary})"
        return yes(said) if 0 <= lag.bytes <= limit else no(said)

    return Condition(f"{short(standby)} is at most {gibibytes(limit)} behind {short(primary)}", judge)


def senders_left(facts: HostFacts) -> int | None:
    """Walsenders that a primary can still start; None where settings or pg_stat_replication were not seen."""
    found, status = setting(facts, "max_wal_senders"), facts.sql.value
    if found is None or status is None or not found[0].isdigit():
        return None
    return int(found[0]) - len(status.replication)


def free_walsenders(primary: str, wanted: int) -> Condition:
    """max_wal_senders less the rows of pg_stat_replication (G37)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(primary)
        left, status = senders_left(facts), facts.sql.value
        if left is None or status is None:
            return not_looked(facts, "the number of free walsenders", facts.sql if status is None else facts.settings)
        said = f"max_wal_senders on {short(primary)} leaves {max(0, left)} beside {len(status.replication)} in use"
        return yes(said) if left >= wanted else no(f"{said}, {wanted} needed: stop a base backup, or raise it")

    words = "a walsender is" if wanted == 1 else f"{wanted} walsenders are"
    return Condition(f"{words} free on {short(primary)}", judge)


def follows(host: str, address: str) -> Condition:
    """Its settings make it a standby of `address`; a copy may bring the primary's own, older ones along."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "the recovery settings", facts.data)
        found = data.recovery.primary_host if data.recovery is not None else None
        if found is None:
            return no(f"primary_conninfo on {short(host)} names no host")
        said = f"primary_conninfo on {short(host)} leads to {found}"
        return yes(said) if found.casefold() == address.casefold() else no(said)

    return Condition(f"{short(host)} follows {address}", judge)


def history_archived(snapshot: Snapshot, host: str, timeline: int) -> bool:
    """Whether the archive that the host reads is seen to hold that timeline's history file (section `archive`)."""
    archive = snapshot.facts(host).archive.value
    directory = archive.read if archive is not None else None
    return directory is not None and directory.readable is True and timeline in directory.histories


def history_reached(host: str, primary: str, timeline: int, *, brought: bool) -> Condition:
    """A 9.2 standby gets at the history file of the primary's timeline, without which it waits for ever (DOMAIN 8): in
    the archive, or, where it may be `brought` there, its text was read on the primary (section `history`).
    """
    name = f"{timeline:08X}.history"

    def judge(snapshot: Snapshot) -> Ruling:
        if history_archived(snapshot, host, timeline):
            return yes(f"{name} is in the archive that {short(host)} reads")
        if not brought:
            return no(
                f"{name} is not seen in the archive that {short(host)} reads, and its WAL is not proven to be a part "
                f"of that history: copy the file there from {short(primary)}'s pg_xlog, or rebuild the node"
            )
        facts = snapshot.facts(primary)
        history = facts.history.value
        if history is None:
            return not_looked(facts, "the history file", facts.history)
        if history.timeline == timeline and history.content:
            return yes(f"{name} was read on {short(primary)}, and is brought to {short(host)}")
        return no(f"the newest history on {short(primary)} is of timeline {history.timeline}, or its text was not read")

    return Condition(f"{short(host)} gets at the history of timeline {timeline}", judge)


def _by_name(facts: HostFacts, name: str) -> Ruling:
    identity = facts.identity.value
    if identity is None:
        return not_looked(facts, "the name", facts.identity)
    said = f"{short(facts.name)} calls itself {identity.hostname}"
    return yes(said) if same_name(facts.name, identity.hostname) else no(f"{said}, {name} leads elsewhere")


def leads_to(address: str, host: str) -> Condition:
    """`address`, which replication connects to, is the host's: by its name, or by its own interfaces."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts, inventory = snapshot.facts(host), entry(snapshot, host)
        if address.casefold() in {inventory.name.casefold(), inventory.node.casefold(), short(host).casefold()}:
            return _by_name(facts, address)
        for other in pair(snapshot, inventory.region):
            if other.name != host and address in (other.addresses.value or ()):
                return no(f"{address} is on {short(other.name)}")
        if facts.addresses.value is None:
            return not_looked(facts, "the addresses", facts.addresses)
        if address in facts.addresses.value:
            return yes(f"{address} is on {short(host)}")
        return (
            yes(f"{address} is its address")
            if address == inventory.address
            else no(f"{address} is not on {short(host)}")
        )

    return Condition(f"{address} leads to {short(host)}", judge)
