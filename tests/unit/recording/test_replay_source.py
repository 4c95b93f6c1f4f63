"""A recording that plays: its controls, and what it publishes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.recording.replay import SPEEDS, ReplaySource, replay_source
from console.scene import Face, Scene
from tests.unit.history.watching import BEGIN
from tests.unit.recording.making import Recording, failover


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "failover.vmdb"
    failover(path)
    return path


class Viewer:
    """Runs a source in a thread and keeps what it publishes."""

    def __init__(self, path: Path) -> None:
        self.source: ReplaySource = replay_source(path)
        self.scenes: list[Scene] = []
        self.thread = threading.Thread(target=self.source.run, args=(self.scenes.append,), daemon=True)
        self.thread.start()

    def until_shown(self, at: object) -> Scene:
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.scenes and self.scenes[-1].snapshot.at == at:
                return self.scenes[-1]
            time.sleep(0.01)
        pytest.fail(f"{at} was not shown, but {[scene.snapshot.at for scene in self.scenes][-3:]}")

    def close(self) -> None:
        self.source.stop()
        self.source.close()
        self.thread.join(5)


@pytest.fixture
def viewer(path: Path) -> Iterator[Viewer]:
    viewer = Viewer(path)
    yield viewer
    viewer.close()


def test_it_begins_halted_where_every_host_was_seen(viewer: Viewer) -> None:
    scene = viewer.until_shown(viewer.source.state.at)
    assert not viewer.source.state.playing
    assert all(facts.reach.reachable for facts in scene.snapshot.hosts.values())


def test_its_setting_is_a_recording_that_changes_nothing(viewer: Viewer) -> None:
    setting = viewer.source.setting
    assert setting.face is Face.REPLAY
    assert setting.read_only
    assert "failover.vmdb" in setting.source


def test_halted_it_publishes_nothing_more(viewer: Viewer) -> None:
    viewer.until_shown(viewer.source.state.at)
    time.sleep(0.6)
    assert len(viewer.scenes) == 1


def test_a_seek_is_shown_and_becomes_its_now(viewer: Viewer) -> None:
    at = BEGIN + timedelta(seconds=30)
    viewer.source.seek(at)
    viewer.until_shown(at)
    assert viewer.source.now() == at


def test_a_seek_beyond_the_end_is_the_end(viewer: Viewer) -> None:
    viewer.source.seek(BEGIN + timedelta(days=3))
    assert viewer.source.state.at == viewer.source.state.last


def test_skips_go_by_seconds(viewer: Viewer) -> None:
    before = viewer.source.state.at
    viewer.source.skip(10)
    viewer.source.skip(-4)
    assert viewer.source.state.at - before == timedelta(seconds=6)


def test_playing_time_passes_by_its_speed_and_halted_time_does_not(viewer: Viewer) -> None:
    at = viewer.source.state.at
    viewer.until_shown(at)
    time.sleep(0.5)  # halted
    began = time.monotonic()
    viewer.source.toggle()
    while viewer.source.state.at == at:
        time.sleep(0.01)
    passed = (viewer.source.state.at - at).total_seconds()
    assert passed <= time.monotonic() - began


def test_at_the_end_it_halts_and_play_begins_anew(viewer: Viewer) -> None:
    source = viewer.source
    source.seek(source.state.last - timedelta(milliseconds=300))
    source.toggle()
    viewer.until_shown(source.state.last)
    assert not source.state.playing
    source.toggle()
    assert source.state.playing
    assert source.state.at < source.state.last - timedelta(seconds=30)


def test_speeds_have_bounds(viewer: Viewer) -> None:
    assert [viewer.source.change_speed(1) for _ in range(20)][-1] == SPEEDS[-1]
    assert [viewer.source.change_speed(-1) for _ in range(20)][-1] == SPEEDS[0]


def test_marks_are_visited_one_after_the_other(viewer: Viewer) -> None:
    source = viewer.source
    source.seek(source.state.first)
    visited = []
    while (mark := source.seek_mark(1)) is not None:
        visited.append(mark.at)
    assert visited == sorted({change.at for change in source.state.marks})
    back = []
    while (mark := source.seek_mark(-1)) is not None:
        back.append(mark.at)
    assert back == visited[-2::-1]


def test_at_a_mark_its_changes_are_there(viewer: Viewer) -> None:
    mark = viewer.source.seek_mark(1)
    assert mark is not None
    scene = viewer.until_shown(mark.at)
    assert mark in scene.changes


def test_what_was_not_recorded_is_skipped_while_it_plays(tmp_path: Path) -> None:
    for hours in (0, 1):
        recording = Recording(tmp_path / "gap", begin=BEGIN + timedelta(hours=hours))
        recording.looks(2)
        recording.close()
    viewer = Viewer(tmp_path / "gap")
    viewer.source.seek(BEGIN + timedelta(seconds=2))
    viewer.source.toggle()
    end = time.monotonic() + 15
    while viewer.source.state.at < BEGIN + timedelta(minutes=59):
        assert time.monotonic() < end
        time.sleep(0.02)
    viewer.close()


def test_it_ends_at_once(path: Path) -> None:
    viewer = Viewer(path)
    viewer.source.toggle()
    began = time.monotonic()
    viewer.close()
    assert not viewer.thread.is_alive()
    assert time.monotonic() - began < 2.0
