"""lock-cleanup: PGSQL.lock is deleted where it is proven that nothing is lost by it (DOMAIN 1.4, 7)."""

from __future__ import annotations

from dataclasses import dataclass

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.evidence_needed import evidence_needed
from console.diagnosis.fork_point import wal_timeline
from console.diagnosis.lock import lock_key, proof_for
from console.diagnosis.lock_proof import LockProof, Verdict, system_identifier
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.roles import Role
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, RegionKind
from console.operations.cluster import (
    CleanupResource,
    DiscardLock,
    NodeStandby,
    NodeUnstandby,
    PutLockBack,
    SetLockAside,
)
from console.operations.operation import Operation
from console.operations.standby import InstallHistory
from console.runbooks import conditions as must
from console.runbooks.copying import commit_words, loss_words, pair_checks
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused, Runbook

NAME = "lock-cleanup"
PATIENCE = 120.0
"""Seconds until a node that was cleaned up must stream: the cluster starts it, it replays, it connects."""
STEADY = 20.0
"""Seconds for which it must then stay on the primary's history: the loop of DOMAIN 0.2 turns every 5 s."""


@dataclass(frozen=True, slots=True)
class LockCleanup(Parameters):
    """`lock` was made at `modified` (epoch seconds); `verdict` is what its proof came to. `source` is the primary, with
    its system identifier and timeline then. `losses` and `reason` are words. `new_timeline`: a 9.2 server has to go on
    to a later timeline, whose history file it cannot get by streaming (DOMAIN 8).
    """

    source: str
    identifier: str
    timeline: int
    lock: str
    modified: int
    verdict: Verdict
    reason: str
    losses: tuple[str, ...]
    new_timeline: bool = False


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> LockCleanup:
    """Which lock, and the proof for it. Refused where it is unsafe, or not provable and that was not accepted."""
    inventory = snapshot.fleet.region(region)
    if inventory.kind is not RegionKind.PACEMAKER:
        raise Refused(f"{region} has no cluster: PGSQL.lock belongs to Pacemaker's pgsql agent.")
    context = region_context(snapshot, inventory)
    target = _target(context, host)
    platforms = platforms_of(snapshot, inventory)
    source = context.roles.primary
    if source is None or source.name == target.name:
        raise Refused(_no_primary(context, target))
    proof = proof_for(context, target)
    _refuse(proof, target, choices)
    identifier, timeline = system_identifier(source), wal_timeline(source)
    if identifier is None or timeline is None:
        raise Refused(
            f"{source.name}: its system identifier or timeline is unknown: {source.control.error or 'not seen'}."
        )
    assert target.data.value is not None
    assert target.data.value.lock is not None
    return LockCleanup(
        run=run,
        region=region,
        target=target.name,
        platforms=platforms,
        source=source.name,
        identifier=identifier,
        timeline=timeline,
        lock=target.data.value.lock.path,
        modified=int(target.data.value.lock.modified),
        verdict=proof.verdict,
        reason=proof.reason,
        losses=loss_words(proof, target, source),
        new_timeline=platforms[0].version.classic_wal and _behind(target, timeline),
    )


def _behind(target: HostFacts, timeline: int) -> bool:
    """Whether its WAL is not known to be on `timeline`."""
    found = wal_timeline(target)
    return timeline > (found or 1)


def _target(context: RegionContext, host: str | None) -> HostFacts:
    """The host whose lock stands in the way: the named one, or the only one."""
    held = [facts for facts in context.hosts if lock_key(context, facts) is not None]
    if host is None:
        if len(held) == 1:
            return held[0]
        raise Refused(_none_or_both(context, len(held)))
    facts = next((facts for facts in context.hosts if facts.name == host), None)
    if facts is None:
        raise Refused(f"{host} is no database host of {context.region.name}.")
    if facts in held:
        return facts
    if facts.data.value is None:
        raise Refused(f"{host}: whether PGSQL.lock is there is unknown: {facts.data.error or 'not looked at'}.")
    if facts.data.value.lock is None:
        raise Refused(f"There is no PGSQL.lock on {host}: nothing to clean up.")
    raise Refused(f"{host} is the running primary: its PGSQL.lock is as it must be. The agent made it at promotion.")


def _none_or_both(context: RegionContext, count: int) -> str:
    region = context.region.name
    unseen = [facts for facts in context.hosts if facts.data.value is None]
    if unseen:
        reason = unseen[0].data.error or "not looked at"
        return f"{region}: {short(unseen[0].name)} could not be looked at ({reason}): name the host to clean up."
    if count:
        return f"{region}: PGSQL.lock is on both hosts, and neither is the primary: find out which has the newer WAL."
    return f"{region}: no PGSQL.lock stands in the way. Nothing to clean up."


def _no_primary(context: RegionContext, target: HostFacts) -> str:
    both = len(context.roles.playing(Role.PRIMARY)) > 1
    why = "both hosts are primaries" if both else "no primary is known"
    return (
        f"{short(target.name)}: its lock cannot be judged: {why} in {context.region.name}. "
        "Without one primary nothing is known to have this node's WAL."
    )


def _refuse(proof: LockProof, target: HostFacts, choices: Choices) -> None:
    name = short(target.name)
    offer = f"Rebuild it, its old data kept aside: vmdb-console run rebuild-standby --target {target.name}"
    if proof.verdict is Verdict.UNSAFE:
        commits = "\n".join(commit_words(proof, target))
        raise Refused(f"{name}: PGSQL.lock is unsafe to delete: {proof.reason}.\n{commits}\n{offer}")
    if proof.verdict is Verdict.NOT_PROVABLE and not choices.accept_unproven:
        missing = "".join(f"\n  missing: {item}" for item in proof.missing)
        raise Refused(
            f"{name}: whether PGSQL.lock is safe to delete cannot be proven: {proof.reason}.{missing}\n{offer}\n"
            "To delete it all the same, knowing what may be lost: --accept-unproven (asks for the host's name)."
        )


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """Set the lock aside, clean up, see that the node streams and stays on the primary's history, delete the lock."""
    assert isinstance(parameters, LockCleanup)
    name, source = short(parameters.target), short(parameters.source)
    proven = parameters.verdict is Verdict.SAFE
    verdict = f"{parameters.verdict.value}: {parameters.reason}"
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Delete PGSQL.lock on {name}, so that it follows {source} again ({verdict}).",
        checks=_checks(parameters),
        steps=(_set_aside(parameters), _clean_up(parameters), _discard(parameters)),
        losses=parameters.losses,
        needs=(f"time: up to {PATIENCE:.0f} s until {name} streams, {STEADY:.0f} s of watching it, no space",),
        confirm=() if proven else (parameters.target,),
        undo_checks=(must.not_the_primary(parameters.region, parameters.target),),
    )


def _source_is_the_same(parameters: LockCleanup) -> tuple[Condition, ...]:
    return (
        must.primary_proven(parameters.region, parameters.source),
        must.no_second_writer(parameters.region, parameters.source),
        must.has_system_identifier(parameters.source, parameters.identifier),
        must.on_timeline(parameters.source, parameters.timeline),
    )


def _checks(parameters: LockCleanup) -> tuple[Condition, ...]:
    region, target = parameters.region, parameters.target
    return (
        *pair_checks(region, parameters.platforms, parameters.run),
        *_source_is_the_same(parameters),
        must.quorate(region),
        must.maintenance_off(region),
        must.no_constraints_left(region),
        must.node_in_standby(region, target, standby=False),
        must.stopped(target),
        must.lock_present(target, parameters.modified),
        must.lock_aside(target, there=False),
        must.lock_verdict(target, parameters.verdict),
        must.archive_not_ahead(region, parameters.source),
        *_history_reached(parameters),
    )


def _history_reached(parameters: LockCleanup) -> tuple[Condition, ...]:
    """The new timeline's history file is brought only where all of the node's WAL is proven to be a part of it."""
    if not parameters.new_timeline:
        return ()
    proven = parameters.verdict is Verdict.SAFE
    return (must.history_reached(parameters.target, parameters.source, parameters.timeline, brought=proven),)


def _history(parameters: LockCleanup, snapshot: Snapshot) -> tuple[Operation, ...]:
    """The history file, where restore_command would not find it and it may be brought."""
    history = snapshot.facts(parameters.source).history.value
    if must.history_archived(snapshot, parameters.target, parameters.timeline) or history is None:
        return ()
    return (InstallHistory(history.timeline, history.content),) if history.content else ()


def _evidence(target: str, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """The proof's dear evidence, as these facts call for it."""
    return tuple((item.host, item.section) for item in evidence_needed(snapshot) if item.host == target)


def _set_aside(parameters: LockCleanup) -> Step:
    region, target = parameters.region, parameters.target
    return Step(
        key="lock",
        title="set the lock aside",
        host=target,
        operations=(SetLockAside(parameters.lock, parameters.modified),),
        before=(
            *_source_is_the_same(parameters),
            must.stopped(target),
            must.lock_present(target, parameters.modified),
            must.lock_verdict(target, parameters.verdict),
            must.node_in_standby(region, target, standby=False),
        ),
        after=(must.lock_absent(target),),
        undo=(PutLockBack(parameters.lock), NodeUnstandby()),
        undone=(
            must.lock_present(target),
            must.lock_aside(target, there=False),
            must.node_in_standby(region, target, standby=False),
        ),
        undo_before=(must.not_the_primary(region, target),),
        evidence=lambda snapshot: _evidence(target, snapshot),
    )


def _clean_up(parameters: LockCleanup) -> Step:
    """Taken back by stopping the node before its lock comes back: the agent never starts over a lock."""
    region, target = parameters.region, parameters.target
    return Step(
        key="cleanup",
        title="clean up the resource, and see that the node follows the primary",
        host=target,
        operations=(CleanupResource(),),
        before=(
            *_source_is_the_same(parameters),
            must.lock_absent(target),
            must.maintenance_off(region),
            must.node_in_standby(region, target, standby=False),
            *_history_reached(parameters),
        ),
        after=(
            must.streams(region, target, parameters.source),
            must.on_the_primarys_history(region, target),
            must.failures_cleared(region, target),
        ),
        undo=(NodeStandby(),),
        undone=(must.node_in_standby(region, target, standby=True), must.stopped(target)),
        undo_before=(must.not_the_primary(region, target), must.primary_proven(region, parameters.source)),
        patience=PATIENCE,
        steady=STEADY,
        sections=((target, "log"), *(((parameters.source, "history"),) if parameters.new_timeline else ())),
        prepare=(lambda snapshot: _history(parameters, snapshot)) if parameters.new_timeline else None,
    )


def _discard(parameters: LockCleanup) -> Step:
    region, target = parameters.region, parameters.target
    return Step(
        key="discard-lock",
        title="delete the lock",
        host=target,
        operations=(DiscardLock(parameters.lock),),
        before=(
            must.streams(region, target, parameters.source),
            must.on_the_primarys_history(region, target),
        ),
        after=(must.lock_aside(target, there=False), must.lock_absent(target)),
        undone=(must.lock_aside(target, there=True),),
        final=True,
        sections=((target, "log"),),
    )


LOCK_CLEANUP = Runbook(
    NAME,
    "delete PGSQL.lock where nothing is lost by it, and see that the node follows the primary",
    LockCleanup,
    decide,
    plan,
)
