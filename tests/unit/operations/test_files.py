"""The lock, the scripts, the archive, standby settings and history files: done for real, once and again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.facts.server_version import ServerVersion
from console.operations.cluster import DiscardLock, PutLockBack, SetLockAside
from console.operations.copying import PutArchiveBack, SetArchiveAside, VerifyCopy
from console.operations.gate import HoldScript, ReleaseScript
from console.operations.layout import Layout
from console.operations.platform import Platform
from console.operations.standby import InstallHistory, WriteStandbySettings

from .conftest import Run

HISTORY = "1\t0/3000000\tno recovery target specified\n\n"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "tmp dir" / "PGSQL.lock"
    path.parent.mkdir()
    path.touch()
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def aside(path: Path) -> Path:
    return path.with_name(path.name + ".vmdb-aside")


def test_the_judged_lock_is_set_aside_and_comes_back_with_its_time(run: Run, here: Platform, lock: Path) -> None:
    for _ in range(2):
        assert run(SetLockAside(str(lock), 1_700_000_000), here).returncode == 0
        assert (lock.exists(), aside(lock).exists()) == (False, True)
    for _ in range(2):
        assert run(PutLockBack(str(lock)), here).returncode == 0
        assert (lock.exists(), aside(lock).exists()) == (True, False)
    assert lock.stat().st_mtime == 1_700_000_000


def test_a_lock_that_was_made_since_the_verdict_is_left_alone(run: Run, here: Platform, lock: Path) -> None:
    done = run(SetLockAside(str(lock), 1_699_999_999), here)
    assert done.returncode != 0
    assert "another one than was judged" in done.stderr
    assert lock.exists()


def test_a_lock_that_is_gone_altogether_is_not_taken_for_set_aside(run: Run, here: Platform, lock: Path) -> None:
    lock.unlink()
    assert run(SetLockAside(str(lock), 1_700_000_000), here).returncode != 0


def test_a_lock_that_was_made_meanwhile_stays_when_the_other_is_put_back(run: Run, here: Platform, lock: Path) -> None:
    assert run(SetLockAside(str(lock), 1_700_000_000), here).returncode == 0
    lock.write_text("newer")
    assert run(PutLockBack(str(lock)), here).returncode == 0
    assert (lock.read_text(), aside(lock).exists()) == ("newer", False)


def test_only_the_lock_that_is_aside_is_discarded(run: Run, here: Platform, lock: Path) -> None:
    aside(lock).touch()
    for _ in range(2):
        assert run(DiscardLock(str(lock)), here).returncode == 0
    assert (lock.exists(), aside(lock).exists()) == (True, False)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "check promote"
    path.write_text("#!/bin/sh\nsleep ${1:-0}\n")
    path.chmod(0o755)
    return path


def test_a_held_script_is_not_there_to_run_and_comes_back_as_it_was(run: Run, here: Platform, script: Path) -> None:
    text = script.read_text()
    for _ in range(2):
        assert run(HoldScript(str(script)), here).returncode == 0
        assert not script.exists()
    for _ in range(2):
        assert run(ReleaseScript(str(script)), here).returncode == 0
        assert (script.read_text(), script.stat().st_mode & 0o777) == (text, 0o755)


def test_a_script_is_held_once_its_running_instance_has_ended(run: Run, here: Platform, script: Path) -> None:
    script.write_text("#!/bin/sh\necho reads\nsleep 1\n")
    with subprocess.Popen([str(script)], stdout=subprocess.PIPE) as instance:
        assert instance.stdout is not None
        assert instance.stdout.readline() == b"reads\n"  # before, its shell may not have opened it
        assert run(HoldScript(str(script)), here).returncode == 0
        assert instance.poll() == 0


def test_a_script_that_was_installed_meanwhile_stays_and_the_held_one_is_kept(
    run: Run, here: Platform, script: Path
) -> None:
    assert run(HoldScript(str(script)), here).returncode == 0
    script.write_text("new")
    assert run(ReleaseScript(str(script)), here).returncode == 0
    assert script.read_text() == "new"
    assert script.with_name(script.name + ".vmdb-replaced").exists()
    assert not script.with_name(script.name + ".vmdb-held").exists()


def replaced(script: Path) -> Path:
    return script.with_name(script.name + ".vmdb-replaced")


def test_a_script_that_was_installed_while_held_is_held_in_its_turn_and_the_older_one_kept(
    run: Run, here: Platform, script: Path
) -> None:
    older = script.read_text()
    assert run(HoldScript(str(script)), here).returncode == 0
    script.write_text("new")
    for _ in range(2):
        assert run(HoldScript(str(script)), here).returncode == 0
        assert (script.exists(), replaced(script).read_text()) == (False, older)
    assert run(ReleaseScript(str(script)), here).returncode == 0
    assert (script.read_text(), replaced(script).read_text()) == ("new", older)


def test_the_same_script_installed_again_while_held_leaves_one(run: Run, here: Platform, script: Path) -> None:
    text = script.read_text()
    assert run(HoldScript(str(script)), here).returncode == 0
    script.write_text(text)
    assert run(HoldScript(str(script)), here).returncode == 0
    assert run(ReleaseScript(str(script)), here).returncode == 0
    assert (script.read_text(), replaced(script).exists()) == (text, False)


@pytest.mark.parametrize("kind", [HoldScript, ReleaseScript])
def test_of_three_scripts_none_is_overwritten(
    run: Run, here: Platform, script: Path, kind: type[HoldScript] | type[ReleaseScript]
) -> None:
    assert run(HoldScript(str(script)), here).returncode == 0
    replaced(script).write_text("first")
    script.write_text("third")
    done = run(kind(str(script)), here)
    assert done.returncode != 0
    assert "keep one of" in done.stderr
    assert (script.read_text(), replaced(script).read_text()) == ("third", "first")
    assert script.with_name(script.name + ".vmdb-held").exists()


def test_a_script_that_is_nowhere_cannot_be_held(run: Run, here: Platform, tmp_path: Path) -> None:
    done = run(HoldScript(str(tmp_path / "none")), here)
    assert done.returncode != 0
    assert "is not there" in done.stderr


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "wal archive"
    (folder / "folder").mkdir(parents=True)
    for name in ("000000010000000000000001", "00000002.history", "a b\n'c'", ".hidden"):
        (folder / name).write_text(f"first {name}")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_archived_wal_is_aside_and_comes_back_whole(run: Run, here: Platform, archive: Path) -> None:
    before = contents(archive)
    for _ in range(2):
        assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
        assert contents(archive) == {".hidden": "first .hidden"}
    for _ in range(2):
        assert run(PutArchiveBack(str(archive), "r1"), here).returncode == 0
        assert contents(archive) == before
    assert not (archive / "vmdb-old.r1").exists()


def test_wal_that_was_archived_meanwhile_is_not_overwritten(run: Run, here: Platform, archive: Path) -> None:
    name = "000000010000000000000001"
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
    (archive / name).write_text("second")
    assert run(PutArchiveBack(str(archive), "r1"), here).returncode == 0
    assert (archive / name).read_text() == "second"
    assert (archive / "vmdb-old.r1" / name).read_text() == f"first {name}"


@pytest.mark.parametrize("way", [SetArchiveAside, PutArchiveBack])
def test_an_archive_that_cannot_be_listed_is_not_taken_for_empty(
    run: Run,
    here: Platform,
    archive: Path,
    stub: Callable[[str, str], Path],
    way: type[SetArchiveAside] | type[PutArchiveBack],
) -> None:
    assert run(SetArchiveAside(str(archive), "r1"), here).returncode == 0
    stub("find", 'case "$*" in *-printf*) exit 1 ;; esac\nexec /usr/bin/find "$@"')
    done = run(way(str(archive), "r1"), here)
    assert done.returncode != 0
    assert "cannot list the files" in done.stderr


def test_an_archive_that_is_not_mounted_is_said_to_be_missing(run: Run, here: Platform, tmp_path: Path) -> None:
    done = run(SetArchiveAside(str(tmp_path / "none"), "r1"), here)
    assert done.returncode != 0
    assert "is it mounted?" in done.stderr


SETTINGS = WriteStandbySettings("10.0.0.1", 5432, "replicator", "db2", "cp '/a b/%f' \"%p\"")
RULES = """primary_conninfo = 'host=10.0.0.1 port=5432 user=replicator application_name=db2{passfile}'
recovery_target_timeline = 'latest'
restore_command = 'cp ''/a b/%f'' "%p"'
"""


def data(here: Platform, version: str) -> Path:
    folder = Path(here.postgresql.data)
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{version}\n")
    return folder


@pytest.mark.parametrize(("number", "named"), [(90202, False), (100000, True), (110022, True)])
def test_up_to_11_a_standby_is_made_by_recovery_conf(run: Run, here: Platform, number: int, named: bool) -> None:
    platform = replace(here, version=ServerVersion(number))
    folder = data(here, platform.version.major)
    for _ in range(2):
        assert run(SETTINGS, platform).returncode == 0
    passfile = f" passfile={here.postgresql.pgpass}" if named else ""
    file = folder / "recovery.conf"
    assert file.read_text() == "standby_mode = 'on'\n" + RULES.format(passfile=passfile)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["PG_VERSION", "recovery.conf"]


def test_from_12_on_a_standby_is_made_by_standby_signal_and_older_lines_of_the_settings_go(
    run: Run, here: Platform
) -> None:
    folder = data(here, "15")
    older = "primary_conninfo = 'host=old'\nPrimary_Slot_Name='x'\nrecovery_target_lsn = '0/1'\nwork_mem = '8MB'\n"
    (folder / "postgresql.auto.conf").write_text("# by hand\n" + older)
    (folder / "recovery.signal").touch()
    for _ in range(2):
        assert run(SETTINGS, here).returncode == 0
    expected = "# by hand\nwork_mem = '8MB'\n" + RULES.format(passfile=f" passfile={here.postgresql.pgpass}")
    assert (folder / "postgresql.auto.conf").read_text() == expected
    assert (folder / "standby.signal").read_text() == ""
    assert not (folder / "recovery.signal").exists()


def test_a_promotion_that_came_with_a_copy_is_forgotten(run: Run, here: Platform) -> None:
    folder = data(here, "15")
    (folder / "promote").touch()
    assert run(SETTINGS, here).returncode == 0
    assert not (folder / "promote").exists()


def test_settings_are_not_written_into_data_of_another_version(run: Run, here: Platform) -> None:
    folder = data(here, "14")
    assert run(SETTINGS, here).returncode != 0
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


@pytest.mark.parametrize(("number", "wal"), [(90202, "pg_xlog"), (150018, "pg_wal")])
def test_a_history_file_lies_where_the_version_keeps_its_wal(run: Run, here: Platform, number: int, wal: str) -> None:
    platform = replace(here, version=ServerVersion(number))
    folder = data(here, platform.version.major) / wal
    folder.mkdir()
    for _ in range(2):
        assert run(InstallHistory(26, HISTORY), platform).returncode == 0
    assert (folder / "0000001A.history").read_text() == HISTORY


def test_a_different_history_of_the_same_timeline_is_never_overwritten(run: Run, here: Platform) -> None:
    folder = data(here, "15") / "pg_wal"
    folder.mkdir()
    (folder / "00000002.history").write_text(HISTORY.removesuffix("\n"))
    done = run(InstallHistory(2, HISTORY), here)
    assert done.returncode != 0
    assert "another content" in done.stderr
    assert (folder / "00000002.history").read_text() == HISTORY.removesuffix("\n")


IDENTIFIER = 7711266347657859144


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a base backup of 11 looks like: no manifest."""
    new = tmp_path / "data.vmdb-new.r1"
    for name in ("global", "base/1", "base/16384", "pg_wal"):
        (new / name).mkdir(parents=True)
    (new / "global/pg_control").write_bytes(IDENTIFIER.to_bytes(8, "little") + bytes(8184))
    (new / "pg_wal/000000010000000000000005").write_bytes(b"x")
    (new / "backup_label").write_text("START WAL LOCATION: 0/5000028 (file 000000010000000000000005)\nCHECK…\n")
    for folder in (new, new / "base/1", new / "base/16384"):
        (folder / "PG_VERSION").write_text("11\n")
    new.chmod(0o700)
    return new


def verdict(run: Run, here: Platform, version: str = "11") -> tuple[int, str]:
    layout = Layout(here.postgresql.data, mounted=False, run="r1")
    done = run(VerifyCopy(layout, str(IDENTIFIER), version), here)
    return done.returncode, "\n".join(line for line in done.stdout.splitlines() if line.startswith("wrong: "))


def test_a_whole_copy_is_good(run: Run, here: Platform, copy: Path) -> None:
    assert verdict(run, here) == (0, "")


def _other_identifier(copy: Path) -> None:
    (copy / "global/pg_control").write_bytes((IDENTIFIER + 1).to_bytes(8, "little") + bytes(8184))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "another system identifier": (_other_identifier, f"system identifier {IDENTIFIER + 1}, not"),
    "no control file": (lambda copy: (copy / "global/pg_control").unlink(), "global/pg_control is not there"),
    "no backup label": (lambda copy: (copy / "backup_label").unlink(), "backup_label is not there"),
    "no WAL": (lambda copy: (copy / "pg_wal/000000010000000000000005").unlink(), "first WAL file"),
    "a mode that others can read": (lambda copy: copy.chmod(0o755), "mode and owner are 755"),
    "another version": (lambda copy: (copy / "PG_VERSION").write_text("10\n"), "PG_VERSION is '10', not 11"),
    "an unfinished file": (lambda copy: (copy / "base/1/x.tmp").touch(), "was not finished"),
    "half a database": (lambda copy: (copy / "base/16384/PG_VERSION").unlink(), "base/16384/PG_VERSION is not there"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_copy_is_not_good_with(run: Run, here: Platform, copy: Path, fault: str) -> None:
    break_it, words = FAULTS[fault]
    break_it(copy)
    status, wrong = verdict(run, here)
    assert status != 0
    assert words in wrong


def test_a_manifest_is_checked_by_postgresqls_own_tool(
    run: Run, here: Platform, copy: Path, stub: Callable[[str, str], Path]
) -> None:
    (copy / "backup_manifest").touch()
    stub("pg_verifybackup", 'echo "pg_verifybackup: error: checksum mismatch"; exit 1')
    status, wrong = verdict(run, here)
    assert status != 0
    assert "does not agree with backup_manifest" in wrong
