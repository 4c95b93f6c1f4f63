"""Which guided repair a finding's remedy comes to."""

from __future__ import annotations

from console.diagnosis.finding import Finding
from console.inventory.fleet import Fleet
from console.runbooks.names import NAMES

NOT_OF_A_REGION = "this finding is not about a region of the inventory: no guided repair can begin from it"
_REBUILD = ("rebuild it with pg_basebackup", "rebuild it (pg_basebackup)")


def runbook_for(finding: Finding) -> str | None:
    """The runbook that does what the remedy says; None where it is work for a person, or not to be told.

    A remedy is a runbook's name, or words. Those of a PGSQL.lock are `lock-cleanup`, which says what is missing where
    nothing is proven, unless it is unsafe to delete (C02, DESIGN 8); those that speak of a rebuild are
    `rebuild-standby`. The runbook's own checks have the last word.
    """
    words = finding.remedy
    if finding.code == "C02" and finding.details.get("verdict") != "unsafe":
        return "lock-cleanup"
    named = [name for name in NAMES if name in words]
    if named:
        return named[0]
    return "rebuild-standby" if any(word in words for word in _REBUILD) else None


def reason_no_repair(finding: Finding, fleet: Fleet) -> str:
    """Why no guided repair can begin from a finding; "" where one can."""
    return "" if any(region.name == finding.region for region in fleet.regions) else NOT_OF_A_REGION
