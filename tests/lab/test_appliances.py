"""What the console says of UI appliances and of the regions' replication, on real hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import faults, host_faults
from tests.lab.fleet import Lab
from tests.lab.report import Report, check, check_until

G = "global"
UI1 = "cf-global-ui1.example.com"
UI2 = "cf-global-ui2.example.com"
REGIONAL = "dc2"
ROWS = 1500


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> Iterator[None]:
    """Each test of this module begins with healthy regions, and leaves them so."""
    for region in (G, REGIONAL):
        lab.wait_healthy(region)
    # A lab that was just switched on has evm.log lines of its last life for up to a minute.
    check_until(lab, lambda report: report.codes == [], G, REGIONAL, timeout=150)
    yield
    lab.wait_healthy(G)


def inventory(lab: Lab, folder: Path, **changes: Any) -> tuple[str, ...]:
    """Options for a copy of the lab's inventory with other thresholds or another region number."""
    document = json.loads(lab.inventory.read_text().partition("\n")[2])
    if "thresholds" in changes:
        document["defaults"]["thresholds"] = changes["thresholds"]
    for region in document["regions"]:
        if region["name"] == REGIONAL and "number" in changes:
            region["number"] = changes["number"]
    file = folder / "inventory.yaml"
    file.write_text(json.dumps(document))
    return ("--inventory", str(file))


def test_a_stopped_web_server_is_a_warning(lab: Lab) -> None:
    with faults.httpd_stopped(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["U01"]
    assert report.evidence("U01", "httpd", UI1) == "does not run"
    assert report.evidence("U01", "evmserverd", UI1) == "runs"
    assert report.evidence("U01", "/ping", UI1) == "unknown: Connection refused"
    assert report.exit_code == 1


@pytest.fixture(scope="module")
def none_serves(lab: Lab) -> Report:
    with faults.httpd_stopped(lab, UI1), faults.httpd_stopped(lab, UI2):
        return check(lab, G)


def test_a_region_that_no_appliance_serves_is_critical(none_serves: Report) -> None:
    assert none_serves.codes == ["U01", "U01", "U02"]
    finding = none_serves.finding("U02")
    assert finding["severity"] == "critical"
    assert finding["details"] == {"hosts": [UI1, UI2]}
    assert none_serves.exit_code == 2


@pytest.mark.parametrize("host", [UI1, UI2])
def test_each_stopped_appliance_is_folded_under_it(none_serves: Report, host: str) -> None:
    assert none_serves.finding("U01", host)["caused_by"] == none_serves.finding("U02")["key"]


def test_stopped_workers_are_a_warning_while_httpd_serves(lab: Lab) -> None:
    with faults.evmserverd_stopped(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["U01"]
    assert report.finding("U01", UI1)["details"]["troubles"] == ["evmserverd does not run"]
    assert report.evidence("U01", "/ping", UI1) == "200"


def test_sessions_outside_the_database_are_a_warning(lab: Lab) -> None:
    with faults.session_store_memory(lab, UI2):
        report = check(lab, G)
    assert report.codes == ["U04"]
    assert report.finding("U04", UI2)["details"] == {"session_store": "memory"}


@pytest.fixture(scope="module")
def backlogs(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Report, int]:
    """A backlog judged by the default thresholds and by tighter ones, and what the table itself counts."""
    folder = tmp_path_factory.mktemp("backlog")
    tight = inventory(lab, folder, thresholds={"replication_backlog": [10, 1000]})
    with faults.backlog(lab, REGIONAL, ROWS):
        count = int(lab.sql(lab.primary(REGIONAL), "select count(*) from rr2_pending_changes"))
        return check(lab, REGIONAL), check(lab, REGIONAL, options=tight), count


def test_a_backlog_over_its_threshold_is_a_warning_with_the_table_s_own_count(
    backlogs: tuple[Report, Report, int],
) -> None:
    report, _, count = backlogs
    finding = report.finding("U03")
    assert report.codes == ["U03"]
    assert (finding["severity"], finding["details"]["backlog"]) == ("warning", count)
    assert count >= ROWS
    assert report.region(REGIONAL)["replication_backlog"] == count
    assert report.exit_code == 1


def test_a_backlog_over_the_second_threshold_is_critical(backlogs: tuple[Report, Report, int]) -> None:
    assert backlogs[1].finding("U03")["severity"] == "critical"
    assert backlogs[1].exit_code == 2


@pytest.fixture(scope="module")
def without_table(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Asked for a table that is not there, while no appliance's log tells a backlog either."""
    options = inventory(lab, tmp_path_factory.mktemp("number"), number=7)
    with host_faults.no_backlog_told(lab, REGIONAL):
        return check(lab, REGIONAL, options=options)


def test_a_backlog_whose_table_is_missing_is_unknown_and_not_0(without_table: Report) -> None:
    finding = without_table.finding("U03")
    assert without_table.codes == ["U03"], without_table.words
    assert (finding["severity"], finding["details"]["backlog"]) == ("unknown", None)
    assert without_table.region(REGIONAL)["replication_backlog"] is None
    assert without_table.exit_code == 3


def test_the_evidence_of_an_unknown_backlog_names_the_missing_table(without_table: Report) -> None:
    primary = without_table.region(REGIONAL)["primary"]
    words = without_table.evidence("U03", "pending rows")
    assert words.startswith("unknown: ")
    assert "rr7_pending_changes" in words
    assert "rr7_pending_changes" in str(without_table.host(primary)["client"]["backlog_error"])


def test_workers_that_hang_are_told_by_their_silence(lab: Lab) -> None:
    with host_faults.worker_hangs(lab, REGIONAL):
        report = check(lab, REGIONAL)
    assert report.codes == ["U03"]
    finding = report.finding("U03")
    assert finding["severity"] == "warning"
    assert 590 < finding["details"]["age_seconds"] < 720
    assert report.exit_code == 1
