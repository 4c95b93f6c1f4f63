"""Scenes for the tests of what is drawn: one look at the simulated fleet, and ways to bend what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Evidence, Finding, Severity
from console.facts.host import HostFacts, Reach
from console.facts.snapshot import Snapshot
from console.history.change import LagPoint
from console.polling.poller import Poller
from console.scene import Scene
from console.simulation.clock import ManualClock
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Failure, FailureKind
from widgets.pair_facts import PairFacts, pair_facts

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = (
    "[/nonsense]",
    "[red]x[/red]",
    "[@click=app.quit]x[/]",
    "\x1b[2J\x1b[31mred",
    "a\nb\tc\rd\x00e",
    "\u202eabc\u202c",
    "日本語" * 200,
    "e\u0301" * 300,
    "z" + "\u0300" * 500,
    "👩\u200d👩\u200d👧\u200d👦🇩🇪👍🏽" * 50,
    "x" * 10_000,
    "\u3164\u115f\u1160" * 30,
    "\ud800 lone",
)


@cache
def scene(scenario: str = "healthy") -> Scene:
    """What one look at the simulated fleet shows, with a minute of lag."""
    witnesses = simulated_witnesses(scenario, clock=ManualClock(NOON))
    snapshot = replace(Poller(witnesses, {}).look_once(10), at=NOON)
    return with_history(Scene(snapshot, diagnose(snapshot)))


def with_history(seen: Scene, *points: int | None) -> Scene:
    """The Scene with these lags (bytes), the last of them at its own moment; thirty small ones without any."""
    values = points or tuple(1000 * (number % 5) for number in range(30))
    at = seen.snapshot.at
    series = tuple(
        LagPoint(at - timedelta(seconds=2 * (len(values) - 1 - number)), value, None if value is None else 0.1)
        for number, value in enumerate(values)
    )
    return replace(seen, lags={region.name: series for region in seen.snapshot.fleet.regions})


def pair(seen: Scene, region: str, after: float = 0.0) -> PairFacts:
    """A region of the Scene, looked at `after` seconds later."""
    now = seen.snapshot.at + timedelta(seconds=after)
    fleet = seen.snapshot.fleet
    return pair_facts(seen.snapshot.current(), fleet.region(region), seen.findings, seen.lags.get(region, ()), now)


def with_host(seen: Scene, name: str, change: Callable[[HostFacts], HostFacts]) -> Scene:
    """The Scene with other facts of one host, judged anew."""
    hosts: Mapping[str, HostFacts] = {**seen.snapshot.hosts, name: change(seen.snapshot.hosts[name])}
    snapshot: Snapshot = replace(seen.snapshot, hosts=hosts)
    return replace(seen, snapshot=snapshot, findings=diagnose(snapshot))


def unreachable(facts: HostFacts) -> HostFacts:
    """A host that has not answered the last time it was asked."""
    failure = Failure(FailureKind.UNREACHABLE, "no route to host", "look at the network")
    return replace(facts, reach=replace(facts.reach, failure=failure))


def never_asked(facts: HostFacts) -> HostFacts:
    """A host that nobody has asked yet."""
    return HostFacts(facts.name, facts.region, reach=Reach())


def finding(code: str, severity: Severity, region: str = "dc1", **changes: Any) -> Finding:
    """A finding about nothing in particular."""
    host = changes.pop("host", None)
    return Finding(code, severity, region, host, changes.pop("summary", f"{code} of {region}"), **changes)


def hostile_finding(text: str) -> Finding:
    """A finding made of `text`, wherever text goes."""
    quotes = (Evidence(text, text, text, text), Evidence("fact", text))
    return Finding("P01", Severity.CRITICAL, text, text, text, quotes, text, {}, text)
