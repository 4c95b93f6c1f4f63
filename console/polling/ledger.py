"""What is known so far: replies and client views go in, Snapshots come out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from console.facts.client import ClientView
from console.facts.host import HostFacts, Reach
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet
from console.probe.evidence_facts import without_evidence
from console.probe.observe import observe
from console.transport.protocol import Failure, FailureKind, Reply

ENDPOINT = "endpoint"
HOST = "host"


def host_key(host: str) -> str:
    """The client question about a host's own address."""
    return f"{HOST} {host}"


def endpoint_key(region: str, address: str) -> str:
    """The client question about one address of a region's endpoint."""
    return f"{ENDPOINT} {region} {address}"


class Ledger:
    """The Poller's memory of a fleet. Owned by one thread; the Snapshots it gives out are frozen."""

    def __init__(self, fleet: Fleet, machine_ids: dict[str, str] | None = None) -> None:
        self._fleet = fleet
        self._regions = {host.name: region for region in fleet.regions for host in region.hosts}
        self._hosts = {name: HostFacts(name, host.region) for name, host in fleet.hosts.items()}
        self._endpoints: dict[str, dict[str, Observed[ClientView]]] = {}
        self._resolved: dict[str, Observed[tuple[str, ...]]] = {}
        self._machine_ids = dict(machine_ids or {})

    def take_reply(self, reply: Reply) -> None:
        """Merge a host's reply into what was known of it."""
        host = self._fleet.hosts[reply.host]
        self._hosts[reply.host] = observe(self._hosts[reply.host], host, self._regions[reply.host], reply)

    def facts(self, host: str) -> HostFacts:
        """What is known of a host."""
        return self._hosts[host]

    def forget_evidence(self, host: str, sections: Iterable[str]) -> None:
        """Drop the evidence that `sections` ("wal_end:2:0/4000028") are about to bring anew."""
        facts = self._hosts[host]
        self._hosts[host] = replace(facts, evidence=without_evidence(facts.evidence, sections))

    def take_view(self, key: str, view: Observed[ClientView]) -> None:
        """Keep what a client met, at a host's own address or at an endpoint's."""
        kind, _, rest = key.partition(" ")
        if kind == HOST:
            self._hosts[rest] = replace(self._hosts[rest], client=view)
        else:
            region, _, address = rest.partition(" ")
            self._endpoints.setdefault(region, {})[address] = view

    def take_resolution(self, region: str, addresses: Observed[tuple[str, ...]]) -> None:
        """Keep what a region's endpoint name resolves to."""
        self._resolved[region] = addresses

    def mark_not_asked(self, names: set[str], at: datetime, limit: str) -> None:
        """Say of hosts that never answered in this run why nothing is known of them."""
        failure = Failure(FailureKind.NOT_ASKED, f"not seen: {limit}", "give it more time with --timeout")
        for name in names:
            facts = self._hosts[name]
            self._hosts[name] = replace(facts, reach=Reach(asked_at=at, failure=failure))

    def snapshot(self, at: datetime) -> Snapshot:
        """Everything known, as of `at` (UTC)."""
        endpoints = {region: _joined(views) for region, views in self._endpoints.items()}
        return Snapshot(self._fleet, at, dict(self._hosts), endpoints, dict(self._resolved), self._machine_ids)


def _joined(views: dict[str, Observed[ClientView]]) -> Observed[tuple[ClientView, ...]]:
    """The views of an endpoint's addresses as one fact, as old as its oldest part."""
    values = tuple(view.value for view in views.values() if view.value is not None)
    times = [view.observed_at for view in views.values() if view.observed_at is not None]
    errors = "; ".join(view.error for view in views.values() if view.error)
    return Observed(values or None, "client", min(times, default=None), errors or None)
