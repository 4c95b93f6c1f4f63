"""verify-replication: what is written on the primary arrives on the standby, which takes no writes (REFERENCE 6)."""

from __future__ import annotations

from dataclasses import dataclass

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.words import short
from console.facts.snapshot import Snapshot
from console.facts.trials import Trial
from console.inventory.fleet import Fleet, Region, RegionKind
from console.operations.trial import ROWS, CreateTrial, DropTrial, ReadTrial, TryTrialInsert, schema_of
from console.runbooks import conditions as must
from console.runbooks.copying import pair_checks
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused, Runbook

NAME = "verify-replication"
PATIENCE = 60.0
"""Seconds until the standby must show what the primary did; replay may lag, and then says so itself (P04)."""


@dataclass(frozen=True, slots=True)
class VerifyReplication(Parameters):
    """The target is the primary. `left` are the schemas of other runs' tests, in words."""

    standby: str
    clients: bool
    left: tuple[str, ...] = ()


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> VerifyReplication:
    """Which host is the primary; Refused where that is in doubt. The run works on both, whichever was named."""
    inventory = snapshot.fleet.region(region)
    context = region_context(snapshot, inventory)
    if host is not None and host not in {facts.name for facts in context.hosts}:
        raise Refused(f"{host} is no database host of {region}.")
    primary = context.roles.primary
    if primary is None:
        told = "; ".join(f"{short(facts.name)}: {context.role(facts).value}" for facts in context.hosts)
        raise Refused(f"{region}: no primary is known ({told}). There is no replication to verify before one is.")
    return VerifyReplication(
        run=run,
        region=region,
        target=primary.name,
        platforms=platforms_of(snapshot, inventory),
        standby=context.other(primary).name,
        clients=inventory.kind is RegionKind.SCRIPTED,
        left=_left(context, primary.name),
    )


def _left(context: RegionContext, primary: str) -> tuple[str, ...]:
    return tuple(map(_left_words, context.snapshot.facts(primary).trials.value or ()))


def _left_words(trial: Trial) -> str:
    """What another run has left, and how it goes."""
    if not trial.run:
        return f"a schema {trial.schema} is there that names no run: look at it by hand"
    return (
        f"run {trial.run} has left its test table in {trial.schema}: vmdb-console resume {trial.run} --roll-back drops "
        f"it, else by hand: DROP TABLE {trial.schema}.rows; DROP SCHEMA {trial.schema};"
    )


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """Create a table on the primary, read it on the standby, try to write there, drop it, and see it gone."""
    assert isinstance(parameters, VerifyReplication)
    primary, standby = short(parameters.target), short(parameters.standby)
    database = parameters.platform(parameters.target).postgresql.database
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Verify that what {primary} writes arrives on {standby}, and that {standby} takes no writes: by a "
        f"table of {ROWS} rows in a schema of its own, dropped at the end.",
        checks=_checks(parameters),
        steps=(
            _ready(parameters),
            _create(parameters),
            _arrived(parameters),
            _refused(parameters),
            _drop(parameters),
            _gone(parameters),
        ),
        needs=(
            "time: seconds, and as long as replay lags",
            f"writes: {schema_of(parameters.run)}.rows in {database} on {primary}; nothing that is there is touched",
            *parameters.left,
        ),
        confirm=(parameters.target,),
        sections=_sections(parameters),
        drill=True,
    )


def _sections(parameters: VerifyReplication) -> tuple[tuple[str, str], ...]:
    return ((parameters.target, "trials"), (parameters.standby, "trials"))


def _pair_is_well(parameters: VerifyReplication) -> tuple[Condition, ...]:
    return (
        must.primary_proven(parameters.region, parameters.target),
        must.no_second_writer(parameters.region, parameters.target),
        must.streams(parameters.region, parameters.standby, parameters.target),
    )


def _checks(parameters: VerifyReplication) -> tuple[Condition, ...]:
    return (
        *pair_checks(parameters.region, parameters.platforms, parameters.run),
        *_pair_is_well(parameters),
        must.same_system_identifier(parameters.target, parameters.standby),
        must.trial_there(parameters.target, parameters.run, there=False),
    )


def _ready(parameters: VerifyReplication) -> Step:
    """Nothing is done. Taking it back drops the table here, should this host have become the primary meanwhile."""
    region, run = parameters.region, parameters.run
    return Step(
        key="ready",
        title="see that the standby is ready",
        host=parameters.standby,
        after=(*_pair_is_well(parameters), must.trial_there(parameters.standby, run, there=False)),
        undo=(DropTrial(run),),
        undo_before=(must.a_primary_answers(region),),
        undone=(must.trial_gone(region, run),),
        clients=parameters.clients,
        sections=_sections(parameters),
    )


def _create(parameters: VerifyReplication) -> Step:
    region, run = parameters.region, parameters.run
    return Step(
        key="create",
        title="create a table and write to it",
        host=parameters.target,
        operations=(CreateTrial(run),),
        before=_pair_is_well(parameters),
        after=(must.trial_there(parameters.target, run, there=True),),
        undo=(DropTrial(run),),
        undo_before=(must.a_primary_answers(region),),
        undone=(must.trial_gone(region, run),),
        clients=parameters.clients,
        sections=_sections(parameters),
    )


def _arrived(parameters: VerifyReplication) -> Step:
    return Step(
        key="arrived",
        title="see the same rows on the standby",
        host=parameters.standby,
        operations=(ReadTrial(parameters.run),),
        before=(must.in_recovery(parameters.standby),),
        after=(must.trial_there(parameters.standby, parameters.run, there=True),),
        patience=PATIENCE,
        sections=_sections(parameters),
    )


def _refused(parameters: VerifyReplication) -> Step:
    return Step(
        key="refused",
        title="see that the standby refuses an INSERT",
        host=parameters.standby,
        operations=(TryTrialInsert(parameters.run),),
        before=(
            must.in_recovery(parameters.standby),
            must.trial_there(parameters.standby, parameters.run, there=True),
        ),
        sections=_sections(parameters),
    )


def _drop(parameters: VerifyReplication) -> Step:
    return Step(
        key="drop",
        title="drop the table",
        host=parameters.target,
        operations=(DropTrial(parameters.run),),
        before=(must.not_in_recovery(parameters.target),),
        after=(must.trial_there(parameters.target, parameters.run, there=False),),
        sections=_sections(parameters),
    )


def _gone(parameters: VerifyReplication) -> Step:
    """Nothing is done: it goes from the standby by replication too, from one that streams."""
    return Step(
        key="gone",
        title="see it gone from the standby",
        host=parameters.standby,
        after=(
            must.trial_there(parameters.standby, parameters.run, there=False),
            must.streams(parameters.region, parameters.standby, parameters.target),
        ),
        patience=PATIENCE,
        sections=_sections(parameters),
    )


def sees(region: Region) -> tuple[tuple[str, str], ...]:
    """What earlier tests have left."""
    return tuple((host.name, "trials") for host in region.databases)


VERIFY_REPLICATION = Runbook(
    NAME,
    "write to a table of its own on the primary, see the rows on the standby, which refuses writes, and drop it",
    VerifyReplication,
    decide,
    plan,
    sees,
)
