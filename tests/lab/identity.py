"""Keys and passwords of the lab: made once in the cache, known to every host and to the console."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from tests.lab import paths
from tests.lab.shell import run
from tests.lab.spec import REPLICATION_USER, SQL_USER, FleetSpec, HostSpec, RegionSpec

CLIENT_KEYS = ("id_ed25519", "id_rsa")


def make(fleet: FleetSpec) -> None:
    """Make what is missing: the operator's two keys, the copy user's key, host keys, passwords."""
    folder = paths.identity()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (*CLIENT_KEYS, "copy_ed25519"):
        _key(folder / name, "rsa" if name.endswith("rsa") else "ed25519", "lab")
    for host in fleet.hosts():
        (folder / host.name).mkdir(exist_ok=True)
        for kind in ("rsa", "ed25519"):
            _key(folder / host.name / f"ssh_host_{kind}_key", kind, host.name)
    for user in (SQL_USER, REPLICATION_USER):
        file = folder / f"{user}.password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(12))


def _key(file: Path, kind: str, comment: str) -> None:
    if not file.exists():
        size = ["-b", "2048"] if kind == "rsa" else []
        run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", comment, "-f", str(file)])


def password(user: str) -> str:
    """The lab's password of an SQL user."""
    return (paths.identity() / f"{user}.password").read_text().strip()


def pgpass() -> str:
    """The lines of a .pgpass file for both users, whatever the host."""
    return f"*:5432:*:{SQL_USER}:{password(SQL_USER)}\n*:5432:*:{REPLICATION_USER}:{password(REPLICATION_USER)}\n"


def public(name: str) -> str:
    """A public key, one line."""
    return (paths.identity() / f"{name}.pub").read_text()


def authorized_keys() -> str:
    """The operator's public keys."""
    return "".join(public(name) for name in CLIENT_KEYS)


def host_key_kind(region: RegionSpec, host: HostSpec) -> str:
    """The kind of host key that this host offers: rsa where it stands for RHEL 6, else ed25519."""
    return "rsa" if region.layout.legacy and host.role == "database" else "ed25519"


def known_hosts(*regions: RegionSpec) -> str:
    """A known_hosts file for all hosts of these regions, by name and by address."""
    lines = []
    for region in regions:
        for host in region.hosts:
            kind = host_key_kind(region, host)
            key = (paths.identity() / host.name / f"ssh_host_{kind}_key.pub").read_text().split()
            lines.append(f"{host.name},{host.address} {key[0]} {key[1]}")
    return "\n".join(lines) + "\n"


def hand_out(fleet: FleetSpec) -> None:
    """Put the console's side into the state folder: keys, known_hosts, pgpass."""
    for name in CLIENT_KEYS:
        shutil.copy2(paths.identity() / name, paths.state() / name)
        shutil.copy2(paths.identity() / f"{name}.pub", paths.state() / f"{name}.pub")
    (paths.state() / "known_hosts").write_text(known_hosts(*fleet.regions))
    file = paths.state() / "pgpass"
    file.touch(mode=0o600)
    file.write_text(pgpass())
