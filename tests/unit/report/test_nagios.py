from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.diagnosis.finding import Severity
from console.facts.system import Disk
from console.report.nagios import perfdatum, render_nagios
from console.report.result import CheckResult
from tests.unit.diagnosis import builders as b
from tests.unit.report import samples

RESULTS = [samples.healthy(), samples.lagging(), samples.sick(), samples.blind(), samples.hostile()]
NUMBER = r"-?\d+(\.\d+)?"
RANGE = rf"(@?({NUMBER}|~)?:?({NUMBER})?)?"
DATUM = re.compile(rf"'([^'=]|'')+'=(U|{NUMBER}(s|%|B|c)?)(;{RANGE}(;{RANGE}(;({NUMBER})?(;({NUMBER})?)?)?)?)?(?= |$)")


def first_line(result: CheckResult) -> tuple[str, str]:
    words, _, performance = render_nagios(result).splitlines()[0].partition(" | ")
    return words, performance


def data(performance: str) -> dict[str, str]:
    found, place = {}, 0
    while place < len(performance):
        match = DATUM.match(performance, place)
        assert match is not None, performance[place:]
        label, _, value = match[0].rpartition("'=")
        found[label[1:].replace("''", "'")] = value
        place = match.end() + 1
    return found


@pytest.mark.parametrize("result", RESULTS, ids=["healthy", "lagging", "sick", "blind", "hostile"])
def test_performance_data_follows_the_plugin_guidelines(result: CheckResult) -> None:
    assert data(first_line(result)[1])


def test_the_first_line_counts_findings_and_names_the_worst() -> None:
    words, _ = first_line(samples.sick())
    assert words == "VMDB CRITICAL - 1 critical, 3 warning: C02 cf-dc1-db2: PGSQL.lock: not provable"


def test_a_healthy_fleet_says_what_was_looked_at() -> None:
    assert first_line(samples.healthy())[0] == "VMDB OK - 1 regions, 4 hosts, no findings"


def test_lag_comes_with_its_thresholds() -> None:
    found = data(first_line(samples.lagging())[1])
    assert found["dc1_lag_bytes"] == "4660B;16777216;268435456;0"


def test_figures_that_are_better_high_alert_below() -> None:
    assert data(first_line(samples.healthy())[1])["cf-dc1-db1_data_free"] == "25%;20:;10:;0;100"


def test_a_label_stands_once_and_tells_of_the_fullest_of_several_disks() -> None:
    primary, *others = samples.healthy_snapshot().hosts.values()
    disks = tuple(Disk("archive", path, path, path, 100, free) for path, free in (("/read", 40), ("/write", 15)))
    full = replace(primary, disks=b.seen(disks, "disks"))
    performance = first_line(samples.result(samples.healthy_snapshot(hosts=(full, *others))))[1]
    assert performance.count("_archive_free") == 1
    assert "'cf-dc1-db1_archive_free'=15%" in performance


def test_unknown_figures_are_u_and_not_zero() -> None:
    found = data(first_line(samples.blind())[1])
    assert found["dc1_lag_bytes"].startswith("U;")
    assert found["dc1_lag_seconds"].startswith("U;")
    assert found["dc1_backlog"].startswith("U;")
    assert found["cf-dc1-db1_archive_ready"].startswith("U;")


def test_a_worse_finding_that_follows_from_a_milder_one_is_named_first() -> None:
    unreachable = samples.finding("H01", Severity.UNKNOWN, b.DC1_DB1.name, "no answer")
    follower = samples.finding("P01", Severity.CRITICAL, None, "no primary", caused_by=unreachable.key)
    words, _ = first_line(samples.result(samples.healthy_snapshot(), unreachable, follower))
    assert words == ("VMDB CRITICAL - 1 critical, 1 unknown: P01 dc1: no primary (since H01 cf-dc1-db1: no answer)")


def test_the_long_output_has_evidence_and_remedy_and_no_performance_data() -> None:
    _, *lines = render_nagios(samples.sick()).splitlines()
    assert "  lock file = /var/lib/pgsql/tmp/PGSQL.lock (data)" in lines
    assert "  do: rebuild-standby" in lines
    assert "  follows: warning P03 cf-dc1-db2: standby not streaming" in lines


def test_a_hosts_text_can_begin_neither_performance_data_nor_a_line() -> None:
    report = render_nagios(samples.hostile())
    assert report.count("|") == 1
    assert all(line.isprintable() for line in report.split("\n"))
    assert len(report.split("\n")[0].partition(" | ")[0]) <= 300


@settings(deadline=None)
@given(st.text(), st.one_of(st.none(), st.floats(), st.integers(-(10**15), 10**15)))
def test_any_label_and_any_value_make_one_well_formed_datum(label: str, value: float | None) -> None:
    datum = perfdatum(f"x{label}", value, "s", ("1", "2"), ("0", ""))
    assert DATUM.fullmatch(datum)
    assert "|" not in datum
