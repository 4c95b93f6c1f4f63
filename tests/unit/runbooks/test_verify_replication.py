"""verify-replication: which host is written to, what the plan says of it, and what every step rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.facts.host import Reach
from console.facts.snapshot import Snapshot
from console.facts.trials import Trial
from console.operations.operation import Risk
from console.operations.trial import schema_of
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from console.runbooks.verify_replication import VERIFY_REPLICATION, VerifyReplication
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis.builders import seen
from tests.unit.runbooks.scenes import (
    DC1_1,
    DC1_2,
    G1,
    G2,
    RUN,
    answer,
    broken,
    decided,
    keys,
    names,
    planned,
    refusal,
    ruling,
    survey,
    undo_names,
    with_host,
    with_value,
)

NONE = seen((), "trials")
THERE = seen((Trial(schema_of(RUN), RUN),), "trials")


def healthy(region: str = "dc1") -> Snapshot:
    """A healthy pair on which no test table is."""
    snapshot = survey("healthy", region)
    for host in snapshot.fleet.region(region).databases:
        snapshot = with_host(snapshot, host.name, trials=NONE)
    return snapshot


@pytest.mark.parametrize("named", [None, DC1_1, DC1_2])
def test_the_primary_is_written_to_whichever_host_was_named(named: str | None) -> None:
    parameters = decided(VERIFY_REPLICATION, healthy(), "dc1", named)
    assert isinstance(parameters, VerifyReplication)
    assert (parameters.target, parameters.standby) == (DC1_1, DC1_2)


def test_after_a_failover_host_2_is_written_to() -> None:
    snapshot = survey("lock-safe", "dc1")
    assert decided(VERIFY_REPLICATION, snapshot, "dc1").target == DC1_2


def test_without_a_primary_it_is_refused() -> None:
    assert "no primary is known" in refusal(VERIFY_REPLICATION, survey("split-brain", "global"), "global")


def test_a_host_of_another_region_is_refused() -> None:
    assert "no database host of dc1" in refusal(VERIFY_REPLICATION, healthy(), "dc1", G1)


@pytest.mark.parametrize("region", ["dc1", "global"])
def test_on_a_healthy_pair_every_check_holds(region: str) -> None:
    snapshot = healthy(region)
    assert broken(planned(VERIFY_REPLICATION, snapshot, region), snapshot) == {}


def test_a_standby_that_does_not_stream_is_refused() -> None:
    snapshot = survey("standby-out-of-date", "dc1")
    plan = planned(VERIFY_REPLICATION, with_host(snapshot, DC1_1, trials=NONE), "dc1")
    assert any("streams" in words for words in broken(plan, snapshot))


def test_a_table_of_that_name_is_refused() -> None:
    snapshot = with_host(healthy(), DC1_1, trials=THERE)
    plan = planned(VERIFY_REPLICATION, snapshot, "dc1")
    assert list(broken(plan, snapshot)) == [f"{schema_of(RUN)} is not there on cf-dc1-db1"]


def test_whether_a_table_is_there_is_unknown_where_nobody_looked() -> None:
    snapshot = survey("healthy", "dc1")
    assert answer(must.trial_there(DC1_1, RUN, there=False), snapshot) is Answer.UNKNOWN
    assert answer(must.trial_there(DC1_1, RUN, there=True), snapshot) is Answer.UNKNOWN


def test_it_creates_reads_tries_and_drops() -> None:
    plan = planned(VERIFY_REPLICATION, healthy(), "dc1")
    assert keys(plan) == ["ready", "create", "arrived", "refused", "drop", "gone"]
    assert [(names(step), step.host) for step in plan.steps if step.operations] == [
        (["CreateTrial"], DC1_1),
        (["ReadTrial"], DC1_2),
        (["TryTrialInsert"], DC1_2),
        (["DropTrial"], DC1_1),
    ]


def test_its_table_goes_whichever_host_is_the_primary_by_then() -> None:
    plan = planned(VERIFY_REPLICATION, healthy(), "dc1")
    dropped = [step.host for step in plan.steps if "DropTrial" in undo_names(step)]
    assert dropped == [DC1_2, DC1_1]
    assert plan.drill


def test_nothing_of_it_is_destructive_or_final() -> None:
    plan = planned(VERIFY_REPLICATION, healthy(), "dc1")
    risks = {operation.risk for step in plan.steps for operation in (*step.operations, *step.undo)}
    assert risks == {Risk.READ, Risk.REVERSIBLE}
    assert not any(step.final for step in plan.steps)


def test_the_primarys_name_is_to_be_typed_since_a_production_database_is_written_to() -> None:
    assert planned(VERIFY_REPLICATION, healthy(), "dc1").confirm == (DC1_1,)


def test_the_plan_names_what_is_written_and_where() -> None:
    words = " ".join(planned(VERIFY_REPLICATION, healthy(), "dc1").needs)
    assert f"{schema_of(RUN)}.rows in vmdb_production on cf-dc1-db1" in words


def test_a_table_that_a_dead_run_has_left_is_named_with_how_it_goes() -> None:
    left = seen((Trial("vmdb_console_trial_20260101_000000_dead", "20260101-000000-dead"),), "trials")
    words = " ".join(planned(VERIFY_REPLICATION, with_host(healthy(), DC1_1, trials=left), "dc1").needs)
    assert "resume 20260101-000000-dead --roll-back" in words
    assert "DROP SCHEMA vmdb_console_trial_20260101_000000_dead" in words


def test_a_schema_that_names_no_run_is_told_to_a_person() -> None:
    left = seen((Trial("vmdb_console_trial_x", ""),), "trials")
    words = " ".join(planned(VERIFY_REPLICATION, with_host(healthy(), DC1_1, trials=left), "dc1").needs)
    assert "vmdb_console_trial_x is there that names no run: look at it by hand" in words


# --- gone ------------------------------------------------------------------------------------------------------------

GONE = must.trial_gone("dc1", RUN)


def test_it_is_gone_when_the_primary_has_it_no_more_though_the_standby_still_shows_it() -> None:
    snapshot = with_host(healthy(), DC1_2, trials=THERE)
    assert answer(GONE, snapshot) is Answer.YES


def test_it_is_not_gone_while_the_primary_has_it() -> None:
    assert answer(GONE, with_host(healthy(), DC1_1, trials=THERE)) is Answer.NO


def test_it_is_not_known_to_be_gone_where_the_primary_was_not_asked() -> None:
    snapshot = survey("healthy", "dc1")
    assert answer(GONE, snapshot) is Answer.UNKNOWN
    assert "unknown" in ruling(GONE, snapshot).because


def test_it_is_not_known_to_be_gone_while_both_hosts_are_standbys() -> None:
    snapshot = with_value(healthy(), DC1_1, "sql", in_recovery=True)
    assert answer(GONE, snapshot) is Answer.UNKNOWN
    assert answer(must.a_primary_answers("dc1"), snapshot) is Answer.UNKNOWN


def test_where_both_accept_writes_both_are_asked() -> None:
    snapshot = with_value(healthy(), DC1_2, "sql", in_recovery=False)
    assert answer(GONE, with_host(snapshot, DC1_2, trials=THERE)) is Answer.NO
    assert answer(GONE, snapshot) is Answer.YES


def test_a_stopped_old_primary_keeps_nobody_from_saying_that_it_is_gone() -> None:
    snapshot = survey("lock-safe", "dc1")
    assert answer(GONE, with_host(snapshot, DC1_2, trials=NONE)) is Answer.YES


def test_a_host_that_does_not_answer_may_have_it() -> None:
    failure = Failure(FailureKind.UNREACHABLE, "no answer to TCP", "look at it")
    assert answer(GONE, with_host(healthy(), DC1_2, reach=Reach(failure=failure))) is Answer.UNKNOWN


def test_in_a_scripted_region_the_clients_eye_is_the_second_witness() -> None:
    plan = planned(VERIFY_REPLICATION, healthy("global"), "global")
    assert plan.step("create").clients
    assert replace(plan.parameters).target == G1
    assert plan.step("gone").host == G2
