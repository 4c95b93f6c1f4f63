"""The steps of a failback, one function each (DESIGN 7, DOMAIN 8). `p` are the parameters everywhere."""

from __future__ import annotations

from dataclasses import replace

from console.diagnosis.words import short
from console.facts.snapshot import Snapshot
from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.operations.copying import DiscardOld, PutArchiveBack, SetArchiveAside, TryReplication
from console.operations.gate import AllowPort, ClosePort, DenyPort, HoldScript, ReleaseScript, ReopenPort
from console.operations.operation import Operation
from console.operations.service import (
    ForgetPromotion,
    Promote,
    RunCheckpoint,
    SetBootStart,
    StartDatabase,
    StopDatabase,
)
from console.operations.standby import InstallHistory, WriteStandbySettings
from console.runbooks import conditions as must
from console.runbooks import switch_conditions as switch
from console.runbooks.copying import Copy, check_copy, copy_is_recent, make_copy, swap_in
from console.runbooks.failback_parameters import FailbackParameters, Method
from console.runbooks.plan import Condition, Step

CAUGHT_UP = 16 * 1024**2
"""Bytes that a standby may be behind before a switch: the stop waits until it has them."""
_CATCHING_UP = 3600.0
_CATCHING_UP_IN_WINDOW = 180.0
_STOPPED_AND_PROVEN = 10.0
_STEADY = 10.0
_LOOK_AGAIN = 120.0


def _serves(p: FailbackParameters) -> tuple[Condition, ...]:
    """Host 2 is the primary that the plan was made for, by its own word: clients may be shut out already."""
    second = p.second.host
    return (
        must.not_in_recovery(second),
        must.has_system_identifier(second, p.system_identifier),
        must.on_timeline(second, p.timeline),
    )


def _follows(p: FailbackParameters, limit: int = CAUGHT_UP) -> tuple[Condition, ...]:
    """Host 1 is host 2's standby, behind its gate."""
    first, second = p.first.host, p.second.host
    return (
        switch.gate_closed(first),
        must.streams(p.region, first, second),
        must.caught_up(first, second, limit),
    )


def _may_serve(p: FailbackParameters) -> tuple[Condition, ...]:
    """Before clients are let in on host 2 again. A host 1 that does not answer is no reason to keep them out."""
    return (switch.may_serve_again(p.second.host, p.first.host, p.timeline),)


def _nothing_happened(p: FailbackParameters) -> tuple[Condition, ...]:
    """Before something of host 1 is taken back: host 2 serves as it did, so that nobody needs host 1."""
    return (*_serves(p), switch.not_promoted_since(p.first.host, p.timeline))


# --- so that nothing interferes -----------------------------------------------------------------------------------


def hold_first(p: FailbackParameters) -> Step:
    """Host 1 neither starts by itself nor answers clients from here on.

    Taken back only so far as it was: a server that ran on host 1 is one that must not be reached (S04); where none ran,
    the port is opened again only behind a stop, since somebody may have started one meanwhile.
    """
    first = p.first.host
    held = tuple(HoldScript(path) for path in p.check_start)
    released = tuple(ReleaseScript(path) for path in p.check_start)
    return Step(
        key="hold-first",
        title=f"{short(first)} starts nothing by itself, and its port is closed",
        host=first,
        operations=(*held, ClosePort(p.second_address), SetBootStart(enabled=False)),
        before=(*_serves(p), must.not_the_primary(p.region, first)),
        after=(
            *(must.script_held(first, path) for path in p.check_start),
            switch.gate_closed(first),
            must.boot_start(first, enabled=False),
        ),
        # A server that somebody started there meanwhile is stopped first: clients must not find it.
        undo=(*(() if p.first_ran else (StopDatabase(), ReopenPort())), *released),
        undone=(
            *(must.script_released(first, path) for path in p.check_start),
            *(() if p.first_ran else (must.no_gate_of_a_run(first),)),
        ),
        undo_before=_nothing_happened(p),
        sections=((first, "boot"),),
    )


def hold_second(p: FailbackParameters) -> Step:
    """Host 2 neither promotes itself nor opens its port nor starts at boot: just before clients are shut out, so that
    until then a reboot brings it back as it is. A part of the window, so that the same holds after a switch that was
    taken back; then it serves, whatever happened meanwhile.
    """
    second = p.second.host
    scripts = (*p.check_promote, *p.check_access)
    return Step(
        key="hold-second",
        title=f"{short(second)} neither promotes itself nor starts at boot",
        host=second,
        operations=(*(HoldScript(path) for path in scripts), SetBootStart(enabled=False)),
        before=_serves(p),
        after=(
            *(must.script_held(second, path) for path in scripts),
            must.boot_start(second, enabled=False),
        ),
        undo=(
            *(ReleaseScript(path) for path in scripts),
            SetBootStart(p.second_at_boot),
            StartDatabase(),
            AllowPort(),
        ),
        undone=(
            *(must.script_released(second, path) for path in scripts),
            must.boot_start(second, enabled=p.second_at_boot),
            must.not_in_recovery(second),
            switch.gate_open(second),
        ),
        undo_before=_may_serve(p),
        sections=((second, "boot"),),
        patience=_LOOK_AGAIN,
        window=True,
    )


# --- the copy -----------------------------------------------------------------------------------------------------


def shut_out(p: FailbackParameters) -> Step:
    """Method copy: clients are shut out before the copy begins, host 1 is not. Host 1's own gate does not matter yet: a
    reboot takes it away, and each start of host 1 is behind a new one.
    """
    second = p.second.host
    return Step(
        key="close-second",
        title=f"close the database port of {short(second)}: clients cannot write from here on",
        host=second,
        operations=(ClosePort(p.first_address),),
        before=_serves(p),
        after=(switch.gate_closed(second),),
        undo=_serve_again(),
        undone=(must.not_in_recovery(second), switch.gate_open(second)),
        undo_before=_may_serve(p),
        window=True,
        shuts_out=True,
    )


def _serve_again() -> tuple[Operation, ...]:
    """Host 2 as the primary that it was, open to clients; its own rule for that is gone after a reboot."""
    return (StartDatabase(), AllowPort(), ReopenPort())


def copy_steps(p: FailbackParameters, copy: Copy, *, window: bool) -> tuple[Step, ...]:
    """Copy, check, put in place, start behind the gate. In a window no client is there to be a witness.

    A retreat lets host 2 serve again and leaves all of it as it is: what was copied, or is being copied, is a base
    backup of a host 2 that goes on, and follows it from there. Whether it still can is seen when host 1 starts, and
    that it did, to the last byte, before it is promoted (`has_all_wal`).
    """
    steps = (
        make_copy(copy),
        check_copy(copy),
        *((archive_aside(p),) if window and p.archive_write else ()),
        stop_first(p),
        swap_in(copy, _standby_of_second(p, copy), after=(must.standby_configured(copy.target),)),
        start_first(p),
    )
    if not window:
        return steps
    return tuple(
        replace(
            step,
            window=True,
            stays=True,
            clients=False,
            before=_without_clients(p, step),
            patience=_CATCHING_UP_IN_WINDOW,
        )
        for step in steps
    )


def _without_clients(p: FailbackParameters, step: Step) -> tuple[Condition, ...]:
    stopped = (must.stopped(p.first.host),) if step.key == "swap" else ()
    return (*_serves(p), switch.gate_closed(p.second.host), *stopped)


def _standby_of_second(p: FailbackParameters, copy: Copy) -> WriteStandbySettings:
    """Without restore_command: nobody archives host 2's WAL, and host 1's own archive has another future in it."""
    return WriteStandbySettings(copy.address, copy.port, copy.user, p.first.host, "")


def archive_aside(p: FailbackParameters) -> Step:
    """What host 1 archived before is no part of the new database's archive; kept, not deleted."""
    return Step(
        key="archive-aside",
        title=f"set {short(p.first.host)}'s archived WAL aside",
        host=p.first.host,
        operations=(SetArchiveAside(p.archive_write, p.run),),
        before=_serves(p),
        undo=(PutArchiveBack(p.archive_write, p.run),),
        undo_before=_nothing_happened(p),
    )


def stop_first(p: FailbackParameters) -> Step:
    """Whatever runs on host 1 is no primary, and its data is about to be replaced. It stays stopped when taken back."""
    first = p.first.host
    return Step(
        key="stop-first",
        title=f"stop what runs on {short(first)}",
        host=first,
        operations=(StopDatabase(),),
        before=(*_serves(p), must.no_second_writer(p.region, p.second.host)),
        after=(must.stopped(first),),
        patience=60.0,
    )


def start_first(p: FailbackParameters) -> Step:
    """Host 1 as host 2's standby, behind its gate, which a reboot may have taken away."""
    first = p.first.host
    return Step(
        key="start-first",
        title=f"start {short(first)} as a standby of {short(p.second.host)}, until it has caught up",
        host=first,
        operations=(ClosePort(p.second_address), StartDatabase()),
        before=(
            *_serves(p),
            must.standby_configured(first),
            *((copy_is_recent(p.copy),) if p.copy is not None else ()),
        ),
        after=_follows(p),
        undo=(StopDatabase(),),
        undone=(must.stopped(first),),
        undo_before=_nothing_happened(p),
        patience=_CATCHING_UP,
    )


# --- ready to switch ----------------------------------------------------------------------------------------------


def login_back(p: FailbackParameters) -> Step:
    """Host 2 will have to log in at host 1 as its standby, through host 1's gate: see that it can (G17)."""
    postgresql = p.first.postgresql
    login = TryReplication(p.first_name, postgresql.port, postgresql.replication_user, p.system_identifier)
    return Step(
        key="login-back",
        title=f"try a replication login from {short(p.second.host)} at {short(p.first_name)}",
        host=p.second.host,
        operations=(login,),
        before=(must.in_recovery(p.first.host),),
        window=True,
        stays=True,
    )


def checkpoint(p: FailbackParameters) -> Step:
    """So that the stop, which makes one, is short."""
    return Step(
        key="checkpoint",
        title=f"run a checkpoint on {short(p.second.host)}: the stop will be short",
        host=p.second.host,
        operations=(RunCheckpoint(),),
        before=_serves(p),
        patience=_LOOK_AGAIN,
    )


def ready(p: FailbackParameters) -> Step:
    """Host 1 follows to the last, with a restartpoint, so that its promotion is short. It is done again after a switch
    that was taken back, which leaves host 1 stopped; taking it back changes nothing for clients.
    """
    first, second = p.first.host, p.second.host
    return Step(
        key="ready",
        title=f"{short(first)} follows {short(second)} to the last, with a fresh restartpoint",
        host=first,
        operations=(ClosePort(p.second_address), StartDatabase(), RunCheckpoint()),
        before=(*_serves(p), must.standby_configured(first), must.keeps_wal(second, first, by_slot=p.copy is None)),
        after=(
            *_follows(p),
            switch.comes_from(second, first, p.first_address),
            switch.restartpoint_on(first, p.timeline),
        ),
        patience=_LOOK_AGAIN,
        window=True,
    )


# --- the switch: clients wait -------------------------------------------------------------------------------------


def stop_second(p: FailbackParameters) -> Step:
    """Shut clients out and stop host 2 in one order; then prove that host 1 has every byte."""
    first, second = p.first.host, p.second.host
    return Step(
        key="stop-second",
        title=f"close the port of {short(second)}, stop it, and prove that {short(first)} has all of its WAL",
        host=second,
        operations=(ClosePort(p.first_address), StopDatabase()),
        before=(*_serves(p), *_follows(p), switch.comes_from(second, first, p.first_address)),
        after=(must.stopped(second), switch.has_all_wal(first, second, p.timeline)),
        undo=_serve_again(),
        undone=(must.not_in_recovery(second), switch.gate_open(second)),
        undo_before=_may_serve(p),
        patience=_STOPPED_AND_PROVEN,
        window=True,
        shuts_out=True,
        sections=((second, switch.WAL_END),),
    )


def promote(p: FailbackParameters) -> Step:
    """The point of no return. It is judged by the role alone: all else could hold although nothing was promoted.

    Where host 1 went down right after its promotion, it is started again, as the primary that it is.
    """
    first, second = p.first.host, p.second.host
    return Step(
        key="promote",
        title=f"promote {short(first)}",
        host=first,
        operations=(Promote(),),
        before=(must.stopped(second), switch.fit_for_promotion(first, second, p.timeline)),
        after=(must.not_in_recovery(first),),
        undo=(ClosePort(p.second_address), StopDatabase(), ForgetPromotion()),
        undone=(switch.never_promoted(first, p.timeline),),
        undo_before=(switch.not_promoted_since(first, p.timeline),),
        final=True,
        window=True,
        guard_sections=((second, switch.WAL_END),),
        evidence=lambda snapshot: switch.promotion_witness(snapshot, first),
        prepare=lambda snapshot: _started(p, snapshot),
    )


def _started(p: FailbackParameters, snapshot: Snapshot) -> tuple[Operation, ...]:
    processes = snapshot.facts(p.first.host).processes.value
    runs = processes is None or processes.running
    return () if runs else (ClosePort(p.second_address), StartDatabase())


def open_first(p: FailbackParameters) -> Step:
    """Only when it is seen not to be in recovery any more: connections must never reach a standby. One that went down
    meanwhile is started: it can only come up as a primary. Clients do not wait for a host 2 that has gone away.
    """
    first = p.first.host
    return Step(
        key="open-first",
        title=f"open the database port of {short(first)}: clients can write again",
        host=first,
        operations=(StartDatabase(), ReopenPort()),
        before=(switch.promoted(first), switch.no_primary_seen(p.second.host)),
        after=(must.writable_for_clients(first),),
        final=True,
        window=True,
        clients=True,
    )


# --- host 2 as the standby: only forward from here ----------------------------------------------------------------


def release_first(p: FailbackParameters) -> Step:
    """From here on a reboot brings host 1 back as the primary: host 2 answers it nothing until it is a standby."""
    first = p.first.host
    return Step(
        key="release-first",
        title=f"release the boot script of {short(first)}: a reboot brings it back as the primary",
        host=first,
        operations=(StartDatabase(), *(ReleaseScript(path) for path in p.check_start)),
        before=(switch.promoted(first),),
        after=(must.not_in_recovery(first), *(must.script_released(first, path) for path in p.check_start)),
        final=True,
    )


def settle_second(p: FailbackParameters) -> Step:
    """Host 2's data as a standby's, and its port closed by the host's own rules. It follows as it is, since all of its
    WAL lies in host 1's history; 9.2 must be given that history's file (DOMAIN 8).
    """
    first, second = p.first.host, p.second.host
    classic = p.second.version.classic_wal
    folder = (MakeArchiveFolder(p.archive_second),) if p.archive_second else ()
    settings = WriteStandbySettings(
        p.first_name, p.first.postgresql.port, p.first.postgresql.replication_user, second, p.restore_second
    )
    return Step(
        key="settle-second",
        title=f"{short(second)} becomes a standby of {short(first)}, its port closed for good",
        host=second,
        operations=(settings, DenyPort(), ReopenPort(), *folder),
        before=(
            must.stopped(second),
            must.not_in_recovery(first),
            switch.history_leads_on(second, first, p.timeline),
            *((switch.history_read(first, p.timeline),) if classic else ()),
        ),
        after=(switch.follows_by_settings(second, first), switch.closed_by_own_rules(second)),
        final=True,
        sections=((first, "history"), (second, switch.WAL_END)),
        prepare=(lambda snapshot: _history_of(snapshot, first)) if classic else None,
    )


def _history_of(snapshot: Snapshot, primary: str) -> tuple[Operation, ...]:
    history = snapshot.facts(primary).history.value
    return (InstallHistory(history.timeline, history.content),) if history is not None and history.content else ()


def start_second(p: FailbackParameters) -> Step:
    """Host 2 streams from host 1, on the new timeline."""
    first, second = p.first.host, p.second.host
    return Step(
        key="start-second",
        title=f"start {short(second)} as a standby, until it streams",
        host=second,
        operations=(StartDatabase(),),
        before=(
            must.not_in_recovery(first),
            switch.follows_by_settings(second, first),
            switch.gate_closed(second),
        ),
        after=(
            switch.gate_closed(second),
            must.in_recovery(second),
            must.streams(p.region, second, first),
            must.caught_up(second, first, CAUGHT_UP),
        ),
        steady=_STEADY,
        patience=_LOOK_AGAIN,
        final=True,
        sections=((first, "history"),),
    )


def release_second(p: FailbackParameters) -> Step:
    """Host 2 starts at boot and watches host 1 again; not before it follows."""
    first, second = p.first.host, p.second.host
    scripts = (*p.check_access, *p.check_promote)
    return Step(
        key="release-second",
        title=f"{short(second)} starts at boot and watches {short(first)} again",
        host=second,
        operations=(SetBootStart(enabled=True), *(ReleaseScript(path) for path in scripts)),
        before=(must.in_recovery(second), must.streams(p.region, second, first)),
        after=(must.boot_start(second, enabled=True), *(must.script_released(second, path) for path in scripts)),
        final=True,
        sections=((second, "boot"), (first, "history")),
    )


def verify(p: FailbackParameters) -> Step:
    """Nothing of what a failback is to end is found any more."""
    sections = ("boot", "history", "log", "pgpass")
    return Step(
        key="verify",
        title=f"{p.region} runs normally again",
        host=p.first.host,
        after=(
            switch.pair_is_sound(p.region),
            must.writable_for_clients(p.first.host),
            must.port_closed_for_clients(p.second.host),
        ),
        patience=_LOOK_AGAIN,
        clients=True,
        final=True,
        sections=tuple((platform.host, section) for platform in p.platforms for section in sections),
    )


def discard_old(p: FailbackParameters, copy: Copy) -> Step:
    """Let host 1's old data go, now that both hosts have the database; and the WAL of its old archive, if aside."""
    first, second = p.first.host, p.second.host
    archive = (DiscardArchive(p.archive_write, p.run),) if p.method is Method.COPY and p.archive_write else ()
    gone = tuple(must.archived_aside(first, operation.aside, there=False) for operation in archive)
    return Step(
        key="discard-old",
        title=f"let the old data of {short(first)} go",
        host=first,
        operations=(DiscardOld(copy.layout), *archive),
        before=(must.not_in_recovery(first), must.streams(p.region, second, first)),
        after=(must.left_behind(first, copy.layout.old, there=False), *gone),
        final=True,
        patience=_LOOK_AGAIN,
        sections=((first, "history"),),
    )
