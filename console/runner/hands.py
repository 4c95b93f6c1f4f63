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


_OUTPUT_KEPT = 8 * 1024


def tail(output: str) -> str:
    """The end of an output, as much as a journal line keeps."""
    return output if len(output) <= _OUTPUT_KEPT else "…" + output[-_OUTPUT_KEPT:]


@dataclass(frozen=True, slots=True)
class Order:
    """Do `operations` in order, stopping at the first that fails, on the host that `platform` describes.

    It is carried out only where the host is that host (name, machine-id) and `run` holds the lease there, both asked in
    the same shell that then works.

    `number` rises with every order of the run: an order that was held up on its way (a host that stood still) may reach
    its host after a later one that does the opposite. A host refuses what is not above the highest number that it saw
    of the run, so that an order of no operations keeps all earlier ones out. 0: none, and not asked.

    `attempt`, from 1, tells one job of a step from the next: the result of one is never taken for another's.
    """

    run: str
    step: str
    platform: Platform
    operations: tuple[Operation, ...]
    number: int = 0
    attempt: int = 1

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

    @property
    def words(self) -> str:
        """What a command that failed said: its exit status and the end of its output."""
        return f"exit status {self.status}: {tail(self.output).strip() or 'no output'}"

    def proof_failed(self, order: Order) -> bool:
        """Whether an operation that proves something may be what failed."""
        blamed = order.operations if self.failed is None else (self.failed,)
        return any(operation.proves for operation in blamed)


@dataclass(frozen=True, slots=True)
class JobState:
    """A detached order. `known` False: the host has no such job, or one of another attempt. `status` None while it
    runs, or when it was cut off.

    `output` is the end of what it printed (cleaned, masked, at most 64 KiB).
    """

    known: bool
    running: bool
    status: int | None
    output: str


class Hands(Protocol):
    """Carries orders out. Every method raises HandsError where a host cannot be reached or is another host."""

    def perform(self, order: Order) -> Result:
        """Carry the order out and wait for its end. One that has begun is carried out to its end (or to its first
        failure) also where the connection breaks; no other order of whomever begins meanwhile.
        """

    def begin(self, order: Order) -> None:
        """Begin it as a job that outlives this process, and return. A job of this run, step and attempt that runs is
        left alone; one that has ended is begun anew. Refused while another attempt of the step runs, or where a later
        one was begun.
        """

    def job(self, order: Order) -> JobState:
        """Look at the job of this run, step and attempt."""

    def end(self, order: Order) -> None:
        """End the step's job of this attempt or an earlier one, with all its processes; done where none runs."""

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        """Take the lease atomically. None: it is ours (or was already). Else who holds it.

        `instead_of`: take it over from that run, if that is the holder and no order works and no job of it runs on the
        host. That run is then refused for good there, whoever holds the lease later: HandsError says who took it over.
        """

    def renew_lease(self, platform: Platform, run: str) -> bool:
        """Whether the run still holds the lease; it is noted there that it lives."""

    def release_lease(self, platform: Platform, run: str) -> None:
        """Give it back, and remove the run's finished jobs; done where another holds it or nobody. Refused while an
        order still works there.
        """

    def close(self) -> None:
        """Drop every connection at once."""
