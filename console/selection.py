"""`--select REGION|HOST …`: which regions are looked at, and which findings are told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from console.diagnosis.finding import Finding
from console.errors import UsageError
from console.inventory.fleet import Fleet


def regions_of(fleet: Fleet, select: Sequence[str] | None) -> frozenset[str]:
    """Names of the regions that `select` names or whose hosts it names; all with no selection.

    Raises UsageError that lists every unknown name with the nearest known ones.
    """
    if not select:
        return frozenset(region.name for region in fleet.regions)
    regions = {region.name: region.name for region in fleet.regions}
    owners = regions | {name: host.region for name, host in fleet.hosts.items()}
    unknown = [name for name in select if name not in owners]
    if unknown:
        raise UsageError("\n".join(_unknown(name, owners) for name in unknown))
    return frozenset(owners[name] for name in select)


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"--select: there is no region or host '{name}' in the inventory{hint}"


def restrict(fleet: Fleet, select: Sequence[str] | None) -> Fleet:
    """The fleet with only the regions that the selection touches: a host cannot be judged without its pair."""
    wanted = regions_of(fleet, select)
    return replace(fleet, regions=tuple(region for region in fleet.regions if region.name in wanted))


def told(findings: Iterable[Finding], fleet: Fleet, select: Sequence[str]) -> tuple[Finding, ...]:
    """Findings about what was selected: of whole regions, or of hosts (those of a region as a whole included)."""
    regions = {region.name for region in fleet.regions} & set(select)
    hosts = set(select) - regions
    if not hosts:
        return tuple(findings)
    return tuple(f for f in findings if f.region in regions or f.host is None or f.host in hosts)
