"""One word and one exit code from findings."""

from __future__ import annotations

import pytest

from console.diagnosis.finding import Finding, Severity
from console.diagnosis.status import Status, fleet_status, region_status

CRITICAL, WARNING, UNKNOWN, INFO = Severity.CRITICAL, Severity.WARNING, Severity.UNKNOWN, Severity.INFO


def findings(*severities: Severity, region: str = "dc1", caused_by: str | None = None) -> list[Finding]:
    return [Finding("P03", item, region, None, "", caused_by=caused_by) for item in severities]


@pytest.mark.parametrize(
    ("severities", "status", "code"),
    [
        ((), Status.OK, 0),
        ((INFO,), Status.OK, 0),
        ((INFO, UNKNOWN), Status.UNKNOWN, 3),
        ((UNKNOWN, WARNING), Status.WARNING, 1),
        ((WARNING, UNKNOWN, CRITICAL, INFO), Status.CRITICAL, 2),
    ],
)
def test_the_worst_seen_counts_and_unknown_only_where_nothing_worse_was(
    severities: tuple[Severity, ...], status: Status, code: int
) -> None:
    found = fleet_status(findings(*severities))
    assert (found, found.exit_code) == (status, code)


def test_a_folded_finding_counts() -> None:
    assert fleet_status(findings(CRITICAL, caused_by="H01:dc1:db1")) is Status.CRITICAL


def test_with_fail_on_critical_warnings_do_not_count_but_unknown_does() -> None:
    assert fleet_status(findings(WARNING), fail_on=CRITICAL) is Status.OK
    assert fleet_status(findings(WARNING, UNKNOWN), fail_on=CRITICAL) is Status.UNKNOWN
    assert fleet_status(findings(WARNING, CRITICAL), fail_on=CRITICAL) is Status.CRITICAL


def test_a_region_s_status_is_of_its_own_findings() -> None:
    found = findings(WARNING) + findings(CRITICAL, region="dc2")
    assert region_status(found, "dc1") is Status.WARNING
    assert region_status(found, "dc2") is Status.CRITICAL
    assert region_status(found, "global") is Status.OK
