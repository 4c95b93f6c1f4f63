"""From a snapshot to findings: every check for every region, folded, worst first. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from console.diagnosis.context import region_context
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.folding import fold
from console.diagnosis.registry import CHECKS, FLEET_CHECKS, Check, FleetCheck, RegionCheck, Subject
from console.diagnosis.words import listed, one_line
from console.facts.snapshot import Snapshot
from console.inventory.fleet import HostKind, Region

FLEET = "fleet"
"""The region that a failed check over the whole fleet is reported under."""


def diagnose(
    snapshot: Snapshot,
    previous: Snapshot | None = None,
    checks: tuple[RegionCheck, ...] = CHECKS,
    fleet_checks: tuple[FleetCheck, ...] = FLEET_CHECKS,
) -> tuple[Finding, ...]:
    """Everything that is wrong or could not be seen, worst first.

    `previous` is an earlier snapshot of the same fleet, for trends. Never raises: a check that fails is a defect of
    the console, costs only its own codes, and is reported as H04, since those codes are unknown then.
    """
    current = snapshot.current()
    before = previous.current() if previous is not None else None
    found: list[Finding] = []
    for region in current.fleet.regions:
        found += _judge_region(current, region, before, checks)
    found += _judge(current, fleet_checks, FLEET)
    databases = {name for name, host in current.fleet.hosts.items() if host.kind is HostKind.DATABASE}
    return tuple(sorted(fold(found, databases), key=_order))


def _judge_region(
    snapshot: Snapshot, region: Region, previous: Snapshot | None, checks: tuple[RegionCheck, ...]
) -> Iterator[Finding]:
    try:
        context = region_context(snapshot, region, previous)
    except Exception as error:
        yield _not_judged(tuple(code for check in checks for code in check.codes), region.name, error)
        return
    yield from _judge(context, checks, region.name)


def _judge(subject: Subject, checks: tuple[Check[Subject], ...], region: str) -> Iterator[Finding]:
    """What each check finds, up to where it fails, and then that it failed."""
    for check in checks:
        try:
            yield from check.function(subject)
        except Exception as error:
            yield _not_judged(check.codes, region, error)


def _order(finding: Finding) -> tuple[int, bool, str, str, str, str]:
    """Worst first; roots before folded ones; then code, region, host."""
    folded = finding.caused_by is not None
    return finding.severity.rank, folded, finding.code, finding.region, finding.host or "", finding.subject


def _not_judged(codes: tuple[str, ...], region: str, error: Exception) -> Finding:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    names = listed(codes)
    return Finding(
        code="H04",
        severity=Severity.UNKNOWN,
        region=region,
        host=None,
        summary=one_line(f"{names} could not be judged in {region}: a defect of the console ({type(error).__name__})"),
        evidence=(Evidence("exception", one_line(f"{type(error).__name__}: {error} at {where}", 300), "console"),),
        remedy="Look at this region by hand for these codes, and report the defect with `vmdb-console info`.",
        details={"kind": "defect", "unknown": list(codes)},
        subject="+".join(codes[:4]),
    )
