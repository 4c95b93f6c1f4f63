"""rebuild-standby in a scripted region: the script that promotes, the port's gate, the service."""

from __future__ import annotations

from console.operations.archive import MakeArchiveFolder
from console.operations.gate import ClosePort, DenyPort, HoldScript, ReleaseScript, ReopenPort
from console.operations.service import SetBootStart, StartDatabase, StopDatabase
from console.operations.standby import WriteStandbySettings
from console.runbooks import conditions as must
from console.runbooks.copying import copy_is_recent, source_is_the_same, swap_in
from console.runbooks.plan import Condition, Step
from console.runbooks.rebuild_parameters import RebuildStandby, archives, follow, ran


def scripted_steps(parameters: RebuildStandby, *, first: bool) -> tuple[Step, ...]:
    """From the closed port to a standby that streams. `first`: host 1 is the target, host 2 serves."""
    hold = () if first or not parameters.scripts else (_hold(parameters),)
    release = () if first or not parameters.scripts else (_release(parameters),)
    gate = _close_first(parameters) if first else _deny_second(parameters)
    configured = (
        must.standby_configured(parameters.target),
        must.follows(parameters.target, parameters.copy.address),
    )
    swap = _swap(parameters, configured)
    return (*hold, gate, _stop(parameters), swap, _start(parameters, first=first), follow(parameters), *release)


def _swap(parameters: RebuildStandby, configured: tuple[Condition, ...]) -> Step:
    """With the folder that host 2 archives into, which the copy lacks where it lies in the data."""
    target = parameters.target
    folder = (MakeArchiveFolder(parameters.archive),) if parameters.archive else ()
    kept = (must.archive_there(target),) if parameters.archive and parameters.archive_was_there else ()
    sections = ((target, "archive"),) if kept else ()
    return swap_in(parameters.copy, _settings(parameters), *folder, after=(*configured, *kept), sections=sections)


def _settings(parameters: RebuildStandby) -> WriteStandbySettings:
    copy, node = parameters.copy, parameters.platform(parameters.target).node
    return WriteStandbySettings(copy.address, copy.port, copy.user, node, parameters.restore_command)


def _no_primary(parameters: RebuildStandby) -> Condition:
    """What everything that stops the target again, or closes it, rests on."""
    return must.not_the_primary(parameters.region, parameters.target)


def _hold(parameters: RebuildStandby) -> Step:
    """Only from here on: while the copy was made the old standby could still have taken over."""
    target, scripts = parameters.target, parameters.scripts
    return Step(
        key="hold",
        title="hold the script that promotes this host",
        host=target,
        operations=tuple(HoldScript(path) for path in scripts),
        before=source_is_the_same(parameters.copy),
        after=tuple(must.script_held(target, path) for path in scripts),
        undo=tuple(ReleaseScript(path) for path in scripts),
        undone=tuple(must.script_released(target, path) for path in scripts),
        clients=True,
    )


def _release(parameters: RebuildStandby) -> Step:
    target, scripts = parameters.target, parameters.scripts
    return Step(
        key="release",
        title="release the script that promotes this host",
        host=target,
        operations=tuple(ReleaseScript(path) for path in scripts),
        before=(must.streams(parameters.region, target, parameters.copy.source),),
        after=tuple(must.script_released(target, path) for path in scripts),
        undo=tuple(HoldScript(path) for path in scripts),
        undone=tuple(must.script_held(target, path) for path in scripts),
        undo_before=(_no_primary(parameters),),
    )


def _close_first(parameters: RebuildStandby) -> Step:
    """Host 1 must not answer while host 2 is primary (S04): before a server that ran, the gate is left when undone."""
    target = parameters.target
    # A server that somebody started there meanwhile is stopped first: clients must not find it.
    reopened = () if parameters.ran else (StopDatabase(), ReopenPort())
    return Step(
        key="gate",
        title="close the database port: the traffic manager must not find this host",
        host=target,
        operations=(ClosePort(None),),
        before=source_is_the_same(parameters.copy),
        after=(must.gate_closed(target),),
        undo=reopened,
        undone=(must.no_gate_of_a_run(target),) if reopened else (),
        undo_before=(_no_primary(parameters),) if reopened else (),
        clients=True,
    )


def _deny_second(parameters: RebuildStandby) -> Step:
    """A standby's port is closed (S05): nothing to take back, whatever it was."""
    target = parameters.target
    return Step(
        key="gate",
        title="close the database port, as a standby's must be",
        host=target,
        operations=(DenyPort(),),
        before=source_is_the_same(parameters.copy),
        after=(must.gate_closed(target),),
        clients=True,
    )


def _stop(parameters: RebuildStandby) -> Step:
    """A server that ran was a standby: `no_second_writer` has seen to that, so its start takes the stop back."""
    target = parameters.target
    held = tuple(must.script_held(target, path) for path in parameters.scripts) if _holds(parameters) else ()
    return Step(
        key="stop",
        title="stop the old standby",
        host=target,
        operations=(StopDatabase(),),
        before=(*source_is_the_same(parameters.copy), *held),
        after=(must.stopped(target),),
        undo=(StartDatabase(),) if parameters.ran else (),
        undone=ran(parameters) or (must.stopped(target),),
        undo_before=(must.original_data(target, parameters.copy.before), must.standby_configured(target))
        if parameters.ran
        else (),
        patience=120.0,
        clients=True,
    )


def _holds(parameters: RebuildStandby) -> bool:
    return parameters.target == parameters.platforms[1].host


def _start(parameters: RebuildStandby, *, first: bool) -> Step:
    """Host 2's service starts at boot, host 1's does not (REFERENCE 4)."""
    target = parameters.target
    boot = () if first else (SetBootStart(enabled=True),)
    back = (SetBootStart(enabled=False),) if parameters.enabled is False and not first else ()
    return Step(
        key="start",
        title="start it as a standby",
        host=target,
        operations=(*boot, StartDatabase()),
        before=(
            *source_is_the_same(parameters.copy),
            must.copied_since(target, parameters.copy.before),
            copy_is_recent(parameters.copy),
            must.standby_configured(target),
            must.follows(target, parameters.copy.address),
            must.gate_closed(target),
            must.archive_not_ahead(parameters.region, parameters.copy.source),
        ),
        after=(must.in_recovery(target), must.gate_closed(target)),
        undo=(StopDatabase(), *back),
        undone=(must.stopped(target),),
        undo_before=(_no_primary(parameters),),
        patience=120.0,
        clients=True,
        sections=archives(parameters.copy),
    )
