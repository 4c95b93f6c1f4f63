"""The whole fleet at one moment: what diagnosis, reports, screens and plans read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from console.facts.client import ClientView
from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.inventory.fleet import Fleet, Host, Region


@dataclass(frozen=True)
class Snapshot:
    """`hosts` has every host of the fleet, also those never seen. `at` is the console's UTC clock.

    `endpoints[region]` are the client's views of the endpoint's addresses (port 5432, one an address),
    `endpoint_resolution[region]` the addresses that the endpoint's name resolves to where the console runs.
    `machine_ids` remembers machine-ids seen before, by host name (H07).
    """

    fleet: Fleet
    at: datetime
    hosts: Mapping[str, HostFacts]
    endpoints: Mapping[str, Observed[tuple[ClientView, ...]]] = field(default_factory=dict)
    endpoint_resolution: Mapping[str, Observed[tuple[str, ...]]] = field(default_factory=dict)
    machine_ids: Mapping[str, str] = field(default_factory=dict)

    def facts(self, host: Host | str) -> HostFacts:
        """Facts of a host, by inventory host or name; KeyError for a host of another fleet."""
        return self.hosts[host if isinstance(host, str) else host.name]

    def pair(self, region: Region) -> tuple[HostFacts, HostFacts]:
        """Facts of the region's two database hosts, the normal primary first."""
        first, second = region.databases
        return self.facts(first), self.facts(second)

    def current(self) -> Snapshot:
        """The same moment without what unreachable hosts said earlier (`HostFacts.current`)."""
        return replace(self, hosts={name: facts.current() for name, facts in self.hosts.items()})
