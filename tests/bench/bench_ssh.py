"""The SSH transport against OpenSSH's own client on the same hosts: cold, warm, idle, memory, and hung hosts."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace

from tests.bench.farm import PROBE, Farm, farm, in_namespace, one_shot, openssh_each
from tests.bench.figures import Figure, at_most
from tests.unit.transport.sshd import MISSING, SSHD, Sshd

_CURVE = ["-o", "KexAlgorithms=curve25519-sha256", "-c", "aes128-gcm@openssh.com"]


def run(quick: bool) -> list[Figure]:
    """All figures of the transport; the `quick` ones are of 50 hosts."""
    if SSHD is None:
        return [Figure("ssh", 0, "", "sshd", False, MISSING)]
    with farm(50 if quick else 200, in_namespace()) as built:
        (built.folder / "probe.sh").write_text(PROBE)
        figures = cold(built, 50, 2 if quick else 3)
        if not quick:
            figures += cold(built, 200, 3)
        figures += warm(built)
        figures += hung(built, 7 if quick else 3)
    return figures


def client(mode: str, built: Farm, count: int, *pids: int) -> dict[str, float]:
    """Run tests.bench.client and read what it measured."""
    command = [sys.executable, "-m", "tests.bench.client", mode, built.folder, built.port, count]
    command += [built.folder / "probe.sh", *pids]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, float] = json.loads(done.stdout)
    return result


def cold(built: Farm, count: int, passes: int) -> list[Figure]:
    """One look at `count` hosts; console and OpenSSH take turns, and medians are compared."""
    ours, curve, default = [], [], []
    for number in range(passes):
        ours.append(client("cold", built, count))
        curve.append(openssh_each(built, count, _CURVE, one_shot()).wall)
        if number == 0:
            default.append(openssh_each(built, count, [], one_shot()).wall)
    wall = statistics.median(one["wall"] for one in ours)
    cpu = statistics.median(one["cpu"] for one in ours) / count * 1000
    start = statistics.median(one["start_cpu"] for one in ours)
    theirs, slow = statistics.median(curve), statistics.median(default)
    note = f"{wall:.2f} s; OpenSSH {theirs:.2f} s"
    return [
        at_most(f"cold {count}: client CPU", cpu, 6, "ms/host", f"imports ({start * 1000:.0f} ms) not counted"),
        at_most(f"cold {count}: wall to xargs -P32 ssh, curve25519", wall / theirs, 1.0, "×", note),
        at_most(f"cold {count}: wall to xargs -P32 ssh, default", wall / slow, 0.3, "×", f"OpenSSH {slow:.2f} s"),
    ]


def warm(built: Farm) -> list[Figure]:
    """Polls of hosts that are connected, idle time, and memory."""
    count = len(built.addresses)
    ours = client("warm", built, count)
    theirs = _control_master(built)
    megabytes = ours["memory"] / 1e6
    note = f"{ours['wall'] * 1000:.0f} ms; OpenSSH {theirs * 1000:.0f} ms"
    return [
        at_most(f"warm {count}: wall to OpenSSH ControlMaster", ours["wall"] / theirs, 0.1, "×", note),
        at_most(f"warm {count}: client CPU", ours["cpu"] * 1000, 0.5, "ms/host", "parse_frame included"),
        at_most(f"idle {count}: share of a core", ours["idle"] * 100, 1.0, "%", "10 s"),
        at_most(f"memory {count}: resident", megabytes, 60 + 0.15 * count, "MB", "60 MB + 0.15 MB a host"),
    ]


def _control_master(built: Farm) -> float:
    """Seconds for one poll of every host over OpenSSH's multiplexed connections (the middle of three)."""
    count = len(built.addresses)
    # The path of a Unix socket must be short.
    with tempfile.TemporaryDirectory(prefix="cm", dir="/tmp") as name:
        path = ["-o", f"ControlPath={name}/%h"]
        openssh_each(built, count, [*_CURVE, *path, "-o", "ControlMaster=yes", "-o", "ControlPersist=600"], "true")
        try:
            return statistics.median(openssh_each(built, count, path, one_shot()).wall for _ in range(3))
        finally:
            openssh_each(built, count, [*path, "-O", "exit"], "")


def hung(built: Farm, passes: int) -> list[Figure]:
    """What ten hosts that hang do to the others; the ten have an sshd of their own, which is stopped."""
    count = len(built.addresses)
    stuck = Sshd(built.folder / "stuck", built.key, tuple(f"127.0.1.{number}" for number in range(1, 11)))
    try:
        stuck.start()
        with built.known_hosts.open("a") as known_hosts:
            known_hosts.write(stuck.known_hosts_lines())
        assert stuck.process is not None
        seen = client("hung", built, count - 10, stuck.port, stuck.process.pid)
        quiet, loud = _cold_walls(built, count - 10, stuck, passes)
    finally:
        stuck.stop()
    note = (
        f"median {seen['quiet'] * 1000:.1f} → {seen['loud'] * 1000:.1f} ms; {seen['failures']:.0f} failures of the ten"
    )
    change = (seen["loud"] / seen["quiet"] - 1) * 100
    figure = at_most(f"10 hung among {count}: change of the others' latency", change, 10, "%", note)
    note = f"{quiet:.2f} → {loud:.2f} s until the others have answered"
    return [
        replace(figure, passed=figure.passed and seen["failures"] >= 10),
        at_most(f"cold, 10 hung among {count}: change of the others' wall", (loud / quiet - 1) * 100, 10, "%", note),
    ]


def _cold_walls(built: Farm, others: int, stuck: Sshd, passes: int) -> tuple[float, float]:
    """Seconds of a cold look at `others` hosts without and with the stuck ones; who goes first changes each time."""
    assert stuck.process is not None
    quiet, loud = [], []
    for number in range(passes):
        for with_hung in (number % 2 == 0, number % 2 == 1):
            if with_hung:
                loud.append(client("cold-with-hung", built, others, stuck.port, stuck.process.pid)["wall"])
            else:
                quiet.append(client("cold", built, others)["wall"])
    return statistics.median(quiet), statistics.median(loud)
