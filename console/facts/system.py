"""What the operating system of a host says: identity, clock, disks, addresses, port gate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the host says it is. `machine_id` may be empty where the system has none (RHEL 6)."""

    hostname: str
    machine_id: str
    boot_id: str
    uptime: float | None = None
    kernel: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's clock (seconds since the epoch) and how far it is ahead of the console's, with the uncertainty.

    `skew` is computed from the console's send and receive times; a true skew lies within skew ± uncertainty.
    """

    epoch: float
    skew: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Disk:
    """One file system that matters: what is on it (`purpose`: data, archive, home, tmp, root), bytes, inodes."""

    purpose: str
    path: str
    device: str
    mount: str
    total: int
    available: int

    @property
    def free_share(self) -> float | None:
        """Free share 0..1; None for a file system of size 0."""
        return self.available / self.total if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening TCP socket: `address` as text ("0.0.0.0", "::", "127.0.0.1"), `port`."""

    address: str
    port: int

    @property
    def public(self) -> bool:
        """Whether others than this host can reach it, as far as the socket goes."""
        return not (self.address.startswith("127.") or self.address == "::1")


@dataclass(frozen=True, slots=True)
class Firewall:
    """The port gate as `tool` ("iptables", "nft", "firewalld") has it.

    `database_port_open`: True when a new connection from outside to the database port is accepted,
    False when dropped or rejected, None when the rules cannot be judged. `rules` are those that decide, as printed.
    """

    tool: str
    database_port_open: bool | None
    rules: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file's owner, mode (octal digits as text, "600"), size in bytes and modification time (epoch seconds)."""

    path: str
    owner: str
    mode: str
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Tools:
    """Versions and places of tools on the host, by name; absent ones are not in it."""

    versions: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.versions
