"""The runs made from here: the list, a run whole, and what of them can be gone on with."""

from __future__ import annotations

import json

from console.journals.run_page_screen import RunPageScreen
from console.journals.runs_screen import RunsScreen
from console.screens.fleet import FleetScreen
from tests.screens.journals import HOSTILE, journal
from tests.screens.wizard_world import LARGE, SMALL, Bench
from widgets.plan_outline import Outline
from widgets.rows import RowList


async def opened(bench: Bench) -> RunsScreen:
    await bench.press("4")
    screen = bench.app.screen
    assert isinstance(screen, RunsScreen)
    await bench.until(lambda: screen.listing is not None)
    return screen


async def test_every_run_is_a_line_with_its_state_in_words_newest_first() -> None:
    async with Bench("healthy").shown(SMALL) as bench:
        for number, code in enumerate([0, 11, 10, 13, 12, None]):
            journal(bench.folder, f"20260301-03000{number}-aaaa", code)
        await opened(bench)
        for word in ("✔ DONE", "▲ HALF-WAY", "✖ REFUSED", "↶ ROLLED BACK", "■ CANCELLED", "▲ NOT ENDED"):
            assert word in bench.glass
        assert bench.app.screen.query_one(RowList).keys[0] == "20260301-030005-aaaa"


async def test_at_80_columns_a_run_is_named_as_it_is_typed() -> None:
    async with Bench("healthy").shown(SMALL) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        await opened(bench)
        (line,) = [each for each in bench.glass.splitlines() if "DONE" in each]
        assert "20260301-030000-aaaa rebuild-standby    cf-dc1-db2" in line


async def test_where_there_is_room_a_run_has_also_time_person_and_reason() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0, "moved a disk")
        await opened(bench)
        (line,) = [each for each in bench.glass.splitlines() if "DONE" in each]
        for word in ("2026-11-23 12:00", "ann@desk", "20260301-030000-aaaa", "moved a disk"):
            assert word in line


async def test_without_runs_it_says_where_they_would_be() -> None:
    async with Bench("healthy").shown(SMALL) as bench:
        await opened(bench)
        assert "No run was made from here yet" in bench.glass


async def test_the_filter_leaves_only_what_has_all_words_and_escape_shows_all() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0, "moved a disk")
        journal(bench.folder, "20260301-030001-bbbb", 11, "lost power")
        await opened(bench)
        rows = bench.app.screen.query_one(RowList)
        await bench.press("slash")
        await bench.write("half power")
        await bench.until(lambda: rows.keys == ("20260301-030001-bbbb",))
        await bench.press("escape")
        await bench.until(lambda: len(rows.keys) == 2)
        assert isinstance(bench.app.screen, RunsScreen)
        await bench.press("escape")
        assert isinstance(bench.app.screen, FleetScreen)


async def test_a_run_is_told_whole_with_commands_and_outputs_that_open() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 11)
        await opened(bench)
        await bench.press("enter")
        screen = bench.app.screen
        assert isinstance(screen, RunPageScreen)
        await bench.until(lambda: "What happened" in bench.page)
        for words in ("ann@desk", "ticket 7", "copy it", "half-way", "That was the end of it."):
            assert words in bench.page
        assert "pg_basebackup -D /new" not in bench.page
        await bench.press("x")
        assert "$ pg_basebackup -D /new" in bench.page


async def test_hostile_text_of_a_journal_is_inert_and_fits() -> None:
    async with Bench("healthy").shown(SMALL) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 11, HOSTILE, losses=[HOSTILE], needs=[HOSTILE])
        await opened(bench)
        assert "\x1b" not in bench.glass
        await bench.press("enter")
        await bench.until(lambda: "What happened" in bench.page)
        await bench.press("x")
        assert "\x1b" not in bench.page
        assert "[/nonsense]" in bench.page
        page = bench.app.screen.query_one(Outline)
        assert all(len(line) <= SMALL[0] for line in page.page.splitlines())


async def test_a_damaged_journal_is_said_and_the_others_are_shown() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        (bench.folder / "20260301-030001-bbbb.jsonl").write_text('{"v": 1}\n')
        await opened(bench)
        assert "damaged" in bench.glass
        assert "✔ DONE" in bench.glass


async def test_a_run_whose_journal_is_damaged_later_opens_as_the_reason() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        await opened(bench)
        (bench.folder / "20260301-030000-aaaa.jsonl").write_text("rubbish\n")
        await bench.press("enter")
        await bench.until(lambda: "this line is damaged" in bench.page)


async def test_a_finished_run_cannot_be_gone_on_with_and_says_so() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        await opened(bench)
        assert "finished" in bench.app.reason_disabled("resume")
        await bench.press("c")
        assert isinstance(bench.app.screen, RunsScreen)


async def test_a_run_of_an_earlier_demo_cannot_be_gone_on_with() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 11)
        await opened(bench)
        assert "simulated fleet ends with its console" in bench.app.reason_disabled("roll-back")


async def test_a_run_whose_plan_cannot_be_made_anew_says_so_and_offers_no_beginning() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        bench.place.lasting = True
        journal(bench.folder, "20260301-030000-aaaa", 11, parameters={"rubbish": 1})
        await opened(bench)
        await bench.press("c")
        await bench.until(lambda: "do not fit this console" in bench.page)
        assert bench.app.reason_disabled("begin") != ""


async def test_the_report_is_copied_as_markdown() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        await opened(bench)
        await bench.press("Y")
        await bench.until(lambda: bench.app.clipboard.startswith("# rebuild-standby"))
        assert "## What happened" in bench.app.clipboard


async def test_the_id_of_a_run_is_copied() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", 0)
        await opened(bench)
        await bench.press("y")
        assert bench.app.clipboard == "20260301-030000-aaaa"


async def test_reading_the_runs_writes_nothing() -> None:
    async with Bench("healthy").shown(LARGE) as bench:
        journal(bench.folder, "20260301-030000-aaaa", None)
        before = {path.name: path.read_bytes() for path in bench.folder.iterdir()}
        await opened(bench)
        await bench.press("enter")
        await bench.until(lambda: "What happened" in bench.page)
        assert {path.name: path.read_bytes() for path in bench.folder.iterdir()} == before
        assert all(json.loads(line) for line in before["20260301-030000-aaaa.jsonl"].splitlines())
