"""The failover scripts' files put in place and back: all of them, what was there kept; done by real shells."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from console.hostscripts.cksum import cksum
from console.operations import files as operations
from console.operations.files import InstallFiles, NewFile, PutFilesBack
from console.operations.platform import Platform

from .conftest import Run

RUN = "20261123-120000-abcd"
TEXT = '#!/bin/sh\n# it\'s "new": $(touch x) \\\n'


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the host keeps what was replaced, and the programs' lock: below tmp_path."""
    monkeypatch.setattr(operations, "REPLACED", str(tmp_path / "replaced"))
    monkeypatch.setattr(operations, "SCRIPTS_LOCK", str(tmp_path / "lock"))
    return tmp_path / "replaced" / RUN


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A script that an engineer put there years ago."""
    path = tmp_path / "usr" / "bin" / "pgsql-check"
    path.parent.mkdir(parents=True)
    path.write_text("old\n")
    path.chmod(0o700)
    return path


def new(path: Path, text: str = TEXT, mode: str = "755") -> NewFile:
    before = cksum(path.read_bytes()) if path.exists() else ""
    return NewFile(str(path), mode, text, before, ())


def install(*files: NewFile) -> InstallFiles:
    return InstallFiles(files, (), RUN)


def back(*files: NewFile) -> PutFilesBack:
    return PutFilesBack(tuple(file.path for file in files), (), RUN)


def test_a_file_is_replaced_whole_with_its_mode(run: Run, here: Platform, program: Path) -> None:
    done = run(install(new(program)), here)
    assert done.returncode == 0, done.stderr
    assert program.read_text() == TEXT
    assert program.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in program.parent.iterdir()] == [program.name]


def test_a_file_in_a_folder_that_is_not_there_yet_is_put_there(run: Run, here: Platform, tmp_path: Path) -> None:
    path = tmp_path / "usr" / "libexec" / "more" / "gate.sh"
    assert run(install(new(path, mode="644")), here).returncode == 0
    assert (path.read_text(), path.stat().st_mode & 0o777) == (TEXT, 0o644)


def test_what_was_there_is_kept_with_its_mode(run: Run, here: Platform, program: Path, places: Path) -> None:
    run(install(new(program)), here)
    kept = Path(f"{places}{program}")
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == ("old\n", 0o700)


def test_doing_it_again_changes_nothing_and_keeps_the_first_one(
    run: Run, here: Platform, program: Path, places: Path
) -> None:
    operation = install(new(program))
    assert [run(operation, here).returncode for _ in range(2)] == [0, 0]
    assert Path(f"{places}{program}").read_text() == "old\n"


def test_taken_back_everything_is_as_it_was(run: Run, here: Platform, program: Path, tmp_path: Path) -> None:
    files = (new(program), new(tmp_path / "etc" / "cron.d" / "pgsql", mode="644"))
    run(install(*files), here)
    for _ in range(2):
        assert run(back(*files), here).returncode == 0
        assert (program.read_text(), program.stat().st_mode & 0o777) == ("old\n", 0o700)
        assert not (tmp_path / "etc" / "cron.d" / "pgsql").exists()


def test_taking_back_what_was_never_installed_leaves_everything(run: Run, here: Platform, program: Path) -> None:
    assert run(back(new(program)), here).returncode == 0
    assert program.read_text() == "old\n"


def test_one_file_that_changed_since_the_plan_keeps_all_from_being_installed(
    run: Run, here: Platform, program: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library.sh"
    operation = install(new(library), new(program))
    program.write_text("somebody else's\n")
    done = run(operation, here)
    assert done.returncode != 0
    assert f"{program} is not what it was when this was planned" in done.stderr
    assert program.read_text() == "somebody else's\n"
    assert not library.exists()


def test_a_link_is_never_written_through(run: Run, here: Platform, program: Path, tmp_path: Path) -> None:
    operation = install(new(program))
    target = tmp_path / "elsewhere"
    program.rename(target)
    program.symlink_to(target)
    assert run(operation, here).returncode != 0
    assert target.read_text() == "old\n"


def test_nothing_is_renamed_while_a_program_of_them_runs(
    run: Run, here: Platform, program: Path, stub: Callable[[str, str], Path]
) -> None:
    stub("flock", "exit 1")
    done = run(install(new(program)), here)
    assert done.returncode != 0
    assert "still runs" in done.stderr
    assert program.read_text() == "old\n"


def test_a_run_of_a_program_is_waited_for(run: Run, here: Platform, program: Path, tmp_path: Path) -> None:
    with subprocess.Popen(["flock", str(tmp_path / "lock"), "sleep", "0.5"]) as holder:
        assert run(install(new(program)), here).returncode == 0
        assert holder.wait(5) == 0
    assert program.read_text() == TEXT


def test_the_gist_shows_the_difference_of_a_file_that_replaces_another(here: Platform, program: Path) -> None:
    file = NewFile(str(program), "755", TEXT, "1 4", ("@@ -1 +1,2 @@", "-old", "+#!/bin/sh"))
    gist = install(file).gist(here)
    assert gist == (
        f"install -m 755 /dev/stdin {program}  # 2 lines, replaces another one",
        "@@ -1 +1,2 @@",
        "-old",
        "+#!/bin/sh",
    )


def test_a_long_difference_is_cut_and_says_where_the_whole_file_is(here: Platform, program: Path) -> None:
    file = NewFile(str(program), "755", TEXT, "1 4", tuple(f"+{number}" for number in range(100)))
    assert install(file).gist(here)[-1] == ("# … 40 more lines: vmdb-console inventory scripts db1 prints the file")
