"""A replication test's table, as the section `trials` shows it on each host of the pair."""

from __future__ import annotations

from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.operations.trial import schema_of
from console.runbooks.conditions.rulings import no, not_looked, pair, unseen, yes
from console.runbooks.plan import Condition, Ruling


def trial_there(host: str, run: str, *, there: bool) -> Condition:
    """The run's schema is seen in the database on `host`, or is certainly not."""
    schema = schema_of(run)

    def judge(snapshot: Snapshot) -> Ruling:
        facts = snapshot.facts(host)
        found = _has(facts, schema)
        if found is None:
            return not_looked(facts, "which test tables are there", facts.trials)
        said = f"{schema} is {'there' if found else 'not there'} on {short(host)}"
        return yes(said) if found is there else no(said)

    return Condition(f"{schema} is {'there' if there else 'not there'} on {short(host)}", judge)


def trial_gone(region: str, run: str) -> Condition:
    """No host that accepts writes has the run's schema, and one that does is seen: what a standby still shows goes by
    replication, and what a stopped one holds is followed, or copied anew, from the primary.
    """
    schema = schema_of(run)

    def judge(snapshot: Snapshot) -> Ruling:
        primaries = 0
        doubt: Ruling | None = None
        for facts in pair(snapshot, region):
            writes = _writes(facts)
            if writes is None:
                doubt = not_looked(facts, "whether it accepts writes", facts.sql)
            elif writes and (found := _has(facts, schema)) is None:
                doubt = not_looked(facts, "which test tables are there", facts.trials)
            elif writes and found:
                return no(f"{schema} is still there on {short(facts.name)}")
            primaries += writes is True
        if doubt is not None:
            return doubt
        return yes(f"{schema} is on no primary") if primaries else unseen("neither host accepts writes now")

    return Condition(f"{schema} is gone from the primary", judge)


def a_primary_answers(region: str) -> Condition:
    """There is one to drop a table on; while both are standbys (a switchover) it is waited for."""

    def judge(snapshot: Snapshot) -> Ruling:
        names = [short(facts.name) for facts in pair(snapshot, region) if _writes(facts)]
        if names:
            return yes(f"{' and '.join(names)} accepts writes")
        return unseen("no host of the pair is seen to accept writes")

    return Condition(f"a primary of {region} answers", judge)


def _has(facts: HostFacts, schema: str) -> bool | None:
    trials = facts.trials.value
    return None if trials is None else any(trial.schema == schema for trial in trials)


def _writes(facts: HostFacts) -> bool | None:
    """None: not known. A stopped server accepts nothing."""
    if facts.reach.failure is not None:
        return None
    if facts.sql.value is not None:
        return not facts.sql.value.in_recovery
    processes = facts.processes.value
    return False if processes is not None and not processes.running else None
