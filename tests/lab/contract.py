"""The contract of simulated and real hosts (tests.simulation.contract), asked of the lab's.

In the workstation's network namespace, as JSON; {} when all is as it should be:

    python -m tests.lab.contract INVENTORY whole                what each host's reply lacks
    python -m tests.lab.contract INVENTORY partition REGION     what each node of a severed pair tells wrongly
    python -m tests.lab.contract INVENTORY gap HOST MISSING     so many segments are missing in its archive
    python -m tests.lab.contract INVENTORY appliance HOST HTTPD WORKERS     `yes` or `no` for what runs there

`asked` does that from a test.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from console.facts.host import HostFacts
from console.facts.lag import arithmetic_of
from console.inventory.fleet import Fleet
from console.inventory.loading import load
from console.probe.observe import observe
from console.probe.program import programs
from console.probe.sections import sections_for
from console.transport.protocol import Reply, Request
from console.transport.ssh import SshTransport
from tests.lab.fleet import Lab
from tests.lab.shell import run
from tests.simulation.contract import appliance_faults, broken_promises, gap_faults, partition_faults

DEADLINE = 40.0

Faults = dict[str, list[str]]


def asked(lab: Lab, *words: str) -> Faults:
    """What the contract finds on the lab now, from the workstation."""
    program = [sys.executable, "-m", "tests.lab.contract", str(lab.inventory), *words]
    return dict(json.loads(run([*lab.ws_prefix, *program], timeout=120).stdout))


def replies(fleet: Fleet, names: Collection[str]) -> dict[str, Reply]:
    """A whole look (fast and slow sections) at these hosts, through the console's own transport."""
    transport = SshTransport(fleet, programs(fleet))
    try:
        for host in (fleet.hosts[name] for name in names):
            sections = sections_for(host.kind, fleet.region(host.region), slow=True)
            transport.submit(Request(host.name, sections, DEADLINE))
        found: dict[str, Reply] = {}
        while len(found) < len(names):
            found |= {reply.host: reply for reply in transport.replies(1.0)}
        return found
    finally:
        transport.close()


def seen(fleet: Fleet, *names: str) -> dict[str, HostFacts]:
    """What these hosts' replies make known of them."""
    found = replies(fleet, names)
    return {name: _facts(fleet, name, found[name]) for name in names}


def _facts(fleet: Fleet, name: str, reply: Reply) -> HostFacts:
    host = fleet.hosts[name]
    return observe(HostFacts(name, host.region), host, fleet.region(host.region), reply)


def whole(fleet: Fleet) -> Faults:
    """What each host's reply lacks."""
    return {
        name: broken_promises(fleet.hosts[name], fleet.region(fleet.hosts[name].region), reply)
        for name, reply in replies(fleet, list(fleet.hosts)).items()
    }


def partition(fleet: Fleet, region: str) -> Faults:
    """What each node of a severed pair says wrongly of itself or of the other."""
    one, two = (host.name for host in fleet.region(region).databases)
    facts = seen(fleet, one, two)
    return {own: partition_faults(facts[own], own, other) for own, other in ((one, two), (two, one))}


def gap(fleet: Fleet, host: str, missing: str) -> Faults:
    """Whether the host's archive listing tells that so many segments are missing."""
    facts = seen(fleet, host)[host]
    return {host: gap_faults(facts, arithmetic_of(facts), int(missing))}


def appliance(fleet: Fleet, host: str, httpd: str, workers: str) -> Faults:
    """Whether the appliance tells which of its services run."""
    return {host: appliance_faults(seen(fleet, host)[host], httpd=httpd == "yes", workers=workers == "yes")}


QUESTIONS: dict[str, Callable[..., Faults]] = {
    "whole": whole,
    "partition": partition,
    "gap": gap,
    "appliance": appliance,
}


if __name__ == "__main__":
    answer = QUESTIONS[sys.argv[2]](load(Path(sys.argv[1])), *sys.argv[3:])
    print(json.dumps({name: faults for name, faults in answer.items() if faults}))
