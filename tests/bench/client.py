"""The console's transport in a process of its own, so that its CPU and memory are its own: one JSON object on stdout.

`python -m tests.bench.client cold|cold-with-hung|warm|hung FOLDER PORT COUNT PROBE_FILE [STUCK_PORT SSHD_PID]`
The sshd with that pid serves ten more hosts, 127.0.1.1 and following, and is stopped and continued in turn.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from console.inventory.fleet import Host
from console.probe.frame import parse_frame
from console.transport.program import ProbeProgram
from console.transport.protocol import Reply, Request
from console.transport.ssh import SshTransport
from tests.unit.transport.fleets import make_fleet, make_host, settings
from tests.unit.transport.sshd import descendants

DEADLINE = 30.0


def cpu() -> float:
    """Seconds of CPU that this process and its ended children (ssh -G) have used."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def resident_bytes() -> int:
    """Resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


class Client:
    """A transport for `count` hosts of the farm in `folder`."""

    def __init__(self, folder: Path, port: int, count: int, probe: Path, stuck_port: int | None) -> None:
        program = ProbeProgram(probe.read_text(), "bench-1")
        # Everything but the address comes from ssh_config, as it does for an operator.
        ssh = settings(None, port, None, None, connect_timeout=DEADLINE)
        self.hosts = [make_host(f"host-{n}", f"127.0.0.{n + 2}", ssh) for n in range(count)]
        if stuck_port is not None:
            stuck = replace(ssh, port=stuck_port)
            self.hosts += [make_host(f"stuck-{n}", f"127.0.1.{n}", stuck) for n in range(1, 11)]
        self.transport = SshTransport(make_fleet(self.hosts), lambda _: program, config_file=folder / "ssh_config")

    def poll(self, hosts: list[Host], deadline: float = DEADLINE) -> list[Reply]:
        """Ask all `hosts` at once and wait for all; RuntimeError when one fails."""
        names = {host.name for host in hosts}
        for host in hosts:
            self.transport.submit(Request(host.name, ("bench",), deadline))
        answers: list[Reply] = []
        while len(answers) < len(hosts):
            answers += [reply for reply in self.transport.replies(1.0) if self.accept(reply, names)]
        return answers

    def accept(self, reply: Reply, names: set[str]) -> bool:
        """Whether the reply is of one of `names`, which must not fail."""
        if reply.host not in names:
            return False
        if reply.report is None:
            raise RuntimeError(f"{reply.host}: {reply.failure}")
        if not parse_frame(reply.report).complete:
            raise RuntimeError(f"{reply.host}: half a report")
        return True


def cold(client: Client) -> dict[str, float]:
    """One look at hosts that were never met."""
    before, start = cpu(), time.monotonic()
    client.poll(client.hosts)
    wall = time.monotonic() - start
    return {"wall": wall, "cpu": cpu() - before, "start_cpu": before}


def cold_with_hung(client: Client, stuck: list[Host], sshd: int) -> dict[str, float]:
    """The wall clock of `cold` for the other hosts, without and with hosts that never get as far as a banner."""
    signal_all(sshd, signal.SIGSTOP)
    start = time.monotonic()
    for host in stuck:
        client.transport.submit(Request(host.name, ("bench",), DEADLINE))
    client.poll(client.hosts[: -len(stuck)])
    wall = time.monotonic() - start
    signal_all(sshd, signal.SIGCONT)
    return {"wall": wall}


def warm(client: Client) -> dict[str, float]:
    """Polls of connected hosts; then nothing for a while; and what it takes in memory."""
    client.poll(client.hosts)
    walls = []
    before = cpu()
    for _ in range(20):
        start = time.monotonic()
        client.poll(client.hosts)
        walls.append(time.monotonic() - start)
    used = cpu() - before
    idle_before, idle = cpu(), 10.0
    client.transport.replies(idle)
    return {
        "wall": statistics.median(walls),
        "cpu": used / (20 * len(client.hosts)),
        "idle": (cpu() - idle_before) / idle,
        "memory": resident_bytes(),
    }


def hung(client: Client, others: list[Host], stuck: list[Host], sshd: int) -> dict[str, float]:
    """Latency of `others` while the `stuck` ones hang by turns: their sshd and its sessions are stopped."""
    quiet: list[float] = []
    loud: list[float] = []
    outstanding: set[str] = set()
    failures = 0
    for phase in range(6):
        freeze = phase % 2 == 1
        if freeze:
            client.poll(stuck)
        signal_all(sshd, signal.SIGSTOP if freeze else signal.SIGCONT)
        until = time.monotonic() + 4.0
        while time.monotonic() < until:
            if freeze:
                for host in stuck:
                    if host.name not in outstanding:
                        outstanding.add(host.name)
                        client.transport.submit(Request(host.name, ("bench",), 2.0))
            failures += _round(client, others, outstanding, loud if freeze else quiet)
        signal_all(sshd, signal.SIGCONT)
        while outstanding:
            outstanding -= {reply.host for reply in client.transport.replies(1.0)}
        wait_for(client, stuck)
    return {"quiet": statistics.median(quiet), "loud": statistics.median(loud), "failures": failures}


def signal_all(sshd: int, number: signal.Signals) -> None:
    """Signal an sshd, its sessions, and what runs in them."""
    for pid in (sshd, *descendants(sshd)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_for(client: Client, hosts: list[Host]) -> None:
    """Ask until all `hosts` answer again: after a failure they are backed off from for a while."""
    missing = {host.name for host in hosts}
    while missing:
        for name in missing:
            client.transport.submit(Request(name, ("bench",), DEADLINE))
        answers: list[Reply] = []
        while len(answers) < len(missing):
            answers += client.transport.replies(1.0)
        missing = {reply.host for reply in answers if reply.report is None}
        time.sleep(0.2)


def _round(client: Client, others: list[Host], outstanding: set[str], latencies: list[float]) -> int:
    """Poll `others` once; note when each answered; the number of hung hosts' replies that came meanwhile."""
    start = time.monotonic()
    missing = {host.name for host in others}
    failures = 0
    for host in others:
        client.transport.submit(Request(host.name, ("bench",), DEADLINE))
    while missing:
        for reply in client.transport.replies(1.0):
            if client.accept(reply, missing) if reply.host in missing else False:
                missing.discard(reply.host)
                latencies.append(time.monotonic() - start)
            else:
                failures += reply.failure is not None
                outstanding.discard(reply.host)
    time.sleep(0.1)
    return failures


def main() -> None:
    mode, folder, port, count, probe, *stuck = sys.argv[1:]
    client = Client(Path(folder), int(port), int(count), Path(probe), int(stuck[0]) if stuck else None)
    try:
        if mode == "hung":
            client.poll(client.hosts)
            result = hung(client, client.hosts[:-10], client.hosts[-10:], int(stuck[1]))
        elif mode == "cold-with-hung":
            result = cold_with_hung(client, client.hosts[-10:], int(stuck[1]))
        else:
            result = {"cold": cold, "warm": warm}[mode](client)
    finally:
        client.transport.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
