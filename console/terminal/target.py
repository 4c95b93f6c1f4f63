"""`--target REGION|HOST`: which pair a run works on, and which of its hosts was named."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from console.errors import UsageError
from console.facts.text import one_line
from console.inventory.fleet import Fleet, HostKind


@dataclass(frozen=True, slots=True)
class Target:
    """`fleet` has only the target's region. `host` is None where the region was named."""

    fleet: Fleet
    region: str
    host: str | None


def find_target(fleet: Fleet, name: str, kind: HostKind = HostKind.DATABASE) -> Target:
    """The region called `name`, or the region of the host called so, which must be of `kind`.

    Raises UsageError for an unknown name, with the nearest, and for a host of another kind.
    """
    regions = {region.name for region in fleet.regions}
    host = None if name in regions else fleet.hosts.get(name)
    if name not in regions and host is None:
        raise UsageError(_unknown(name, fleet))
    if host is not None and host.kind is not kind:
        raise UsageError(
            f"--target: {name} is a {_KINDS[host.kind][0]} of region {host.region}, and {_KINDS[kind][1]}.\n"
            f"Name the region {host.region} or one of: {', '.join(_hosts(fleet, host.region, kind))}"
        )
    region = name if host is None else host.region
    return Target(only_region(fleet, region), region, None if host is None else host.name)


def only_region(fleet: Fleet, region: str) -> Fleet:
    """The fleet with this one region."""
    return replace(fleet, regions=tuple(each for each in fleet.regions if each.name == region))


_KINDS = {
    HostKind.DATABASE: ("database host", "repairs work on database hosts"),
    HostKind.UI: ("UI appliance", "this works on UI appliances"),
}


def _hosts(fleet: Fleet, region: str, kind: HostKind) -> Iterable[str]:
    return (host.name for host in fleet.region(region).hosts if host.kind is kind)


def _unknown(name: str, fleet: Fleet) -> str:
    regions = [region.name for region in fleet.regions]
    near = difflib.get_close_matches(name, [*regions, *fleet.hosts], n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else f" (regions: {', '.join(regions)})"
    return f"--target: there is no region or host '{one_line(name)}' in the inventory{hint}"
