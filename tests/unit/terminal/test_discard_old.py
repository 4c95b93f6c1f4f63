"""discard-old on the simulated fleet: only what ended runs left, and only where the pair does without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.facts.traces import Traces
from console.runbooks.discard_old import decide, plan
from console.runbooks.plan import Choices
from console.runbooks.runbook import Refused
from console.runner.verifying import judge
from console.terminal.permission import Permission
from console.terminal.run_command import layout_sections, run
from tests.unit.terminal.plans import TWO
from tests.unit.terminal.simulated import Stage, asked

MAY = Permission(read_only=False, write=False)
RUN = "20260101-000000-aaaa"


@pytest.fixture
def rebuilt(tmp_path: Path) -> Stage:
    """A standby that was rebuilt: its old data lies aside."""
    stage = Stage("standby-out-of-date", tmp_path / "runs")
    snapshot = seen(stage)
    target = next(facts.name for facts in snapshot.pair(snapshot.fleet.region("dc1")) if facts.name == TWO)
    assert run(stage.page, stage.source, MAY, asked("rebuild-standby", target, confirm=(target,))) is ExitCode.OK
    return stage


def seen(stage: Stage) -> Snapshot:
    fleet = replace(stage.source.fleet, regions=(stage.source.fleet.region("dc1"),))
    return stage.parts(fleet).observer.survey(layout_sections(fleet))


def left(snapshot: Snapshot, host: str = TWO) -> tuple[str, ...]:
    traces = snapshot.facts(host).traces.value
    assert traces is not None
    return traces.leftovers


def with_leftovers(snapshot: Snapshot, *paths: str) -> Snapshot:
    facts = snapshot.facts(TWO)
    traces = replace(facts.traces, value=replace(facts.traces.value or Traces(), leftovers=paths))
    return replace(snapshot, hosts={**snapshot.hosts, TWO: replace(facts, traces=traces)})


def test_the_end_of_a_rebuild_tells_the_command(rebuilt: Stage) -> None:
    assert f"run discard-old --target {TWO}" in rebuilt.printed()


def test_old_data_is_removed_and_the_pair_goes_on(rebuilt: Stage) -> None:
    assert left(seen(rebuilt))
    assert run(rebuilt.page, rebuilt.source, MAY, asked("discard-old", TWO, confirm=(TWO,))) is ExitCode.OK
    assert not left(seen(rebuilt))
    sql = [facts.sql.value for facts in seen(rebuilt).pair(rebuilt.source.fleet.region("dc1"))]
    assert [each.in_recovery for each in sql if each is not None] == [False, True]


def test_where_nothing_is_left_there_is_nothing_to_do(tmp_path: Path) -> None:
    stage = Stage("healthy", tmp_path / "runs")
    for target in ("dc1", TWO):
        with pytest.raises(Refused, match="nothing to let go"):
            run(stage.page, stage.source, MAY, asked("discard-old", target, confirm=(TWO,)))


def test_nothing_goes_while_the_standby_does_not_stream(tmp_path: Path) -> None:
    snapshot = seen(Stage("standby-out-of-date", tmp_path / "runs"))
    layout = snapshot.facts(TWO).layout.value
    assert layout is not None
    parameters = decide(
        with_leftovers(snapshot, f"{layout.real}/pgsql_tmp.vmdb-console/{RUN}/vmdb-old"), "dc1", TWO, Choices(), "r"
    )
    checks = judge(plan(snapshot.fleet, parameters).checks, snapshot)
    assert "streams" in checks.words


@pytest.mark.parametrize("name", ["/pgsql_tmp.vmdb-console/r1/vmdb-old.part", ".vmdb-old.", ".backup"])
def test_what_no_finished_run_leaves_is_refused(tmp_path: Path, name: str) -> None:
    snapshot = seen(Stage("healthy", tmp_path / "runs"))
    layout = snapshot.facts(TWO).layout.value
    assert layout is not None
    with pytest.raises(Refused, match="not what a finished run leaves"):
        decide(with_leftovers(snapshot, layout.real + name), "dc1", TWO, Choices(), "r")


def test_what_lies_beside_other_data_is_refused(tmp_path: Path) -> None:
    snapshot = seen(Stage("healthy", tmp_path / "runs"))
    with pytest.raises(Refused, match="other data"):
        decide(
            with_leftovers(snapshot, f"/elsewhere/pgsql_tmp.vmdb-console/{RUN}/vmdb-old"), "dc1", TWO, Choices(), "r"
        )


def lying(snapshot: Snapshot, *, mounted: bool) -> Snapshot:
    """The snapshot of a host whose data directory is a mount point, or is none."""
    facts = snapshot.facts(TWO)
    assert facts.layout.value is not None
    layout = replace(facts.layout, value=replace(facts.layout.value, mounted=mounted))
    return replace(snapshot, hosts={**snapshot.hosts, TWO: replace(facts, layout=layout)})


def test_what_is_of_another_way_of_mounting_is_refused(tmp_path: Path) -> None:
    snapshot = lying(seen(Stage("healthy", tmp_path / "runs")), mounted=True)
    layout = snapshot.facts(TWO).layout.value
    assert layout is not None
    with pytest.raises(Refused, match="no mount point"):
        decide(with_leftovers(snapshot, f"{layout.real}.vmdb-old.{RUN}"), "dc1", TWO, Choices(), "r")


@pytest.mark.parametrize("mounted", [False, True])
def test_a_leftovers_own_layout_is_read_from_its_path(tmp_path: Path, mounted: bool) -> None:
    snapshot = lying(seen(Stage("healthy", tmp_path / "runs")), mounted=mounted)
    layout = snapshot.facts(TWO).layout.value
    assert layout is not None
    assert layout.mounted == mounted
    if mounted:
        paths = [f"{layout.real}/pgsql_tmp.vmdb-console/{RUN}/{kind}" for kind in ("vmdb-new", "vmdb-old")]
    else:
        paths = [f"{layout.real}.{kind}.{RUN}" for kind in ("vmdb-new", "vmdb-old")]
    parameters = decide(with_leftovers(snapshot, *paths), "dc1", TWO, Choices(), "r")
    assert [item.path for item in parameters.leftovers] == paths
    assert [item.old for item in parameters.leftovers] == [False, True]
