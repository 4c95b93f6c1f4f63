"""failback: host 1 of a scripted region becomes the primary again after the scripts have failed over (DESIGN 7)."""

from __future__ import annotations

from console.diagnosis.words import short
from console.inventory.fleet import Fleet
from console.operations.archive import aside_of
from console.runbooks import conditions as must
from console.runbooks import failback_steps as steps
from console.runbooks import switch_conditions as switch
from console.runbooks.copying import (
    Copy,
    copy_checks,
    copy_needs,
    copy_sections,
    copy_time,
    discarded_words,
    kept_words,
    pair_checks,
    try_login,
)
from console.runbooks.failback_decide import decide
from console.runbooks.failback_parameters import FailbackParameters, Method
from console.runbooks.plan import Condition, Parameters, Plan, Step
from console.runbooks.runbook import Runbook

MANY_TO_ARCHIVE = 128


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """The whole failback, from parameters alone."""
    assert isinstance(parameters, FailbackParameters)
    return Plan(
        runbook=FAILBACK.name,
        parameters=parameters,
        summary=_summary(fleet, parameters),
        checks=_checks(parameters),
        steps=_steps(parameters),
        losses=_losses(parameters),
        needs=_needs(parameters),
        confirm=(parameters.first.host, parameters.second.host),
        sections=copy_sections(parameters.copy) if parameters.copy is not None else (),
    )


def _steps(p: FailbackParameters) -> tuple[Step, ...]:
    return (
        *(_copied(p) if p.method is Method.COPY else _rejoined(p)),
        steps.ready(p),
        steps.login_back(p),
        *(() if p.method is Method.COPY else (steps.hold_second(p),)),
        steps.stop_second(p),
        steps.promote(p),
        steps.open_first(p),
        *((steps.release_first(p),) if p.check_start else ()),
        steps.settle_second(p),
        steps.start_second(p),
        steps.release_second(p),
        steps.verify(p),
        *((steps.discard_old(p, p.copy),) if p.discard_old and p.copy is not None else ()),
    )


def _rejoined(p: FailbackParameters) -> tuple[Step, ...]:
    """While host 2 serves: host 1 becomes its standby, where it is not already."""
    copied = () if p.copy is None else steps.copy_steps(p, p.copy, window=False)
    return (
        *(() if p.copy is None else (try_login(p.copy),)),
        steps.hold_first(p),
        *copied,
        steps.checkpoint(p),
    )


def _copied(p: FailbackParameters) -> tuple[Step, ...]:
    """With clients shut out for the whole copy, as the documented procedure has it."""
    assert p.copy is not None
    return (
        try_login(p.copy),
        steps.hold_first(p),
        steps.hold_second(p),
        steps.shut_out(p),
        *steps.copy_steps(p, p.copy, window=True),
    )


# --- may it begin -------------------------------------------------------------------------------------------------


def _checks(p: FailbackParameters) -> tuple[Condition, ...]:
    first, second = p.first.host, p.second.host
    return (
        *pair_checks(p.region, p.platforms, p.run),
        *(_copy_checks(p) if p.copy is not None else _stream_checks(p)),
        *(must.pgpass_ok(host) for host in (first, second)),
        switch.same_access_rules(p.region),
        switch.archive_writable(first),
        switch.archive_has_room(first),
        *((switch.no_foreign_timeline(first, second),) if p.method is Method.REJOIN else ()),
        switch.few_to_archive(second, MANY_TO_ARCHIVE),
        must.keeps_wal(second, first, by_slot=p.copy is None),
    )


def _copy_checks(p: FailbackParameters) -> tuple[Condition, ...]:
    assert p.copy is not None
    return copy_checks(p.copy)


def _stream_checks(p: FailbackParameters) -> tuple[Condition, ...]:
    """Host 1 follows already: it must be a good standby, and no client may be on it."""
    first, second = p.first.host, p.second.host
    return (
        must.primary_proven(p.region, second),
        must.no_second_writer(p.region, second),
        must.streams(p.region, first, second),
        must.on_the_primarys_history(p.region, first),
        must.caught_up(first, second, steps.CAUGHT_UP),
    )


# --- words --------------------------------------------------------------------------------------------------------


def _summary(fleet: Fleet, p: FailbackParameters) -> str:
    first, second = short(p.first.host), short(p.second.host)
    endpoint = fleet.region(p.region).endpoint
    clients = f" Clients of {endpoint.name} are led to {first} as soon as its port answers." if endpoint else ""
    if p.copy is None:
        how = f"{first} streams from {second} already, so nothing is copied"
    elif p.method is Method.COPY:
        how = f"{first} gets a copy of {second} while clients are shut out"
    else:
        how = f"{first} gets a copy of {second} and follows it while {second} serves"
    return f"Failback of {p.region}: {how}; then {first} is the primary again and {second} its standby.{clients}"


def _losses(p: FailbackParameters) -> tuple[str, ...]:
    if p.copy is None:
        return ()
    archived = f"the WAL that {short(p.first.host)} archived before is removed at the end (--discard-old)"
    return (
        *p.lost,
        *discarded_words(p.copy, discard=p.discard_old),
        *((archived,) if p.discard_old and _sets_archive_aside(p) else ()),
    )


def _sets_archive_aside(p: FailbackParameters) -> bool:
    return p.method is Method.COPY and bool(p.archive_write)


def _kept(p: FailbackParameters, copy: Copy) -> tuple[str, ...]:
    """What stays on host 1 of what it had, and takes its space."""
    return (*kept_words(copy, discard=p.discard_old), *_kept_archive(p))


def _kept_archive(p: FailbackParameters) -> tuple[str, ...]:
    if p.discard_old or not _sets_archive_aside(p):
        return ()
    first, aside = short(p.first.host), aside_of(p.archive_write, p.run)
    return (f"the WAL that {first} archived before stays there in {aside} until it is let go, and takes its space",)


def _needs(p: FailbackParameters) -> tuple[str, ...]:
    second = short(p.second.host)
    if p.copy is None:
        return (_SECONDS,)
    if p.method is Method.COPY:
        down = f"downtime: clients cannot write during the whole copy ({copy_time(p.copy)}) and the switch"
        return (down, *copy_needs(p.copy), *_kept(p, p.copy))
    kept = f" ({p.keeps} there)" if p.keeps else ""
    return (
        _SECONDS,
        *copy_needs(p.copy),
        f"WAL: {second} archives nothing, so it must itself keep what it writes while the copy is checked{kept}",
        *_kept(p, p.copy),
    )


_SECONDS = "downtime: seconds; clients cannot write from the closing of host 2's port to the opening of host 1's"

FAILBACK = Runbook(
    name="failback",
    summary="make host 1 of a scripted region the primary again; writes are down for seconds (rejoin) or a copy (copy)",
    parameters=FailbackParameters,
    decide=decide,
    plan=plan,
)

__all__ = ["FAILBACK", "FailbackParameters"]
