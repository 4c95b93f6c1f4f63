from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from console.report.openmetrics import render_openmetrics
from console.report.result import CheckResult
from tests.unit.diagnosis import builders as b
from tests.unit.report import samples

RESULTS = [samples.healthy(), samples.lagging(), samples.sick(), samples.blind(), samples.hostile()]
DB1 = {"region": "dc1", "host": b.DC1_DB1.name}
DB2 = {"region": "dc1", "host": b.DC1_DB2.name}


def values(result: CheckResult, name: str, **labels: str) -> list[float]:
    families = text_string_to_metric_families(render_openmetrics(result))  # type: ignore[no-untyped-call]
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return [sample.value for sample in found if labels.items() <= sample.labels.items()]


@pytest.mark.parametrize("result", RESULTS, ids=["healthy", "lagging", "sick", "blind", "hostile"])
def test_every_exposition_parses_and_ends_as_openmetrics_does(result: CheckResult) -> None:
    text = render_openmetrics(result)
    assert text.endswith("# EOF\n")
    assert list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


def test_reachable_hosts_are_up_and_unreachable_ones_are_not() -> None:
    assert values(samples.healthy(), "vmdb_up", **DB1) == [1]
    assert values(samples.blind(), "vmdb_up", **DB1) == [0]


def test_hosts_that_were_never_asked_have_no_up() -> None:
    assert values(samples.blind(), "vmdb_up", host=samples.UI1.name) == []


def test_each_database_host_has_one_role() -> None:
    assert values(samples.healthy(), "vmdb_role", role="primary", **DB1) == [1]
    assert values(samples.healthy(), "vmdb_role", role="standby", **DB1) == [0]
    assert values(samples.healthy(), "vmdb_role", role="standby", **DB2) == [1]
    assert values(samples.blind(), "vmdb_role", role="unknown", **DB2) == [1]


def test_known_figures_are_there() -> None:
    assert values(samples.lagging(), "vmdb_lag_bytes", region="dc1") == [4660]
    assert values(samples.healthy(), "vmdb_archive_ready_files", **DB1) == [3]
    assert values(samples.healthy(), "vmdb_clock_skew_seconds", **DB1) == [0.25]
    assert values(samples.healthy(), "vmdb_disk_free_ratio", purpose="data", **DB1) == [0.25]
    assert values(samples.healthy(), "vmdb_replication_backlog_rows", region="dc1") == [37]
    assert values(samples.healthy(), "vmdb_timeline", **DB2) == [1]


@pytest.mark.parametrize(
    "name",
    [
        "vmdb_lag_bytes",
        "vmdb_lag_seconds",
        "vmdb_timeline",
        "vmdb_clock_skew_seconds",
        "vmdb_disk_free_ratio",
        "vmdb_archive_ready_files",
        "vmdb_replication_backlog_rows",
        "vmdb_client_port_open",
        "vmdb_lock_present",
        "vmdb_fact_age_seconds",
    ],
)
def test_what_is_unknown_is_absent_and_not_zero(name: str) -> None:
    assert values(samples.blind(), name) == []


def test_findings_are_counted_by_code_severity_region_and_host() -> None:
    labels = {"code": "C02", "severity": "critical", **DB2}
    assert values(samples.sick(), "vmdb_finding", **labels) == [1]
    assert values(samples.healthy(), "vmdb_finding") == []


def test_the_checks_own_outcome_is_there() -> None:
    assert values(samples.sick(), "vmdb_check_status", status="CRITICAL") == [1]
    assert values(samples.sick(), "vmdb_check_status", status="OK") == [0]
    assert values(samples.sick(), "vmdb_check_exit_code") == [2]
    assert values(samples.sick(), "vmdb_check_duration_seconds") == [1.25]


def test_a_hosts_text_stays_inside_its_label() -> None:
    text = render_openmetrics(samples.hostile())
    assert all(line.isprintable() for line in text.split("\n"))
