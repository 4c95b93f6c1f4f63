"""rebuild-standby: which host it takes, what it refuses, and the plan's steps in both kinds of region."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.diagnosis.engine import diagnose
from console.diagnosis.words import size
from console.facts.cluster import ClusterConfiguration, NodeState
from console.facts.lsn import WalArithmetic
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.facts.traces import Lease, Traces
from console.operations.cluster import SetLockAside
from console.operations.copying import BaseBackup
from console.operations.gate import ClosePort, HoldScript
from console.operations.service import SetBootStart
from console.operations.standby import WriteStandbySettings
from console.runbooks.plan import Answer, Plan, Step
from console.runbooks.rebuild_parameters import RebuildStandby
from console.runbooks.rebuild_standby import REBUILD_STANDBY
from tests.unit.diagnosis.builders import AT, recovery, seen
from tests.unit.runbooks.scenes import (
    DC1_1,
    DC1_2,
    DC2_1,
    G1,
    G2,
    answer,
    answers,
    broken,
    keys,
    names,
    planned,
    refusal,
    survey,
    undo_names,
    with_host,
    with_value,
)

HEALTHY, GLOBAL = survey("healthy", "dc1"), survey("healthy", "global")
UNSAFE, FAILED_OVER = survey("lock-unsafe", "dc2"), survey("failed-over", "global")
CHECK_PROMOTE = "/usr/bin/pgsql-standby-check-promote"


def rebuild(snapshot: Snapshot, region: str, host: str | None = None, **choices: object) -> Plan:
    return planned(REBUILD_STANDBY, snapshot, region, host, **choices)


def parameters(plan: Plan) -> RebuildStandby:
    assert isinstance(plan.parameters, RebuildStandby)
    return plan.parameters


def backup(plan: Plan) -> BaseBackup:
    (operation,) = plan.step("copy").operations
    assert isinstance(operation, BaseBackup)
    return operation


def settings(plan: Plan) -> WriteStandbySettings:
    (found,) = (item for item in plan.step("swap").operations if isinstance(item, WriteStandbySettings))
    return found


def guards_on(step: Step, snapshot: Snapshot) -> set[Answer]:
    return answers(step.before, snapshot)


# --- source and target -------------------------------------------------------------------------------------------


def test_the_standby_is_the_target_where_the_region_is_named() -> None:
    plan = rebuild(UNSAFE, "dc2")
    assert (plan.parameters.target, parameters(plan).copy.source) == (DC2_1, "cf-dc2-db2.example.com")


def test_the_primary_is_never_a_target() -> None:
    assert "is the primary of dc1: it is never rebuilt" in refusal(REBUILD_STANDBY, HEALTHY, "dc1", DC1_1)


def test_a_standby_that_streams_is_rebuilt_only_where_it_is_named() -> None:
    assert f"--target {DC1_2}" in refusal(REBUILD_STANDBY, HEALTHY, "dc1")
    assert rebuild(HEALTHY, "dc1", DC1_2).parameters.target == DC1_2


def test_of_two_primaries_none_is_chosen() -> None:
    words = refusal(REBUILD_STANDBY, survey("split-brain", "global"), "global")
    assert "both primaries" in words
    assert "stop the other" in words


def test_without_a_primary_there_is_nothing_to_copy_from() -> None:
    blind = with_host(GLOBAL, G1, sql=Observed(None, "psql", AT, "timeout"), client=Observed(None, "client", AT, "?"))
    blind = with_host(blind, G1, processes=Observed(None, "ps", AT, "timeout"))
    assert "no primary is known" in refusal(REBUILD_STANDBY, blind, "global")


def test_a_target_that_does_not_answer_is_refused_with_the_reason() -> None:
    words = refusal(REBUILD_STANDBY, survey("host-down", "dc2"), "dc2")
    assert "cf-dc2-db2.example.com" in words
    assert "no answer to TCP" in words


def test_a_host_of_another_region_is_refused() -> None:
    assert "no database host of dc1" in refusal(REBUILD_STANDBY, HEALTHY, "dc1", G1)


def test_another_database_on_the_target_is_refused() -> None:
    foreign = with_value(HEALTHY, DC1_2, "control", system_identifier="1234567890")
    assert "another database" in refusal(REBUILD_STANDBY, foreign, "dc1", DC1_2)


def test_other_major_versions_are_refused() -> None:
    newer = HEALTHY.facts(DC1_2).sql.value
    assert newer is not None
    changed = with_value(HEALTHY, DC1_2, "sql", version=replace(newer.version, number=90300))
    assert "9.3" in refusal(REBUILD_STANDBY, changed, "dc1", DC1_2)


def test_old_data_of_an_unknown_database_is_not_let_go_unseen() -> None:
    blind = with_host(UNSAFE, DC2_1, control=Observed(None, "pg_controldata", AT, "no pg_controldata here"))
    assert "--discard-old" in refusal(REBUILD_STANDBY, blind, "dc2", discard_old=True)
    assert "discard-old" not in keys(rebuild(blind, "dc2"))


# --- checks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "region", "host"),
    [("lock-unsafe", "dc2", None), ("healthy", "dc1", DC1_2), ("healthy", "global", G2), ("failed-over", "global", G1)],
)
def test_every_check_holds_in_the_scenes_that_it_is_for(scenario: str, region: str, host: str | None) -> None:
    scene = survey(scenario, region)
    assert broken(rebuild(scene, region, host), scene) == {}


def test_too_little_space_is_a_check_that_says_how_much_is_missing() -> None:
    plan = rebuild(HEALTHY, "dc1", DC1_2)
    full = with_value(HEALTHY, DC1_2, "layout", free=1024**3)
    (found,) = broken(plan, full).values()
    assert "missing" in found.because


def test_a_second_engineer_at_work_is_a_check() -> None:
    lease = Lease("20261123-100000-beef", "failback", "ann@desk", "host 1 is repaired", 1e9, 1e9)
    held = with_host(GLOBAL, G1, traces=seen(Traces(lease=lease), "traces"))
    assert "no other run works on global" in broken(rebuild(GLOBAL, "global", G2), held)


def test_tablespaces_on_the_source_are_a_check() -> None:
    spread = with_value(HEALTHY, DC1_1, "layout", tablespaces=("/fast",))
    assert "no tablespaces on cf-dc1-db1" in broken(rebuild(HEALTHY, "dc1", DC1_2), spread)


def test_the_plan_asks_for_the_layouts_that_its_checks_need() -> None:
    assert set(rebuild(HEALTHY, "dc1", DC1_2).sections) == {(DC1_1, "layout"), (DC1_2, "layout")}


# --- the copy ----------------------------------------------------------------------------------------------------


def test_wal_is_streamed_where_two_walsenders_are_free_and_fetched_where_one_is() -> None:
    assert backup(rebuild(HEALTHY, "dc1", DC1_2)).stream
    few = with_host(HEALTHY, DC1_1, settings=seen({"max_wal_senders": "2"}, "pg_settings"))
    fetched = rebuild(few, "dc1", DC1_2)
    assert not backup(fetched).stream
    assert "no" not in {ruled.answer for ruled in broken(fetched, few).values()}
    assert any("WARNING: WAL is fetched at the end" in words for words in fetched.needs)


def test_the_copy_comes_from_the_replication_address_of_the_cluster() -> None:
    assert backup(rebuild(HEALTHY, "dc1", DC1_2)).source == "10.19.11.14"


def test_without_the_clusters_replication_address_nothing_is_copied() -> None:
    lost: Observed[ClusterConfiguration] = Observed(None, "cibadmin", AT, "cibadmin: timeout")
    blind = with_host(with_host(HEALTHY, DC1_1, cluster_configuration=lost), DC1_2, cluster_configuration=lost)
    assert "address that replication uses is unknown" in refusal(REBUILD_STANDBY, blind, "dc1", DC1_2)


def test_in_a_scripted_region_it_comes_from_the_host_that_the_standby_follows_now() -> None:
    short = with_value(GLOBAL, G2, "data", recovery=recovery("cf-global-db1"))
    assert backup(rebuild(short, "global", G2)).source == "cf-global-db1"


@pytest.mark.parametrize("host", ["cf-elsewhere.example.com", G2, "127.0.0.1", "localhost"])
def test_settings_that_lead_elsewhere_are_not_followed(host: str) -> None:
    astray = with_value(GLOBAL, G2, "data", recovery=recovery(host))
    assert backup(rebuild(astray, "global", G2)).source == G1


def test_a_rate_is_refused_where_pg_basebackup_has_no_such_option() -> None:
    assert "no --max-rate" in refusal(REBUILD_STANDBY, HEALTHY, "dc1", DC1_2, max_rate=20_000)
    assert backup(rebuild(UNSAFE, "dc2", max_rate=20_000)).max_rate == 20_000


@pytest.mark.parametrize("rate", [0, 31, 1024**2 + 1])
def test_a_rate_that_pg_basebackup_would_not_take_is_refused(rate: int) -> None:
    assert "32 kB/s to 1 GB/s" in refusal(REBUILD_STANDBY, UNSAFE, "dc2", max_rate=rate)


def test_the_estimate_says_what_it_assumes() -> None:
    layout = UNSAFE.facts("cf-dc2-db2.example.com").layout.value
    assert layout is not None
    gib = with_value(UNSAFE, "cf-dc2-db2.example.com", "layout", size=1_200_000_000)
    assert rebuild(gib, "dc2").needs[0].startswith("time: about 20 s at 60 MB/s (assumed) to copy 1.1 GiB")
    assert "(--max-rate)" in rebuild(gib, "dc2", max_rate=10_000).needs[0]


def test_the_copy_and_its_check_outlive_the_console() -> None:
    plan = rebuild(HEALTHY, "dc1", DC1_2)
    assert plan.step("copy").detached
    assert plan.step("check").detached


def test_only_the_exit_status_of_a_base_backup_tells_that_it_is_whole() -> None:
    assert BaseBackup.proves


# --- steps under Pacemaker ---------------------------------------------------------------------------------------


def test_the_steps_of_a_cluster_copy_before_they_stop_anything() -> None:
    plan = rebuild(HEALTHY, "dc1", DC1_2)
    assert keys(plan) == ["login", "copy", "check", "standby", "swap", "unstandby", "follow"]


def test_a_lock_is_set_aside_behind_the_swap_and_deleted_when_the_node_streams() -> None:
    plan = rebuild(UNSAFE, "dc2", discard_old=True)
    order = ["login", "copy", "check", "standby", "swap", "lock", "unstandby", "follow", "discard-lock", "discard-old"]
    assert keys(plan) == order
    assert isinstance(plan.step("lock").operations[0], SetLockAside)


def test_a_lock_is_never_touched_while_the_old_data_is_in_place() -> None:
    plan = rebuild(UNSAFE, "dc2")
    assert answer(plan.step("lock").before[1], UNSAFE) is Answer.NO


def test_swap_waits_for_a_stopped_server() -> None:
    swap = rebuild(HEALTHY, "dc1", DC1_2).step("swap")
    assert "PostgreSQL is stopped on cf-dc1-db2" in {item.words for item in swap.before}
    assert Answer.NO in guards_on(swap, HEALTHY)


def test_swap_does_not_happen_once_the_source_is_no_proven_primary() -> None:
    for region, scene, host in (("dc1", HEALTHY, DC1_2), ("global", GLOBAL, G2)):
        plan = rebuild(scene, region, host)
        source = parameters(plan).copy.source
        lost = with_host(scene, source, sql=Observed(None, "psql", AT, "timeout"))
        failed_over = with_value(scene, source, "sql", in_recovery=True)
        held = {answer(item, scene) for item in plan.step("copy").before}
        assert held == {Answer.YES}
        for key in ("copy", "swap"):
            assert Answer.UNKNOWN in guards_on(plan.step(key), lost)
            assert Answer.NO in guards_on(plan.step(key), failed_over)


def test_a_failover_that_kept_the_host_is_seen_by_its_timeline() -> None:
    plan = rebuild(UNSAFE, "dc2")
    source = parameters(plan).copy.source
    forked = with_value(UNSAFE, source, "sql", timeline=9)
    assert "cf-dc2-db2 is still on timeline 3" in {
        item.words for item in plan.step("swap").before if answer(item, forked) is Answer.NO
    }


def test_a_node_that_was_in_standby_before_is_left_so_when_all_is_taken_back() -> None:
    status = HEALTHY.facts(DC1_2).cluster.value
    assert status is not None
    nodes = tuple(replace(n, state=NodeState.STANDBY) if n.name == DC1_2 else n for n in status.nodes)
    scene = with_value(with_value(HEALTHY, DC1_1, "cluster", nodes=nodes), DC1_2, "cluster", nodes=nodes)
    assert undo_names(rebuild(scene, "dc1", DC1_2).step("standby")) == []
    assert undo_names(rebuild(HEALTHY, "dc1", DC1_2).step("standby")) == ["NodeUnstandby"]


def test_the_cluster_starts_the_node_only_on_the_copy_and_without_a_lock() -> None:
    step = rebuild(UNSAFE, "dc2").step("unstandby")
    assert names(step) == ["NodeUnstandby", "CleanupResource"]
    words = {item.words for item in step.before if answer(item, UNSAFE) is Answer.NO}
    assert words == {
        "the copy is in place on cf-dc2-db1",
        "the copy on cf-dc2-db1 is not older than 24 h",
        "no PGSQL.lock on cf-dc2-db1",
    }


# --- steps of a scripted region ----------------------------------------------------------------------------------


def test_the_steps_for_host_2_hold_its_own_promotion_while_it_is_stopped() -> None:
    plan = rebuild(GLOBAL, "global", G2)
    assert keys(plan) == ["login", "copy", "check", "hold", "gate", "stop", "swap", "start", "follow", "release"]
    assert plan.step("hold").operations == (HoldScript(CHECK_PROMOTE),)


def test_the_old_standby_can_still_take_over_while_the_copy_is_made() -> None:
    plan = rebuild(GLOBAL, "global", G2)
    assert keys(plan).index("hold") > keys(plan).index("check")


def test_host_2_starts_at_boot_again_and_its_port_stays_closed() -> None:
    plan = rebuild(GLOBAL, "global", G2)
    assert SetBootStart(enabled=True) in plan.step("start").operations
    assert names(plan.step("gate")) == ["DenyPort"]
    assert any("gate" in item.words for item in plan.step("start").after)


def test_host_1_is_closed_before_it_starts_and_stays_closed() -> None:
    plan = rebuild(FAILED_OVER, "global", G1)
    assert keys(plan) == ["login", "copy", "check", "gate", "stop", "swap", "start", "follow"]
    assert plan.step("gate").operations == (ClosePort(None),)
    assert "stays closed" in plan.summary
    assert "failback" in plan.summary


def test_that_nothing_listens_does_not_pass_for_a_closed_gate() -> None:
    plan = rebuild(FAILED_OVER, "global", G1)
    assert answers(plan.step("gate").after, FAILED_OVER) == {Answer.NO}


def test_host_1_never_starts_at_boot_through_a_rebuild() -> None:
    assert names(rebuild(FAILED_OVER, "global", G1).step("start")) == ["StartDatabase"]


def test_a_stale_server_on_host_1_is_not_started_again_as_what_it_was() -> None:
    assert undo_names(rebuild(FAILED_OVER, "global", G1).step("stop")) == []


def test_the_standby_settings_name_the_source_and_the_archive() -> None:
    found = settings(rebuild(GLOBAL, "global", G2))
    assert (found.primary, found.user) == (G1, "replicator")
    assert "wal-archive-read/%f" in found.restore_command


def test_a_restore_command_of_its_own_is_kept() -> None:
    home = GLOBAL.fleet.region("global").archive
    assert home is not None
    own = f"/usr/local/bin/fetch {home.read}/%f %p"
    scene = with_value(GLOBAL, G2, "data", recovery=recovery(G1, restore_command=own))
    assert settings(rebuild(scene, "global", G2)).restore_command == own


def test_a_restore_command_that_reads_elsewhere_is_replaced() -> None:
    scene = with_value(GLOBAL, G2, "data", recovery=recovery(G1, restore_command="cp /old/place/%f %p"))
    assert "/old/place" not in settings(rebuild(scene, "global", G2)).restore_command


def test_a_client_is_the_second_witness_so_every_guard_on_the_source_looks_with_clients() -> None:
    plan = rebuild(GLOBAL, "global", G2)
    guarded = [step for step in plan.steps if any("is the primary" in item.words for item in step.before)]
    assert guarded
    assert all(step.clients for step in guarded)


def test_unknown_scripts_on_host_2_are_refused() -> None:
    blind = with_host(GLOBAL, G2, scripts=Observed(None, "scripts", AT, "permission denied"))
    assert "failover scripts are unknown" in refusal(REBUILD_STANDBY, blind, "global", G2)


# --- losses ------------------------------------------------------------------------------------------------------


def test_the_commits_that_only_the_old_primary_has_are_listed_before_anything_happens() -> None:
    losses = rebuild(UNSAFE, "dc2").losses
    (lock,) = (finding.details for finding in diagnose(UNSAFE) if finding.code == "C02")
    assert lock["bytes_only_here"] > 0
    assert losses[0].startswith(f"cf-dc2-db1 has {size(lock['bytes_only_here'])} of WAL")
    assert "3 commits" in losses[1]
    assert sum("transaction" in line for line in losses) == 3


def test_the_old_data_is_said_to_stay_unless_it_was_let_go() -> None:
    discarding = rebuild(UNSAFE, "dc2", discard_old=True)
    assert "stays on" in rebuild(UNSAFE, "dc2").needs[-1]
    assert "--discard-old" in discarding.losses[-1]
    assert not any("stays on" in line for line in discarding.needs)


def test_old_data_that_stays_is_not_told_as_a_loss() -> None:
    assert not any("old data" in line for line in rebuild(UNSAFE, "dc2").losses)


def test_a_bound_that_proves_nothing_is_told_as_unknown() -> None:
    assert rebuild(FAILED_OVER, "global").losses[0].startswith("unknown whether")


def test_a_diverged_standby_is_told_as_one_whose_own_commits_are_unknown() -> None:
    status = HEALTHY.facts(DC1_1).sql.value
    assert status is not None
    assert status.current is not None
    ahead = status.current.plus(1 << 20, WalArithmetic.CLASSIC)
    rows = (replace(status.replication[0], replayed=ahead, flushed=ahead),)
    diverged = with_value(HEALTHY, DC1_1, "sql", replication=rows)
    assert rebuild(diverged, "dc1").losses[0].startswith("unknown: cf-dc1-db2 has diverged")


def test_the_targets_name_must_be_typed() -> None:
    assert rebuild(UNSAFE, "dc2").confirm == (DC2_1,)


# --- the folder that host 2 archives into (REFERENCE 2) ------------------------------------------------------------


def without_archive(snapshot: Snapshot) -> Snapshot:
    archive = snapshot.facts(G2).archive.value
    assert archive is not None
    assert archive.write is not None
    return with_host(
        snapshot, G2, archive=seen(replace(archive, write=replace(archive.write, exists=False)), "archive")
    )


def test_a_rebuilt_host_2_gets_its_archive_folder_in_the_copy_last_of_all() -> None:
    step = rebuild(GLOBAL, "global", G2).step("swap")
    assert names(step) == ["WriteStandbySettings", "SwapIn", "MakeArchiveFolder"]


def test_the_swap_is_over_when_an_archive_folder_that_was_there_is_there_again() -> None:
    step = rebuild(GLOBAL, "global", G2).step("swap")
    (folder,) = (item for item in step.after if "archive into" in item.words)
    assert (answer(folder, GLOBAL), answer(folder, without_archive(GLOBAL))) == (Answer.YES, Answer.NO)
    assert (G2, "archive") in step.sections


def test_a_folder_that_was_not_there_before_is_made_where_that_is_right_but_holds_nothing_up() -> None:
    step = rebuild(without_archive(GLOBAL), "global", G2).step("swap")
    assert "MakeArchiveFolder" in names(step)
    assert not any("archive into" in item.words for item in step.after)


@pytest.mark.parametrize(
    ("snapshot", "region", "host"), [(FAILED_OVER, "global", G1), (HEALTHY, "dc1", DC1_2)], ids=["host 1", "cluster"]
)
def test_no_folder_is_made_in_an_archive_that_is_on_a_file_server(snapshot: Snapshot, region: str, host: str) -> None:
    steps = rebuild(snapshot, region, host).steps
    assert not any("MakeArchiveFolder" in names(step) for step in steps)


def test_the_cluster_has_cleaned_up_before_the_node_is_waited_for() -> None:
    """Else a console that died between the two would wait for failures to go that nobody clears."""
    step = rebuild(HEALTHY, "dc1", DC1_2).step("unstandby")
    assert names(step) == ["NodeUnstandby", "CleanupResource"]
    assert any("failure" in item.words for item in step.after)
