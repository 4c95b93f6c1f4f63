"""The first screen on the simulated fleet: what it shows, that it is live, that it is inert, that it quits."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from textual.widgets import Static

from console.diagnosis.finding import Evidence, Finding, Severity
from console.polling.witnesses import Witnesses
from console.screens.app import ConsoleApp
from console.screens.finding import FindingScreen, finding_text
from console.screens.messages import PollerFailed
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from widgets.findings_table import FindingsTable
from widgets.region_panel import RegionPanel


def demo(scenario: str = "healthy") -> ConsoleApp:
    return ConsoleApp(simulated_witnesses(scenario, lambda fleet: fleet), demo=scenario)


async def until(app: ConsoleApp, condition: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen in {seconds} s; the screen shows:\n{shown(app)}"
        await asyncio.sleep(0.05)


def shown(app: ConsoleApp) -> str:
    return "\n".join(str(widget.visual) for widget in app.screen.query(Static))


async def test_the_three_regions_are_shown_with_roles_and_positions() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)) as pilot:
        await until(app, lambda: "PRIMARY" in shown(app) and "replayed" in shown(app))
        await pilot.pause()
        panels = list(app.screen.query(RegionPanel))
        assert len(panels) == 3
        for panel in panels:
            text = str(panel.visual)
            assert "PRIMARY" in text
            assert "STANDBY" in text
            assert "timeline" in text
            assert "lag" in text


async def test_the_agents_attributes_are_shown_as_the_agent_writes_them() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)):
        await until(app, lambda: "HS:async STREAMING|ASYNC 100" in shown(app))
        assert "PRI LATEST 1000" in shown(app)


async def test_it_says_demo_and_read_only_in_words() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)):
        banner = str(app.screen.query_one("#banner", Static).visual)
        assert "DEMO" in banner
        assert "READ-ONLY" in banner


async def test_positions_move_while_one_looks() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)):
        await until(app, lambda: "writes" in shown(app))
        first = shown(app)
        await until(app, lambda: shown(app) != first)


async def test_a_finding_opens_with_its_evidence_and_meaning_and_escape_goes_back() -> None:
    app = demo("lock-unsafe")
    async with app.run_test(size=(160, 50)) as pilot:
        table = app.screen.query_one(FindingsTable)
        await until(app, lambda: any("C02" in str(table.get_row_at(row)[1]) for row in range(table.row_count)))
        rows = [str(table.get_row_at(row)[1]) for row in range(table.row_count)]
        table.move_cursor(row=rows.index("C02"))
        await pilot.press("enter")
        assert isinstance(app.screen, FindingScreen)
        page = shown(app)
        assert "Evidence" in page
        assert "PGSQL.lock" in page
        await pilot.press("escape")
        assert not isinstance(app.screen, FindingScreen)


async def test_when_polling_ends_by_a_defect_the_screen_says_that_it_is_frozen() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)) as pilot:
        app.post_message(PollerFailed("ValueError: boom"))
        await pilot.pause()
        assert "frozen" in str(app.screen.query_one("#trouble", Static).visual)


@pytest.mark.parametrize(
    "hostile", ["[/nonsense]", "[red]x[/red]", "\x1b[2J\x1b[31m", "a\nb\tc", "\u202eabc", "[@click=x]"]
)
def test_hostile_text_in_a_finding_is_inert(hostile: str) -> None:
    finding = Finding(
        "P01", Severity.CRITICAL, "dc1", "h", hostile, (Evidence(hostile, hostile, hostile, hostile),), hostile
    )
    text = finding_text(finding, datetime.now(UTC))
    assert "\x1b" not in text.plain
    assert all(char.isprintable() or char == "\n" for char in text.plain)
    assert "[red]" in text.plain or "[red]" not in hostile


class _HungTransport:
    """A transport whose hosts never answer: what a fleet behind a black hole looks like to the screen."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def submit(self, request: Request) -> None:
        pass

    def replies(self, timeout: float) -> list[Reply]:
        self.closed.wait(timeout)
        return []

    def retry_now(self) -> None:
        pass

    def close(self) -> None:
        self.closed.set()


async def test_it_quits_at_once_while_every_host_hangs() -> None:
    witnesses = simulated_witnesses("healthy", lambda fleet: fleet)
    hung = Witnesses(witnesses.fleet, _HungTransport(), witnesses.client)
    app = ConsoleApp(hung, demo="healthy")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.3)
        start = time.monotonic()
        await pilot.press("q")
        await pilot.pause()
    assert time.monotonic() - start < 2.0


async def test_ages_grow_and_turn_stale_when_answers_stop() -> None:
    app = demo()
    async with app.run_test(size=(160, 50)):
        await until(app, lambda: "PRIMARY" in shown(app))
        screen = app._fleet_screen
        assert screen._snapshot is not None
        app._poller.stop()
        await asyncio.sleep(0.6)
        old = datetime.now(UTC) - timedelta(minutes=5)
        hosts = {
            name: replace(facts, reach=replace(facts.reach, answered_at=old))
            for name, facts in screen._snapshot.hosts.items()
        }
        screen.take(replace(screen._snapshot, hosts=hosts), screen._findings)
        assert "STALE" in shown(app)
