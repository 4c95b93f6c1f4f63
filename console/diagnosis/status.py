"""From findings to one word and one exit code (DESIGN 8)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from console.diagnosis.finding import Finding, Severity


class Status(StrEnum):
    """What `--check` says of the fleet or of a region."""

    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: as Nagios plugins exit."""
        return list(Status).index(self)


_BY_SEVERITY = {
    Severity.CRITICAL: Status.CRITICAL,
    Severity.WARNING: Status.WARNING,
    Severity.UNKNOWN: Status.UNKNOWN,
    Severity.INFO: Status.OK,
}


def fleet_status(findings: Iterable[Finding], *, fail_on: Severity = Severity.WARNING) -> Status:
    """The worst of all findings, folded ones too: critical, then warning, then unknown, then OK.

    With `fail_on=Severity.CRITICAL` warnings do not count; what could not be seen still does.
    """
    counted = (finding.severity for finding in findings)
    severities = {item for item in counted if not (fail_on is Severity.CRITICAL and item is Severity.WARNING)}
    return _BY_SEVERITY[min(severities, key=lambda item: item.rank, default=Severity.INFO)]


def region_status(findings: Iterable[Finding], region: str, *, fail_on: Severity = Severity.WARNING) -> Status:
    """The same for the findings of one region."""
    return fleet_status((finding for finding in findings if finding.region == region), fail_on=fail_on)
