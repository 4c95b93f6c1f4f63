"""Simulated hosts obey operations as real ones do: their effects, their refusals, done twice is done once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.facts.traces import Lease
from console.operations import (
    archive,
    cluster,
    copying,
    files,
    gate,
    operation,
    service,
    standby,
    trial,
    web_server,
)
from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.operations.cluster import (
    CleanupResource,
    DiscardLock,
    NodeStandby,
    NodeUnstandby,
    PutLockBack,
    SetLockAside,
)
from console.operations.copying import (
    BaseBackup,
    DiscardOld,
    PutArchiveBack,
    RemoveCopy,
    SetArchiveAside,
    SwapBack,
    SwapIn,
    TryReplication,
    VerifyCopy,
)
from console.operations.gate import ClosePort, DenyPort, HoldScript, ReopenPort
from console.operations.service import ForgetPromotion, Promote, SetBootStart, StartDatabase, StopDatabase
from console.operations.standby import InstallHistory, WriteStandbySettings
from console.probe.basebackup import parse_backup_progress
from console.runner.hands import HandsError
from console.simulation import events
from console.simulation.client import resolved
from console.simulation.obeying.copying import half_swapped
from console.simulation.obeying.obey import _APPLIANCES_OBEY, _OBEYS
from console.simulation.scripts import CHECK_PROMOTE, CHECK_START
from console.simulation.state import Folder
from tests.simulation.workbench import RUN, Workbench

LOCK = "/opt/rh/postgresql92/root/var/lib/pgsql/tmp/PGSQL.lock"


def _backup(bench: Workbench, target: int, max_rate: int | None = None) -> BaseBackup:
    source = bench.host(3 - target).name
    if bench.state.cluster is not None and bench.state.region.endpoint is not None:
        source = bench.state.region.endpoint.addresses[0]
    return BaseBackup(bench.layout(target), source, 5432, "replicator", False, max_rate)


def _copied(bench: Workbench, target: int) -> None:
    assert bench.do(target, _backup(bench, target)).status == 0


def _follow(bench: Workbench, target: int, directory: str = "") -> WriteStandbySettings:
    return WriteStandbySettings(bench.host(3 - target).name, 5432, "replicator", "walreceiver", "", directory)


# --- whose orders are obeyed --------------------------------------------------------------------------------------


def test_every_operation_is_obeyed() -> None:
    classes = {
        found
        for module in (archive, cluster, copying, files, gate, service, standby, trial, web_server)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, operation.Operation) and found is not operation.Operation
    }
    assert classes == set(_OBEYS) | set(_APPLIANCES_OBEY) | {BaseBackup}


def test_without_the_lease_nothing_is_done() -> None:
    bench = Workbench("healthy", "global")
    with pytest.raises(HandsError) as error:
        bench.hands.perform(bench.order(1, StopDatabase(), run="another-run"))
    assert error.value.changed is False
    assert bench.host(1).server.running


def test_another_machine_under_that_name_is_left_alone() -> None:
    bench = Workbench("healthy", "global")
    order = bench.order(1, StopDatabase())
    order = replace(order, platform=replace(order.platform, machine_id="f" * 32))
    with pytest.raises(HandsError) as error:
        bench.hands.perform(order)
    assert error.value.changed is False
    assert bench.host(1).server.running


def test_a_host_without_power_cannot_be_reached_into() -> None:
    bench = Workbench("healthy", "global")
    bench.happens(lambda state, at: events.power_off(state, state.databases[0].name))
    with pytest.raises(HandsError):
        bench.do(1, StopDatabase())


def test_the_first_operation_that_fails_is_the_last() -> None:
    bench = Workbench("healthy", "global")
    result = bench.do(1, SwapIn(bench.layout(1)), StopDatabase())
    assert (result.status, result.failed) == (1, SwapIn(bench.layout(1)))
    assert bench.host(1).server.running


def test_one_run_holds_the_lease() -> None:
    bench = Workbench("healthy", "dc1")
    mine = bench.platform(bench.host(1).name)
    other = Lease("other", "test", "a@b", "", 0.0, 0.0)
    holder = bench.hands.take_lease(mine, other)
    assert holder is not None
    assert holder.run == RUN
    assert bench.hands.take_lease(mine, other, instead_of="a third") == holder
    assert bench.hands.take_lease(mine, other, instead_of=RUN) is None
    assert not bench.hands.renew_lease(mine, RUN)
    bench.hands.release_lease(mine, RUN)
    assert bench.host(1).lease is not None


def test_a_runs_ended_jobs_go_with_its_release_whoever_holds_the_lease() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    order = bench.order(2, _backup(bench, 2))
    bench.hands.begin(order)
    bench.hands.end(order)
    mine = bench.platform(bench.host(2).name)
    assert bench.hands.take_lease(mine, Lease("other", "test", "a@b", "", 0.0, 0.0), instead_of=RUN) is None
    bench.hands.release_lease(mine, RUN)
    assert bench.host(2).jobs == ()
    assert bench.host(2).lease is not None


def test_a_lease_is_not_taken_over_from_a_run_whose_job_runs() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    bench.hands.begin(bench.order(2, _backup(bench, 2)))
    other = Lease("other", "test", "a@b", "", 0.0, 0.0)
    assert bench.hands.take_lease(bench.platform(bench.host(2).name), other, instead_of=RUN) is not None


# --- the service --------------------------------------------------------------------------------------------------


def test_a_stopped_primary_leaves_its_standby_with_all_of_its_wal() -> None:
    bench = Workbench("healthy", "global")
    bench.do(1, StopDatabase())
    assert bench.host(2).server.replayed == bench.host(1).server.written == bench.host(2).server.written
    assert not bench.diverged(1)


def test_a_promotion_begins_a_timeline_and_is_done_once() -> None:
    bench = Workbench("healthy", "global")
    bench.do(1, StopDatabase())
    assert [bench.do(2, Promote()).status for _ in range(2)] == [0, 0]
    assert bench.host(2).server.primary
    assert bench.host(2).server.timeline == 2


def test_a_promoted_host_and_one_that_writes_on_have_parted() -> None:
    bench = Workbench("healthy", "global")
    bench.do(2, Promote())
    bench.passes(5)
    assert bench.diverged(1)
    assert bench.diverged(2)


def test_a_copy_started_without_standby_settings_is_a_primary_of_its_own() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    bench.do(1, SwapIn(bench.layout(1)), StartDatabase())
    assert bench.host(1).server.primary
    bench.passes(5)
    assert bench.diverged(1)


def test_a_copy_with_standby_settings_streams() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    bench.do(1, SwapIn(bench.layout(1)), _follow(bench, 1), StartDatabase())
    bench.passes(5)
    assert bench.host(1).server.streaming
    assert not bench.diverged(1)


def test_an_old_primary_past_the_fork_does_not_stream() -> None:
    bench = Workbench("split-brain", "global")
    bench.do(1, StopDatabase(), _follow(bench, 1), StartDatabase())
    bench.passes(20)
    assert bench.host(1).server.in_recovery
    assert not bench.host(1).server.streaming


def test_9_2_follows_a_promotion_only_with_its_history_file_and_a_restart() -> None:
    bench = Workbench("healthy", "global")
    bench.do(1, StopDatabase())
    bench.do(2, Promote(), gate.AllowPort())
    bench.do(1, _follow(bench, 1), StartDatabase())
    bench.passes(5)
    assert not bench.host(1).server.streaming
    bench.do(1, InstallHistory(2, "1\t0000000100000002000000F1\tno recovery target specified\n"))
    bench.passes(5)
    assert not bench.host(1).server.streaming
    bench.do(1, StopDatabase(), StartDatabase())
    bench.passes(5)
    assert bench.host(1).server.streaming
    assert not bench.diverged(1)


def test_another_history_file_is_never_overwritten() -> None:
    bench = Workbench("healthy", "global")
    assert [bench.do(2, InstallHistory(2, text)).status for text in ("a\n", "a\n", "b\n")] == [0, 0, 1]


def test_a_service_that_is_not_enabled_does_not_start_at_boot() -> None:
    bench = Workbench("healthy", "global")
    bench.do(2, SetBootStart(False))
    name = bench.host(2).name
    bench.happens(lambda state, at: events.boot(events.power_off(state, name), name, at))
    assert not bench.host(2).server.running


# --- copies and swaps ---------------------------------------------------------------------------------------------


def test_a_base_backup_takes_its_time_and_tells_how_far_it_is() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    order = bench.order(2, _backup(bench, 2))
    bench.hands.begin(order)
    shares = []
    while (job := bench.hands.job(order)).running:
        progress = parse_backup_progress(job.output)
        shares.append(progress.share if progress is not None else None)
        bench.passes(5)
    assert job.status == 0
    assert len(shares) > 5
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert bench.host(2).server.running  # the old standby ran on


def test_a_limit_makes_a_base_backup_slower() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    order = bench.order(2, _backup(bench, 2, max_rate=100_000))
    bench.hands.begin(order)
    bench.passes(120)
    assert bench.hands.job(order).running


def test_a_base_backup_of_a_host_that_fails_fails() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    order = bench.order(2, _backup(bench, 2))
    bench.hands.begin(order)
    bench.happens(lambda state, at: events.power_off(state, state.databases[0].name))
    bench.passes(5)
    job = bench.hands.job(order)
    assert (job.running, job.status) == (False, 1)
    assert not any(folder.complete for folder in bench.host(2).folders)
    assert bench.do(2, SwapIn(bench.layout(2))).status == 1


def test_a_full_disk_ends_a_base_backup() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    order = bench.order(2, _backup(bench, 2))
    bench.hands.begin(order)
    bench.happens(lambda state, at: state.with_database(replace(state.databases[1], disk_full=True)))
    bench.passes(5)
    job = bench.hands.job(order)
    assert job.status == 1
    assert "No space left on device" in job.output


def test_a_job_is_cut_off_by_a_power_failure_and_begun_anew() -> None:
    bench = Workbench("failed-over", "global")
    order = bench.order(1, _backup(bench, 1))
    bench.hands.begin(order)
    name = bench.host(1).name
    bench.happens(lambda state, at: events.boot(events.power_off(state, name), name, at))
    job = bench.hands.job(order)
    assert (job.known, job.running, job.status) == (True, False, None)
    bench.hands.begin(order)
    assert bench.hands.job(order).running


def test_a_swap_refuses_under_a_running_server() -> None:
    bench = Workbench("standby-out-of-date", "dc1")
    _copied(bench, 2)
    assert bench.do(2, SwapIn(bench.layout(2))).status == 1
    assert bench.host(2).folder(bench.layout(2).new) is not None


def test_a_swap_is_done_once_and_can_be_taken_back() -> None:
    bench = Workbench("failed-over", "global")
    before = bench.host(1).server
    _copied(bench, 1)
    layout = bench.layout(1)
    assert [bench.do(1, SwapIn(layout)).status for _ in range(2)] == [0, 0]
    assert bench.host(1).server.created_at > before.created_at
    assert [bench.do(1, SwapBack(layout)).status for _ in range(2)] == [0, 0]
    assert bench.host(1).server == before
    bench.do(1, RemoveCopy(layout), RemoveCopy(layout))
    assert bench.host(1).folders == ()


def test_a_copy_without_standby_settings_is_not_moved_in_where_they_are_needed() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    swap, settings = SwapIn(bench.layout(1), needs_standby=True), _follow(bench, 1, bench.layout(1).new)
    assert bench.do(1, swap).status == 1
    assert [bench.do(1, settings).status for _ in range(2)] == [0, 0]
    assert [bench.do(1, swap).status for _ in range(2)] == [0, 0]
    assert bench.do(1, settings).status == 0  # they went along
    assert bench.do(1, replace(settings, primary="another")).status == 1
    bench.do(1, StartDatabase())
    bench.passes(5)
    assert bench.host(1).server.streaming


def test_settings_of_a_copy_leave_the_data_in_place_as_they_are() -> None:
    bench = Workbench("failed-over", "global")
    before = bench.host(1).server
    assert bench.do(1, _follow(bench, 1, bench.layout(1).new)).status == 1
    _copied(bench, 1)
    assert bench.do(1, _follow(bench, 1, bench.layout(1).new)).status == 0
    assert bench.host(1).server == before


def test_a_copy_that_has_been_a_primary_is_neither_swapped_back_nor_removed() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    layout = bench.layout(1)
    bench.do(1, SwapIn(layout), StartDatabase(), StopDatabase())
    result = bench.do(1, SwapBack(layout))
    assert (result.status, "exist nowhere else" in result.output) == (1, True)
    name, promoted = bench.host(1).name, Folder(layout.new, bench.host(1).server)
    bench.happens(lambda state, at: state.with_database(state.database(name).with_folder(layout.new, promoted)))
    assert bench.do(1, RemoveCopy(layout)).status == 1
    assert bench.host(1).folder(layout.new) == promoted


def test_a_copy_that_ran_as_a_standby_is_swapped_back_and_removed() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    layout = bench.layout(1)
    bench.do(1, SwapIn(layout), _follow(bench, 1), StartDatabase())
    bench.passes(5)
    bench.do(1, StopDatabase())
    assert bench.do(1, SwapBack(layout), RemoveCopy(layout)).status == 0
    assert bench.host(1).folders == ()


def test_nothing_is_removed_while_a_swap_is_half_done() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    layout = bench.layout(1)
    bench.happens(lambda state, at: half_swapped(state, state.databases[0].name, SwapIn(layout)))
    folders = bench.host(1).folders
    assert [bench.do(1, operation).status for operation in (RemoveCopy(layout), DiscardOld(layout))] == [1, 1]
    assert bench.host(1).folders == folders


def test_a_layout_that_is_not_the_hosts_is_refused() -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    layout = replace(bench.layout(1), mounted=False)
    for each in (SwapIn(layout), SwapBack(layout), RemoveCopy(layout), DiscardOld(layout)):
        assert bench.do(1, each).status == 1


def test_a_promotion_is_forgotten_by_a_stopped_server_only() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, ForgetPromotion()).status == 1
    assert bench.do(2, StopDatabase(), ForgetPromotion(), StartDatabase()).status == 0
    assert bench.host(2).server.in_recovery


@pytest.mark.parametrize("then", [SwapIn, SwapBack])
def test_a_swap_cut_off_between_its_renames_can_go_on_or_back(then: type[SwapIn] | type[SwapBack]) -> None:
    bench = Workbench("failed-over", "global")
    before = bench.host(1).server
    _copied(bench, 1)
    layout = bench.layout(1)
    bench.happens(lambda state, at: half_swapped(state, state.databases[0].name, SwapIn(layout)))
    assert not bench.host(1).data_there
    assert bench.do(1, StartDatabase()).status == 1
    assert bench.do(1, then(layout)).status == 0
    assert bench.host(1).data_there
    assert (bench.host(1).server == before) is (then is SwapBack)
    assert len(bench.host(1).folders) == 1


def test_the_old_data_stays_until_it_is_let_go() -> None:
    bench = Workbench("failed-over", "global")
    before = bench.host(1).server
    _copied(bench, 1)
    layout = bench.layout(1)
    bench.do(1, SwapIn(layout))
    old = bench.host(1).folder(layout.old)
    assert old is not None
    assert old.server == before
    bench.do(1, DiscardOld(layout))
    assert bench.host(1).folders == ()


@pytest.mark.parametrize(("change", "status"), [({}, 0), ({"system_identifier": "7"}, 1), ({"version": "15"}, 1)])
def test_a_copy_is_checked_for_what_it_should_be(change: dict[str, Any], status: int) -> None:
    bench = Workbench("failed-over", "global")
    _copied(bench, 1)
    check = VerifyCopy(bench.layout(1), bench.host(2).server.system_identifier, "9.2")
    assert bench.do(1, replace(check, **change)).status == status


def test_a_replication_login_needs_an_open_port_and_the_right_database() -> None:
    bench = Workbench("failed-over", "global")
    login = TryReplication(bench.host(2).name, 5432, "replicator", bench.host(2).server.system_identifier)
    assert bench.do(1, login).status == 0
    assert bench.do(1, replace(login, system_identifier="7")).status == 1
    bench.do(2, ClosePort(None))
    assert bench.do(1, login).status == 1


def test_archived_wal_is_set_aside_and_comes_back_with_what_is_newer() -> None:
    bench = Workbench("healthy", "global")
    before = bench.state.archive.runs
    directory = "/wal-archive-write"
    bench.do(1, SetArchiveAside(directory, RUN), SetArchiveAside(directory, RUN))
    assert bench.state.archive.runs == ()
    bench.do(1, PutArchiveBack(directory, RUN), PutArchiveBack(directory, RUN))
    assert bench.state.archive.runs[: len(before)] == before


# --- the cluster and its lock -------------------------------------------------------------------------------------


def test_a_node_in_standby_has_its_resource_stopped_and_gets_it_back() -> None:
    bench = Workbench("healthy", "dc1")
    bench.do(2, NodeStandby(), NodeStandby())
    assert not bench.host(2).server.running
    bench.do(2, NodeUnstandby(), NodeUnstandby())
    bench.passes(8)
    assert bench.host(2).server.streaming


def test_standby_of_the_primarys_node_fails_over() -> None:
    bench = Workbench("healthy", "dc1")
    bench.do(1, NodeStandby())
    bench.passes(30)
    assert bench.host(2).server.primary


def test_a_lock_is_set_aside_by_its_time_only() -> None:
    bench = Workbench("lock-safe", "dc1")
    since = bench.host(1).lock_since
    assert since is not None
    assert bench.do(1, SetLockAside(LOCK, int(since) - 1)).status == 1
    assert [bench.do(1, SetLockAside(LOCK, int(since))).status for _ in range(2)] == [0, 0]
    assert bench.host(1).lock_since is None
    bench.do(1, PutLockBack(LOCK), PutLockBack(LOCK))
    assert (bench.host(1).lock_since, bench.host(1).lock_aside_since) == (since, None)


def test_a_cleanup_starts_the_node_once_its_lock_is_aside() -> None:
    bench = Workbench("lock-safe", "dc1")
    bench.do(1, CleanupResource())
    assert not bench.host(1).server.running
    since = bench.host(1).lock_since
    assert since is not None
    bench.do(1, SetLockAside(LOCK, int(since)), CleanupResource())
    bench.passes(8)
    assert bench.host(1).server.streaming
    bench.do(1, DiscardLock(LOCK))
    assert bench.host(1).lock_aside_since is None


def test_a_node_that_gave_up_does_not_start_by_unstandby_alone() -> None:
    bench = Workbench("lock-safe", "dc1")
    since = bench.host(1).lock_since
    assert since is not None
    bench.do(1, SetLockAside(LOCK, int(since)), NodeStandby(), NodeUnstandby())
    assert not bench.host(1).server.running


def test_a_diverged_node_whose_lock_is_removed_attaches_unseen_where_the_timeline_is_kept() -> None:
    """DOMAIN 0.1, the trap that the runbook must not walk into."""
    bench = Workbench("healthy", "dc1")
    name = bench.host(1).name
    bench.happens(lambda state, at: events.sever(state))
    bench.passes(3)
    bench.happens(lambda state, at: events.power_off(state, name))
    bench.happens(lambda state, at: events.sever(state, severed=False))
    bench.passes(120)
    bench.happens(lambda state, at: events.boot(state, name, at))
    since = bench.host(1).lock_since
    assert since is not None
    bench.do(1, SetLockAside(LOCK, int(since)), CleanupResource())
    bench.passes(8)
    assert bench.host(1).server.streaming
    assert bench.diverged(1)


# --- the port and the scripts -------------------------------------------------------------------------------------


def test_check_promote_promotes_host_2_when_nobody_holds_it() -> None:
    bench = Workbench("healthy", "global")
    bench.do(1, StopDatabase())
    bench.passes(130)
    assert bench.host(2).server.primary


def test_a_held_check_promote_does_nothing() -> None:
    bench = Workbench("healthy", "global")
    bench.do(2, HoldScript(CHECK_PROMOTE), HoldScript(CHECK_PROMOTE))
    bench.do(1, StopDatabase())
    bench.passes(600)
    assert bench.host(2).server.in_recovery


def test_a_closed_gate_keeps_clients_out_and_lets_the_spared_address_in() -> None:
    bench = Workbench("healthy", "global")
    bench.do(1, ClosePort(bench.host(2).host.address))
    bench.passes(3)
    assert resolved(bench.world.now(), "cf-global-db.example.com") == ("10.16.10.51",)
    assert bench.host(2).server.streaming
    bench.do(1, ClosePort(None))
    bench.passes(3)
    assert not bench.host(2).server.streaming
    bench.do(1, ReopenPort(), ReopenPort())
    bench.passes(3)
    assert bench.host(2).server.streaming
    assert resolved(bench.world.now(), "cf-global-db.example.com") == ("10.19.10.51",)


def test_a_gate_is_gone_after_a_boot_and_a_held_script_is_still_held() -> None:
    bench = Workbench("failed-over", "global")
    bench.do(2, DenyPort())
    bench.do(1, ClosePort(None), HoldScript(CHECK_START))
    name = bench.host(1).name
    bench.happens(lambda state, at: events.boot(events.power_off(state, name), name, at))
    assert bench.host(1).gate is None
    assert not bench.host(1).server.running


def test_a_copy_of_host_1_lacks_the_folder_that_host_2_archives_into_until_it_is_made() -> None:
    bench = Workbench("healthy", "global")
    layout, path = bench.layout(2), "/archive/wal-archive-write"
    assert bench.host(2).server.archive_folder
    assert bench.do(2, _backup(bench, 2), StopDatabase(), SwapIn(layout)).status == 0
    assert not bench.host(2).server.archive_folder
    for _ in range(2):
        assert bench.do(2, MakeArchiveFolder(path)).status == 0
        assert bench.host(2).server.archive_folder


def test_archived_wal_that_is_aside_is_noted_on_host_1_until_it_is_back_or_gone() -> None:
    bench = Workbench("failed-over", "global")
    set_aside = SetArchiveAside("/archive", RUN)
    for ending in (PutArchiveBack("/archive", RUN), DiscardArchive("/archive", RUN)):
        bench.do(1, set_aside)
        assert [run for run, _ in bench.state.archives_aside] == [RUN]
        assert bench.do(1, ending, ending).status == 0
        assert bench.state.archives_aside == ()


def test_another_runs_archived_wal_is_not_let_go() -> None:
    bench = Workbench("failed-over", "global")
    bench.do(1, SetArchiveAside("/archive", RUN), DiscardArchive("/archive", "another"))
    assert [run for run, _ in bench.state.archives_aside] == [RUN]
