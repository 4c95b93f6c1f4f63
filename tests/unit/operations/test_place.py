"""Where a copy may lie and what may be let go: a disk not mounted, planted links, data that ran as a primary."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.operations import copying
from console.operations.cluster import SetLockAside
from console.operations.copying import BaseBackup, DiscardOld, RemoveCopy, SwapBack, SwapIn, VerifyCopy
from console.operations.layout import MOUNTS, Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.standby import WriteStandbySettings

from .conftest import Run, listed

pytestmark = pytest.mark.slow

OWN = "# the test's own\n"
FILES = ("PG_VERSION", "global/pg_control", "base/1/112", "postgresql.conf")
SETTINGS = WriteStandbySettings("10.0.0.1", 5432, "replicator", "db2", "")
SHUT_DOWN, SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY, IN_PRODUCTION = 1, 2, 5, 6


def database(folder: Path, mark: str, state: int = SHUT_DOWN, *, started: bool = False) -> None:
    """A data directory of 15 whose control file has this state; `started` leaves what a postmaster does."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(mark)
    (folder / "PG_VERSION").write_text("15\n")
    (folder / "global/pg_control").write_bytes(bytes(16) + state.to_bytes(4, "little") + bytes(8172))
    if started:
        (folder / "postmaster.opts").write_text("/usr/lib/postgresql/15/bin/postgres")


def mark(folder: str) -> str:
    path = Path(folder) / "postgresql.conf"
    return path.read_text() if path.exists() else ""


@pytest.fixture(params=[False, True], ids=["folder", "mount point"])
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    found = Layout(str(tmp_path / "data"), mounted=request.param, run="r1")
    database(Path(found.data), "old", started=True)
    database(Path(found.new), "new", IN_PRODUCTION)
    return found


def backup(layout: Layout) -> BaseBackup:
    return BaseBackup(layout, "10.0.0.1", 5432, "replicator", stream=True)


def every(layout: Layout) -> tuple[Operation, ...]:
    return (backup(layout), SwapIn(layout), SwapBack(layout), RemoveCopy(layout), DiscardOld(layout))


# --- the disk -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(5))
def test_nothing_is_done_on_the_bare_directory_below_a_file_system_that_is_not_mounted(
    run: Run, here: Platform, tmp_path: Path, mounts: Path, index: int
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=True, run="r1")
    Path(layout.data).mkdir()
    mounts.write_text(OWN)
    done = run(every(layout)[index], here)
    assert done.returncode != 0
    assert f"the file system of {layout.data} is not mounted" in done.stderr
    assert list(Path(layout.data).iterdir()) == []


@pytest.mark.parametrize("index", range(5))
def test_nothing_is_done_where_a_file_system_is_mounted_over_what_was_a_folder(
    run: Run, here: Platform, tmp_path: Path, mounts: Path, index: int
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1")
    for folder, name in ((layout.data, "old"), (layout.new, "new")):
        database(Path(folder), name)
    mounts.write_text(OWN + listed(layout.data))
    done = run(every(layout)[index], here)
    assert done.returncode != 0
    assert "is a mount point now" in done.stderr
    assert (mark(layout.data), mark(layout.new)) == ("old", "new")


@pytest.mark.parametrize("there", [True, False])
def test_a_bare_directory_on_another_device_is_no_place_for_a_copy(
    run: Run, here: Platform, tmp_path: Path, there: bool
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1", device=tmp_path.stat().st_dev + 1)
    if there:
        Path(layout.data).mkdir()
    done = run(backup(layout), here)
    assert done.returncode != 0
    assert "is its file system not mounted?" in done.stderr
    assert not Path(layout.new).exists()


def test_a_database_is_where_it_was_whatever_number_a_boot_gave_its_device(
    run: Run, here: Platform, layout: Layout, tmp_path: Path
) -> None:
    renumbered = replace(layout, device=tmp_path.stat().st_dev + 1)
    for operation in (SwapIn(renumbered), SwapBack(renumbered), RemoveCopy(renumbered)):
        done = run(operation, here)
        assert done.returncode == 0, done.stderr


def test_a_host_without_data_takes_a_copy_on_the_device_of_the_plan(
    run: Run, here: Platform, tmp_path: Path, stub: Callable[[str, str], Path]
) -> None:
    stub("pg_basebackup", "exit 0")
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1", device=tmp_path.stat().st_dev)
    done = run(backup(layout), here)
    assert done.returncode == 0, done.stderr


def test_a_mount_points_name_may_have_blanks(run: Run, here: Platform, tmp_path: Path, mounts: Path) -> None:
    layout = Layout(str(tmp_path / "the data"), mounted=True, run="r1")
    for folder, name in ((layout.data, "old"), (layout.new, "new")):
        database(Path(folder), name)
    mounts.write_text(OWN + listed(layout.data.replace(" ", "\\040")))
    done = run(SwapIn(layout), here)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount")
@pytest.mark.parametrize("kind", ["--bind {other}", "-t tmpfs none"])
@pytest.mark.parametrize("mounted", [True, False])
def test_the_kernel_tells_what_is_mounted(
    shell: str, here: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mounted: bool
) -> None:
    monkeypatch.setattr(copying, "MOUNTS", MOUNTS)
    layout = Layout(str(tmp_path / "data"), mounted=mounted, run="r1")
    for name in ("data", "other"):
        (tmp_path / name).mkdir()
    mount = f"mount {kind.format(other=tmp_path / 'other')} {layout.data}"
    argv = ["unshare", "-m", shell, "-c", f"{mount} || exit 99\n{RemoveCopy(layout).command(here)}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is mounted, done.stderr
    unmounted = subprocess.run([shell, "-c", RemoveCopy(layout).command(here)], capture_output=True, check=False)
    assert (unmounted.returncode == 0) is not mounted


# --- data that ran as a primary -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SHUT_DOWN, IN_PRODUCTION, 3, 4])
def test_a_copy_that_has_been_a_primary_is_neither_swapped_back_nor_removed_nor_copied_over(
    run: Run, here: Platform, layout: Layout, state: int
) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    database(Path(layout.data), "new", state, started=True)
    done = run(SwapBack(layout), here)
    assert done.returncode != 0
    assert "it may hold commits that exist nowhere else" in done.stderr
    assert (mark(layout.data), mark(layout.old)) == ("new", "old")
    database(Path(layout.new), "promoted", state, started=True)
    for operation in (RemoveCopy(layout), backup(layout)):
        done = run(operation, here)
        assert done.returncode != 0
        assert "has been a primary since" in done.stderr
        assert mark(layout.new) == "promoted"


@pytest.mark.parametrize("state", [SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY])
def test_a_copy_that_ran_as_a_standby_only_is_swapped_back_and_removed(
    run: Run, here: Platform, layout: Layout, state: int
) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    database(Path(layout.data), "new", state, started=True)
    for operation in (SwapBack(layout), RemoveCopy(layout)):
        done = run(operation, here)
        assert done.returncode == 0, done.stderr
    assert (mark(layout.data), Path(layout.new).exists()) == ("old", False)


def test_a_started_copy_whose_control_file_cannot_be_read_stays(run: Run, here: Platform, layout: Layout) -> None:
    database(Path(layout.new), "new", started=True)
    (Path(layout.new) / "global/pg_control").write_bytes(b"short")
    done = run(RemoveCopy(layout), here)
    assert done.returncode != 0
    assert "cannot be read" in done.stderr
    assert mark(layout.new) == "new"


def test_a_removal_that_was_cut_off_goes_on(run: Run, here: Platform, layout: Layout) -> None:
    database(Path(layout.new), "new", SHUT_DOWN_IN_RECOVERY, started=True)
    shutil.rmtree(Path(layout.new) / "global")
    assert run(RemoveCopy(layout), here).returncode == 0


# --- a swap that is half done -------------------------------------------------------------------------------------


def test_a_swap_back_that_stops_half_way_says_so_and_nothing_is_removed_meanwhile(
    run: Run, here: Platform, tmp_path: Path, stub: Callable[[str, str], Path]
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=True, run="r1")
    database(Path(layout.data), "old", started=True)
    database(Path(layout.new), "new", IN_PRODUCTION)
    assert run(SwapIn(layout), here).returncode == 0
    broken = stub("mv", f"case $2 in *.part/*) [ -e {tmp_path}/once ] || {{ >{tmp_path}/once; exit 1; }} ;; esac")
    with broken.open("a") as file:
        file.write('exec /bin/mv "$@"\n')
    assert run(SwapBack(layout), here).returncode != 0
    assert Path(f"{layout.old}.part").exists()
    for operation in (RemoveCopy(layout), DiscardOld(layout)):
        done = run(operation, here)
        assert done.returncode != 0
        assert "was cut off" in done.stderr
    assert run(SwapBack(layout), here).returncode == 0
    assert mark(layout.data) == "old"
    assert run(RemoveCopy(layout), here).returncode == 0


def test_between_the_two_renames_of_a_folder_nothing_is_removed(run: Run, here: Platform, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1")
    database(Path(layout.old), "old")
    database(Path(layout.new), "new")
    for operation in (RemoveCopy(layout), DiscardOld(layout)):
        assert run(operation, here).returncode != 0
    assert (mark(layout.old), mark(layout.new)) == ("old", "new")


@pytest.mark.parametrize("kind", [SwapIn, SwapBack])
def test_a_swaps_exit_status_counts(kind: type[Operation]) -> None:
    assert kind.proves


# --- a copy with its settings -------------------------------------------------------------------------------------


def into(layout: Layout) -> WriteStandbySettings:
    return replace(SETTINGS, directory=layout.new)


def test_a_copy_without_standby_settings_is_not_moved_in_where_they_are_needed(
    run: Run, here: Platform, layout: Layout
) -> None:
    done = run(SwapIn(layout, needs_standby=True), here)
    assert done.returncode != 0
    assert "it would start as a primary" in done.stderr
    assert (mark(layout.data), mark(layout.new)) == ("old", "new")


def test_a_file_that_the_version_does_not_heed_makes_no_standby(run: Run, here: Platform, layout: Layout) -> None:
    (Path(layout.new) / "recovery.conf").touch()
    assert run(SwapIn(layout, needs_standby=True), here).returncode != 0


def test_a_copys_settings_are_written_beside_the_data_and_come_in_with_it(
    run: Run, here: Platform, layout: Layout
) -> None:
    assert run(into(layout), here).returncode == 0
    assert not (Path(layout.data) / "standby.signal").exists()
    for _ in range(2):
        done = run(SwapIn(layout, needs_standby=True), here)
        assert done.returncode == 0, done.stderr
    assert (Path(layout.data) / "standby.signal").exists()
    assert mark(layout.data) == "new"


def test_settings_that_went_along_with_the_copy_are_done(run: Run, here: Platform, layout: Layout) -> None:
    for operation in (into(layout), SwapIn(layout), into(layout)):
        done = run(operation, here)
        assert done.returncode == 0, done.stderr
    done = run(replace(into(layout), primary="10.0.0.9"), here)
    assert done.returncode != 0
    assert "are not in" in done.stderr


def test_a_copy_that_was_moved_in_without_settings_is_not_taken_for_a_standby(
    run: Run, here: Platform, layout: Layout
) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    assert run(into(layout), here).returncode != 0
    assert run(SwapIn(layout, needs_standby=True), here).returncode != 0


def test_cut_off_at_any_move_of_the_swap_both_can_be_done_again(
    run: Run, here: Platform, tmp_path: Path, stub: Callable[[str, str], Path]
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=True, run="r1")
    counter = tmp_path / "count"
    count = f"n=$(($(cat {counter}) + 1)); echo $n >{counter}; [ $n != $(cat {tmp_path}/end) ] || exit 1"
    stub("mv", f'[ "$1" != -T ] || {{ {count}; }}\nexec /bin/mv "$@"')
    for number in (1, 4, 6, 8, 10, 11):
        shutil.rmtree(layout.data, ignore_errors=True)
        database(Path(layout.data), "old", started=True)
        database(Path(layout.new), "new", IN_PRODUCTION)
        counter.write_text("0")
        (tmp_path / "end").write_text(str(number))
        assert run(into(layout), here).returncode == 0
        assert run(SwapIn(layout, needs_standby=True), here).returncode != 0
        for operation in (into(layout), SwapIn(layout, needs_standby=True)):
            done = run(operation, here)
            assert done.returncode == 0, f"move {number}: {done.stderr}"
        assert mark(layout.data) == "new"
        assert (Path(layout.data) / "standby.signal").exists()


# --- links that the database's user planted -----------------------------------------------------------------------


def test_a_link_in_the_place_of_a_folder_of_the_run_is_refused(run: Run, here: Platform, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=True, run="r1")
    victim = tmp_path / "etc"
    database(Path(layout.data), "old")
    database(victim / "r1/vmdb-new", "victim")
    victim.chmod(0o755)
    (Path(layout.data) / "pgsql_tmp.vmdb-console").symlink_to(victim)
    for operation in every(layout):
        done = run(operation, here)
        assert done.returncode != 0
        assert "is a link, which no run made" in done.stderr
    assert (victim.stat().st_mode & 0o777, mark(str(victim / "r1/vmdb-new"))) == (0o755, "victim")


@pytest.mark.parametrize("link", ["", "PG_VERSION", "global", "global/pg_control"])
def test_a_copy_that_is_a_link_or_has_one_where_it_counts_is_not_moved_in(
    run: Run, here: Platform, tmp_path: Path, link: str
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1")
    database(Path(layout.data), "old")
    database(Path(layout.new), "new")
    place = Path(layout.new) / link if link else Path(layout.new)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    done = run(SwapIn(layout), here)
    assert done.returncode != 0
    assert "is a link" in done.stderr
    assert mark(layout.data) == "old"


@pytest.fixture
def owned(here: Platform) -> Iterator[tuple[Platform, Path]]:
    """A host whose database user is another one than root, and a folder of that user's that it can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    user = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        home = Path(name) / "home"
        home.mkdir()
        shutil.chown(home, user.pw_uid, user.pw_gid)
        postgresql = replace(here.postgresql, os_user=user.pw_name, data=str(home / "data"), bin="")
        yield replace(here, postgresql=postgresql), home


def given(folder: Path, platform: Platform) -> None:
    subprocess.run(["chown", "-hR", platform.postgresql.os_user, str(folder)], check=True)


def only_root(folder: Path) -> Path:
    secret = folder.parent / "shadow"
    secret.write_text("root:$6$secret\n")
    secret.chmod(0o600)
    return secret


def test_what_only_root_may_read_does_not_get_into_settings_by_a_link(run: Run, owned: tuple[Platform, Path]) -> None:
    platform, home = owned
    secret = only_root(home)
    database(home / "data", "old")
    (home / "data/postgresql.auto.conf").symlink_to(secret)
    given(home, platform)
    done = run(SETTINGS, platform)
    assert done.returncode != 0
    assert "cannot read" in done.stderr
    assert not (home / "data/standby.signal").exists()


def test_what_only_root_may_read_is_not_shown_by_a_check_of_a_copy(run: Run, owned: tuple[Platform, Path]) -> None:
    platform, home = owned
    layout = Layout(str(home / "data"), mounted=False, run="r1")
    database(Path(layout.new), "new")
    (Path(layout.new) / "PG_VERSION").unlink()
    (Path(layout.new) / "PG_VERSION").symlink_to(only_root(home))
    given(home, platform)
    done = run(VerifyCopy(layout, "0", "15"), platform)
    assert done.returncode != 0
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("mounted", [False, True])
def test_a_swap_in_the_database_users_own_folder_is_done_with_its_rights_alone(
    run: Run, owned: tuple[Platform, Path], stub: Callable[[str, str], Path], tmp_path: Path, mounted: bool
) -> None:
    platform, home = owned
    layout = Layout(str(home / "data"), mounted=mounted, run="r1")
    database(Path(layout.data), "old")
    database(Path(layout.new), "new")
    given(home, platform)
    movers = home / "movers"
    for program in ("mv", "mkdir", "chmod"):
        stub(program, f'id -u >>{movers}\nexec /bin/{program} "$@"')
    tools = home.parent / "bin"
    shutil.copytree(tmp_path / "bin", tools)
    movers.touch(mode=0o666)
    given(movers, platform)
    platform = replace(platform, postgresql=replace(platform.postgresql, bin=str(tools)))
    for operation in (SwapIn(layout), SwapBack(layout)):
        done = run(operation, platform)
        assert done.returncode == 0, done.stderr
    assert set(movers.read_text().split()) == {str(pwd.getpwnam("nobody").pw_uid)}
    assert mark(layout.data) == "old"


def test_a_folder_that_only_root_may_change_becomes_the_database_users(
    run: Run, owned: tuple[Platform, Path], stub: Callable[[str, str], Path], tmp_path: Path
) -> None:
    """The disk's own folder, as a new file system has it: root's."""
    platform, home = owned
    shutil.chown(home, 0, 0)
    stub("pg_basebackup", "exit 0")
    tools = home.parent / "bin"
    shutil.copytree(tmp_path / "bin", tools)
    platform = replace(platform, postgresql=replace(platform.postgresql, bin=str(tools)))
    layout = Layout(str(home / "data"), mounted=False, run="r1")
    done = run(backup(layout), platform)
    assert done.returncode == 0, done.stderr
    found = Path(layout.new).stat()
    assert (found.st_uid, found.st_mode & 0o777) == (pwd.getpwnam("nobody").pw_uid, 0o700)


def test_a_lock_is_set_aside_over_a_link_of_that_name_and_never_into_what_it_leads_to(
    run: Run, here: Platform, tmp_path: Path
) -> None:
    lock, folder = tmp_path / "PGSQL.lock", tmp_path / "cron.d"
    lock.touch()
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    folder.mkdir()
    (tmp_path / "PGSQL.lock.vmdb-aside").symlink_to(folder)
    assert run(SetLockAside(str(lock), 1_700_000_000), here).returncode == 0
    assert list(folder.iterdir()) == []
    assert (tmp_path / "PGSQL.lock.vmdb-aside").is_file()
