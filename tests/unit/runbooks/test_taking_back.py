"""A run is taken back on fresh facts: where what it did is needed by now, nothing is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.exit_codes import ExitCode
from console.facts.observed import Observed
from console.facts.postgresql import ClusterState, SqlStatus
from console.facts.snapshot import Snapshot
from console.facts.system import Disk
from console.operations.copying import SwapIn
from console.operations.places import GATE_CHAIN
from console.operations.standby import WriteStandbySettings
from console.runbooks import conditions as must
from console.runbooks import switch_conditions as switch
from console.runbooks.copying import may_be_swapped_back, source_is_the_same
from console.runbooks.failback import FAILBACK
from console.runbooks.failback_parameters import FailbackParameters
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.plan import Answer, Plan, Step
from console.runbooks.rebuild_parameters import RebuildStandby
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from console.runner.journal import Event, Journal, Kind
from console.runner.runner import Runner
from console.simulation import agent
from tests.simulation.faults import Schedule
from tests.simulation.runs import CASES, RUN, Drill
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import (
    DC1_1,
    DC1_2,
    G1,
    G2,
    answer,
    answers,
    broken,
    decided,
    planned,
    refusal,
    ruling,
    survey,
    with_host,
    with_value,
)

HEALTHY, GLOBAL, SWITCHED = survey("healthy", "dc1"), survey("healthy", "global"), survey("failed-over", "global")
SAFE = survey("lock-safe", "dc1")
SCRIPT = "/usr/bin/pgsql-standby-check-promote"


def rebuild() -> RebuildStandby:
    found = decided(REBUILD_STANDBY, HEALTHY, "dc1", DC1_2)
    assert isinstance(found, RebuildStandby)
    return found


def failback() -> FailbackParameters:
    found = decided(FAILBACK, SWITCHED, "global")
    assert isinstance(found, FailbackParameters)
    return found


def swapped(snapshot: Snapshot, **data: object) -> Snapshot:
    """The standby of dc1 with another data directory than it had."""
    return with_value(snapshot, DC1_2, "data", created=AT.timestamp() - 60, **data)


def unseen_host(snapshot: Snapshot, host: str) -> Snapshot:
    """Nothing is known of the host."""
    facts = snapshot.facts(host)
    lost: dict[str, Observed[Any]] = {
        name: Observed(None, name, AT, "no route to host") for name in ("sql", "processes", "data", "control")
    }
    return with_host(snapshot, host, **lost, identity=facts.identity)


def stopped(snapshot: Snapshot, host: str) -> Snapshot:
    silent = with_host(snapshot, host, sql=Observed(None, "psql", AT, "no server"))
    return with_value(silent, host, "processes", postmaster=None, walreceiver=None, startup=None)


# --- may what was swapped in go ----------------------------------------------------------------------------------


def test_the_copy_goes_where_it_only_followed_the_source() -> None:
    assert answer(may_be_swapped_back(rebuild().copy), swapped(HEALTHY)) is Answer.YES


def test_a_copy_that_became_the_primary_never_goes() -> None:
    scene = with_value(swapped(HEALTHY), DC1_2, "sql", in_recovery=False)
    assert answer(may_be_swapped_back(rebuild().copy), scene) is Answer.NO


def test_a_copy_that_was_a_primary_once_never_goes_although_it_is_stopped() -> None:
    scene = stopped(swapped(HEALTHY), DC1_2)
    scene = with_value(scene, DC1_2, "control", state=ClusterState.SHUT_DOWN)
    found = ruling(may_be_swapped_back(rebuild().copy), scene)
    assert (found.answer, "has been a primary" in found.because) == (Answer.NO, True)


def test_a_copy_that_was_never_started_goes_although_its_control_file_is_the_sources() -> None:
    scene = stopped(swapped(HEALTHY, files=frozenset({"backup_label"})), DC1_2)
    scene = with_value(scene, DC1_2, "control", state=ClusterState.IN_PRODUCTION)
    assert answer(may_be_swapped_back(rebuild().copy), scene) is Answer.YES


def test_the_copy_stays_where_the_source_does_not_answer_since_it_may_be_the_last() -> None:
    assert answer(may_be_swapped_back(rebuild().copy), unseen_host(swapped(HEALTHY), DC1_1)) is Answer.UNKNOWN


def test_old_data_that_is_in_place_already_needs_nobody() -> None:
    assert answer(may_be_swapped_back(rebuild().copy), unseen_host(HEALTHY, DC1_1)) is Answer.YES


def test_the_copy_beside_the_data_goes_only_while_the_old_data_is_in_place() -> None:
    undo_before = planned(REBUILD_STANDBY, HEALTHY, "dc1", DC1_2).step("copy").undo_before
    assert answers(undo_before, HEALTHY) == {Answer.YES}
    assert answers(undo_before, swapped(HEALTHY)) == {Answer.NO}


def test_where_the_control_file_is_unknown_standby_settings_show_that_no_promotion_began() -> None:
    condition = must.never_ran_as_primary(DC1_2)
    blind = with_host(stopped(HEALTHY, DC1_2), DC1_2, control=Observed(None, "pg_controldata", AT, "not there"))
    assert answer(condition, with_value(blind, DC1_2, "data", files=frozenset({"recovery.conf"}))) is Answer.YES
    assert answer(condition, with_value(blind, DC1_2, "data", files=frozenset())) is Answer.UNKNOWN


# --- what stops or closes the target ------------------------------------------------------------------------------


def undoable(plan: Plan) -> list[Step]:
    """Steps whose undo stops, opens or replaces something."""
    return [step for step in plan.steps if step.undo and step.key not in {"hold", "standby", "copy", "swap"}]


def test_nothing_that_a_rebuild_stops_or_closes_is_taken_back_on_a_host_that_is_the_primary_by_now() -> None:
    for scene, region, host, other in ((HEALTHY, "dc1", DC1_2, DC1_1), (GLOBAL, "global", G2, G1)):
        plan = planned(REBUILD_STANDBY, scene, region, host)
        primary = with_value(swapped_on(scene, host), host, "sql", in_recovery=False)
        for step in undoable(plan):
            assert Answer.NO in answers(step.undo_before, primary), step.key
        assert answers(plan.undo_checks, primary) == {Answer.NO}
        assert answers(plan.undo_checks, with_value(primary, other, "sql", in_recovery=True)) == {Answer.NO}


def swapped_on(snapshot: Snapshot, host: str) -> Snapshot:
    return with_value(snapshot, host, "data", created=AT.timestamp() - 60, files=frozenset())


def test_a_lock_cleanup_is_not_taken_back_on_a_node_that_is_the_primary_by_now() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    host = plan.parameters.target
    assert answers(plan.undo_checks, SAFE) == {Answer.YES}
    primary = with_host(SAFE, host, sql=HEALTHY.facts(DC1_1).sql)
    assert answers(plan.undo_checks, primary) == {Answer.NO}
    assert all(Answer.NO in answers(step.undo_before, primary) for step in plan.steps if step.undo)


def test_an_old_standby_is_started_again_only_as_a_standby() -> None:
    undo_before = planned(REBUILD_STANDBY, GLOBAL, "global", G2).step("stop").undo_before
    assert answers(undo_before, GLOBAL) == {Answer.YES}
    assert Answer.NO in answers(undo_before, with_value(GLOBAL, G2, "data", files=frozenset()))


# --- a failback: clients come first, but not at the price of two primaries ------------------------------------------


def may_serve(snapshot: Snapshot) -> Answer:
    p = failback()
    return answer(switch.may_serve_again(G2, G1, p.timeline), snapshot)


def test_host_2_serves_again_although_host_1_does_not_answer() -> None:
    assert may_serve(unseen_host(SWITCHED, G1)) is Answer.YES


def test_host_2_serves_again_although_somebody_has_started_the_old_primary() -> None:
    old = with_host(SWITCHED, G1, sql=seen(replace(_status(SWITCHED, G2), timeline=1), "psql"), history=_none())
    old = with_value(with_value(old, G1, "control", timeline=1), G2, "control", timeline=2)
    assert answer(switch.may_serve_again(G2, G1, failback().timeline), old) is Answer.YES


def test_host_2_does_not_serve_again_once_host_1_is_the_primary() -> None:
    """Whether its control file knows the new timeline already or not."""
    for timeline in (failback().timeline, failback().timeline + 1):
        status = replace(_status(SWITCHED, G2), timeline=timeline)
        promoted = with_host(SWITCHED, G1, sql=seen(status, "psql"))
        assert may_serve(with_value(promoted, G1, "control", timeline=timeline)) is Answer.NO


def test_host_2_does_not_serve_again_once_it_is_a_standby() -> None:
    standby = with_value(SWITCHED, G2, "data", files=frozenset({"recovery.conf"}))
    assert may_serve(standby) is Answer.NO
    assert may_serve(with_value(standby, G2, "sql", in_recovery=True)) is Answer.NO


def test_every_step_of_a_failback_that_shuts_clients_out_is_taken_back_without_host_1() -> None:
    for method in ("rejoin", "copy"):
        plan = planned(FAILBACK, SWITCHED, "global", None, method=method)
        steps = [step for step in plan.steps if step.window and step.undo and not step.stays and not step.final]
        assert {step.key for step in steps} >= {"hold-second", "stop-second"}
        for step in steps:
            assert step.undo_before, step.key
            assert answers(step.undo_before, unseen_host(SWITCHED, G1)) == {Answer.YES}, step.key


def test_host_1_is_left_as_it_is_once_it_is_the_primary_and_host_2_follows() -> None:
    """Another run did the failback meanwhile: taking this one back would stop the primary."""
    plan = planned(FAILBACK, SWITCHED, "global")
    done = with_host(SWITCHED, G1, sql=SWITCHED.facts(G2).sql)
    done = with_value(done, G2, "sql", in_recovery=True)
    done = with_value(done, G1, "data", created=AT.timestamp() - 60)
    steps = [step for step in plan.steps if step.undo]
    assert {step.key for step in steps} >= {"hold-first", "start-first", "swap", "promote", "stop-second"}
    for step in steps:
        if step.key != "copy":
            assert Answer.NO in answers(step.undo_before, done), step.key


def test_a_promotion_that_is_still_ordered_is_not_one_that_never_was() -> None:
    condition = switch.never_promoted(G1, 2)
    scene = stopped(SWITCHED, G1)
    scene = with_value(scene, G1, "control", state=ClusterState.SHUT_DOWN_IN_RECOVERY, timeline=2)
    calm = with_value(scene, G1, "data", files=frozenset({"recovery.conf"}))
    assert answer(condition, calm) is Answer.YES
    ordered = with_value(scene, G1, "data", files=frozenset({"recovery.conf", "promote"}))
    assert answer(condition, ordered) is Answer.NO


def test_the_undo_of_a_promotion_forgets_it_after_the_stop() -> None:
    step = planned(FAILBACK, SWITCHED, "global").step("promote")
    assert [type(item).__name__ for item in step.undo] == ["ClosePort", "StopDatabase", "ForgetPromotion"]


def test_hold_first_is_not_taken_back_while_its_gate_is_there() -> None:
    undone = planned(FAILBACK, SWITCHED, "global").step("hold-first").undone
    assert answers(undone, SWITCHED) == {Answer.YES}
    gated = with_value(SWITCHED, G1, "firewall", rules=(f"-A INPUT -p tcp --dport 5432 -j {GATE_CHAIN}",))
    assert Answer.NO in answers(undone, gated)


def _status(snapshot: Snapshot, host: str) -> SqlStatus:
    status = snapshot.facts(host).sql.value
    assert status is not None
    return status


def _none() -> Observed[object]:
    return Observed(None, "history", AT, "not asked")


# --- the same source, a copy that is not too old -------------------------------------------------------------------


def test_a_source_whose_data_was_made_anew_meanwhile_is_another_one() -> None:
    conditions = source_is_the_same(rebuild().copy)
    assert answers(conditions, HEALTHY) == {Answer.YES}
    assert Answer.NO in answers(conditions, with_value(HEALTHY, DC1_1, "data", created=AT.timestamp()))


def test_a_copy_that_lay_for_days_is_not_started() -> None:
    step = planned(REBUILD_STANDBY, HEALTHY, "dc1", DC1_2).step("unstandby")
    now = HEALTHY.at.timestamp()
    young, old = (with_value(HEALTHY, DC1_2, "data", created=now - days * 86400) for days in (0.5, 3))
    (age,) = (item for item in step.before if "not older than" in item.words)
    assert (answer(age, young), answer(age, old)) == (Answer.YES, Answer.NO)
    assert "begin anew" in ruling(age, old).because


# --- a host without a database -------------------------------------------------------------------------------------


def without_data(snapshot: Snapshot) -> Snapshot:
    return with_value(stopped(snapshot, DC1_2), DC1_2, "data", exists=False, created=None, version=None)


def on_mounts(snapshot: Snapshot, ours: str, theirs: str) -> Snapshot:
    for host, mount in ((DC1_2, ours), (DC1_1, theirs)):
        disk = Disk("data", mount, "/dev/sdb1", mount, 10**12, 10**12)
        snapshot = with_host(snapshot, host, disks=seen((disk,), "df"))
        snapshot = with_value(snapshot, host, "layout", mounted=False)
    return snapshot


def test_an_empty_directory_whose_file_system_is_not_mounted_is_refused_even_where_it_was_named() -> None:
    scene = on_mounts(without_data(HEALTHY), "/", "/var/lib/pgsql")
    said = refusal(REBUILD_STANDBY, scene, "dc1", DC1_2)
    assert "Mount /var/lib/pgsql on cf-dc1-db2 first" in said


def test_an_empty_directory_is_filled_only_where_the_host_was_named() -> None:
    scene = on_mounts(without_data(HEALTHY), "/", "/")
    assert f"--target {DC1_2}" in refusal(REBUILD_STANDBY, scene, "dc1")
    assert isinstance(decided(REBUILD_STANDBY, scene, "dc1", DC1_2), RebuildStandby)


def test_the_layout_knows_the_device_of_the_data() -> None:
    layout = HEALTHY.facts(DC1_2).layout.value
    assert layout is not None
    assert rebuild().copy.layout.device == (layout.device or 0)
    other = with_value(HEALTHY, DC1_2, "layout", device=2049)
    found = decided(REBUILD_STANDBY, other, "dc1", DC1_2)
    assert isinstance(found, RebuildStandby)
    assert found.copy.layout.device == 2049


# --- every place of a script ---------------------------------------------------------------------------------------


def test_every_installed_path_of_a_script_is_held_and_released() -> None:
    second = "/usr/local/bin/pgsql-standby-check-promote"
    scene = with_value(GLOBAL, G2, "scripts", installed={SCRIPT: "1 1", second: "2 2"})
    plan = planned(REBUILD_STANDBY, scene, "global", G2)
    assert [item.describe() for item in plan.step("hold").operations] == [f"hold {SCRIPT}", f"hold {second}"]
    assert len(plan.step("hold").after) == len(plan.step("release").after) == 2


@pytest.mark.parametrize(
    "line",
    [
        "* * * * * root /opt/scripts/pgsql-standby-check-promote >/dev/null 2>&1",
        "* * * * * root cd / && '/opt/scripts/pgsql-standby-check-promote'; true",
    ],
)
def test_a_script_that_cron_runs_from_another_place_is_refused(line: str) -> None:
    scene = with_value(GLOBAL, G2, "scripts", cron=(line,))
    assert "cron runs /opt/scripts/" in refusal(REBUILD_STANDBY, scene, "global", G2)
    over = with_value(SWITCHED, G2, "scripts", cron=(line,))
    assert "could not be held" in refusal(FAILBACK, over, "global")


def test_a_script_that_cron_runs_by_its_name_alone_is_one_of_those_that_are_held() -> None:
    scene = with_value(GLOBAL, G2, "scripts", cron=("* * * * * root pgsql-standby-check-promote",))
    assert broken(planned(REBUILD_STANDBY, scene, "global", G2), scene) == {}


# --- a whole run in the simulator -----------------------------------------------------------------------------------


def test_a_run_is_not_taken_back_once_the_cluster_has_failed_over_to_the_copy(tmp_path: Path) -> None:
    """Found by review: its undo stopped the primary, put the old data in its place and removed the copy."""
    drill = Drill(CASES["rebuild, 9.2 under Pacemaker"], Schedule(), tmp_path)
    target = drill.plan.parameters.target
    journal = Journal.create(tmp_path, RUN, drill.parts.clock)
    runner: list[Runner] = []

    def on_event(event: Event) -> None:
        if event.kind is Kind.VERIFIED and event.step == "unstandby":
            runner[0].stop()

    runner.append(Runner(drill.parts, journal, on_event))
    runner[0].start(drill.plan, "a test")
    journal.close()
    drill.clock.pass_seconds(600)
    other = next(host.name for host in drill.world.state.databases if host.name != target)
    drill.world.suffer(lambda state, at: agent.set_standby(state, state.database(other), at, standby=True))
    drill.clock.pass_seconds(7200)
    before = drill.world.state.database(target)
    assert before.server.primary
    outcome = drill.go_on("roll back")
    after = drill.world.state.database(target)
    assert outcome is not None
    assert outcome.code not in {ExitCode.OK, ExitCode.ROLLED_BACK}
    assert "primary" in outcome.words
    assert (after.server.primary, after.server.created_at, after.folders) == (
        True,
        before.server.created_at,
        before.folders,
    )


# --- no copy is ever in place without its settings ------------------------------------------------------------------


def test_a_copy_gets_its_standby_settings_before_it_is_in_place() -> None:
    """Found by review: cut off between the two, a reboot made a second primary of the copy."""
    for plan in (planned(REBUILD_STANDBY, GLOBAL, "global", G2), planned(FAILBACK, SWITCHED, "global")):
        settings, swap = plan.step("swap").operations[:2]
        assert isinstance(settings, WriteStandbySettings)
        assert isinstance(swap, SwapIn)
        assert (settings.directory, swap.needs_standby) == (swap.layout.new, True)


def test_under_pacemaker_the_copy_is_swapped_in_only_on_a_node_in_standby() -> None:
    step = planned(REBUILD_STANDBY, HEALTHY, "dc1", DC1_2).step("swap")
    (swap,) = step.operations
    assert isinstance(swap, SwapIn)
    assert not swap.needs_standby
    assert "the node of cf-dc1-db2 is in standby" in {item.words for item in step.before}
