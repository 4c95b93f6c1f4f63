"""What the real fast probe costs a database host of the lab: CPU of its shell and every child, section by section.

The probe's shell runs on the host itself (entered, not by ssh), is polled, and ends; its own and its children's times
are then exact (getrusage). psql's backend is the postmaster's child: what the postmaster's ended children cost
meanwhile is added (10 ms ticks, so over many polls), clients other than the probe included. By itself `controldata`
starts pg_controldata; in a whole poll the server has read that file already (section `sql`).
"""

from __future__ import annotations

import os
import resource
import subprocess

from console.inventory.fleet import Fleet, Host
from console.inventory.loading import load
from console.probe.frame import parse_frame
from console.probe.program import program_for
from console.probe.sections import sections_for
from tests.bench.figures import Figure, at_most
from tests.lab import machine
from tests.lab.fleet import Lab, is_up

LIMIT = 60.0
HOSTS = ("dc1-db1", "dc2-db1", "global-db2")


def run(quick: bool) -> list[Figure]:
    """Milliseconds of CPU a poll. Without the lab nothing can be measured, and that is a failure, not a pass."""
    if os.geteuid() != 0 or not is_up():
        note = "the lab of real hosts is not up: run `make lab` as root first"
        return [Figure("fast probe on a database host", float("nan"), "ms CPU", f"≤ {LIMIT:g}", False, note)]
    lab = Lab.running()
    fleet = load(lab.inventory)
    return [_figure(lab, fleet, name, 10 if quick else 30) for name in HOSTS]


def _figure(lab: Lab, fleet: Fleet, name: str, polls: int) -> Figure:
    host = fleet.hosts[lab.host(name).name]
    region = fleet.region(host.region)
    sections = sections_for(host.kind, region, slow=False)
    each = {section: _cost(lab, fleet, host, (section,), polls) for section in sections}
    dear = sorted(each.items(), key=lambda item: -item[1])
    note = ", ".join(f"{section} {cost:.1f}" for section, cost in dear)
    return at_most(f"fast probe on {name}", _cost(lab, fleet, host, sections, polls), LIMIT, "ms CPU", note)


def _cost(lab: Lab, fleet: Fleet, host: Host, sections: tuple[str, ...], polls: int) -> float:
    """CPU milliseconds of one poll: what many cost more than none, so that the start of the shell is left out."""
    idle = _spent(lab, fleet, host, sections, 1)
    return (_spent(lab, fleet, host, sections, 1 + polls) - idle) / polls * 1000


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _backends_seconds(lab: Lab, host: Host) -> float:
    """CPU of the postmaster's children that have ended (proc(5): cutime, cstime)."""
    assert host.postgresql is not None
    command = f"read pid <{host.postgresql.data}/postmaster.pid; cat /proc/$pid/stat"
    fields = lab.sh(host.name, command).stdout.rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _spent(lab: Lab, fleet: Fleet, host: Host, sections: tuple[str, ...], polls: int) -> float:
    program = program_for(fleet.region(host.region), host).text
    lines = "".join(f"vmdb_probe {number} 20 {' '.join(sections)} </dev/null\n" for number in range(polls))
    backends, before = _backends_seconds(lab, host), _children_seconds()
    done = subprocess.run(
        machine.enter(lab.host(host.name), ["/bin/sh", "-s"]),
        input=f"VMDB_NONCE=bench\n{program}\n{lines}".encode(),
        capture_output=True,
        check=True,
        timeout=300,
    )
    spent = _children_seconds() - before
    spent += _backends_seconds(lab, host) - backends
    frame = parse_frame(done.stdout)
    missing = [name for name in sections if name not in frame.sections or frame.sections[name].returncode != 0]
    if missing:
        raise RuntimeError(f"{host.name}: the probe did not answer {', '.join(missing)}; nothing to measure")
    return spent
