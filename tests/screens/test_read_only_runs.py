"""The runs in a console that changes nothing: their journals are read and shown, and no key acts."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.journals.journals import Journals
from console.journals.run_page_screen import RunPageScreen
from console.journals.runs_screen import RunsScreen
from console.runner.journal import Journal, Kind
from console.screens.actions import ACTIONS
from console.screens.app import ConsoleApp
from console.simulation.clock import RunClock
from tests.screens.driving import LARGE, SMALL, demo_app, on_glass, until
from tests.screens.journals import STEPS, journal
from tests.simulation.worlds import clock
from widgets.plan_outline import Outline

REASON = "this test shows only"
"""As the console under test has it in its Setting."""
HALF_WAY = "20260301-030000-aaaa"
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])


@dataclass
class Reader:
    """A read-only console on a folder of journals."""

    app: ConsoleApp
    pilot: Pilot[Any]
    folder: Path

    async def runs(self) -> RunsScreen:
        """The list, when it was read."""
        self.app.open_screen("runs")
        await self.pilot.pause()
        screen = self.app.screen
        assert isinstance(screen, RunsScreen)
        await until(self.app, lambda: screen.listing is not None)
        await self.pilot.pause()
        return screen

    async def page(self) -> RunPageScreen:
        """One run whole, when it was read."""
        await self.runs()
        await self.pilot.press("enter")
        screen = self.app.screen
        assert isinstance(screen, RunPageScreen)
        await until(self.app, lambda: "What happened" in screen.query_one(Outline).page)
        return screen

    @property
    def files(self) -> Mapping[str, bytes]:
        """Every journal to the letter."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    @property
    def toasts(self) -> list[str]:
        """What was said."""
        return [each.message for each in self.app._notifications]


@asynccontextmanager
async def reading(folder: Path, size: tuple[int, int] = SMALL, note: str = "") -> AsyncIterator[Reader]:
    app = demo_app("healthy", runs=Journals(folder, REASON, note).runs_screen)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Reader(app, pilot, folder)


@SIZES
async def test_a_read_only_console_lists_the_runs_and_says_what_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    journal(tmp_path, HALF_WAY, 11)
    async with reading(tmp_path, size) as reader:
        await reader.pilot.press("4")
        await until(reader.app, lambda: "▲ HALF-WAY" in on_glass(reader.app))
        assert "READ-ONLY" in on_glass(reader.app)


async def test_a_run_opens_with_its_commands_and_outputs(tmp_path: Path) -> None:
    journal(tmp_path, HALF_WAY, 11)
    async with reading(tmp_path, LARGE) as reader:
        screen = await reader.page()
        await reader.pilot.press("x")
        assert "$ pg_basebackup -D /new" in screen.query_one(Outline).page


@pytest.mark.parametrize("key", ["c", "b"])
@pytest.mark.parametrize("where", ["runs", "page"])
async def test_continue_and_roll_back_are_refused_with_the_reason(tmp_path: Path, where: str, key: str) -> None:
    journal(tmp_path, HALF_WAY, 11)
    async with reading(tmp_path) as reader:
        screen = await (reader.runs() if where == "runs" else reader.page())
        await reader.pilot.press(key)
        assert reader.app.screen is screen
        assert [words.partition(": ")[2] for words in reader.toasts] == [REASON]


async def test_a_run_that_another_console_drives_is_shown_as_going_on_and_grows(tmp_path: Path) -> None:
    run = "20260301-030000-bbbb"
    driven = Journal.create(tmp_path, run, RunClock(clock()))
    who = {"user": "ann", "host": socket.gethostname(), "pid": os.getpid()}
    head = {"region": "dc1", "runbook": "rebuild-standby", "target": "cf-dc1-db2.example.com", "summary": "Rebuild it."}
    driven.write(Kind.BEGIN, who=who, reason="ticket 7", steps=STEPS, inventory="somewhere", **head)
    try:
        async with reading(tmp_path, LARGE) as reader:
            await reader.runs()
            assert "▶ GOES ON ELSEWHERE" in on_glass(reader.app)
            page = await reader.page()
            assert f"process {os.getpid()}" in page.query_one(Outline).page
            driven.write(Kind.PERFORMED, "copy", status=0, output="copied", seconds=61.0)
            await until(reader.app, lambda: "performed" in page.query_one(Outline).page)
    finally:
        driven.close()


async def test_the_report_can_be_copied_for_the_hand_over(tmp_path: Path) -> None:
    journal(tmp_path, HALF_WAY, 11)
    async with reading(tmp_path) as reader:
        await reader.runs()
        await reader.pilot.press("Y")
        await until(reader.app, lambda: reader.app.clipboard.startswith("# rebuild-standby"))


async def test_what_is_said_below_the_list_is_seen(tmp_path: Path) -> None:
    async with reading(tmp_path, note="as they stand now") as reader:
        await reader.runs()
        assert "as they stand now" in on_glass(reader.app)
        assert "No run was made from here yet" in on_glass(reader.app)


@pytest.mark.parametrize("where", ["runs", "page"])
async def test_every_key_of_the_runs_in_a_read_only_process_changes_nothing(tmp_path: Path, where: str) -> None:
    journal(tmp_path, HALF_WAY, 11)
    journal(tmp_path, "20260301-020000-cccc", None)
    every = {key for action in ACTIONS.values() if action.id != "quit" for key in action.keys.split(",")}
    async with reading(tmp_path) as reader:
        before = reader.files
        for key in sorted({*every, "tab", "enter", "delete", "home", "end"}):
            await (reader.runs() if where == "runs" else reader.page())
            await reader.pilot.press(key)
            stack = [type(screen).__module__ for screen in reader.app.screen_stack]
            assert not [name for name in stack if name.startswith("console.wizards")], key
        assert reader.app.is_running
        assert reader.files == before


async def test_without_a_folder_of_journals_the_console_has_no_runs_and_says_where_they_are_listed() -> None:
    app = demo_app("healthy")
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await pilot.press("4")
        assert [each.message for each in app._notifications] == [
            "Runs: 'vmdb-console runs' lists the runs made from here"
        ]
