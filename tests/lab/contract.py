"""The contract of simulated and real hosts (tests.simulation.contract), asked of the lab's.

`python -m tests.lab.contract INVENTORY`, in the workstation's network namespace, prints as JSON what each host's reply
lacks; {} when all keep it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from console.inventory.fleet import Fleet
from console.inventory.loading import load
from console.probe.program import programs
from console.probe.sections import sections_for
from console.transport.protocol import Reply, Request
from console.transport.ssh import SshTransport
from tests.simulation.contract import broken_promises

DEADLINE = 40.0


def replies(fleet: Fleet) -> dict[str, Reply]:
    """A whole look (fast and slow sections) at every host, through the console's own transport."""
    transport = SshTransport(fleet, programs(fleet))
    try:
        for host in fleet.hosts.values():
            sections = sections_for(host.kind, fleet.region(host.region), slow=True)
            transport.submit(Request(host.name, sections, DEADLINE))
        found: dict[str, Reply] = {}
        while len(found) < len(fleet.hosts):
            found |= {reply.host: reply for reply in transport.replies(1.0)}
        return found
    finally:
        transport.close()


def broken(fleet: Fleet) -> dict[str, list[str]]:
    """What each host's reply lacks."""
    found = {}
    for name, reply in replies(fleet).items():
        host = fleet.hosts[name]
        found[name] = broken_promises(host, fleet.region(host.region), reply)
    return {name: faults for name, faults in found.items() if faults}


if __name__ == "__main__":
    print(json.dumps(broken(load(Path(sys.argv[1])))))
