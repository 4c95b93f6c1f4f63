"""What differs between the simulated systems: RHEL 6.5 with PostgreSQL 9.2, Debian 12 with PostgreSQL 15."""

from __future__ import annotations

from dataclasses import dataclass

from console.facts.lsn import SEGMENT_SIZE, Lsn, WalArithmetic, WalSegment
from console.facts.server_version import ServerVersion
from console.inventory.fleet import PostgresqlSettings

PAGE = 8192
"""Bytes of a WAL page."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A host's system. Bytes: `checkpoint_record` with its header, `page_header` of a page that begins no segment."""

    system: str
    kernel: str
    server: ServerVersion
    wal_directory: str
    pacemaker: str
    cluster_stack: str
    clone: str
    checkpoint_record: int
    page_header: int
    systemd: bool

    @property
    def arithmetic(self) -> WalArithmetic:
        """How many bytes a log id has (DOMAIN 3.1)."""
        return WalArithmetic.of(self.server)

    @property
    def waldump(self) -> bool:
        """Whether pg_waldump is there: not before 10 (pg_xlogdump is in no 9.2, DOMAIN 7)."""
        return self.server.number >= 100000

    def lsn(self, position: int) -> Lsn:
        """A position in bytes as the server prints it."""
        return Lsn(0, 0).plus(position, self.arithmetic)

    def position(self, text: str) -> int:
        """The inverse of `lsn`, for positions written in scenarios."""
        lsn = Lsn.parse(text)
        assert lsn is not None, text
        return lsn.position(self.arithmetic)

    def fit(self, position: int, size: int = 8) -> int:
        """The first place at or after `position` where a record of `size` bytes lies within one WAL page."""
        start = (position + 7) // 8 * 8
        header = self.page_header + (16 if start // PAGE * PAGE % SEGMENT_SIZE == 0 else 0)
        start = max(start, start // PAGE * PAGE + header)
        if start // PAGE == (start + size - 1) // PAGE:
            return start
        page = (start // PAGE + 1) * PAGE
        return page + self.page_header + (16 if page % SEGMENT_SIZE == 0 else 0)

    def segment(self, timeline: int, position: int) -> WalSegment:
        """The WAL file in which `position` lies."""
        return WalSegment.at(timeline, position // SEGMENT_SIZE, self.arithmetic)


RHEL6 = Platform(
    system="Red Hat Enterprise Linux Server release 6.5 (Santiago)",
    kernel="2.6.32-431.29.2.el6.x86_64",
    server=ServerVersion(90208),
    wal_directory="pg_xlog",
    pacemaker="1.1.10-14.el6_5.3-368c726",
    cluster_stack="cman",
    clone="postgresql-ms",
    checkpoint_record=0x60,
    page_header=16,
    systemd=False,
)

DEBIAN12 = Platform(
    system="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0-28-amd64",
    server=ServerVersion(150010),
    wal_directory="pg_wal",
    pacemaker="2.1.5-a3f44794f94",
    cluster_stack="corosync",
    clone="postgresql-clone",
    checkpoint_record=0x78,
    page_header=24,
    systemd=True,
)


def platform_of(settings: PostgresqlSettings) -> Platform:
    """The simulated system for a host with these settings."""
    return DEBIAN12 if settings.profile == "debian" else RHEL6
