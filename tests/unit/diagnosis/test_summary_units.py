"""Summaries tell sizes and times in units that a person reads; details keep the raw values."""

from __future__ import annotations

import re

import pytest

from console.diagnosis.divergence import check_divergence, check_only_here
from console.diagnosis.host_condition import check_clock
from console.diagnosis.replication import check_lag
from console.diagnosis.words import size
from tests.unit.diagnosis.builders import DC1_DB1, DC1_DB2, context, lsn, primary, seen, sql, standby, unreachable
from tests.unit.diagnosis.captures import findings, lab_context, with_commits
from tests.unit.diagnosis.setup_builders import clock
from tests.unit.diagnosis.test_p_divergence import ahead_in_row


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (16 * 1024**2, "16.0 MiB"),
        (5 * 1024**4, "5.0 TiB"),
        (-4096, "-4.0 KiB"),
        (None, "unknown"),
    ],
)
def test_a_size_has_the_largest_unit_that_it_fills(count: int | None, said: str) -> None:
    assert size(count) == said


def test_p04_tells_lag_in_units_and_keeps_the_bytes_in_its_details() -> None:
    ahead = primary(DC1_DB1, sql=seen(sql(in_recovery=False, current=lsn("0/10C6154E"))))
    behind = sql(in_recovery=True, received=lsn("0/5000000"), replayed=lsn("0/5000000"), replay_age=3700.0)
    (finding,) = check_lag(context(ahead, standby(DC1_DB2, sql=seen(behind))))
    assert finding.summary == "cf-dc1-db2 is 188.4 MiB, 61 min behind"
    assert finding.details["lag_bytes"] == 0x10C6154E - 0x5000000
    assert finding.details["lag_seconds"] == 3700.0


def test_p06_tells_how_far_past_the_primary_in_units() -> None:
    (finding,) = check_divergence(context(ahead_in_row(), unreachable(DC1_DB2)))
    assert "it replayed 2.7 MiB past the primary" in finding.summary
    assert finding.details["bytes_ahead"] == 0x22D51D0 - 0x20194C8


def test_p08_tells_what_only_one_host_has_in_units() -> None:
    (finding,) = check_only_here(with_commits("lock-unsafe", lab_context("lock-unsafe", "dc1"), "0/4000118"))
    assert "5.4 KiB of WAL" in finding.summary
    assert finding.details["bytes_only_here"] == 5544


@pytest.mark.parametrize(("skew", "said"), [(-9.0, "9.0 s behind"), (130.0, "2 min ahead of"), (-9000.0, "2 h behind")])
def test_h06_tells_a_clock_that_is_hours_off_in_hours(skew: float, said: str) -> None:
    (finding,) = check_clock(context(primary(DC1_DB1, clock=seen(clock(skew, 0.01), "clock"))))
    assert f"clock {said} the console's" in finding.summary
    assert finding.details["skew_seconds"] == skew


def test_no_summary_of_a_captured_incident_tells_raw_bytes() -> None:
    incidents = [lab_context("lock-unsafe", "dc1"), lab_context("lock-unsafe-new-timeline", "dc2")]
    said = [finding.summary for each in incidents for finding in findings(each)]
    assert said
    assert not [words for words in said if re.search(r"\d{4,} (bytes|s)\b", words)]
