"""F of DOMAIN 7: up to where a new primary has everything of the old one's timeline. Pure functions on facts."""

from __future__ import annotations

from dataclasses import dataclass

from console.diagnosis.finding import Evidence
from console.facts.cluster import AgentState
from console.facts.host import HostFacts
from console.facts.lsn import SEGMENT_SIZE, Lsn
from console.facts.postgresql import ClusterState, ControlData, TimelineHistory, TimelineSwitch

_RAN_AS_PRIMARY = {
    ClusterState.IN_PRODUCTION,
    ClusterState.SHUT_DOWN,
    ClusterState.SHUTTING_DOWN,
    ClusterState.IN_CRASH_RECOVERY,
}
_RAN_AS_STANDBY = {ClusterState.IN_ARCHIVE_RECOVERY, ClusterState.SHUT_DOWN_IN_RECOVERY}


@dataclass(frozen=True, slots=True)
class Fork:
    """F. Exact where lower == upper; a 9.2 history file names only the segment, then it is a range.

    `diverged` says that N's history never contained O's timeline: then O's WAL is not N's at all. `lower` and
    `upper` are None when unknown, and `missing` says why. `how` says where it comes from.
    """

    lower: Lsn | None = None
    upper: Lsn | None = None
    how: str = ""
    missing: str = ""
    diverged: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def exact(self) -> Lsn | None:
        """F where it is known to the byte."""
        return self.lower if self.lower == self.upper else None


def ran_as_primary(control: ControlData) -> bool | None:
    """Whether the server last ran as a primary; None where the control file does not tell."""
    if control.state in _RAN_AS_PRIMARY:
        return True
    return False if control.state in _RAN_AS_STANDBY else None


def wal_timeline(facts: HostFacts) -> int | None:
    """The timeline that a host's own WAL is on; None when unknown.

    Right after a promotion the control file still shows the old timeline, until the first checkpoint (DOMAIN 3.4);
    the new timeline's history file, written first, tells. Of a standby that file may be a fetched one.
    """
    control, history = facts.control.value, facts.history.value
    told = [control.timeline if control else None, facts.sql.value.timeline if facts.sql.value else None]
    if history is not None and (control is None or ran_as_primary(control) is not False):
        told.append(history.timeline)
    return max((timeline for timeline in told if timeline is not None), default=None)


def fork_point(old: HostFacts, new: HostFacts, agent: AgentState | None, quote: Evidence | None = None) -> Fork:
    """F of DOMAIN 7: the switch point in N's history, or the agent's baseline where N kept the timeline.

    `agent` are N's attributes, `quote` the evidence to give for its baseline (whose view it was).
    """
    ours, theirs = wal_timeline(old), wal_timeline(new)
    if ours is None:
        return Fork(missing=f"the timeline of {old.name}'s WAL (its control file could not be read)")
    if theirs is None:
        return Fork(missing=f"the timeline of {new.name}")
    if theirs == ours:
        return _same_timeline(old, new, agent, quote, ours)
    history = new.history.value
    if history is None or history.timeline < theirs:
        return Fork(missing=f"the history file of {new.name}'s timeline {theirs}: {new.history.error or 'not read'}")
    switch = history.switch_from(ours)
    if switch is not None:
        return _switched(switch, theirs, new)
    return _foreign_timeline(old, new, history, ours)


def _same_timeline(old: HostFacts, new: HostFacts, agent: AgentState | None, quote: Evidence | None, tli: int) -> Fork:
    """N kept the timeline (restart_on_promote=true): only the agent's baseline knows where it took over."""
    ours, theirs = old.history.value, new.history.value
    if ours is not None and theirs is not None and ours.timeline == theirs.timeline == tli and _differ(ours, theirs):
        parted = _last_shared(ours, theirs)
        return Fork(
            parted,
            parted,
            diverged=True,
            how=f"both have a timeline {tli} of their own: their history files differ",
            evidence=(
                Evidence.of("history", _words(ours), old.history, old.name),
                Evidence.of("history", _words(theirs), new.history, new.name),
            ),
        )
    baseline = agent.baseline if agent else None
    if baseline is None or not baseline.valid:
        why = "it is gone once the cluster was restarted there"
        return Fork(missing=f"the fork point: {new.name} is on timeline {tli} too, and its baseline is unknown ({why})")
    value = quote or Evidence("master-baseline", str(baseline), "crm_mon", new.name)
    return Fork(
        baseline,
        baseline,
        f"{new.name} kept timeline {tli}; the agent's baseline at its promotion",
        "",
        False,
        (value,),
    )


def _differ(ours: TimelineHistory, theirs: TimelineHistory) -> bool:
    known = {switch.timeline: switch.lsn for switch in theirs.switches}
    return any(
        switch.timeline in known
        and None not in (switch.lsn, known[switch.timeline])
        and known[switch.timeline] != switch.lsn
        for switch in ours.switches
    )


def _switched(switch: TimelineSwitch, timeline: int, new: HostFacts) -> Fork:
    how = f"{new.name}'s history of timeline {timeline}"
    quote = Evidence.of(
        "switch point", f"timeline {switch.timeline} left at {switch.lsn or switch.segment}", new.history, new.name
    )
    if switch.lsn is not None:
        return Fork(switch.lsn, switch.lsn, how, evidence=(quote,))
    if switch.segment is None:
        return Fork(missing=f"the switch point in {how}", evidence=(quote,))
    start = switch.segment.start()
    end = Lsn(start.high, start.low + SEGMENT_SIZE) if start.low + SEGMENT_SIZE < 1 << 32 else Lsn(start.high + 1, 0)
    return Fork(start, end, f"{how}, which names only the segment (9.2)", evidence=(quote,))


def _foreign_timeline(old: HostFacts, new: HostFacts, history: TimelineHistory, ours: int) -> Fork:
    """O is on a timeline that N's history never was on: it was promoted by itself."""
    own = old.history.value
    shared = _last_shared(own, history) if own is not None else None
    return Fork(
        shared,
        shared,
        f"timeline {ours} of {old.name} is not in the history of {new.name}'s timeline {history.timeline}",
        diverged=True,
        evidence=(Evidence.of("history", _words(history), new.history, new.name),)
        + ((Evidence.of("history", _words(own), old.history, old.name),) if own is not None else ()),
    )


def _last_shared(own: TimelineHistory, other: TimelineHistory) -> Lsn | None:
    """Where two histories part: the earlier of the two points at which they left their last common timeline."""
    theirs = {switch.timeline: switch.lsn for switch in other.switches} | {other.timeline: None}
    for switch in own.switches:
        if switch.timeline not in theirs:
            return None
        left = theirs[switch.timeline]
        if left != switch.lsn:
            return min((lsn for lsn in (left, switch.lsn) if lsn is not None), default=None)
    return None


def _words(history: TimelineHistory) -> str:
    parts = [f"{switch.timeline} until {switch.lsn or switch.segment}" for switch in history.switches]
    return ", ".join([*parts, f"now {history.timeline}"])
