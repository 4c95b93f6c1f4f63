"""Conditions of a planned switch in a scripted region: gates, the proof that nothing is left behind, what follows."""

from __future__ import annotations

from collections.abc import Callable

from console.diagnosis.engine import diagnose
from console.diagnosis.fork_point import ran_as_primary, wal_timeline
from console.diagnosis.lock_proof import PAGE, system_identifier
from console.diagnosis.words import gibibytes, listed, short
from console.facts.archive import ArchiveDirectory
from console.facts.evidence import WalEnd
from console.facts.host import HostFacts
from console.facts.lag import arithmetic_of, names_of, row_of
from console.facts.lsn import Lsn, WalSegment
from console.facts.postgresql import ClusterState, HbaRule
from console.facts.snapshot import Snapshot
from console.operations.places import GATE_CHAIN
from console.runbooks.conditions.rulings import context_of, no, not_looked, pair, region_of, unseen, yes
from console.runbooks.plan import Condition, Ruling

_ENDED = {ClusterState.SHUT_DOWN_IN_RECOVERY, ClusterState.IN_ARCHIVE_RECOVERY}
_LONGEST_HEADER = 40
"""Bytes of the header of a segment's first page (XLogLongPageHeaderData)."""
_MUST_BE_GONE = frozenset({"P01", "P02", "P03", "P05", "P06", "P07", "P08", "S01", "S02", "S03", "S04", "S05", "S06"})


# --- the port's gate, by the firewall alone: quick, and never an older look of a client's -------------------------


def gate_closed(host: str) -> Condition:
    """The host's firewall lets no client to the database port."""
    return Condition(f"the database port of {short(host)} is closed to clients", _gate(host, wanted=False))


def gate_open(host: str) -> Condition:
    """The host's firewall lets clients to the database port."""
    return Condition(f"the database port of {short(host)} is open to clients", _gate(host, wanted=True))


def _gate(host: str, *, wanted: bool) -> Callable[[Snapshot], Ruling]:
    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        firewall = facts.firewall.value
        if firewall is None or firewall.database_port_open is None:
            return not_looked(facts, "the firewall", facts.firewall)
        rule = f": {firewall.rules[0]}" if firewall.rules else ""
        said = f"the firewall of {short(host)} is {'open' if firewall.database_port_open else 'closed'}{rule}"
        return yes(said) if firewall.database_port_open is wanted else no(said)

    return judge


def closed_by_own_rules(host: str) -> Condition:
    """The host's firewall lets no client in by its own rules: the gate of a run is gone, which a reboot would take away
    anyway.
    """
    closed = gate_closed(host)

    def judge(snapshot: Snapshot) -> Ruling:
        firewall, ruling = snapshot.facts(host).firewall.value, closed.judge(snapshot)
        if not ruling.holds or firewall is None:
            return ruling
        ours = next((rule for rule in firewall.rules if GATE_CHAIN in rule), None)
        return ruling if ours is None else no(f"it is a run's own gate that is closed on {short(host)}: {ours}")

    return Condition(f"the database port of {short(host)} is closed by the host's own rules", judge)


# --- may it begin -------------------------------------------------------------------------------------------------


def same_access_rules(region: str) -> Condition:
    """pg_hba.conf is the same on both: each must let the other in as its standby (G17)."""

    def judge(snapshot: Snapshot) -> Ruling:
        first, second = pair(snapshot, region)
        for facts in (first, second):
            if facts.configuration.value is None:
                return not_looked(facts, "pg_hba.conf", facts.configuration)
        ours, theirs = ([rule.text for rule in _hba(facts)] for facts in (first, second))
        if ours == theirs:
            return yes(f"the same {len(ours)} rules on both")
        here = listed([rule for rule in ours if rule not in theirs], 2) or "none"
        there = listed([rule for rule in theirs if rule not in ours], 2) or "none"
        return no(f"it differs (P09): only on {short(first.name)}: {here}; only on {short(second.name)}: {there}")

    return Condition("pg_hba.conf is the same on both hosts", judge)


def _hba(facts: HostFacts) -> tuple[HbaRule, ...]:
    return facts.configuration.value.hba if facts.configuration.value is not None else ()


def archive_writable(host: str) -> Condition:
    """The database's user can write into the host's WAL archive: as primary it must (section `archive`)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        if snapshot.fleet.region(region_of(snapshot, host)).archive is None:
            return yes("the region has no archive")
        directory = facts.archive.value.write if facts.archive.value is not None else None
        if directory is None or (directory.exists and directory.writable is None):
            return not_looked(facts, "the WAL archive", facts.archive)
        if not directory.exists:
            return no(f"{directory.path} is not there on {short(host)}")
        return yes(f"{directory.path} is writable") if directory.writable else no(f"{directory.path} is not writable")

    return Condition(f"the WAL archive of {short(host)} is writable", judge)


ARCHIVE_ROOM = 128 * 1024**2
"""Bytes that must be free in the archive before a promotion: its history file and the first segments go there."""


def archive_has_room(host: str) -> Condition:
    """The archive's file system is not full. `cp` into a full one leaves the new timeline's history file empty, and a
    standby that restores that follows nobody (measured: "unexpected timeline ID 2 in log segment", for ever).
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        archive = snapshot.fleet.region(region_of(snapshot, host)).archive
        if archive is None:
            return yes("the region has no archive")
        if facts.disks.value is None:
            return not_looked(facts, "the disks", facts.disks)
        disk = next((disk for disk in facts.disks.value if disk.path == archive.write), None)
        if disk is None:
            return not_looked(facts, f"the disk of {archive.write}", facts.disks)
        said = f"{gibibytes(disk.available)} free in {archive.write}"
        return yes(said) if disk.available >= ARCHIVE_ROOM else no(f"{said}: make room there first (A04)")

    return Condition(f"the WAL archive of {short(host)} has {gibibytes(ARCHIVE_ROOM)} of room", judge)


def few_to_archive(host: str, limit: int) -> Condition:
    """Fewer than `limit` WAL files wait for archiving: PostgreSQL archives them before it stops (G60)."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        queue = facts.archive_queue.value
        if queue is None:
            return not_looked(facts, "the archiving queue", facts.archive_queue)
        said = f"{queue.ready} WAL files of {short(host)} wait for archiving"
        return yes(said) if queue.ready < limit else no(f"{said}: a stop would wait for them (A03)")

    return Condition(f"fewer than {limit} WAL files of {short(host)} wait for archiving", judge)


def no_foreign_timeline(host: str, primary: str) -> Condition:
    """The archive of `host` knows no timeline later than the primary's: the next promotion would take its number for
    another history, and a standby would replay the wrong one. Section `archive`.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts, there = snapshot.facts(host), snapshot.facts(primary)
        timeline = wal_timeline(there)
        if snapshot.fleet.region(region_of(snapshot, host)).archive is None:
            return yes("the region has no archive")
        directory = facts.archive.value.write if facts.archive.value is not None else None
        if directory is None or (directory.exists and directory.readable is not True):
            return not_looked(facts, "the WAL archive", facts.archive)
        if timeline is None:
            return not_looked(there, "the timeline", there.control)
        later = [number for number in _timelines(directory) if number > timeline]
        said = f"{directory.path} on {short(host)}"
        if later:
            return no(f"{said} has WAL or history of timeline {max(later)}, {short(primary)} is on {timeline}")
        return yes(f"{said} has nothing later than timeline {timeline}")

    return Condition(f"the archive of {short(host)} knows no later timeline than {short(primary)}'s", judge)


def _timelines(directory: ArchiveDirectory) -> tuple[int, ...]:
    return directory.histories + tuple(run.last.timeline for run in directory.runs)


# --- the switch ---------------------------------------------------------------------------------------------------


def comes_from(primary: str, standby: str, address: str) -> Condition:
    """The standby's replication connection comes from `address`, which the closed gate will spare."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(primary)
        status = facts.sql.value
        if status is None:
            return not_looked(facts, "pg_stat_replication", facts.sql)
        region = snapshot.fleet.region(region_of(snapshot, primary))
        row = row_of(status, names_of(region, snapshot.facts(standby)))
        if row is None:
            return no(f"{short(standby)} does not stream")
        if row.client is None:
            return unseen(f"the address that {short(standby)} streams from is not shown")
        client = row.client.partition("/")[0]
        if client == address:
            return yes(f"it streams from {client}")
        return no(f"it streams from {client}, the gate would spare {address}: correct the address in the inventory")

    return Condition(f"{short(standby)} streams from the address {address}", judge)


WAL_END = "wal_end"
"""The section that `has_all_wal` needs of the stopped server: the end of its WAL, read from the latest checkpoint of
its own control file on, whatever the console knows of that. To be asked for with every look, also while the server
still runs: that drops an end that was read before.
"""


def has_all_wal(standby: str, stopped: str, timeline: int) -> Condition:
    """The standby has received and replayed all that the stopped server ever wrote: E is known to the byte, and its
    receive and replay position are E (DOMAIN 8). One that lies past E has another history.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        old, new = snapshot.facts(stopped), snapshot.facts(standby)
        status = new.sql.value
        if status is None:
            return not_looked(new, "psql's word", new.sql)
        if not status.in_recovery:
            return no(f"{short(standby)} is not in recovery")
        end = _end_of(old, timeline)
        if isinstance(end, Ruling):
            return end
        doubt = _one_history(old, new, timeline)
        return doubt or _reached(old, new, end)

    return Condition(f"{short(standby)} has all that {short(stopped)} ever wrote", judge)


def _end_of(old: HostFacts, timeline: int) -> Lsn | Ruling:
    """E to the byte, of the server as it is now; else why it is unknown."""
    name, processes, control = short(old.name), old.processes.value, old.control.value
    if processes is None:
        return not_looked(old, "the processes", old.processes)
    if processes.running:
        return no(f"{name} still runs")
    end: WalEnd | None = old.evidence.wal_end
    if end is None:
        return unseen(f"the end of {name}'s WAL is unknown: {'; '.join(old.evidence.errors) or 'not read yet'}")
    if not end.exact:
        return unseen(f"the end of {name}'s WAL is only known to lie between {end.lower} and {end.upper}")
    if end.timeline != timeline:
        return no(f"{name}'s WAL ends on timeline {end.timeline}, not {timeline}")
    if control is not None and control.state is not ClusterState.SHUT_DOWN:
        return no(f"{name} was not shut down cleanly: {control.state.value if control.state else 'unknown'}")
    if control is not None and control.checkpoint is not None:
        length = end.upper.minus(control.checkpoint, arithmetic_of(old))
        if not 0 < length <= PAGE:
            return unseen(f"the end {end.upper} that was read is not that of the checkpoint at {control.checkpoint}")
    return end.upper


def _one_history(old: HostFacts, new: HostFacts, timeline: int) -> Ruling | None:
    """Why the two positions could not be compared: another database, another timeline."""
    ours, theirs = system_identifier(new), system_identifier(old)
    if ours is None:
        return not_looked(new, "the system identifier", new.control)
    if theirs is not None and ours != theirs:
        return no(f"system identifiers differ: {ours}, {theirs}")
    told = _told_timelines(new)
    if told and max(told) > timeline:
        return no(f"{short(new.name)} is on timeline {max(told)}, not {timeline}")
    return None if timeline in told else unseen(f"{short(new.name)} does not show timeline {timeline} yet")


def _told_timelines(facts: HostFacts) -> set[int]:
    control, status = facts.control.value, facts.sql.value
    found = {status.timeline if status is not None else None}
    if control is not None:
        found |= {control.timeline, control.minimum_recovery_timeline}
    return {timeline for timeline in found if timeline}


def _reached(old: HostFacts, new: HostFacts, end: Lsn) -> Ruling:
    """Replayed to E exactly. What was received says nothing more (a restarted standby has received nothing), but for
    WAL past E that it would replay at its promotion.
    """
    status, arithmetic = new.sql.value, arithmetic_of(new, old)
    assert status is not None
    if status.replayed is None:
        return not_looked(new, "its positions", new.sql)
    place = f"{short(old.name)} ends at {end}, {short(new.name)} replayed {status.replayed} received {status.received}"
    missing = end.minus(status.replayed, arithmetic)
    if missing > 0 and not _only_a_page_header(status.replayed, missing):
        return no(f"{place}: {missing} bytes are missing")
    if missing < 0 or (status.received is not None and status.received.minus(end, arithmetic) > 0):
        return no(f"{place}: it has WAL that {short(old.name)} never wrote")
    return yes(place)


def _only_a_page_header(replayed: Lsn, missing: int) -> bool:
    """A record may end with its page; readers of WAL then name the place behind the next page's header."""
    return replayed.low % PAGE == 0 and missing <= _LONGEST_HEADER


def restartpoint_on(host: str, timeline: int) -> Condition:
    """The standby's control file is on the timeline: it made a restartpoint there, so that a promotion is short."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        found = facts.control.value.timeline if facts.control.value is not None else None
        if found is None:
            return not_looked(facts, "the control file", facts.control)
        said = f"its last restartpoint is on timeline {found}"
        return yes(said) if found == timeline else no(said)

    return Condition(f"{short(host)} has a restartpoint on timeline {timeline}", judge)


def promotion_witness(snapshot: Snapshot, host: str) -> tuple[tuple[str, str], ...]:
    """What `never_promoted` needs beside the fast sections where a stopped server's control file is unknown."""
    return ((host, "history"),) if snapshot.facts(host).control.value is None else ()


def never_promoted(host: str, timeline: int) -> Condition:
    """The server is stopped and never left recovery: what says so is still there (a promotion takes recovery.conf or
    standby.signal away before the first write, xlog.c exitArchiveRecovery), and its control file is a standby's.

    Where the control file is unknown (no pg_controldata), its history files tell: a promotion writes one of a later
    timeline than it followed. A recovery.done says nothing, since a base backup of a promoted server brings it along.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        processes, data, control = facts.processes.value, facts.data.value, facts.control.value
        if processes is None:
            return not_looked(facts, "the processes", facts.processes)
        if processes.running:
            return no(f"{short(host)} runs")
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if not data.standby_configured:
            return no(f"{short(host)} has no standby settings any more: it was promoted")
        if "promote" in data.files:
            return no(f"{data.path}/promote is still there: the next start would promote {short(host)}")
        if control is None:
            return _no_later_history(facts, timeline)
        if control.timeline is not None and control.timeline > timeline:
            return no(f"{short(host)} is on timeline {control.timeline}: it was promoted")
        if control.state not in _ENDED:
            return no(f"{short(host)} is {control.state.value if control.state else 'in an unknown state'}")
        return yes(f"{short(host)} is stopped, {control.state.value}, with its standby settings")

    return Condition(f"{short(host)} is stopped and was never promoted", judge)


def _no_later_history(facts: HostFacts, timeline: int) -> Ruling:
    history = facts.history.value
    if history is None:
        return not_looked(facts, "both the control file and the history files", facts.history)
    said = f"its newest history file is of timeline {history.timeline}"
    if history.timeline > timeline:
        return no(f"{short(facts.name)}: {said}, it followed timeline {timeline}: it was promoted, or was about to be")
    return yes(f"{short(facts.name)} is stopped, with its standby settings; {said}")


def not_promoted_since(host: str, timeline: int) -> Condition:
    """Nothing shows that the host became a primary on `timeline` or a later one: neither its own word nor its stopped
    data. One that cannot be asked shows nothing, and clients must not wait for it: who asks this has ordered no
    promotion, or has proof that it was not carried out.

    A primary of an earlier timeline is only one that was left behind, and was started by somebody. The history files
    have no say: those that were seen last may be of a copy that is no longer in place.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        status, found = facts.sql.value, max(_told_timelines(facts), default=None)
        if status is not None and status.in_recovery:
            return yes(f"{short(host)} is in recovery")
        if status is None and not _ended_as_primary(facts):
            return yes(f"nothing shows that {short(host)} was promoted")
        if found is None:
            return unseen(f"{short(host)} is a primary, its timeline is unknown")
        said = f"{short(host)} {'is' if status is not None else 'was'} a primary on timeline {found}"
        return yes(said) if found < timeline else no(f"{said}: it was promoted meanwhile")

    return Condition(f"{short(host)} was not promoted meanwhile", judge)


def _ended_as_primary(facts: HostFacts) -> bool:
    """The data of a server that is down, or does not answer, are seen to be those of a primary; a base backup that was
    never started still has its source's control file.
    """
    data, control = facts.data.value, facts.control.value
    if data is None or control is None or not data.exists:
        return False
    settled = data.standby_configured or "backup_label" in data.files
    return not settled and ran_as_primary(control) is True


def may_serve_again(second: str, first: str, timeline: int) -> Condition:
    """Host 2 would come up as the primary that it was, of `timeline`, and host 1 was not promoted meanwhile, as far as
    it can be asked: this alone decides whether clients are let in again.
    """
    other = not_promoted_since(first, timeline)

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(second)
        status, data, found = facts.sql.value, facts.data.value, max(_told_timelines(facts), default=None)
        if status is not None and status.in_recovery:
            return no(f"{short(second)} is a standby now")
        if status is None and data is None:
            return not_looked(facts, "the data directory", facts.data)
        if data is not None and data.standby_configured:
            return no(f"{short(second)} has standby settings now")
        if found is not None and found != timeline:
            return no(f"{short(second)} is on timeline {found} now, not {timeline}")
        return other.judge(snapshot)

    return Condition(f"{short(second)} may serve again: {other.words}", judge)


def promoted(host: str) -> Condition:
    """The server was promoted: it answers and is not in recovery, or it is down and its standby settings are gone (a
    promotion takes them away), so that it would start as a primary.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        status, processes = facts.sql.value, facts.processes.value
        if status is not None:
            said = f"pg_is_in_recovery() on {short(host)} = {'t' if status.in_recovery else 'f'}"
            return no(said) if status.in_recovery else yes(said)
        if processes is None or processes.running:
            return not_looked(facts, "psql's word", facts.sql)
        return _down_but_promoted(facts)

    return Condition(f"{short(host)} was promoted", judge)


def _down_but_promoted(facts: HostFacts) -> Ruling:
    data = facts.data.value
    if data is None:
        return not_looked(facts, "the data directory", facts.data)
    if data.exists and not data.standby_configured:
        return yes(f"{short(facts.name)} is down, and was promoted before: its standby settings are gone")
    return no(f"{short(facts.name)} is down, and was not promoted")


def no_primary_seen(host: str) -> Condition:
    """The server, whose stop was verified, has not been seen to run as a primary since. One that cannot be asked any
    more is no reason to keep clients waiting: it neither starts at boot nor opens its port by itself.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        status, processes = facts.sql.value, facts.processes.value
        if status is not None and not status.in_recovery:
            return no(f"{short(host)} runs as a primary again")
        if processes is not None and processes.running and status is None:
            return unseen(f"{short(host)} runs again, its role is unknown")
        if processes is None:
            return yes(f"{short(host)} was stopped before, and cannot be asked now")
        return yes(f"{short(host)} is {'in recovery' if processes.running else 'stopped'}")

    return Condition(f"{short(host)} is not seen as a primary again", judge)


def fit_for_promotion(standby: str, stopped: str, timeline: int) -> Condition:
    """Behind its closed gate, with all that the stopped server ever wrote. One that went down after its promotion need
    not prove that again.
    """
    closed, whole = gate_closed(standby), has_all_wal(standby, stopped, timeline)

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(standby)
        if facts.processes.value is not None and not facts.processes.value.running:
            return _down_but_promoted(facts)
        gate = closed.judge(snapshot)
        return whole.judge(snapshot) if gate.holds else gate

    return Condition(f"{whole.words}, and its port is closed to clients", judge)


# --- the old primary as a standby ---------------------------------------------------------------------------------


def follows_by_settings(host: str, primary: str) -> Condition:
    """The next start would be as a standby, and of `primary`, where its settings can be read. (That it streams from
    there is seen later.)
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if not data.standby_configured:
            return no(f"{short(host)} has no standby settings")
        upstream = data.recovery.primary_host if data.recovery is not None else None
        if upstream is None:
            return yes(f"{short(host)} would start as a standby; of whom is not shown")
        if upstream.casefold() in {name.casefold() for name in _names(snapshot, primary)}:
            return yes(f"{short(host)} would start as a standby of {upstream}")
        return no(f"{short(host)} would follow {upstream}")

    return Condition(f"{short(host)} is set up to follow {short(primary)}", judge)


def _names(snapshot: Snapshot, host: str) -> tuple[str, ...]:
    region = snapshot.fleet.region(region_of(snapshot, host))
    return (host, short(host), *names_of(region, snapshot.facts(host)))


def history_leads_on(stopped: str, primary: str, timeline: int) -> Condition:
    """The primary's newest history left `timeline` where the stopped server's WAL ends, or later: so its WAL is a part
    of it, and it may follow as it is (DOMAIN 8). Sections `history` of the primary, `wal_end` of the other.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        old, new = snapshot.facts(stopped), snapshot.facts(primary)
        history = new.history.value
        if history is None:
            return not_looked(new, "the history file", new.history)
        switch = history.switch_from(timeline)
        if switch is None:
            return no(f"the history of {short(primary)} (timeline {history.timeline}) never was on timeline {timeline}")
        end = _end_of(old, timeline)
        if isinstance(end, Ruling):
            return end
        said = f"{short(stopped)} ends at {end}, timeline {timeline} was left at {switch.lsn or switch.segment}"
        if switch.lsn is not None:
            return yes(said) if end.minus(switch.lsn, arithmetic_of(new, old)) <= 0 else no(said)
        if switch.segment is None:
            return unseen(f"{said}: the switch point is unknown")
        return yes(said) if _within(end, switch.segment) else no(said)

    return Condition(f"all of {short(stopped)}'s WAL lies in the history of {short(primary)}", judge)


def _within(end: Lsn, segment: WalSegment) -> bool:
    """9.2's history names only the segment (DOMAIN 3.1): the last byte of E's WAL must lie in it or before."""
    return WalSegment.containing(segment.timeline, end) <= segment


def history_read(primary: str, timeline: int) -> Condition:
    """The text of the primary's newest history file was read, and it is of a later timeline than `timeline`."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(primary)
        history = facts.history.value
        if history is None:
            return not_looked(facts, "the history file", facts.history)
        if history.timeline <= timeline:
            return no(f"the newest history on {short(primary)} is of timeline {history.timeline}")
        if not history.content:
            return unseen(f"the text of the history file of timeline {history.timeline} was not read")
        return yes(f"{history.timeline:08X}.history, {len(history.content)} characters")

    return Condition(f"the history file of {short(primary)}'s new timeline is known", judge)


def pair_is_sound(region: str) -> Condition:
    """The diagnosis finds nothing of what a failback is to end, and nothing that it could have caused."""

    def judge(snapshot: Snapshot) -> Ruling:
        context = context_of(snapshot, region)
        for facts in context.hosts:
            if facts.sql.value is None:
                return not_looked(facts, "psql's word", facts.sql)
        found = [item for item in diagnose(snapshot) if item.region == region and item.code in _MUST_BE_GONE]
        if found:
            return no(f"{found[0].code}: {found[0].summary}")
        primary = context.roles.primary
        if primary is None or primary.name != context.region.databases[0].name:
            return no(f"{short(context.region.databases[0].name)} is not the one primary")
        return yes(f"{short(primary.name)} is the primary, and nothing of {', '.join(sorted(_MUST_BE_GONE))} is found")

    return Condition(f"{region} runs normally again", judge)
