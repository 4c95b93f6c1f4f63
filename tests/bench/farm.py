"""Many hosts on one machine: an sshd on many loopback addresses, and OpenSSH's own client against the same hosts."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.unit.transport.sshd import Sshd, current_user, free_port, make_key

_LISTENERS = 16  # sshd listens on no more addresses than this (MAX_LISTEN_SOCKS in sshd.c)
PARALLEL = "32"

# Two kilobytes in ten sections, no forks, one write: the size and the frame of the real probe's fast sections.
PROBE = """
vmdb_filler=0123456789012345678901234567890123456789012345678901234567890123456789
vmdb_probe() {
  read -r vmdb_load _ </proc/loadavg
  vmdb_body=''
  for vmdb_section in a b c d e f g h i j; do
    vmdb_body="${vmdb_body}VMDB-SECTION $VMDB_NONCE $vmdb_section
load $vmdb_load
$vmdb_filler

VMDB-STATUS $VMDB_NONCE $vmdb_section rc=0 ms=10
"
  done
  printf 'VMDB-BEGIN %s %s %s\\n%sVMDB-END %s %s\\n' "$VMDB_NONCE" "$1" bench-1 "$vmdb_body" "$VMDB_NONCE" "$1"
}
"""


@dataclass(frozen=True, slots=True)
class Farm:
    """`count` hosts: 127.0.0.2 and following, all on `port`."""

    folder: Path
    port: int
    addresses: tuple[str, ...]
    sshds: tuple[Sshd, ...]

    @property
    def ssh_config(self) -> Path:
        """A configuration for OpenSSH and for the console, as an operator has one."""
        return self.folder / "ssh_config"

    @property
    def key(self) -> Path:
        """The key that logs in."""
        return self.folder / "user"

    @property
    def known_hosts(self) -> Path:
        """All hosts' keys."""
        return self.folder / "known_hosts"


@contextmanager
def farm(count: int, namespace: bool) -> Iterator[Farm]:
    """Start it, and end it. In a namespace of its own one sshd serves all addresses; else sixteen each."""
    with tempfile.TemporaryDirectory(prefix="vmdb-bench-") as name:
        folder = Path(name)
        key = make_key(folder / "user")
        addresses = tuple(f"127.0.0.{number}" for number in range(2, 2 + count))
        port = free_port(addresses[0])
        sshds: list[Sshd] = []
        try:
            sshds += start_sshds(folder / "hosts", key, addresses, port, namespace)
            lines = "".join(sshds[0].known_hosts_lines(addresses))
            built = Farm(folder, port, addresses, tuple(sshds))
            built.known_hosts.write_text(lines)
            built.ssh_config.write_text(_ssh_config(built))
            yield built
        finally:
            for sshd in sshds:
                sshd.stop()


def start_sshds(folder: Path, key: Path, addresses: tuple[str, ...], port: int, namespace: bool) -> Iterator[Sshd]:
    """Sshds with one host key for all `addresses`; every address of the namespace at once where there is one."""
    folder.mkdir()
    host_key = make_key(folder / "host_key")
    groups = [addresses[start : start + _LISTENERS] for start in range(0, len(addresses), _LISTENERS)]
    for number, group in enumerate([("0.0.0.0",)] if namespace else groups):
        place = folder / str(number)
        place.mkdir()
        for suffix in ("", ".pub"):
            (place / f"host_ed25519{suffix}").write_bytes((folder / f"host_key{suffix}").read_bytes())
        (place / "host_ed25519").chmod(0o600)
        yield Sshd(place, key, group, port=port).start()
    host_key.unlink()


def _ssh_config(built: Farm) -> str:
    return f"""Host *
  User {current_user()}
  Port {built.port}
  IdentityFile {built.key}
  IdentitiesOnly yes
  UserKnownHostsFile {built.known_hosts}
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall clock, and of the CPU of the processes that were waited for."""

    wall: float
    cpu: float


def openssh_each(built: Farm, count: int, options: list[str], command: str) -> Cost:
    """`xargs -P32 ssh` over the first `count` hosts; RuntimeError when one fails."""
    ssh = ["ssh", "-n", "-F", str(built.ssh_config), *options, "{}", command]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        ["xargs", "-P", PARALLEL, "-I", "{}", *[word for word in ssh if word]],
        input="\n".join(built.addresses[:count]).encode(),
        capture_output=True,
        check=False,
    )
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"xargs ssh: {done.stderr.decode()[:500]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def one_shot() -> str:
    """The probe as a command that OpenSSH's client can run."""
    return f"{PROBE}\nVMDB_NONCE=0; vmdb_probe 1"


def in_namespace() -> bool:
    """Whether this process has loopback to itself."""
    return "VMDB_BENCH_NAMESPACE" in os.environ
