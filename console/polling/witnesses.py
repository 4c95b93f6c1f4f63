"""What the Poller listens to: a Transport for the hosts' own words, a ClientWitness for what the network meets."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Protocol

from console.facts.client import ClientView
from console.facts.observed import Observed
from console.inventory.fleet import Fleet, PostgresqlSettings
from console.transport.protocol import Transport


@dataclass(frozen=True, slots=True)
class ClientQuestion:
    """Look at `address` as a client would. `key` comes back with the answer.

    `region_number` asks for the backlog of rr<number>_pending_changes too; None leaves it out. `deadline` is for all of
    it, `patience` for TCP to open, both in seconds.
    """

    key: str
    address: str
    settings: PostgresqlSettings
    deadline: float
    region_number: int | None = None
    patience: float = inf


class ClientWitness(Protocol):
    """The client's eye: `console.sql.client.ClientEye` on the network, or the simulated one."""

    def submit(self, question: ClientQuestion) -> None:
        """Begin to look, and return at once."""

    def resolve(self, key: str, name: str, deadline: float) -> None:
        """Begin to resolve a name, and return at once."""

    def views(self) -> list[tuple[str, Observed[ClientView]]]:
        """Answers that are there now, by the question's key; never waits."""

    def resolutions(self) -> list[tuple[str, Observed[tuple[str, ...]]]]:
        """Resolved names that are there now, by key; never waits."""

    def close(self) -> None:
        """Stop at once; hung servers do not delay it."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """A fleet and everything that can be asked about it."""

    fleet: Fleet
    transport: Transport
    client: ClientWitness

    def close(self) -> None:
        """Drop every connection at once."""
        self.transport.close()
        self.client.close()
