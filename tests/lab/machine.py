"""One host: switched on, entered, and switched off. A host is namespaces over an overlay of the common root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import network, paths
from tests.lab.shell import LabError, run, wait_until
from tests.lab.spec import HostSpec

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process on this machine that the lab started: its pid, and its start time against reuse of the number."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The process that has this pid now; LabError when there is none."""
        started = start_time(pid)
        if started is None:
            raise LabError(f"process {pid} ended at once")
        return cls(pid, started)

    @classmethod
    def read(cls, file: Path) -> ProcessId | None:
        """What `write` saved, or None."""
        try:
            pid, started = file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return cls(int(pid), started)

    def write(self, file: Path) -> None:
        """Save to a file."""
        file.write_text(f"{self.pid} {self.started}\n")

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return start_time(self.pid) == self.started

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone. Does nothing when it has ended already.

        A host's first process ends with its last mount, and unmounting an overlay syncs the disk below it: on a busy
        machine that has taken more than a minute.
        """
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.alive, 150, f"the end of process {self.pid}", 0.02)


def start_time(pid: int) -> str | None:
    """The start time in clock ticks from /proc/PID/stat, or None for a process that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _pid_file(host: HostSpec) -> Path:
    return paths.host_state(host.name) / "pid"


def running(host: HostSpec) -> ProcessId | None:
    """The host's init process as seen from this machine, or None when the host is off."""
    process = ProcessId.read(_pid_file(host))
    return process if process is not None and process.alive else None


def boot(host: HostSpec, lower: list[Path], disks: list[tuple[Path, str, str]]) -> None:
    """Switch the host on. `disks` are (directory here, mount point there, "rw" or "ro")."""
    if running(host):
        raise LabError(f"{host.short} is on already")
    folder = paths.host_state(host.name)
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "disks").write_text("".join(f"{source} {target} {mode}\n" for source, target, mode in disks))
    network.plug_host(host)
    supervisor = _launch(host, folder, lower)
    init = _wait_for_init(host, supervisor)
    init.write(_pid_file(host))
    wait_until(lambda: _is_up(host, init), 30, f"{host.short} up (see {folder}/console.log)", 0.1)


def _launch(host: HostSpec, folder: Path, lower: list[Path]) -> int:
    environment = {
        "PATH": PATH,
        "LAB_NAME": host.name,
        "LAB_DIR": str(folder),
        "LAB_LOWER": ":".join(str(path) for path in lower),
    }
    inner = ["nsenter", f"--net=/run/netns/{host.namespace}", "unshare", "-m", "-u", "-i", "-p", "-f", "--kill-child"]
    inner += ["--propagation", "private", "sh", str(paths.FILES / "host-boot.sh")]
    # The shell ends at once, so that the host belongs to nobody's process tree.
    script = 'log=$1; shift; "$@" </dev/null >"$log" 2>&1 & echo $!'
    argv = ["setsid", "sh", "-c", script, "sh", str(folder / "console.log"), *inner]
    return int(subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout)


def _wait_for_init(host: HostSpec, supervisor: int) -> ProcessId:
    found: list[int] = []

    def seen() -> bool:
        found[:] = _children(supervisor)
        return bool(found) or start_time(supervisor) is None

    wait_until(seen, 10, f"the first process of {host.short}", 0.02)
    if not found:
        log = paths.host_state(host.name) / "console.log"
        raise LabError(f"{host.short} did not start: {log.read_text()[-1000:]}")
    return ProcessId.of(found[0])


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_up(host: HostSpec, init: ProcessId) -> bool:
    if not init.alive:
        log = paths.host_state(host.name) / "console.log"
        raise LabError(f"{host.short} ended while starting: {log.read_text()[-1000:]}")
    return Path(f"/proc/{init.pid}/root/run/lab-is-up").exists()


def enter(host: HostSpec, argv: list[str], user: str | None = None) -> list[str]:
    """The argv that runs `argv` on the host, not through ssh; LabError when the host is off."""
    process = running(host)
    if process is None:
        raise LabError(f"{host.short} is off")
    root = f"/proc/{process.pid}/root"
    prefix = ["nsenter", "-t", str(process.pid), "-m", "-u", "-i", "-n", "-p", f"--root={root}", f"--wd={root}"]
    clean = ["env", "-i", f"PATH={PATH}", "HOME=/root", "LC_ALL=C", f"TERM={os.environ.get('TERM', 'dumb')}"]
    become = ["runuser", "-u", user, "--"] if user else []
    return [*prefix, *clean, *become, *argv]


def sh(
    host: HostSpec, command: str, user: str | None = None, check: bool = True, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a shell command on the host as root or as `user`."""
    try:
        return run(enter(host, ["sh", "-c", command], user), check=check, timeout=timeout)
    except LabError as error:
        raise LabError(f"{host.short}: {error}") from error


def crash(host: HostSpec) -> None:
    """Cut the power: every process ends at once, the disks stay as they are. Does nothing when it is off."""
    process = ProcessId.read(_pid_file(host))
    if process is not None:
        process.kill()
        _pid_file(host).unlink(missing_ok=True)
    network.unplug_host(host)


def wipe(host: HostSpec) -> None:
    """Remove the disks of a host that is off."""
    shutil.rmtree(paths.host_state(host.name), ignore_errors=True)
