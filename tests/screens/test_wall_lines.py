"""What the wall says, and that it fits: without an application."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.diagnosis.status import Status
from console.facts.host import HostFacts
from console.inventory.fleet import Fleet
from console.scene import Scene
from tests.screens.region_scenes import DC1, changed, known, scene_of, scene_with
from widgets.wall_letters import HEIGHT, large, large_width
from widgets.wall_page import WallFacts, wall_lines
from widgets.wall_tiles import COLUMN, state_word

SIZES = [(80, 24), (100, 30), (120, 36), (160, 50), (240, 67), (60, 16)]


def wall(scene: Scene, size: tuple[int, int] = (160, 50), turn: int = 0, later: float = 0.0) -> list[str]:
    """The wall's lines as plain text."""
    fleet = scene.snapshot.fleet
    facts = WallFacts(fleet, "DEMO", "a test", scene.snapshot, scene.findings, scene.changes, scene.lags)
    return [line.plain for line in wall_lines(facts, scene.snapshot.at + timedelta(seconds=later), *size, turn)]


# --- large letters -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [*(status.value for status in Status), "STALE", "23:59:48", "20:17:36"])
def test_every_word_of_a_wall_has_large_letters(word: str) -> None:
    lines = large(word)
    assert len(lines) == HEIGHT
    assert len({len(line) for line in lines}) == 1
    assert all(len("".join(row[0] for row in large(char)).strip()) > 0 for char in word)


def test_a_clock_is_as_wide_at_every_time() -> None:
    assert {large_width(f"{hour:02}:{hour:02}:{hour * 2:02}") for hour in range(24)} == {large_width("00:00:00")}


def test_large_words_of_severities_fit_into_a_tile() -> None:
    assert all(large_width(state_word(each, stale=False)[0]) + 3 <= COLUMN for each in Severity)


# --- the whole ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scenario", ["healthy", "lock-unsafe", "split-brain"])
def test_it_fills_the_screen_and_nothing_more(size: tuple[int, int], scenario: str) -> None:
    scene = scene_of(scenario)
    facts = WallFacts(scene.snapshot.fleet, "DEMO", "x" * 300, scene.snapshot, scene.findings)
    for turn in range(8):
        lines = wall_lines(facts, scene.snapshot.at, *size, turn)
        assert len(lines) == size[1]
        assert {line.cell_length for line in lines} <= {0, size[0]}


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_every_region_has_its_word_its_pair_and_its_endpoint(size: tuple[int, int]) -> None:
    text = "\n".join(wall(scene_of("healthy"), size))
    for region in ("global", "dc1", "dc2"):
        assert f"✔ {region}" in text
        assert f"cf-{region}-db1 PRIMARY" in text
        assert f"cf-{region}-db2 STANDBY" in text
    assert text.count("writable") >= 3
    assert "DEMO" in text


def test_the_worst_of_all_regions_stands_large_at_the_top() -> None:
    scene = scene_of("lock-unsafe")
    head = [line[:40].strip() for line in wall(scene)[:HEIGHT]]
    assert head == [line.strip() for line in large("CRITICAL")]


def test_the_time_is_told_in_utc() -> None:
    scene = scene_of("healthy")
    clock = large(f"{scene.snapshot.at:%H:%M:%S}")
    assert [line.rstrip().endswith(part.rstrip()) for line, part in zip(wall(scene), clock, strict=False)] == [True] * 3
    assert f"{scene.snapshot.at:%Y-%m-%d} UTC" in wall(scene)[3]


def test_when_nothing_new_comes_the_whole_wall_is_stale_and_says_since_when() -> None:
    lines = wall(scene_of("healthy"), later=600)
    assert [line[:40].strip() for line in lines[:HEIGHT]] == [line.strip() for line in large("STALE")]
    assert "STALE: nothing new for 10 min" in lines[3]
    assert "✔" not in "\n".join(lines)


def test_a_fleet_that_never_answered_is_unknown_and_not_fine() -> None:
    scene = scene_of("healthy")
    blank = {name: HostFacts(name, facts.region) for name, facts in scene.snapshot.hosts.items()}
    text = wall(scene_with(replace(scene.snapshot, hosts=blank, endpoints={}, endpoint_resolution={})))
    assert [line[:40].strip() for line in text[:HEIGHT]] == [line.strip() for line in large("UNKNOWN")]
    assert "✔" not in "\n".join(text)
    assert "lag 0" not in "\n".join(text)


def test_before_the_first_answer_it_waits_in_words() -> None:
    scene = scene_of("healthy")
    lines = wall_lines(WallFacts(scene.snapshot.fleet, "LAB", ""), scene.snapshot.at, 80, 24, 0)
    assert any("waiting for the first answer" in line.plain for line in lines)
    assert len(lines) == 24


# --- details in turn ---------------------------------------------------------------------------------------------


def rule(lines: list[str]) -> str:
    """The first title of the details."""
    return next(line for line in lines if line.startswith("─ "))


def test_the_details_take_turns_and_come_round() -> None:
    scene = scene_of("lock-unsafe")
    seen = [rule(wall(scene, (80, 24), turn)) for turn in range(6)]
    assert "C02 dc2 cf-dc2-db1" in seen[0]
    assert any("Pairs" in line for line in seen)
    assert any("UI appliances" in line for line in seen)
    count = int(seen[0].rstrip().rpartition("/")[2])
    assert seen[0] == rule(wall(scene, (80, 24), count))


def test_a_finding_is_shown_with_its_evidence_and_what_to_do() -> None:
    text = "\n".join(wall(scene_of("lock-unsafe")))
    assert "verdict: " in text
    assert "end of WAL: " in text
    assert "do: rebuild it with pg_basebackup" in text


def test_findings_take_their_turns_worst_first_whatever_they_follow_from() -> None:
    scene = scene_of("network-cut")
    words = [rule(wall(scene, (80, 24), turn)).split()[2] for turn in range(6)]
    ranks = [Severity(word.casefold()).rank for word in words]
    assert ranks == sorted(ranks)
    assert len(set(words)) > 1


def test_of_details_that_do_not_fit_it_is_said_how_many_lines_are_missing() -> None:
    assert wall(scene_of("lock-unsafe"), (80, 24))[-1].strip().endswith("more lines")


def many(scene: Scene, count: int) -> Scene:
    """The fleet with so many regions that are copies of dc1."""
    fleet = scene.snapshot.fleet
    regions = tuple(replace(fleet.region("dc1"), name=f"dc{number}") for number in range(1, count + 1))
    return replace(scene, snapshot=replace(scene.snapshot, fleet=Fleet("lab", regions, fleet.poll)), findings=())


def test_regions_that_do_not_all_fit_take_turns() -> None:
    scene = many(scene_of("healthy"), 30)
    first, second = (wall(scene, (80, 24), turn) for turn in (0, 1))
    assert any("regions 1 to 3 of 30" in line for line in first)
    assert any("regions 4 to 6 of 30" in line for line in second)
    shown = {word for turn in range(10) for line in wall(scene, (80, 24), turn) for word in line.split()}
    assert {f"dc{number}" for number in range(1, 31)} <= shown


def test_a_wide_wall_shows_more_regions_at_once() -> None:
    text = "\n".join(wall(many(scene_of("healthy"), 8), (200, 60)))
    assert all(f" dc{number} " in text for number in range(1, 9))


# --- hostile text ------------------------------------------------------------------------------------------------


def test_hostile_text_is_inert_on_the_wall() -> None:
    scene = scene_of("lock-unsafe")
    hostile = "[red]x[/]\x1b[2J\u202e" + "漢" * 500
    worst = scene.findings[0]
    evidence = tuple(replace(item, value=hostile, source=hostile) for item in worst.evidence)
    bad = replace(worst, summary=hostile, evidence=evidence, remedy=hostile)
    scene = replace(scene, findings=(bad, *scene.findings[1:]))
    for size in ((80, 24), (160, 50)):
        lines = wall(scene, size)
        assert any("[red]x[/]" in line for line in lines)
        assert not {char for line in lines for char in line if ord(char) < 32 or char == "\u202e"}


def test_a_host_that_says_strange_things_of_itself_breaks_no_tile() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[0], "sql")
    row = replace(status.replication[0], state="[/]" + "漢" * 99, sync_state="\x1b[31m" * 30)
    scene = changed(scene, DC1[0], sql=replace(status, replication=(row,)))
    fleet = scene.snapshot.fleet
    lines = wall_lines(WallFacts(fleet, "DEMO", "", scene.snapshot, scene.findings), scene.snapshot.at, 160, 50, 0)
    assert {line.cell_length for line in lines} <= {0, 160}
