"""The archive's folder and the WAL that was set aside in it: made, noted, let go; done for real by real shells."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.operations.copying import PutArchiveBack, SetArchiveAside
from console.operations.platform import Platform

from .conftest import Run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("15\n")
    return folder


def made(run: Run, here: Platform, path: Path) -> bool:
    return run(MakeArchiveFolder(str(path)), here).returncode == 0


def test_the_folder_that_a_link_leads_to_within_the_data_is_made(
    run: Run, here: Platform, data: Path, tmp_path: Path
) -> None:
    """REFERENCE 2: a base backup has no such folder, the link lies outside."""
    link = tmp_path / "wal archive"
    link.symlink_to(data / "more" / "wal-archive-write")
    for _ in range(2):
        assert made(run, here, link)
    assert (data / "more" / "wal-archive-write").stat().st_mode & 0o777 == 0o700


def test_a_folder_within_the_data_is_made(run: Run, here: Platform, data: Path) -> None:
    assert made(run, here, data / "archive")
    assert (data / "archive").is_dir()


def test_a_link_is_judged_by_the_data_directorys_real_place(
    run: Run, here: Platform, data: Path, tmp_path: Path
) -> None:
    data.rename(tmp_path / "disk")
    data.symlink_to(tmp_path / "disk")
    link = tmp_path / "archive"
    link.symlink_to(data / "wal-archive-write")
    assert made(run, here, link)
    assert (tmp_path / "disk" / "wal-archive-write").is_dir()


@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_elsewhere_is_never_made_since_its_file_server_may_be_away(
    run: Run, here: Platform, data: Path, tmp_path: Path, linked: bool
) -> None:
    path, missing = tmp_path / "archive", tmp_path / "server" / "archive"
    if linked:
        path.symlink_to(missing)
    done = run(MakeArchiveFolder(str(path)), here)
    assert done.returncode != 0
    assert "is it mounted" in done.stderr
    assert not path.exists()
    assert not missing.exists()
    assert sorted(item.name for item in data.iterdir()) == ["PG_VERSION"]


def test_a_name_that_only_begins_like_the_data_directorys_lies_elsewhere(
    run: Run, here: Platform, data: Path, tmp_path: Path
) -> None:
    assert not made(run, here, tmp_path / f"{data.name}.other")
    assert not made(run, here, data / ".." / "archive")


def test_an_archive_folder_that_is_there_is_left_as_it_is(run: Run, here: Platform, tmp_path: Path) -> None:
    there = tmp_path / "server"
    there.mkdir(mode=0o755)
    (there / "000000010000000000000001").touch()
    assert made(run, here, there)
    assert there.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("data_is", ["missing", "empty"])
def test_no_folder_is_made_where_no_database_is(run: Run, here: Platform, tmp_path: Path, data_is: str) -> None:
    """A data directory whose disk is not mounted is an empty folder."""
    if data_is == "empty":
        (tmp_path / "data").mkdir()
    assert not made(run, here, tmp_path / "data" / "archive")
    assert not (tmp_path / "data" / "archive").exists()


# --- aside, noted, let go -----------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "wal archive"
    folder.mkdir()
    for name in ("000000010000000000000001", "00000002.history"):
        (folder / name).write_text(name)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_wal_that_is_aside_is_noted_on_the_host_until_it_is_back(
    run: Run, here: Platform, archive: Path, notes_of_archives: Path
) -> None:
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
    assert (notes_of_archives / "r1").read_text() == f"{archive}/vmdb-old.r1\n"
    assert run(PutArchiveBack(str(archive), "r1"), here).returncode == 0
    assert not notes_of_archives.exists()


def test_it_is_noted_as_long_as_files_stay_aside_beside_newer_ones_of_their_names(
    run: Run, here: Platform, archive: Path, notes_of_archives: Path
) -> None:
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
    (archive / "00000002.history").write_text("newer")
    assert run(PutArchiveBack(str(archive), "r1"), here).returncode == 0
    assert (notes_of_archives / "r1").exists()


def test_nothing_is_moved_where_it_could_not_be_noted(
    run: Run, here: Platform, archive: Path, notes_of_archives: Path
) -> None:
    notes_of_archives.parent.write_text("a file, no folder")
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode != 0
    assert names(archive) == ["000000010000000000000001", "00000002.history"]


def test_only_what_that_run_set_aside_is_removed(
    run: Run, here: Platform, archive: Path, notes_of_archives: Path
) -> None:
    for number in ("r1", "r2"):
        assert run(SetArchiveAside(str(archive), number), here).returncode == 0
        (archive / "000000020000000000000001").touch()
    for _ in range(2):
        assert run(DiscardArchive(str(archive), "r1"), here).returncode == 0
        assert names(archive) == ["000000020000000000000001", "vmdb-old.r2"]
        assert names(notes_of_archives) == ["r2"]


def test_a_folder_with_more_than_wal_in_it_stays_and_is_still_noted(
    run: Run, here: Platform, archive: Path, notes_of_archives: Path
) -> None:
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
    (archive / "vmdb-old.r1" / "somebody's").mkdir()
    done = run(DiscardArchive(str(archive), "r1"), here)
    assert done.returncode != 0
    assert "more than plain files" in done.stderr
    assert (notes_of_archives / "r1").exists()


def test_a_link_of_that_name_is_not_followed(run: Run, here: Platform, archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    (archive / "vmdb-old.r1").symlink_to(other)
    assert run(DiscardArchive(str(archive), "r1"), here).returncode != 0
    assert names(other) == ["kept"]


@pytest.mark.parametrize("number", ["", "..", "a/b"])
def test_nothing_is_removed_for_what_is_no_runs_id(run: Run, here: Platform, archive: Path, number: str) -> None:
    assert run(DiscardArchive(str(archive), number), here).returncode != 0
    assert names(archive) == ["000000010000000000000001", "00000002.history"]
