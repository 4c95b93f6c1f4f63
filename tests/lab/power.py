"""The power switch: a TCP service on the lab's network that the fence agent asks to switch a host off."""

from __future__ import annotations

import socketserver
import subprocess
import sys
from pathlib import Path

from tests.lab import machine, network, paths
from tests.lab.shell import LabError, run, wait_until
from tests.lab.spec import POWER_PORT, POWER_SWITCH, FleetSpec

NAMESPACE = "lab-power"


def answer(fleet: FleetSpec, request: str) -> str:
    """The answer to "ACTION [HOST]": "ok …", "off" for a host without power, or "error …"."""
    action, _, name = request.strip().partition(" ")
    if action in ("monitor", "start", "stop"):
        return "ok"
    if action == "list":
        return "ok " + " ".join(host.name for host in fleet.hosts())
    try:
        host = fleet.host(name)
    except KeyError as error:
        return f"error {error}"
    if action == "status":
        return "ok on" if machine.running(host) else "off"
    if action == "off":
        machine.crash(host)
        print(f"switched {host.name} off", flush=True)
        return "ok"
    return f"error: {action} is not something this switch does"


def serve(fleet: FleetSpec) -> None:
    """Answer requests for ever."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                words = answer(fleet, self.rfile.readline(200).decode(errors="replace"))
            except (LabError, OSError) as error:
                words = f"error {error}".replace("\n", " ")
            self.wfile.write(f"{words}\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server((POWER_SWITCH, POWER_PORT), Handler) as server:
        server.serve_forever()


def _pid_file() -> Path:
    return paths.state() / "power.pid"


def is_on() -> bool:
    """Whether the switch's process runs."""
    process = machine.ProcessId.read(_pid_file())
    return process is not None and process.alive


def start(fleet: FleetSpec) -> None:
    """Start the switch as a process of its own, in a namespace of its own."""
    network.plug(NAMESPACE, "v-power", "02:00:0a:13:00:02", (POWER_SWITCH,))
    argv = ["nsenter", f"--net=/run/netns/{NAMESPACE}", sys.executable, "-m", "tests.lab.power"]
    argv += [str(fleet.default_major), str(fleet.global_major)]
    log = (paths.state() / "power.log").open("w")
    script = '"$@" </dev/null 3>&- & echo $! >&3'
    done = subprocess.run(
        ["setsid", "sh", "-c", f"exec 3>&1 1>&2; {script}", "sh", *argv],
        cwd=paths.REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        check=True,
    )
    process = machine.ProcessId.of(int(done.stdout))
    process.write(_pid_file())
    listening = ["ip", "netns", "exec", NAMESPACE, "ss", "-ltnH"]
    wait_until(lambda: str(POWER_PORT) in run(listening).stdout, 15, f"the power switch (see {log.name})")


def stop() -> None:
    """End the switch and remove its namespace."""
    process = machine.ProcessId.read(_pid_file())
    if process is not None:
        process.kill()
    network.remove_namespace(NAMESPACE)


if __name__ == "__main__":
    serve(FleetSpec(int(sys.argv[1]), int(sys.argv[2])))
