"""What reaches into hosts: the Hands protocol. `ssh_hands` for real ones, `console.simulation.hands` for simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from console.errors import VmdbConsoleError
from console.facts.traces import Lease
from console.operations.operation import Operation
from console.operations.platform import Platform


class HandsError(VmdbConsoleError):
    """A host could not be reached into. `changed` is False where it is certain that nothing of the order was done."""

    def __init__(self, message: str, *, changed: bool | None) -> None:
        super().__init__(message)
        self.changed = changed


@dataclass(frozen=True, slots=True)
class Order:
    """Do `operations` in order, stopping at the first that fails, on the host that `platform` describes.

    It is carried out only where the host is that host (name, machine-id) and `run` holds the lease there, both asked in
    the same shell that then works.
    """

    run: str
    step: str
    platform: Platform
    operations: tuple[Operation, ...]

    @property
    def host(self) -> str:
        """The host's inventory name."""
        return self.platform.host

    @property
    def time_limit(self) -> float:
        """Seconds for all operations together."""
        return sum(operation.time_limit for operation in self.operations)


@dataclass(frozen=True, slots=True)
class Result:
    """How it went: exit status (of the first operation that failed, else 0), output of all (cleaned, masked), seconds.

    `failed` is the operation that failed, None where all were done.
    """

    status: int
    output: str
    seconds: float
    failed: Operation | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """A detached order. `known` False: the host has no such job. `status` None while it runs, or when it was cut off.

    `output` is the end of what it printed (cleaned, masked, at most 64 KiB).
    """

    known: bool
    running: bool
    status: int | None
    output: str


class Hands(Protocol):
    """Carries orders out. Every method raises HandsError where a host cannot be reached or is another host."""

    def perform(self, order: Order) -> Result:
        """Carry the order out and wait for its end."""

    def begin(self, order: Order) -> None:
        """Begin it as a job that outlives this process, and return. A job of this run and step that runs is left alone;
        one that has ended is begun anew.
        """

    def job(self, order: Order) -> JobState:
        """Look at the job of this run and step."""

    def end(self, order: Order) -> None:
        """End the job, with all its processes; done where it runs no more."""

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        """Take the lease atomically. None: it is ours (or was already). Else who holds it.

        `instead_of`: take it over from that run, if that is the holder and no job of it runs on the host.
        """

    def renew_lease(self, platform: Platform, run: str) -> bool:
        """Say that the run lives; False where it does not hold the lease."""

    def release_lease(self, platform: Platform, run: str) -> None:
        """Give it back, and remove the run's finished jobs; done where another holds it or nobody."""

    def close(self) -> None:
        """Drop every connection at once."""
