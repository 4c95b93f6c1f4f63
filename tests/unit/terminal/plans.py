"""Small plans and pages for tests of the terminal face."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.runbooks.plan import Answer, Condition, Parameters, Plan, Ruling, Step
from console.simulation.reference import demo_fleet
from console.terminal.page import Page

ONE = "cf-dc1-db1.example.com"
TWO = "cf-dc1-db2.example.com"


@dataclass(frozen=True, slots=True)
class Say(Operation):
    """An operation that any text may describe."""

    words: str
    text: str = "true"

    def describe(self) -> str:
        return self.words

    def command(self, platform: Platform) -> str:
        return self.text


def condition(words: str, answer: Answer, because: str = "") -> Condition:
    return Condition(words, lambda snapshot: Ruling(answer, because))


def platform(host: str) -> Platform:
    settings = demo_fleet().hosts[host].postgresql
    assert settings is not None
    return Platform(host, "m", settings, ServerVersion(90202), systemd=False, node=host)


def plan(*steps: Step, confirm: tuple[str, ...] = (), losses: tuple[str, ...] = ()) -> Plan:
    parameters = Parameters(
        run="20260301-030000-1f2e", region="dc1", target=ONE, platforms=(platform(ONE), platform(TWO))
    )
    return Plan("rebuild-standby", parameters, "mends it", (), steps, losses=losses, confirm=confirm)


def nothing_seen() -> Snapshot:
    return Snapshot(demo_fleet(), datetime(2026, 3, 1, 3, tzinfo=UTC), {})


def plain_page(width: int = 100) -> tuple[Page, Callable[[], str]]:
    """A page that nobody sits at, and what was printed on it."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    return Page(console, live=False, asks=False), stream.getvalue


def colour_page(width: int = 80, height: int = 24) -> tuple[Page, Callable[[], str]]:
    """A page as on a terminal of that size, and everything written to it, escape codes included."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, height=height, force_terminal=True, color_system="standard", highlight=False,
        markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    return Page(console, live=True, asks=True), stream.getvalue
