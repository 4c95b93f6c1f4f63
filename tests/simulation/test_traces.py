"""What runs leave on simulated hosts is printed as the probe prints it, and read by the same parsers."""

from __future__ import annotations

from console.diagnosis.engine import diagnose
from console.facts.snapshot import Snapshot
from console.operations.cluster import NodeStandby, SetLockAside
from console.operations.copying import BaseBackup, SwapIn
from console.operations.gate import ClosePort, HoldScript
from console.simulation.parts import simulated_parts
from console.simulation.scripts import CHECK_PROMOTE
from tests.simulation.workbench import RUN, Workbench


def _survey(bench: Workbench) -> Snapshot:
    sections = [(host.name, "layout") for host in bench.state.databases]
    return simulated_parts(bench.world, bench.name).observer.survey(sections)


def test_a_lease_is_seen_with_its_owner() -> None:
    bench = Workbench("healthy", "global")
    traces = _survey(bench).hosts[bench.host(1).name].traces.value
    assert traces is not None
    assert traces.lease is not None
    assert (traces.lease.run, traces.lease.owner) == (RUN, "somebody@console")


def test_a_job_is_seen_while_it_runs_and_with_its_status() -> None:
    bench = Workbench("failed-over", "global")
    backup = BaseBackup(bench.layout(1), bench.host(2).name, 5432, "replicator", False)
    bench.hands.begin(bench.order(1, backup, step="copy"))
    for running, status in ((True, None), (False, 0)):
        traces = _survey(bench).hosts[bench.host(1).name].traces.value
        assert traces is not None
        (job,) = traces.jobs
        assert (job.run, job.step, job.running, job.status) == (RUN, "copy", running, status)
        bench.passes(60)


def test_copies_and_old_data_are_leftovers_and_take_space() -> None:
    bench = Workbench("failed-over", "global")
    name = bench.host(1).name
    before = _survey(bench).hosts[name].layout.value
    bench.do(1, BaseBackup(bench.layout(1), bench.host(2).name, 5432, "replicator", False))
    facts = _survey(bench).hosts[name]
    assert facts.traces.value is not None
    assert facts.traces.value.leftovers == (bench.layout(1).new,)
    assert before is not None
    assert facts.layout.value is not None
    assert (before.size, before.free) != (None, None)
    assert (facts.layout.value.free or 0) + (before.size or 0) == before.free
    bench.do(1, SwapIn(bench.layout(1)))
    traces = _survey(bench).hosts[name].traces.value
    assert traces is not None
    assert traces.leftovers == (bench.layout(1).old,)


def test_held_scripts_and_a_lock_set_aside_are_seen() -> None:
    bench = Workbench("healthy", "global")
    bench.do(2, HoldScript(CHECK_PROMOTE))
    traces = _survey(bench).hosts[bench.host(2).name].traces.value
    assert traces is not None
    assert traces.held == (CHECK_PROMOTE,)
    locked = Workbench("lock-safe", "dc1")
    since = locked.host(1).lock_since
    assert since is not None
    locked.do(1, NodeStandby(), SetLockAside("PGSQL.lock", int(since)))
    traces = _survey(locked).hosts[locked.host(1).name].traces.value
    assert traces is not None
    assert traces.lock_aside


def test_a_gate_is_read_as_a_port_that_is_closed_to_clients() -> None:
    bench = Workbench("healthy", "global")
    name = bench.host(1).name
    for spare, is_open in ((None, False), ("10.16.10.102", False)):
        bench.do(1, ClosePort(spare))
        firewall = _survey(bench).hosts[name].firewall.value
        assert firewall is not None
        assert firewall.database_port_open is is_open


def test_a_run_is_told_as_such_and_nothing_else_is_found_in_a_healthy_pair() -> None:
    bench = Workbench("healthy", "dc1")
    uis = {appliance.host.name for appliance in bench.state.uis}  # a run does not ask them
    assert {finding.code for finding in diagnose(_survey(bench)) if finding.host not in uis} == {"H08"}
