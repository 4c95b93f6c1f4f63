"""S01, S02, S03: the scripted failover as it stands on host 2."""

from __future__ import annotations

from typing import Any

import pytest

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Severity
from console.diagnosis.scripts import check_counter, check_failback_pending, check_promote_cadence
from console.facts.host import Reach
from tests.unit.diagnosis.builders import (
    AT,
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    context,
    primary,
    seen,
    standby,
    stopped,
    unreachable,
    unseen,
)
from tests.unit.diagnosis.setup_builders import global_pair, only, quoted, said, scripts


def second(**overrides: Any) -> RegionContext:
    """The healthy global pair with host 2's scripts in some state."""
    return context(*global_pair(second={"scripts": seen(scripts(**overrides), "scripts")}))


def test_a_healthy_scripted_pair_has_no_finding_about_its_scripts() -> None:
    healthy = context(*global_pair())
    assert [*check_counter(healthy), *check_promote_cadence(healthy), *check_failback_pending(healthy)] == []


def test_one_failure_of_many_allowed_is_a_warning() -> None:
    found = only(check_counter(second(counter=1, counter_age=20, config={"MAX_PRIMARY_FAILCOUNT": "5"})))
    assert (found.code, found.severity, found.host) == ("S01", Severity.WARNING, GLOBAL_DB2.name)
    assert "1 times of 5" in found.summary
    assert found.details == {"counter": 1, "maximum": 5, "age_seconds": 20}


def test_the_last_failure_before_the_promotion_is_critical() -> None:
    assert only(check_counter(second(counter=1))).severity is Severity.CRITICAL


def test_the_reference_s_limit_holds_where_the_configuration_is_unreadable() -> None:
    assert only(check_counter(second(counter=1, config={"MAX_PRIMARY_FAILCOUNT": "many"}))).details["maximum"] == 2


def test_an_unreadable_counter_is_no_counter_of_zero_and_no_alarm() -> None:
    assert list(check_counter(second(counter=None))) == []


def test_a_counter_left_behind_on_a_primary_is_only_information() -> None:
    hosts = [stopped(GLOBAL_DB1), primary(GLOBAL_DB2, scripts=seen(scripts(counter=2)))]
    assert only(check_counter(context(*hosts))).severity is Severity.INFO


def test_unknown_scripts_are_not_judged() -> None:
    blind = context(*global_pair(second={"scripts": unseen("not root")}))
    assert [*check_counter(blind), *check_promote_cadence(blind)] == []


def test_a_missing_cron_line_means_no_failover() -> None:
    found = only(check_promote_cadence(second(cron=())))
    assert (found.code, found.severity) == ("S02", Severity.WARNING)
    assert "no cron line" in found.summary


def test_without_root_a_cron_line_that_was_not_found_may_be_there() -> None:
    blind = {"scripts": seen(scripts(cron=()), "scripts"), "reach": Reach(AT, AT, degraded="sudo: no")}
    assert list(check_promote_cadence(context(*global_pair(second=blind)))) == []


def test_a_stopped_cron_means_no_failover() -> None:
    assert "cron does not run" in only(check_promote_cadence(second(cron_running=False))).summary


def test_an_unknown_cron_is_not_called_stopped() -> None:
    assert list(check_promote_cadence(second(cron_running=None))) == []


def test_overlapping_runs_are_reported() -> None:
    assert "3 runs" in only(check_promote_cadence(second(check_running=3))).summary


def test_an_old_log_alone_is_no_sign_since_the_script_is_silent_while_host_1_answers() -> None:
    assert list(check_promote_cadence(second(log_age=86400.0))) == []
    reset = (
        said("Jul 24 11:10:01", "Current failure count 1"),
        said("Jul 24 11:11:01", "Resetting failure count to 0"),
    )
    assert list(check_promote_cadence(second(log_age=86400.0, log=reset))) == []


@pytest.mark.parametrize(
    "words",
    [("server promoting",), ("waiting for server to promote.... done", "server promoted")],
    ids=["pg_ctl until 9.6", "pg_ctl from 10 on"],
)
def test_a_log_that_ends_with_a_promotion_is_no_sign(words: tuple[str, ...]) -> None:
    down = [said(f"Jul 24 11:1{minute}:01", "host 1 is down") for minute in range(2)]
    log = (*down, *(said("", each) for each in words))
    assert list(check_promote_cadence(second(log_age=600.0, log=log))) == []


def test_a_log_that_was_written_every_minute_and_stopped_is_a_sign() -> None:
    log = (said("Jul 24 11:10:01", "host 1 answers"), said("Jul 24 11:11:01", "host 1 answers"))
    found = only(check_promote_cadence(second(log_age=600.0, log=log)))
    assert "10 min ago" in found.summary
    assert "Jul 24 11:11:01 INFO: host 1 answers" in quoted(found)


def test_a_log_written_a_minute_ago_is_fine() -> None:
    log = (said("Jul 24 11:10:01", "host 1 answers"), said("Jul 24 11:11:01", "host 1 answers"))
    assert list(check_promote_cadence(second(log_age=61.0, log=log))) == []


def test_log_times_that_cannot_be_read_prove_nothing() -> None:
    log = (said("gestern", "x"), said("Feb 31 99:99:99", "y"))
    assert list(check_promote_cadence(second(log_age=600.0, log=log))) == []


def test_a_counter_that_stands_still_shows_that_nobody_counts() -> None:
    found = only(check_promote_cadence(second(counter=1, counter_age=900.0)))
    assert "stands at 1 since 15 min" in found.summary


def test_the_cadence_is_judged_only_while_host_2_is_a_standby() -> None:
    hosts = [stopped(GLOBAL_DB1), primary(GLOBAL_DB2, scripts=seen(scripts(cron=())))]
    assert list(check_promote_cadence(context(*hosts))) == []


def test_running_on_host_2_is_a_failback_that_is_pending() -> None:
    found = only(check_failback_pending(context(stopped(GLOBAL_DB1), primary(GLOBAL_DB2))))
    assert (found.code, found.severity, found.remedy) == ("S03", Severity.WARNING, "failback")
    assert "cf-global-db1 is stopped" in found.summary


def test_with_host_1_as_a_standby_of_host_2_the_failback_is_still_pending() -> None:
    assert only(check_failback_pending(context(standby(GLOBAL_DB1), primary(GLOBAL_DB2)))).code == "S03"


def test_an_unseen_host_1_is_called_unknown_not_down() -> None:
    assert "is unknown" in only(check_failback_pending(context(unreachable(GLOBAL_DB1), primary(GLOBAL_DB2)))).summary


def test_two_primaries_are_no_failback_that_is_pending() -> None:
    assert list(check_failback_pending(context(primary(GLOBAL_DB1), primary(GLOBAL_DB2)))) == []


def test_a_cluster_s_second_host_as_primary_is_normal() -> None:
    assert list(check_failback_pending(context(standby(DC1_DB1), primary(DC1_DB2)))) == []
