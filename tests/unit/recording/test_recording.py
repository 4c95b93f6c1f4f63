"""What is recorded is what is shown again, at any moment."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.inventory.fleet import Fleet
from console.polling.poller import Poller
from console.recording.player import Player
from console.recording.tee import recorded
from console.scene import Scene
from console.simulation.witnesses import simulated_witnesses
from tests.unit.history.watching import BEGIN, DB1
from tests.unit.recording.making import Recording, failover


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Scene]]:
    path = tmp_path_factory.mktemp("recording") / "failover.vmdb"
    return path, failover(path)


def same(one: Scene, other: Scene) -> bool:
    """Whether two Scenes know the same: every fact with its witness, time and error."""
    mine, yours = one.snapshot, other.snapshot
    return (mine.hosts, mine.endpoints, mine.endpoint_resolution) == (
        yours.hosts,
        yours.endpoints,
        yours.endpoint_resolution,
    )


def test_playing_on_shows_every_fact_as_it_was_known(made: tuple[Path, list[Scene]]) -> None:
    path, scenes = made
    player = Player(path)
    for scene in scenes:
        assert same(player.scene_at(scene.snapshot.at), scene)
    player.close()


def test_a_seek_shows_the_same_as_playing_there(made: tuple[Path, list[Scene]]) -> None:
    path, scenes = made
    player = Player(path)
    for scene in random.Random(7).sample(scenes, 12):
        assert same(player.scene_at(scene.snapshot.at), scene)
    player.close()


def test_the_findings_of_then_are_found_again(made: tuple[Path, list[Scene]]) -> None:
    path, scenes = made
    player = Player(path)
    for scene in scenes[3:]:
        then = {finding.key for finding in scene.findings}
        assert {finding.key for finding in player.scene_at(scene.snapshot.at).findings} == then
    assert any(scene.findings for scene in scenes)
    player.close()


def test_the_changes_until_then_are_shown_and_no_later_ones(made: tuple[Path, list[Scene]]) -> None:
    path, scenes = made
    player = Player(path)
    middle = scenes[len(scenes) // 2]
    assert player.scene_at(middle.snapshot.at).changes == middle.changes
    assert len(player.marks) > len(middle.changes) > 0
    player.close()


def test_the_lags_until_then_are_shown(made: tuple[Path, list[Scene]]) -> None:
    path, scenes = made
    player = Player(path)
    shown = player.scene_at(scenes[20].snapshot.at).lags["dc1"]
    live = scenes[20].lags["dc1"]
    assert set(shown) <= {*live, *(point for scene in scenes for point in scene.lags["dc1"])}
    assert len(shown) >= len(live) // 2
    assert all(point.at <= scenes[20].snapshot.at for point in shown)
    player.close()


def test_a_time_outside_of_the_recording_is_its_beginning_or_end(made: tuple[Path, list[Scene]]) -> None:
    player = Player(made[0])
    assert player.scene_at(BEGIN - timedelta(days=1)).snapshot.at == player.span[0]
    assert player.scene_at(BEGIN + timedelta(days=1)).snapshot.at == player.span[1]
    player.close()


def test_a_chain_longer_than_its_bound_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.recording.writer.CHAIN", 5)
    recording = Recording(tmp_path / "long")
    scenes = recording.looks(14)
    recording.close()
    player = Player(recording.path)
    assert same(player.scene_at(scenes[-1].snapshot.at), scenes[-1])
    assert same(player.scene_at(scenes[-8].snapshot.at), scenes[-8])
    player.close()


def test_what_a_poller_saw_is_in_the_recording_with_the_dear_evidence(tmp_path: Path) -> None:
    witnesses = recorded(simulated_witnesses("lock-unsafe", _only_dc2), tmp_path / "polled")
    seen = Poller(witnesses).look_once(6.0)
    witnesses.close()
    player = Player(tmp_path / "polled")
    scene = player.scene_at(player.span[1])
    assert scene.snapshot.hosts == seen.hosts
    assert scene.snapshot.endpoints == seen.endpoints
    (lock,) = [finding for finding in scene.findings if finding.code == "C02"]
    assert lock.details["verdict"] == "unsafe"
    assert lock.details["commits_only_here"] is not None
    player.close()


def _only_dc2(fleet: Fleet) -> Fleet:
    return replace(fleet, regions=(fleet.region("dc2"),))


def test_another_chapter_begins_with_everything_that_was_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.recording.writer.CHAPTER", timedelta(seconds=11))
    scenes = failover(tmp_path / "chapters")
    player = Player(tmp_path / "chapters")
    for scene in [*scenes, *random.Random(8).sample(scenes, 10)]:
        assert same(player.scene_at(scene.snapshot.at), scene)
    player.close()


def test_a_recording_is_continued_and_nothing_old_is_shown_as_new(tmp_path: Path) -> None:
    first = Recording(tmp_path / "two")
    early = first.looks(3)
    first.close()
    second = Recording(tmp_path / "two", begin=BEGIN + timedelta(hours=1))
    late = second.looks(3)
    second.close()
    player = Player(tmp_path / "two")
    assert same(player.scene_at(early[-1].snapshot.at), early[-1])
    assert same(player.scene_at(late[-1].snapshot.at), late[-1])
    begin = player.scene_at(BEGIN + timedelta(hours=1, milliseconds=3))
    assert begin.snapshot.hosts[DB1].log.observed_at is None
    player.close()


def test_a_time_in_which_nothing_was_recorded_is_known_as_such(tmp_path: Path) -> None:
    for hours in (0, 1):
        recording = Recording(tmp_path / "gap", begin=BEGIN + timedelta(hours=hours))
        recording.looks(2)
        recording.close()
    player = Player(tmp_path / "gap")
    goes_on = player.heard_next(BEGIN + timedelta(minutes=30))
    assert goes_on is not None
    assert abs(goes_on - BEGIN - timedelta(hours=1)) < timedelta(seconds=1)
    assert player.heard_next(BEGIN + timedelta(seconds=1)) is None
    player.close()


def test_a_recording_can_be_played_while_it_is_made(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "live")
    scenes = recording.looks(3)
    _until_written(recording, tmp_path / "live", scenes[-1])
    recording.close()


def _until_written(recording: Recording, path: Path, scene: Scene) -> None:
    """The writing thread commits within about a second."""
    import time

    from console.recording.errors import RecordingError

    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            player = Player(path)
        except RecordingError:
            time.sleep(0.05)
            continue
        found = same(player.scene_at(scene.snapshot.at), scene)
        player.close()
        if found:
            return
        time.sleep(0.05)
    pytest.fail("what was heard is not in the file")
