"""rebuild-standby: a standby is made anew from the one true primary; its old data is kept aside (DESIGN 7)."""

from __future__ import annotations

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.divergence import check_divergence
from console.diagnosis.lock import proof_for
from console.diagnosis.words import short
from console.facts.cluster import NodeState
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, RegionKind
from console.runbooks import conditions as must
from console.runbooks.copying import (
    archive_of_second,
    check_copy,
    copy_checks,
    copy_needs,
    copy_of,
    copy_sections,
    discard_old,
    discarded_words,
    kept_words,
    loss_words,
    make_copy,
    may_be_swapped_back,
    pair_checks,
    refuse_bare_directory,
    refuse_unseen_discard,
    restore_command,
    try_login,
)
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.rebuild_cluster import cluster_steps
from console.runbooks.rebuild_parameters import RebuildStandby
from console.runbooks.rebuild_scripted import scripted_steps
from console.runbooks.runbook import Refused, Runbook
from console.runbooks.script_paths import check_promote

NAME = "rebuild-standby"


# --- decide ------------------------------------------------------------------------------------------------------


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> RebuildStandby:
    """Which host is the primary and which the target; Refused where that is in doubt or nothing is to be rebuilt."""
    inventory = snapshot.fleet.region(region)
    context = region_context(snapshot, inventory)
    source, target = _source_and_target(context, host)
    platforms = platforms_of(snapshot, inventory)
    refuse_bare_directory(context, target.name, source.name, named=host is not None)
    copy = copy_of(context, platforms, target.name, source.name, choices, run)
    refuse_unseen_discard(copy, choices)
    lock = target.data.value.lock if target.data.value is not None else None
    boot = target.boot.value
    assert target.processes.value is not None
    return RebuildStandby(
        run=run,
        region=region,
        target=target.name,
        platforms=platforms,
        copy=copy,
        ran=target.processes.value.running,
        answered=context.role(target) is Role.STANDBY and target.sql.known,
        in_standby=_in_standby(context, target),
        lock=lock.path if lock is not None and context.pacemaker else "",
        modified=int(lock.modified) if lock is not None and context.pacemaker else 0,
        scripts=() if context.pacemaker else check_promote(context.hosts[1]),
        enabled=boot.service_enabled if boot is not None else None,
        restore_command="" if context.pacemaker else restore_command(context, target),
        discard_old=choices.discard_old,
        losses=_losses(context, target, source),
        archive=archive_of_second(context, target),
        archive_was_there=must.archive_there(target.name).judge(snapshot).holds,
    )


def _source_and_target(context: RegionContext, host: str | None) -> tuple[HostFacts, HostFacts]:
    names = [facts.name for facts in context.hosts]
    if host is not None and host not in names:
        raise Refused(f"{host} is no database host of {context.region.name} ({', '.join(names)}).")
    source = context.roles.primary
    if source is None:
        raise Refused(_no_primary(context))
    if host == source.name:
        raise Refused(
            f"{host} is the primary of {context.region.name}: it is never rebuilt, its data is the database. "
            f"The standby is {context.other(source).name}."
        )
    target = context.other(source)
    if target.reach.failure is not None or target.processes.value is None:
        failure = target.reach.failure
        reason = failure.message if failure is not None else target.processes.error or "not looked at"
        raise Refused(f"{target.name} cannot be looked at: {reason}. Nothing can be rebuilt there before it answers.")
    if host is None and _healthy(context, target, source):
        raise Refused(
            f"{short(target.name)} streams from {short(source.name)}: nothing to rebuild. "
            f"To rebuild it all the same, name the host: --target {target.name}"
        )
    return source, target


def _no_primary(context: RegionContext) -> str:
    region = context.region.name
    if len(context.roles.playing(Role.PRIMARY)) > 1:
        first, second = (short(facts.name) for facts in context.hosts)
        return (
            f"{region}: {first} and {second} are both primaries. Keep clients away from one of them, decide which data "
            "stays (P08 tells what differs), stop the other, and run this again: it then rebuilds the stopped one."
        )
    told = "; ".join(f"{short(facts.name)}: {context.role(facts).value}" for facts in context.hosts)
    return f"{region}: no primary is known ({told}). There is nothing to copy from before one is."


def _healthy(context: RegionContext, target: HostFacts, source: HostFacts) -> bool:
    streams = must.streams(context.region.name, target.name, source.name).judge(context.snapshot)
    return streams.holds and not any(finding.host == target.name for finding in check_divergence(context))


def _in_standby(context: RegionContext, target: HostFacts) -> bool:
    node = context.view.status.node(context.host(target).node) if context.view is not None else None
    return node is not None and node.state in {NodeState.STANDBY, NodeState.OFFLINE_STANDBY}


def _losses(context: RegionContext, target: HostFacts, source: HostFacts) -> tuple[str, ...]:
    """A host that runs as a good standby has nothing of its own; of any other the proof of DOMAIN 7 tells."""
    here, there = short(target.name), short(source.name)
    if target.data.value is not None and not target.data.value.exists:
        return (f"nothing: there is no database on {here}",)
    if context.role(target) is Role.STANDBY:
        diverged = next((finding for finding in check_divergence(context) if finding.host == target.name), None)
        if diverged is not None:
            return (f"unknown: {diverged.summary}; what only {here} has is not known",)
        return (f"nothing is known that {here}, a standby, has and {there} lacks",)
    return loss_words(proof_for(context, target), target, source)


# --- plan --------------------------------------------------------------------------------------------------------


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """Copy beside the old data, check, stop the old standby, swap, start, and see that it streams."""
    assert isinstance(parameters, RebuildStandby)
    region, copy = fleet.region(parameters.region), parameters.copy
    pacemaker = region.kind is RegionKind.PACEMAKER
    first = region.databases[0].name == parameters.target
    steps = cluster_steps(parameters) if pacemaker else scripted_steps(parameters, first=first)
    name, source = short(parameters.target), short(copy.source)
    gate = (
        f" Its database port stays closed afterwards: run failback to make {name} the primary."
        if first and not pacemaker
        else ""
    )
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Rebuild {name} as a standby of {source}, with a copy made beside its old data.{gate}",
        checks=_checks(parameters, pacemaker=pacemaker),
        steps=(try_login(copy), make_copy(copy), check_copy(copy), *steps, *_discard(parameters)),
        losses=(*parameters.losses, *discarded_words(copy, discard=parameters.discard_old)),
        needs=(*copy_needs(copy), *kept_words(copy, discard=parameters.discard_old)),
        confirm=(parameters.target,),
        sections=copy_sections(copy),
        undo_checks=(may_be_swapped_back(copy),),
    )


def _checks(parameters: RebuildStandby, *, pacemaker: bool) -> tuple[Condition, ...]:
    region, target = parameters.region, parameters.target
    common = (*pair_checks(region, parameters.platforms, parameters.run), *copy_checks(parameters.copy))
    if not pacemaker:
        return (*common, must.pgpass_ok(target))
    lock = (must.lock_present(target, parameters.modified),) if parameters.lock else (must.lock_absent(target),)
    return (
        *common,
        must.quorate(region),
        must.maintenance_off(region),
        must.no_constraints_left(region),
        must.node_online(region, target),
        *lock,
        must.lock_aside(target, there=False),
    )


def _discard(parameters: RebuildStandby) -> tuple[Step, ...]:
    return (discard_old(parameters.copy),) if parameters.discard_old and parameters.copy.before is not None else ()


REBUILD_STANDBY = Runbook(
    NAME, "make a standby anew from the primary, its old data kept aside", RebuildStandby, decide, plan
)
