"""The findings screen and the page of a finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.screens.app import ConsoleApp
from console.screens.finding import FindingScreen
from console.screens.findings import FindingsScreen
from tests.screens.driving import LARGE, SMALL, GivenSource, demo_app, on_glass, still_app, until
from tests.unit.widgets.scenes import HOSTILE, finding, hostile_finding, scene
from widgets.rows import RowList

LOCK = scene("lock-unsafe")
CAUSE = LOCK.findings[0]


def listed(app: ConsoleApp) -> list[str]:
    assert isinstance(app.screen, FindingsScreen)
    return [key.partition(":")[0] for key in app.screen.query_one(RowList).keys]


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_finding_is_listed_worst_first_with_what_follows_under_its_cause(size: tuple[int, int]) -> None:
    app = still_app(LOCK)
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert listed(app)[0] == "C02"
        assert sorted(listed(app)) == sorted(each.code for each in LOCK.findings)
        lines = on_glass(app).splitlines()
        assert any("✖ CRITICAL C02" in line for line in lines)
        assert any("▲ WARNING  C01" in line and "↳" in line for line in lines)


async def test_it_counts_by_severity() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert "✖ 2 critical  ▲ 3 warning" in on_glass(app)


async def test_a_filter_narrows_by_code_severity_and_text() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        for words in ("c02 unsafe", "lock unsafe", "CRITICAL pgsql"):
            await pilot.press("slash", *(key if key != " " else "space" for key in words), "enter")
            await pilot.pause()
            assert listed(app) == ["C02"], words
            assert "1 of 5 have" in on_glass(app)
            await pilot.press("escape")
            await pilot.pause()
            assert len(listed(app)) == 5


async def test_a_filter_for_a_code_shows_its_findings_before_those_that_only_speak_of_it() -> None:
    speaks = finding("C03", Severity.CRITICAL, summary="dc1: as C02 tells")
    meant = finding("C02", Severity.WARNING, summary="dc1: a lock")
    app = still_app(replace(LOCK, findings=(speaks, meant)))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert listed(app) == ["C03", "C02"]
        await pilot.press("slash", "c", "0", "2", "enter")
        await pilot.pause()
        assert listed(app) == ["C02", "C03"]
        assert isinstance(app.screen, FindingsScreen)
        assert app.screen.selected() is meant, "the cursor does not stay on what was selected before"


async def test_escape_widens_the_list_first_and_leaves_it_then() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "slash", "c", "0", "2", "enter", "escape")
        await pilot.pause()
        assert len(listed(app)) == 5
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, FindingsScreen)


async def test_enter_opens_the_page_of_the_finding_and_escape_comes_back() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FindingScreen)
        assert "What to do" in on_glass(app)
        assert "Evidence" in on_glass(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, FindingsScreen)


async def test_the_page_scrolls_to_what_the_code_means() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter", "end")
        await pilot.pause()
        await until(app, lambda: "What helps against C02" in on_glass(app))


async def test_the_page_stays_when_the_finding_is_gone_and_says_so() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter")
        await pilot.pause()
        app.scene = replace(LOCK, findings=())
        app.draw()
        await pilot.pause()
        assert "PGSQL.lock" in on_glass(app)
        assert isinstance(app._source, GivenSource)
        app._source.at += timedelta(seconds=20)
        app.draw()
        await pilot.pause()
        assert "does not hold any more (since 20 s)" in on_glass(app)
        assert isinstance(app.screen, FindingScreen)
        assert "does not hold any more" in app.screen.reason_disabled("repair")
        assert app.screen.reason_disabled("copy") == ""


async def test_ages_of_evidence_grow_on_the_page() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter")
        await pilot.pause()
        assert isinstance(app._source, GivenSource)
        app._source.at += timedelta(seconds=45)
        app.draw()
        await pilot.pause()
        assert "45 s ago" in " ".join(on_glass(app).split())


async def test_y_copies_the_finding_from_the_list_and_from_its_page() -> None:
    app = still_app(LOCK)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "y")
        await pilot.pause()
        from_list = app.clipboard
        await pilot.press("enter", "y")
        await pilot.pause()
        assert app.clipboard == from_list
        assert from_list.startswith("✖ CRITICAL C02 dc2 cf-dc2-db1.example.com\n")


async def test_with_no_findings_nothing_can_be_done_and_the_reason_is_said() -> None:
    app = still_app(scene())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FindingsScreen)
        assert "no findings" in on_glass(app)
        assert app.screen.reason_disabled("open") == "no finding is selected"


async def test_a_finding_about_no_region_begins_no_repair() -> None:
    app = still_app(replace(scene(), findings=(finding("H07", Severity.CRITICAL, "fleet"),)))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert isinstance(app.screen, FindingsScreen)
        assert "no guided repair" in app.screen.reason_disabled("repair")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_hostile_text_is_inert_in_the_list_and_on_the_page(size: tuple[int, int]) -> None:
    findings = tuple(map(hostile_finding, HOSTILE))
    app = still_app(replace(scene(), findings=findings))
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert on_glass(app).count("✖ CRITICAL P01 ") == len(findings)
        for each in findings:
            app.open_finding(each.key)
            await pilot.pause()
            assert "CRITICAL  P01" in on_glass(app)
            assert all(char.isprintable() for line in on_glass(app).splitlines() for char in line)
            app.pop_screen()


async def test_findings_of_a_live_fleet_can_be_opened() -> None:
    app = demo_app("split-brain")
    async with app.run_test(size=LARGE) as pilot:
        await until(app, lambda: "P02" in on_glass(app))
        await pilot.press("2", "enter")
        await until(app, lambda: isinstance(app.screen, FindingScreen) and "What to do" in on_glass(app))
