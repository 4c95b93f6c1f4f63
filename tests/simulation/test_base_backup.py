"""A base backup on a simulated host refuses what the real script refuses, and leaves no half copy (shell/copy.sh)."""

from __future__ import annotations

from dataclasses import replace

from console.facts.postgresql import ClusterState
from console.operations.copying import BaseBackup, SwapIn
from console.runner.hands import Result
from console.simulation import events
from console.simulation.server import start
from console.simulation.sizes import DATA_DEVICE
from console.simulation.state import Folder, RegionState
from tests.simulation.workbench import Workbench


def _backup(bench: Workbench, target: int = 2, **layout: object) -> BaseBackup:
    source = bench.host(3 - target).name
    return BaseBackup(replace(bench.layout(target), **layout), source, 5432, "replicator", False)  # type: ignore[arg-type]


def _refused(result: Result, why: str) -> bool:
    return result.status == 1 and why in result.output


def _ran_as_primary(bench: Workbench) -> None:
    """The copy was started by hand, without standby settings."""
    path = bench.layout(2).new

    def event(state: RegionState, at: float) -> RegionState:
        host = state.databases[1]
        folder = host.folder(path)
        assert folder is not None
        server = start(replace(folder.server, state=ClusterState.SHUT_DOWN), host.platform, at)
        return state.with_database(host.with_folder(folder.path, Folder(folder.path, replace(server, running=False))))

    bench.happens(event)


def test_a_second_copy_takes_the_first_one_s_place() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, _backup(bench)).status == 0
    assert bench.do(2, _backup(bench)).status == 0
    assert [folder.complete for folder in bench.host(2).folders] == [True]


def test_a_copy_that_ran_as_a_primary_is_not_copied_over() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, _backup(bench)).status == 0
    _ran_as_primary(bench)
    kept = bench.host(2).folder(bench.layout(2).new)
    assert _refused(bench.do(2, _backup(bench)), "has been a primary since")
    assert bench.host(2).folder(bench.layout(2).new) == kept


def test_a_data_directory_planned_as_no_mount_point_gets_no_copy() -> None:
    bench = Workbench("healthy", "global")
    assert _refused(bench.do(2, _backup(bench, mounted=False)), "is a mount point now")
    assert bench.host(2).folders == ()


def test_a_bare_directory_on_another_device_gets_no_copy() -> None:
    bench = Workbench("healthy", "global")
    bench.happens(lambda state, at: events.stop_service(state, state.databases[1].name, at))
    bench.happens(lambda state, at: state.with_database(replace(state.databases[1], data_there=False)))
    assert _refused(bench.do(2, _backup(bench, device=DATA_DEVICE + 1)), "lies on another device")
    assert bench.host(2).folders == ()


def test_another_device_number_is_no_reason_where_a_database_lies() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, _backup(bench, device=DATA_DEVICE + 1)).status == 0


def test_what_a_failed_copy_had_copied_is_removed() -> None:
    bench = Workbench("healthy", "global")
    order = bench.order(2, _backup(bench))
    bench.hands.begin(order)
    bench.passes(5)
    assert [folder.complete for folder in bench.host(2).folders] == [False]
    bench.happens(lambda state, at: events.power_off(state, state.databases[0].name))
    bench.passes(2)
    job = bench.hands.job(order)
    assert (job.running, job.status) == (False, 1)
    assert "what it had copied is removed" in job.output
    assert bench.host(2).folders == ()


def test_a_source_that_does_not_answer_leaves_no_earlier_copy_either() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, _backup(bench)).status == 0
    bench.happens(lambda state, at: events.stop_service(state, state.databases[0].name, at))
    assert _refused(bench.do(2, _backup(bench)), "Connection refused")
    assert bench.host(2).folders == ()


def test_a_copy_in_place_of_a_removed_one_can_be_swapped_in() -> None:
    bench = Workbench("healthy", "global")
    assert bench.do(2, _backup(bench)).status == 0
    bench.happens(lambda state, at: events.stop_service(state, state.databases[1].name, at))
    assert bench.do(2, _backup(bench), SwapIn(bench.layout(2), needs_standby=False)).status == 0
    assert bench.host(2).folder(bench.layout(2).old) is not None
