"""lock-cleanup: what it refuses, with which words, and the plan where the lock is safe or the risk is accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from console.facts.archive import Archive
from console.facts.lsn import WalSegment
from console.facts.observed import Observed
from console.facts.postgresql import TimelineHistory, TimelineSwitch
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import Tools
from console.operations.cluster import SetLockAside
from console.operations.standby import InstallHistory
from console.runbooks.lock_cleanup import LOCK_CLEANUP
from console.runbooks.plan import Answer
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import (
    DC1_1,
    DC1_2,
    DC2_1,
    DC2_2,
    answer,
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

SAFE, UNSAFE = survey("lock-safe", "dc1"), survey("lock-unsafe", "dc2")


def unprovable() -> Snapshot:
    """The old primary's control file cannot be read: nothing is known of the end of its WAL."""
    return with_host(SAFE, DC1_1, control=Observed(None, "pg_controldata", AT, "no pg_controldata here"))


def test_a_safe_lock_is_planned_without_a_typed_name() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    assert keys(plan) == ["lock", "cleanup", "discard-lock"]
    assert plan.confirm == ()
    assert broken(plan, SAFE) == {}


def test_the_host_that_holds_the_lock_is_found_by_its_region() -> None:
    assert planned(LOCK_CLEANUP, SAFE, "dc1").parameters.target == DC1_1


def test_the_very_lock_that_was_judged_is_set_aside() -> None:
    data = SAFE.facts(DC1_1).data.value
    assert data is not None
    assert data.lock is not None
    (operation,) = planned(LOCK_CLEANUP, SAFE, "dc1").step("lock").operations
    assert operation == SetLockAside(data.lock.path, int(data.lock.modified))


def test_the_lock_is_deleted_last_and_only_while_the_node_streams() -> None:
    last = planned(LOCK_CLEANUP, SAFE, "dc1").steps[-1]
    assert names(last) == ["DiscardLock"]
    assert last.final
    assert Answer.YES not in {answer(condition, SAFE) for condition in last.before if "streams" in condition.words}


def test_the_node_is_watched_for_a_while_before_the_lock_goes() -> None:
    step = planned(LOCK_CLEANUP, SAFE, "dc1").step("cleanup")
    assert step.steady >= 20
    assert any("history" in condition.words for condition in step.after)
    assert (DC1_1, "log") in step.sections


def test_an_unsafe_lock_is_refused_and_names_its_commits() -> None:
    words = refusal(LOCK_CLEANUP, UNSAFE, "dc2")
    commits = UNSAFE.facts(DC2_1).evidence.commits_after
    assert commits is not None
    assert f"{commits.count} commits that only cf-dc2-db1 has" in words
    for commit in commits.commits:
        assert str(commit.transaction) in words
        assert (commit.at or "?") in words


def test_an_unsafe_lock_offers_the_rebuild_and_no_way_round_it() -> None:
    words = refusal(LOCK_CLEANUP, UNSAFE, "dc2", accept_unproven=True)
    assert f"vmdb-console run rebuild-standby --target {DC2_1}" in words
    assert "--accept-unproven" not in words


def test_a_lock_that_cannot_be_proven_is_refused_and_says_what_is_missing() -> None:
    words = refusal(LOCK_CLEANUP, unprovable(), "dc1")
    assert "missing: " in words
    assert "control file" in words
    assert "--accept-unproven" in words
    assert "rebuild-standby" in words


def test_an_accepted_risk_needs_the_hosts_name_typed_and_says_what_may_be_lost() -> None:
    plan = planned(LOCK_CLEANUP, unprovable(), "dc1", accept_unproven=True)
    assert plan.confirm == (DC1_1,)
    assert "unknown whether" in plan.losses[0]
    assert broken(plan, unprovable()) == {}


def test_a_proof_that_turns_out_unsafe_stops_an_accepted_risk_before_the_lock_is_touched() -> None:
    blind = with_host(UNSAFE, DC2_1, control=Observed(None, "pg_controldata", AT, "timeout"))
    plan = planned(LOCK_CLEANUP, blind, "dc2", accept_unproven=True)
    assert plan.parameters.target == DC2_1
    (verdict,) = (item for item in plan.step("lock").before if "hide lost commits" in item.words)
    assert answer(verdict, blind) is Answer.YES
    assert answer(verdict, UNSAFE) is Answer.NO


def test_the_evidence_for_the_proof_is_asked_for_again_before_the_lock_is_touched() -> None:
    step = planned(LOCK_CLEANUP, SAFE, "dc1").step("lock")
    assert any(host == DC1_1 and section.startswith("wal_end") for host, section in step.evidence(SAFE))


def test_the_running_primarys_lock_is_as_it_must_be() -> None:
    assert "running primary" in refusal(LOCK_CLEANUP, SAFE, "dc1", DC1_2)


def test_without_a_lock_there_is_nothing_to_clean_up() -> None:
    healthy = survey("healthy", "dc1")
    assert "Nothing to clean up" in refusal(LOCK_CLEANUP, healthy, "dc1")
    assert "no PGSQL.lock" in refusal(LOCK_CLEANUP, healthy, "dc1", DC1_2)


def test_without_a_known_primary_no_lock_is_judged() -> None:
    blind = with_host(SAFE, DC1_2, sql=Observed(None, "psql", AT, "timeout"), client=Observed(None, "client", AT, "?"))
    blind = with_host(blind, DC1_2, processes=Observed(None, "ps", AT, "timeout"))
    assert "no primary is known" in refusal(LOCK_CLEANUP, blind, "dc1", DC1_1)


def test_a_scripted_region_has_no_such_lock() -> None:
    assert "no cluster" in refusal(LOCK_CLEANUP, survey("healthy", "global"), "global")


def test_a_server_that_runs_on_the_node_stops_it() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    started = with_value(SAFE, DC1_1, "processes", postmaster=4711)
    assert "PostgreSQL is stopped on cf-dc1-db1" in broken(plan, started)


def test_taking_it_back_stops_the_node_before_its_lock_returns() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    assert undo_names(plan.step("cleanup")) == ["NodeStandby"]
    assert undo_names(plan.step("lock")) == ["PutLockBack", "NodeUnstandby"]


def test_every_guard_against_a_changed_primary_stands_before_each_change() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    promoted = with_value(SAFE, DC1_2, "sql", in_recovery=True)
    for key in ("lock", "cleanup"):
        assert Answer.NO in {answer(condition, promoted) for condition in plan.step(key).before}


def test_another_nodes_lock_is_found_in_its_own_region() -> None:
    assert "cf-dc2-db2.example.com is the running primary" in refusal(LOCK_CLEANUP, UNSAFE, "dc2", DC2_2)


# --- 9.2 and a new timeline ----------------------------------------------------------------------------------------

HISTORY = "1\t0000000100000007000000FE\tno recovery target specified\n"


def promoted(*, archived: bool = False, content: str = HISTORY, source: Snapshot = SAFE) -> Snapshot:
    """The new primary's promotion began timeline 2; the old one's WAL is on timeline 1 (restart_on_promote=false)."""
    switched = source.facts(DC1_2)
    assert switched.sql.value is not None
    assert switched.control.value is not None
    snapshot = with_value(source, DC1_2, "sql", timeline=2)
    snapshot = with_value(snapshot, DC1_2, "control", timeline=2)
    left = TimelineSwitch(1, None, WalSegment.parse("0000000100000007000000FE"), "no recovery target specified")
    snapshot = with_host(snapshot, DC1_2, history=seen(TimelineHistory(2, (left,), content), "history"))
    for host in (DC1_1, DC1_2):
        archive = snapshot.facts(host).archive.value
        assert archive is not None
        assert archive.read is not None
        directory = replace(archive.read, histories=(2,) if archived else ())
        snapshot = with_host(snapshot, host, archive=seen(Archive(directory, directory), "archive"))
    return snapshot


def prepared(snapshot: Snapshot, **choices: Any) -> tuple[object, ...]:
    step = planned(LOCK_CLEANUP, snapshot, "dc1", **choices).step("cleanup")
    assert step.prepare is not None
    return step.prepare(snapshot)


def reached(snapshot: Snapshot, **choices: Any) -> Answer:
    plan = planned(LOCK_CLEANUP, snapshot, "dc1", **choices)
    (check,) = (item for item in plan.checks if "history of timeline 2" in item.words)
    assert check.words in [item.words for item in plan.step("cleanup").before]
    return answer(check, snapshot)


def test_where_the_timeline_was_kept_no_history_is_needed() -> None:
    plan = planned(LOCK_CLEANUP, SAFE, "dc1")
    assert plan.step("cleanup").prepare is None
    assert not any("history of timeline" in item.words for item in plan.checks)


def test_a_history_file_that_the_archive_has_is_not_brought() -> None:
    assert reached(promoted(archived=True)) is Answer.YES
    assert prepared(promoted(archived=True)) == ()


def test_a_history_file_that_the_archive_lacks_is_brought_to_a_node_whose_wal_is_proven_to_be_a_part_of_it() -> None:
    assert reached(promoted()) is Answer.YES
    assert prepared(promoted()) == (InstallHistory(2, HISTORY),)


def test_a_history_file_that_nobody_could_read_stops_it() -> None:
    assert reached(promoted(content="")) is Answer.NO
    assert prepared(promoted(content="")) == ()


def test_a_history_file_is_not_brought_to_a_node_of_which_nothing_is_proven() -> None:
    blind = promoted(source=unprovable())
    assert reached(blind, accept_unproven=True) is Answer.NO
    assert reached(promoted(source=unprovable(), archived=True), accept_unproven=True) is Answer.YES


def test_later_versions_get_it_by_streaming() -> None:
    newer = promoted()
    for host in (DC1_1, DC1_2):
        tools = newer.facts(host).tools.value
        assert tools is not None
        programs = {name: "15.10" if version == "9.2.8" else version for name, version in tools.versions.items()}
        newer = with_host(newer, host, tools=seen(Tools(programs), "tools"))
        newer = with_value(newer, host, "data", version=ServerVersion.parse("15"))
    newer = with_value(newer, DC1_2, "sql", version=ServerVersion(150010))
    assert planned(LOCK_CLEANUP, newer, "dc1", accept_unproven=True).step("cleanup").prepare is None
