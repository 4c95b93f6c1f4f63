"""Orders for tests: operations whose text a test gives, for the host that runs the tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from console.facts.server_version import ServerVersion
from console.facts.traces import Lease
from console.inventory.fleet import PostgresqlSettings
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.runner.hands import Order

THIS_HOST = Path("/proc/sys/kernel/hostname").read_text().strip() if Path("/proc").is_dir() else "localhost"
OTHER_HOST = "other-db1.example.com"
RUN = "run-1"


@dataclass(frozen=True, slots=True)
class Text(Operation):
    """An operation that is this text."""

    time_limit: ClassVar[float] = 10.0

    text: str

    def describe(self) -> str:
        return f"do: {self.text}"

    def command(self, platform: Platform) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ShortText(Text):
    """One that may take a second only."""

    time_limit: ClassVar[float] = 1.0


def platform(host: str = THIS_HOST, machine_id: str = "") -> Platform:
    """A host as operations see it; only its name and machine-id matter here."""
    settings = PostgresqlSettings("", "/h", "/h/d", "/h/t", "/h/l", "", "pg", "postgres", 5432, "db", "u", "r", "/h/p")
    return Platform(host, machine_id, settings, ServerVersion(150000), True, host)


def order(*texts: str, run: str = RUN, step: str = "step-1", machine_id: str = "", host: str = THIS_HOST) -> Order:
    """Do these texts one after the other."""
    return Order(run, step, platform(host, machine_id), tuple(Text(text) for text in texts))


def lease(run: str = RUN, owner: str = "a@ws", reason: str = "a reason") -> Lease:
    """A lease as the Runner asks for it."""
    return Lease(run, "failback", owner, reason, 0.0, 0.0)
