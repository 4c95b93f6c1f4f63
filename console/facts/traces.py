"""What runs of the console leave on a database host, and how its data directory lies on its disks."""

from __future__ import annotations

from dataclasses import dataclass

ALIVE = 300.0
"""Seconds: a lease that was renewed more recently than this is of a console that lives, or was cut off only now. A
console renews every 10 s while it waits, but not while it waits for an order to end."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on this pair: one run at a time (DESIGN 7). Times in epoch seconds by the host's clock.

    `owner` is USER@HOST of the console, `reason` why the run was begun. A lease never ends by itself.
    """

    run: str
    runbook: str
    owner: str
    reason: str
    since: float
    renewed: float


@dataclass(frozen=True, slots=True)
class JobTrace:
    """A detached step: does it still run (None: could not tell), and its exit status where it has ended."""

    run: str
    step: str
    running: bool | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Traces:
    """Section `traces`. `leftovers`: copies and old data (paths); `held`: failover scripts that are held (own paths).

    `lock_aside`: a PGSQL.lock that was set aside is there. `archives`: folders of archived WAL that was set aside, as
    runs noted them. `replaced`: held scripts that stay beside others that were installed meanwhile.
    """

    lease: Lease | None = None
    jobs: tuple[JobTrace, ...] = ()
    leftovers: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    lock_aside: bool = False
    archives: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def running_jobs(self) -> tuple[JobTrace, ...]:
        """Jobs that run, or may."""
        return tuple(job for job in self.jobs if job.running is not False)


@dataclass(frozen=True, slots=True)
class DataLayout:
    """Section `layout`, on demand: the data directory on its file system. Sizes are bytes, None where unknown.

    `real` is the path with links followed, `mounted`: it is a mount point. `tablespaces` are the targets in pg_tblspc.
    `wal_link` is where pg_wal points to when it is a link. `size` is of everything below, `free` what the database's
    user may still write on that file system. `device` is the number of its device (of its parent's where it is not
    there), good until the next boot.
    """

    path: str
    real: str
    mounted: bool
    tablespaces: tuple[str, ...]
    wal_link: str | None
    size: int | None
    free: int | None
    device: int | None = None
