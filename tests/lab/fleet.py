"""The running lab as an object: what the lab tests and the command line use."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab import cluster, identity, inventory, machine, network, old_postgresql, paths, postgres, power, rootfs
from tests.lab import setup as making
from tests.lab.shell import LabError, need_root, run, say, wait_until
from tests.lab.spec import FleetSpec, HostSpec, RegionSpec


def _up_file() -> Path:
    return paths.state() / "up.json"


def is_up() -> bool:
    """Whether a lab runs from this state folder.

    What a killed one leaves, files and namespaces, is none: its power switch ended with it, and without that no cluster
    comes up again.
    """
    return _up_file().exists() and network.exists(network.HUB) and power.is_on()


@contextmanager
def _only_one() -> Iterator[None]:
    """Keep two commands that build, start or end the lab from running at the same time."""
    paths.cache().mkdir(parents=True, exist_ok=True)
    with (paths.cache() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def up(global_postgresql: int | None = None) -> Lab:
    """Bring the lab up, healthy; building and setting up what the cache lacks. The running lab if it is up already.

    LabError when a lab with another PostgreSQL version in the global region runs.
    """
    need_root()
    with _only_one():
        if is_up():
            lab = Lab.running()
            if global_postgresql not in (None, lab.fleet.global_major):
                raise LabError(f"the lab is up with PostgreSQL {lab.fleet.global_major} in region global: `down` first")
            return lab
        rootfs.build()
        major = rootfs.postgresql_major()
        fleet = FleetSpec(major, global_postgresql or major)
        if fleet.global_major != major:
            old_postgresql.build(fleet.global_major)
        _down()
        return _start(fleet)


def _start(fleet: FleetSpec) -> Lab:
    paths.state().mkdir(parents=True, exist_ok=True)
    paths.state().chmod(0o755)
    identity.make(fleet)
    identity.hand_out(fleet)
    inventory.write(fleet)
    network.create()
    network.write_names(fleet)
    power.start(fleet)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda region: making.bring_up(fleet, region), fleet.regions))
    _up_file().write_text(json.dumps({"default_major": fleet.default_major, "global_major": fleet.global_major}))
    return Lab(fleet)


def down() -> None:
    """End every process of the lab, and remove its namespaces, mounts, names and state; the cache stays."""
    need_root()
    with _only_one():
        _down()


def _down() -> None:
    power.stop()
    major = 0
    fleet = FleetSpec(major, major)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(machine.crash, fleet.hosts()))
    network.destroy()
    for folder in sorted((paths.state() / "shared").glob("*")):
        if folder.is_mount():
            run(["umount", str(folder)])
    shutil.rmtree(paths.state(), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Lab:
    """The lab that is up. Hosts are named by their full name or by a short one (dc1-db1)."""

    fleet: FleetSpec

    @classmethod
    def running(cls) -> Lab:
        """The lab of this state folder; LabError when none is up."""
        if not is_up():
            raise LabError("the lab is not up: run `tests/lab/lab up` as root")
        majors = json.loads(_up_file().read_text())
        return cls(FleetSpec(majors["default_major"], majors["global_major"]))

    @property
    def inventory(self) -> Path:
        """The console's inventory of this lab."""
        return inventory.path()

    @property
    def known_hosts(self) -> Path:
        """The hosts' keys."""
        return paths.state() / "known_hosts"

    @property
    def pgpass(self) -> Path:
        """The passwords for the client's eye (PGPASSFILE)."""
        return paths.state() / "pgpass"

    @property
    def ws_prefix(self) -> tuple[str, ...]:
        """What to put before a command, so that it runs on the workstation in the lab's network."""
        return ("ip", "netns", "exec", network.WORKSTATION_NAMESPACE)

    def region(self, name: str) -> RegionSpec:
        """A region by name."""
        return self.fleet.region(name)

    def host(self, name: str | HostSpec) -> HostSpec:
        """A host by full or short name."""
        return name if isinstance(name, HostSpec) else self.fleet.host(name)

    def region_of(self, name: str | HostSpec) -> RegionSpec:
        """The region that a host belongs to."""
        return self.fleet.region(self.host(name).region)

    def sh(
        self, host: str | HostSpec, command: str, user: str | None = None, check: bool = True, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command on a host, as root or `user`, not through ssh; LabError if it fails and `check`."""
        return machine.sh(self.host(host), command, user, check, timeout)

    def sql(self, host: str | HostSpec, statements: str, check: bool = True) -> str:
        """Run SQL in vmdb_production as postgres through the host's local socket; psql's unaligned output."""
        return postgres.sql(self.region_of(host), self.host(host), statements, check=check)

    def is_on(self, host: str | HostSpec) -> bool:
        """Whether the host has power."""
        return machine.running(self.host(host)) is not None

    def crash(self, host: str | HostSpec) -> None:
        """Cut the host's power."""
        machine.crash(self.host(host))

    def boot(self, host: str | HostSpec) -> None:
        """Switch the host on, with the disks as they are. The cluster does not start at boot."""
        found = self.host(host)
        making.boot(self.fleet.region(found.region), found)

    def cut(self, host: str | HostSpec) -> None:
        """Pull the host's network cable."""
        network.set_cable(self.host(host), connected=False)

    def heal(self, host: str | HostSpec) -> None:
        """Put the host's network cable back."""
        network.set_cable(self.host(host), connected=True)

    def start_cluster(self, host: str | HostSpec) -> None:
        """Start corosync and Pacemaker on a host."""
        cluster.start(self.host(host))

    def stop_cluster(self, host: str | HostSpec) -> None:
        """Stop Pacemaker and corosync on a host."""
        cluster.stop(self.host(host))

    def primary(self, region: str) -> HostSpec:
        """The host that accepts writes: the cluster's promoted one, or the scripted pair's only writable one."""
        spec = self.region(region)
        if spec.kind == "pacemaker":
            head = cluster.primary(spec)
        else:
            writable = [h for h in spec.databases if self.in_recovery(h) is False]
            head = writable[0] if len(writable) == 1 else None
        if head is None:
            raise LabError(f"{region} has no single primary")
        return head

    def standby(self, region: str) -> HostSpec:
        """The other host of the pair."""
        return cluster.standby_of(self.region(region), self.primary(region))

    def in_recovery(self, host: str | HostSpec) -> bool | None:
        """Whether the host's database is in recovery; None when it does not answer."""
        if not self.is_on(host):
            return None
        answer = self.sql(host, "select pg_is_in_recovery()", check=False)
        return {"t": True, "f": False}.get(answer)

    def wait_until(self, predicate: Callable[[], bool], timeout: float, what: str) -> None:
        """Return as soon as `predicate` holds; LabError naming `what` otherwise."""
        wait_until(predicate, timeout, what)

    def is_healthy(self, region: str) -> bool:
        """Whether the region's pair is as after `up`."""
        spec = self.region(region)
        if spec.kind == "pacemaker":
            return not cluster.troubles(spec)
        first, second = spec.databases
        return self.is_on(first) and self.is_on(second) and postgres.is_streaming(spec, first, second)

    def wait_healthy(self, region: str, timeout: float = 150) -> None:
        """Return when the region's pair is healthy."""
        if self.region(region).kind == "pacemaker":
            cluster.wait_healthy(self.region(region), timeout)
            return
        wait_until(lambda: self.is_healthy(region), timeout, f"{region} healthy", 1.0)

    def restore(self, region: str) -> None:
        """Bring a region back to the state after `up`: all its hosts are switched off and start from fresh disks."""
        spec = self.region(region)
        for host in spec.hosts:
            self.crash(host)
        making.restore_disks(spec)
        making.boot_all(spec)
        if spec.kind == "scripted":
            self.point_global_dns(1)
        making.start(spec)

    def point_global_dns(self, host_number: int) -> None:
        """Let the global database's name point to host 1 or 2, as the traffic manager's DNS would."""
        network.write_names(self.fleet, host_number)

    def console(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run vmdb-console on the workstation with this lab's inventory and passwords, whatever its exit code."""
        program = str(paths.REPOSITORY / ".venv/bin/vmdb-console")
        own = [f"PGPASSFILE={self.pgpass}", f"XDG_STATE_HOME={paths.state() / 'console'}"]
        argv = [*self.ws_prefix, "env", *own, program, "--inventory", str(self.inventory)]
        return run([*argv, *arguments], check=False, timeout=timeout)

    def status(self) -> list[str]:
        """One line a host: name, address, power, cable, and its database's role."""
        lines = []
        for host in self.fleet.hosts():
            power_word = "on" if self.is_on(host) else "off"
            cable = "connected" if network.cable_is_connected(host) else "cut"
            role = ""
            if host.role == "database" and self.is_on(host):
                role = {True: "standby", False: "primary", None: "no database"}[self.in_recovery(host)]
            lines.append(f"{host.short:16} {host.address:14} {power_word:4} {cable:10} {role}".rstrip())
        return lines


__all__ = ["Lab", "LabError", "down", "is_up", "say", "up"]
