"""What must hold before something is taken back: the world may have gone on since it was done."""

from __future__ import annotations

from console.diagnosis.fork_point import ran_as_primary
from console.diagnosis.words import duration, short
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.runbooks.conditions.rulings import no, not_looked, unseen, yes
from console.runbooks.plan import Condition, Ruling


def data_is_from(host: str, created: float) -> Condition:
    """The host's data directory is the one that was made at `created` (its PG_VERSION's time, epoch seconds). It was
    not made anew since, as a rebuild or a swap by somebody else does.
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None or (data.exists and data.created is None):
            return not_looked(facts, "when its data directory was made", facts.data)
        if not data.exists:
            return no(f"there is no database in {data.path} on {short(host)}")
        same = data.created == created
        return yes(f"{data.path} is the same") if same else no(f"{data.path} on {short(host)} was made anew meanwhile")

    return Condition(f"{short(host)} has the data directory that it had", judge)


def data_not_older_than(host: str, seconds: float) -> Condition:
    """The data directory in place was made within `seconds`, by the host's own clock."""

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        data = facts.data.value
        if data is None or data.created is None:
            return not_looked(facts, "when its data directory was made", facts.data)
        skew = facts.clock.value.skew if facts.clock.value is not None else 0.0
        age = snapshot.at.timestamp() + skew - data.created
        said = f"the copy on {short(host)} was begun {duration(max(0.0, age))} ago"
        return yes(said) if age <= seconds else no(f"{said}: roll this run back, and begin anew with a new copy")

    return Condition(f"the copy on {short(host)} is not older than {duration(seconds)}", judge)


def never_ran_as_primary(host: str) -> Condition:
    """What lies in the data directory was never written to as a primary's: it runs as a standby, or its control file is
    a standby's, or it is a base backup that was never started (its control file is still the source's).
    """

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        status, data, control = facts.sql.value, facts.data.value, facts.control.value
        if status is not None and not status.in_recovery:
            return no(f"{short(host)} is a primary")
        if data is None:
            return not_looked(facts, "the data directory", facts.data)
        if not data.exists or "backup_label" in data.files:
            return yes(f"{data.path} was never started")
        if control is None:
            return _by_its_settings(facts)
        state = control.state.value if control.state is not None else "unknown"
        if ran_as_primary(control) is None:
            return unseen(f"the state of {data.path} is {state}")
        if ran_as_primary(control):
            return no(f"{short(host)} has been a primary ({state}): it may hold commits that exist nowhere else")
        return yes(f"{data.path}: {state}")

    return Condition(f"{short(host)} has written nothing of its own", judge)


def _by_its_settings(facts: HostFacts) -> Ruling:
    """A promotion takes recovery.conf or standby.signal away before the first write (xlog.c, exitArchiveRecovery)."""
    data = facts.data.value
    if data is not None and data.standby_configured:
        return yes(f"{data.path} still has its standby settings, which a promotion takes away")
    return not_looked(facts, "the control file", facts.control)
