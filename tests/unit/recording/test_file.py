"""The file: who may read it, how large it gets, and what is done with one that is damaged or somebody else's."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.errors import UsageError
from console.history.change import ChangeKind
from console.recording.errors import RecordingError
from console.recording.player import Player
from console.recording.recorder import Recorder
from console.recording.schema import VERSION
from console.recording.tee import recorded
from console.recording.writer import LEAST
from console.scene import Scene
from console.transport.protocol import FailureKind, Reply
from tests.unit.history.watching import BEGIN, DB1, Watch
from tests.unit.recording.making import Recording, failover


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Scene]]:
    path = tmp_path_factory.mktemp("recording") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.recording.writer.CHAPTER", timedelta(seconds=7))  # more in it, for the same looks
        scenes = failover(path)
    return path.read_bytes(), scenes


@pytest.fixture
def copy(whole: tuple[bytes, list[Scene]], tmp_path: Path) -> Path:
    path = tmp_path / "copy"
    path.write_bytes(whole[0])
    return path


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "mine")
    recording.looks(1)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    recording.close()
    assert modes == {0o600}


def test_when_it_is_closed_there_is_one_file(tmp_path: Path) -> None:
    Recording(tmp_path / "one").close()
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("content", [b"my notes\n", b"SQLite format 3\0" + bytes(200), b"\0" * 100])
def test_a_file_that_is_no_recording_is_neither_written_nor_played(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="no recording"):
        Recording(path)
    with pytest.raises(RecordingError, match="no recording"):
        Player(path)
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE precious(x)")
    connection.close()
    with pytest.raises(RecordingError, match="no recording"):
        Recording(path)


def test_a_recording_of_another_fleet_is_not_mixed_with_this_one(copy: Path) -> None:
    other = Watch(region="dc2").witnesses
    with pytest.raises(RecordingError, match=r"another fleet \(cf-dc\d"):
        recorded(other, copy)


def test_two_consoles_do_not_record_into_one_file(tmp_path: Path) -> None:
    first = Recording(tmp_path / "both")
    with pytest.raises(RecordingError, match="another console"):
        Recording(tmp_path / "both")
    first.close()
    Recording(tmp_path / "both").close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        Recording(tmp_path / "nowhere" / "file")


def test_a_bound_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="too small"):
        Recording(tmp_path / "tiny", max_bytes=1000)
    assert not (tmp_path / "tiny").exists()


def test_a_recording_of_a_later_format_is_refused_with_both_versions(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
    connection.close()
    for use in (Player, Recording):
        with pytest.raises(RecordingError, match=f"format {VERSION + 1}, this console knows {VERSION}"):
            use(copy)


def test_errors_are_usage_errors_and_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        Player(tmp_path / "missing")


def test_an_empty_recording_says_so(tmp_path: Path) -> None:
    Recording(tmp_path / "empty").close()
    with pytest.raises(RecordingError, match="nothing was recorded yet"):
        Player(tmp_path / "empty")


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
def test_a_file_that_was_cut_off_plays_to_where_it_is_whole(
    whole: tuple[bytes, list[Scene]], tmp_path: Path, share: float
) -> None:
    data, scenes = whole
    path = tmp_path / "cut"
    path.write_bytes(data[: int(len(data) * share)])
    player = Player(path)
    assert "cut off" in player.remark
    first, last = player.span
    assert BEGIN <= first < last <= scenes[-1].snapshot.at
    early = next(scene for scene in scenes if scene.snapshot.at >= first + timedelta(seconds=5))
    assert player.scene_at(early.snapshot.at).snapshot.hosts == early.snapshot.hosts
    player.scene_at(last)
    player.close()


@pytest.mark.parametrize("size", [1, 50, 100, 4000, 9000])
def test_a_file_of_which_next_to_nothing_is_left_says_so(
    whole: tuple[bytes, list[Scene]], tmp_path: Path, size: int
) -> None:
    path = tmp_path / "stump"
    path.write_bytes(whole[0][:size])
    with pytest.raises(RecordingError, match="stump"):
        Player(path)


def test_a_row_that_is_damaged_is_unknown_and_never_the_state_before_it(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        query = "SELECT max(heard.id) FROM heard JOIN stream ON stream.id = stream WHERE kind='reply' AND name=?"
        (row,) = connection.execute(query, (DB1,)).fetchone()
        connection.execute("UPDATE heard SET texts = zeroblob(40), head = zeroblob(20) WHERE id=?", (row,))
    connection.close()
    player = Player(copy)
    facts = player.scene_at(player.span[1]).snapshot.hosts[DB1]
    assert facts.reach.failure is not None
    assert facts.reach.failure.kind is FailureKind.GARBAGE
    assert "the recording is damaged here" in facts.reach.failure.message
    assert "damaged" in player.remark
    player.close()


def test_every_byte_of_a_recording_may_be_wrong_and_nothing_raises_but_its_own_error(
    whole: tuple[bytes, list[Scene]], tmp_path: Path
) -> None:
    import random

    rolls = random.Random(6)
    path = tmp_path / "rotten"
    for _ in range(25):
        data = bytearray(whole[0])
        for _ in range(60):
            data[rolls.randrange(len(data))] = rolls.randrange(256)
        path.write_bytes(bytes(data))
        try:
            player = Player(path)
            player.scene_at(player.span[0] + (player.span[1] - player.span[0]) / 2)
            player.close()
        except RecordingError:
            continue


def test_a_full_recording_drops_the_oldest_and_says_so(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "full", max_bytes=LEAST)
    recorder, fleet = recording.witnesses.recorder, recording.watch.fleet
    recording.looks(2)
    noise = _Noise(fleet.regions[0].databases[0].name)
    told: list[str] = []
    for _ in range(60):
        for reply in noise.replies(20):
            recorder.heard_reply(reply)
        time.sleep(0.02)
        told += [change.words for change in recorder.troubles()]
    recording.close()
    told += [change.words for change in recorder.troubles()]
    assert (tmp_path / "full").stat().st_size <= LEAST
    assert [words for words in told if "oldest is dropped" in words]
    player = Player(tmp_path / "full")
    assert player.span[0] > BEGIN
    assert player.scene_at(player.span[0]).snapshot.hosts[recording.watch.fleet.regions[0].uis[0].name].identity.known
    player.close()


class _Noise:
    """Answers that cannot be squeezed."""

    def __init__(self, host: str) -> None:
        import random

        self._rolls = random.Random(3)
        self._host = host
        self._at = BEGIN + timedelta(minutes=1)

    def replies(self, count: int) -> Iterator[Reply]:
        for _ in range(count):
            self._at += timedelta(seconds=2)
            text = self._rolls.randbytes(5000).hex().encode()
            yield Reply(self._host, ("log",), self._at, self._at, report=text)


class _FullDisk:
    """A connection of which writing fails while `full`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.full = False

    def execute(self, query: str, *values: Any) -> Any:
        if self.full and query.startswith("INSERT"):
            raise sqlite3.OperationalError("database or disk is full")
        return self._connection.execute(query, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_a_full_disk_is_told_and_the_recording_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.recording.writing.RETRY_AFTER", 0.05)
    monkeypatch.setattr("console.recording.writing.COMMIT_EVERY", 0.02)
    recording = Recording(tmp_path / "disk")
    recorder = recording.witnesses.recorder
    disk = _plug_in(recorder)
    recording.looks(2)
    disk.full = True
    assert "disk is full" in _told(recording, recorder)
    disk.full = False
    assert "it goes on" in _told(recording, recorder)
    scene = recording.looks(2)[-1]
    recording.close()
    player = Player(tmp_path / "disk")
    shown = player.scene_at(scene.snapshot.at).snapshot.hosts
    assert {name: (facts.identity, facts.sql) for name, facts in shown.items()} == {
        name: (facts.identity, facts.sql) for name, facts in scene.snapshot.hosts.items()
    }
    player.close()


def _plug_in(recorder: Recorder) -> _FullDisk:
    writer = recorder._thread._writer
    disk = _FullDisk(writer._base)
    writer._base = disk  # type: ignore[assignment]
    return disk


def _told(recording: Recording, recorder: Recorder) -> str:
    """What the recorder tells next, while looks go on."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        recording.watch.looks(1)
        found = [change for change in recorder.troubles() if change.kind is ChangeKind.RECORDING]
        if found:
            return found[0].words
    pytest.fail("nothing was told")


def test_a_disk_that_hangs_holds_up_neither_a_look_nor_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.recording.writing.WAITING", 20)
    monkeypatch.setattr("console.recording.writing.PATIENCE", 0.2)
    recording = Recording(tmp_path / "slow")
    recorder = recording.witnesses.recorder
    writer = recorder._thread._writer
    stuck = time.monotonic() + 2.5
    begin = writer.begin

    def hang() -> None:
        time.sleep(max(0.0, stuck - time.monotonic()))
        begin()

    monkeypatch.setattr(writer, "begin", hang)
    recording.looks(5)
    began = time.monotonic()
    recording.close()
    assert time.monotonic() - began < 1.0
    assert any("too slow" in change.words for change in recording.watch.history.changes)
    recorder._thread._thread.join(10)


def test_no_password_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    recording = Recording(path)
    scene = recording.looks(2)[-1]
    now = scene.snapshot.at
    text = b"VMDB-garbage password=geheim42 postgresql://u:geheim42@h/d PASSWORD 'geheim42'"
    recording.witnesses.recorder.heard_reply(Reply(DB1, ("log",), now, now, report=text))
    view = scene.snapshot.hosts[DB1].client
    assert view.value is not None
    asked = replace(view, value=replace(view.value, message="FATAL: password=geheim42"), error="password=geheim42")
    recording.witnesses.recorder.heard_view(f"host {DB1}", asked)
    change = replace(_some_change(), words="found password=geheim42 in a log")
    recording.witnesses.recorder.notice(replace(scene, changes=(change,)))
    recording.close()
    assert "geheim42" not in _everything(path)
    assert "password=***" in _everything(path)


def _some_change() -> Any:
    from console.history.change import Change

    return Change(BEGIN, ChangeKind.FINDING, "dc1", None, "")


def _everything(path: Path) -> str:
    """All that is in a recording, expanded."""
    from console.recording.delta import DamagedError
    from console.recording.reader import Reader

    reader = Reader(path)
    connection = sqlite3.connect(path)
    texts = [repr(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in ("session", "mark", "stream")]
    for row, stream in connection.execute("SELECT id, stream FROM heard ORDER BY id").fetchall():
        try:
            texts.append(repr(reader.document(row, stream)))
        except DamagedError as error:
            texts.append(str(error))
    connection.close()
    reader.close()
    return "\n".join(texts)


def test_the_paths_of_a_persons_keys_are_not_in_the_file(tmp_path: Path) -> None:
    from console.recording.values import fleet_text

    fleet = Watch().fleet
    (region,) = fleet.regions
    host = region.databases[0]
    keyed = replace(host, ssh=replace(host.ssh, identity_file=Path("~/.ssh/my_key"), known_hosts=Path("~/.ssh/known")))
    own = replace(fleet, regions=(replace(region, databases=(keyed, region.databases[1])),))
    assert ".ssh" not in fleet_text(own)


def test_what_a_killed_console_recorded_can_be_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.recording.writing.COMMIT_EVERY", 0.02)
    recording = Recording(tmp_path / "alive")
    scene = recording.looks(3)[-1]
    left = tmp_path / "left"
    left.mkdir()
    end = time.monotonic() + 15
    while time.monotonic() < end:
        for name in ("alive", "alive-wal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
        try:
            player = Player(left / "alive")
        except RecordingError:
            continue
        shown = player.scene_at(scene.snapshot.at).snapshot
        player.close()
        if shown.hosts == scene.snapshot.hosts:
            break
    else:
        pytest.fail("what was committed is not there")
    recording.close()


def test_recording_and_playing_load_nothing_that_can_change_a_host_and_no_screen() -> None:
    program = "import sys, console.recording.tee, console.recording.replay; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    wrong = ("console.runner", "console.wizards", "console.runbooks", "textual", "paramiko", "psycopg2")
    assert [name for name in found if name.startswith(wrong)] == []
