"""discard-old: what ended runs left on a host goes, once the pair provably does without it (DESIGN 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, RegionKind
from console.operations.copying import DiscardOld, RemoveCopy
from console.operations.layout import Layout
from console.operations.places import INSIDE, NEW, OLD
from console.runbooks import conditions as must
from console.runbooks.copying import pair_checks
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused, Runbook

NAME = "discard-old"
_KIND = rf"(?P<kind>{NEW}|{OLD})"
_WITHIN = re.compile(rf"(?P<data>/.+)/{re.escape(INSIDE)}/(?P<run>[^/]+)/{_KIND}")
_BESIDE = re.compile(rf"(?P<data>/.+)\.{_KIND}\.(?P<run>[^/]+)")


@dataclass(frozen=True, slots=True)
class Leftover:
    """Old data that a run set aside (`old`), or else a copy that it made; `layout` is that run's."""

    layout: Layout
    old: bool

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.layout.old if self.old else self.layout.new

    @property
    def words(self) -> str:
        """What it is."""
        return f"the {'old data' if self.old else 'copy'} of run {self.layout.run}, {self.path}"


@dataclass(frozen=True, slots=True)
class DiscardLeftovers(Parameters):
    """`source` is the primary and `standby` streams from it; the target is one of the two."""

    source: str
    standby: str
    leftovers: tuple[Leftover, ...]
    clients: bool


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> DiscardLeftovers:
    """Which leftovers; Refused where there are none, or one is not understood, or nobody knows the primary."""
    inventory = snapshot.fleet.region(region)
    context = region_context(snapshot, inventory)
    source = context.roles.primary
    if source is None:
        raise Refused(f"{region}: no primary is known. Nothing is let go before one is: it may be the last good copy.")
    target = _target(context, host)
    return DiscardLeftovers(
        run=run,
        region=region,
        target=target.name,
        platforms=platforms_of(snapshot, inventory),
        source=source.name,
        standby=context.other(source).name,
        leftovers=tuple(_leftover(target, path) for path in _paths(target)),
        clients=inventory.kind is RegionKind.SCRIPTED,
    )


def _target(context: RegionContext, host: str | None) -> HostFacts:
    """The named host, or the only one that has something."""
    if host is not None:
        found = next((facts for facts in context.hosts if facts.name == host), None)
        if found is None:
            raise Refused(f"{host} is no database host of {context.region.name}.")
        if not _paths(found):
            raise Refused(f"no run has left old data or a copy on {host}: there is nothing to let go.")
        return found
    holding = [facts for facts in context.hosts if _paths(facts)]
    if len(holding) == 1:
        return holding[0]
    names = " and ".join(facts.name for facts in holding)
    raise Refused(
        f"{names} both have something that runs left: name the host (--target HOST)."
        if holding
        else f"no run has left old data or a copy in {context.region.name}: there is nothing to let go."
    )


def _paths(facts: HostFacts) -> tuple[str, ...]:
    traces = facts.traces.value
    if traces is None:
        raise Refused(f"{facts.name}: what runs left there is unknown: {facts.traces.error or 'not looked at'}.")
    return traces.leftovers


def _leftover(facts: HostFacts, path: str) -> Leftover:
    """By its name; Refused where it is none that a finished run leaves, or of other data than is in use."""
    within = _WITHIN.fullmatch(path)
    found = within or _BESIDE.fullmatch(path)
    if found is None:
        raise Refused(
            f"{facts.name}: {path} is not what a finished run leaves: a swap that was interrupted must be resumed or "
            "rolled back first (vmdb-console runs)."
        )
    layout = facts.layout.value
    if layout is None:
        raise Refused(f"{facts.name}: the layout of its data directory is unknown: {facts.layout.error or 'not seen'}.")
    if (within is not None) is not layout.mounted:
        raise Refused(
            f"{facts.name}: {path} is of a time when {layout.real} was {'no' if layout.mounted else 'a'} mount point: "
            "what it is must be found out by hand."
        )
    if found["data"] not in (layout.path, layout.real):
        raise Refused(
            f"{facts.name}: {path} lies beside other data ({found['data']}) than is in use ({layout.real}): what it is "
            "must be found out by hand."
        )
    return Leftover(Layout(found["data"], within is not None, found["run"], layout.device or 0), found["kind"] == OLD)


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """A step for each leftover."""
    assert isinstance(parameters, DiscardLeftovers)
    target = parameters.target
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Remove what ended runs left on {short(target)}: {len(parameters.leftovers)} folders. "
        f"{short(parameters.source)} is the primary, and {short(parameters.standby)} streams from it.",
        checks=(
            *pair_checks(parameters.region, parameters.platforms, parameters.run),
            *_pair_is_well(parameters),
            *(must.left_behind(target, item.path, there=True) for item in parameters.leftovers),
        ),
        steps=tuple(_discard(parameters, number, item) for number, item in enumerate(parameters.leftovers, start=1)),
        losses=tuple(f"{item.words}: it cannot be brought back" for item in parameters.leftovers),
        needs=("time: seconds to minutes, by the size of what is removed; the databases run on",),
        confirm=(target,),
    )


def _pair_is_well(parameters: DiscardLeftovers) -> tuple[Condition, ...]:
    """The database is there twice, and both are seen to be in use."""
    return (
        must.primary_proven(parameters.region, parameters.source),
        must.no_second_writer(parameters.region, parameters.source),
        must.streams(parameters.region, parameters.standby, parameters.source),
    )


def _discard(parameters: DiscardLeftovers, number: int, item: Leftover) -> Step:
    target = parameters.target
    return Step(
        key=f"discard-{number}",
        title=f"remove the {'old data' if item.old else 'copy'} of run {item.layout.run}",
        host=target,
        operations=(DiscardOld(item.layout) if item.old else RemoveCopy(item.layout),),
        before=(*_pair_is_well(parameters), must.left_behind(target, item.path, there=True)),
        after=(must.left_behind(target, item.path, there=False),),
        final=True,
        clients=parameters.clients,
    )


DISCARD_OLD = Runbook(
    NAME,
    "remove old data and copies that ended runs left, once the pair provably streams",
    DiscardLeftovers,
    decide,
    plan,
)
