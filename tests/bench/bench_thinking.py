"""Parse and diagnose a fleet of 1,000 hosts: what a poll of everything costs the console after the network."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

from console.diagnosis.engine import diagnose
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, Host, Region
from console.polling.witnesses import Witnesses
from console.probe.observe import observe
from console.probe.sections import sections_for
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from tests.bench.figures import Figure, at_most

HOSTS = 1000


def _replies(witnesses: Witnesses, *, slow: bool) -> dict[str, Reply]:
    """One reply of each host of a simulated fleet."""
    regions = {host.name: region for region in witnesses.fleet.regions for host in region.hosts}
    for host in witnesses.fleet.hosts.values():
        sections = sections_for(host.kind, regions[host.name], slow=slow)
        witnesses.transport.submit(Request(host.name, sections, 10.0))
    replies: dict[str, Reply] = {}
    while len(replies) < len(witnesses.fleet.hosts):
        replies |= {reply.host: reply for reply in witnesses.transport.replies(1.0)}
    return replies


def _name(name: str, number: int) -> str:
    return name.replace("cf-", f"n{number}-cf-")


def _copy(region: Region, number: int) -> Region:
    def renamed(host: Host) -> Host:
        return replace(
            host, region=f"{region.name}-{number}", name=_name(host.name, number), node=_name(host.node, number)
        )

    return replace(
        region,
        name=f"{region.name}-{number}",
        databases=tuple(renamed(host) for host in region.databases),
        uis=tuple(renamed(host) for host in region.uis),
    )


def _large(fleet: Fleet) -> Fleet:
    """The fleet over and over until it has 1,000 hosts."""
    times = -(-HOSTS // len(fleet.hosts))
    return replace(fleet, regions=tuple(_copy(region, number) for number in range(times) for region in fleet.regions))


def _renamed(reply: Reply, name: str) -> Reply:
    assert reply.report is not None
    number = name.partition("-")[0].encode()
    report = reply.report.replace(b"cf-", number + b"-cf-")
    own_id = b"\\g<1>" + number[1:].rjust(4, b"0")
    return replace(reply, host=name, report=re.sub(rb"(machine-id [0-9a-f]{28})[0-9a-f]{4}", own_id, report))


def _measure(scenario: str) -> tuple[float, float, int]:
    """CPU seconds for 1,000 hosts: parsing a fast poll into facts, and diagnosing; and how many findings."""
    witnesses = simulated_witnesses(scenario)
    whole, fast = _replies(witnesses, slow=True), _replies(witnesses, slow=False)
    fleet = _large(witnesses.fleet)
    regions = {host.name: region for region in fleet.regions for host in region.hosts}

    def own(replies: dict[str, Reply]) -> dict[str, Reply]:
        """Every host's own reply, with its own names in it."""
        return {name: _renamed(replies[name.partition("-")[2]], name) for name in fleet.hosts}

    def told(replies: dict[str, Reply], before: dict[str, HostFacts]) -> dict[str, HostFacts]:
        return {name: observe(before[name], host, regions[name], replies[name]) for name, host in fleet.hosts.items()}

    known = told(own(whole), {name: HostFacts(name, host.region) for name, host in fleet.hosts.items()})
    replies = own(fast)
    start = time.process_time()
    hosts = told(replies, known)
    parsed = time.process_time()
    findings = diagnose(Snapshot(fleet, datetime.now(UTC), hosts))
    end = time.process_time()
    scale = HOSTS / len(fleet.hosts)
    return (parsed - start) * scale, (end - parsed) * scale, len(findings)


def run(quick: bool) -> list[Figure]:
    """The least of several passes: other work on the machine only ever adds."""
    passes = 2 if quick else 4
    figures = []
    for scenario in ("healthy", "split-brain"):
        parse, think, count = min(_measure(scenario) for _ in range(passes))
        note = f"parse {parse:.3f} s of a whole fast poll, diagnose {think:.3f} s, {count} findings"
        figures.append(at_most(f"parse + diagnose 1,000 hosts, {scenario}", parse + think, 0.5, "s CPU", note))
    return figures
