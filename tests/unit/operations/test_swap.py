"""SwapIn and SwapBack on real files: right after any interruption, and nothing is ever lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from console.operations.copying import DiscardOld, RemoveCopy, SwapBack, SwapIn
from console.operations.layout import Layout
from console.operations.platform import Platform

from .conftest import SHELLS, Run

pytestmark = pytest.mark.slow

OLD_FILES = ("PG_VERSION", "global/pg_control", "base/1/112", ".hidden", "a b'$(x)\nc")
NEW_FILES = ("PG_VERSION", "global/pg_control", "base/1/112", ".hidden", "..odd")
Files = dict[str, str]


def write(folder: Path, names: tuple[str, ...], mark: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{mark} {name}")


def read(folder: Path, leave_out: str = "pgsql_tmp.vmdb-console") -> Files:
    files = (path for path in folder.rglob("*") if path.is_file() and leave_out not in path.relative_to(folder).parts)
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def expected(names: tuple[str, ...], mark: str) -> Files:
    return {name: f"{mark} {name}" for name in names}


OLD, NEW = expected(OLD_FILES, "old"), expected(NEW_FILES, "new")


def arrange(layout: Layout, *, swapped: bool) -> None:
    """Old and new data where they are before a swap, or after it; nothing else."""
    for folder in (layout.data, layout.new, layout.old):
        shutil.rmtree(folder, ignore_errors=True)
    write(Path(layout.data), *((NEW_FILES, "new") if swapped else (OLD_FILES, "old")))
    write(Path(layout.old if swapped else layout.new), *((OLD_FILES, "old") if swapped else (NEW_FILES, "new")))


@pytest.fixture(params=[False, True], ids=["folder", "mount point"])
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    found = Layout(str(tmp_path / "data"), mounted=request.param, run="r1")
    arrange(found, swapped=False)
    return found


class States:
    """What lies there right before each move of an operation: what a power failure at that move would leave.

    `kill_at` is the number of the move at which the operation's shell is killed, instead of carrying it out.
    """

    def __init__(self, folder: Path, stub: Callable[[str, str], Path]) -> None:
        self._folder = folder
        self._stub = stub
        self._kept = folder / "states"

    def keep(self, kill_at: int = 0) -> None:
        """From now on; what an earlier operation left is forgotten."""
        shutil.rmtree(self._kept, ignore_errors=True)
        for number in range(1, 20):
            (self._kept / str(number)).mkdir(parents=True)
        counter = self._folder / "count"
        counter.write_text("0\n")
        count = f"read -r n <{counter}; n=$((n + 1)); echo $n >{counter}"
        copy = f"cp -a {self._folder}/data* {self._kept}/$n/"
        kill = f"[ $n != {kill_at} ] || {{ kill -9 $PPID; exit 1; }}"
        self._stub("mv", f'{count}\n{copy}\n{kill}\nexec /bin/mv "$@"')

    def kept(self) -> list[Path]:
        """The states, in order; nothing more is kept."""
        (self._folder / "bin/mv").unlink()
        return sorted((path for path in self._kept.iterdir() if any(path.iterdir())), key=lambda path: int(path.name))

    def put_back(self, state: Path) -> None:
        for path in self._folder.glob("data*"):
            shutil.rmtree(path)
        shutil.copytree(state, self._folder, dirs_exist_ok=True)


@pytest.fixture
def states(stub: Callable[[str, str], Path], tmp_path: Path) -> States:
    return States(tmp_path, stub)


def everything(tmp_path: Path) -> list[str]:
    """The content of every file, wherever it lies."""
    files = (path for path in tmp_path.glob("data*/**/*") if path.is_file())
    return sorted(path.read_text() for path in files)


def test_the_copy_is_in_place_and_the_old_data_are_beside_it(run: Run, here: Platform, layout: Layout) -> None:
    done = run(SwapIn(layout), here)
    assert done.returncode == 0, done.stderr
    assert (read(Path(layout.data)), read(Path(layout.old))) == (NEW, OLD)
    assert not Path(layout.new).exists()


def test_the_data_directory_has_mode_0700_afterwards(run: Run, here: Platform, layout: Layout) -> None:
    Path(layout.new).chmod(0o755)
    Path(layout.data).chmod(0o755)
    assert run(SwapIn(layout), here).returncode == 0
    assert Path(layout.data).stat().st_mode & 0o7777 == 0o700


def test_doing_it_again_changes_nothing(run: Run, here: Platform, layout: Layout) -> None:
    for _ in range(3):
        assert run(SwapIn(layout), here).returncode == 0
    assert (read(Path(layout.data)), read(Path(layout.old))) == (NEW, OLD)


def test_swapping_back_restores_everything(run: Run, here: Platform, layout: Layout) -> None:
    for operation in (SwapIn(layout), SwapBack(layout), SwapBack(layout)):
        assert run(operation, here).returncode == 0
    assert (read(Path(layout.data)), read(Path(layout.new))) == (OLD, NEW)
    assert not Path(layout.old).exists()


def test_a_swap_can_be_done_back_and_done_again(run: Run, here: Platform, layout: Layout) -> None:
    for operation in (SwapIn(layout), SwapBack(layout), SwapIn(layout)):
        assert run(operation, here).returncode == 0
    assert (read(Path(layout.data)), read(Path(layout.old))) == (NEW, OLD)


def test_swapping_back_what_was_never_swapped_changes_nothing(run: Run, here: Platform, layout: Layout) -> None:
    assert run(SwapBack(layout), here).returncode == 0
    assert (read(Path(layout.data)), read(Path(layout.new))) == (OLD, NEW)


@pytest.mark.parametrize("first", [SwapIn, SwapBack])
def test_cut_off_at_any_move_it_goes_on_or_back_and_nothing_is_lost(
    run: Run,
    shell: str,
    here: Platform,
    layout: Layout,
    states: States,
    tmp_path: Path,
    first: type[SwapIn] | type[SwapBack],
) -> None:
    arrange(layout, swapped=first is SwapBack)
    whole = everything(tmp_path)
    states.keep()
    assert run(first(layout), here).returncode == 0
    found = states.kept()
    assert len(found) == (11 if layout.mounted else 2)
    for state in found[:: 1 if shell == SHELLS[0] else 5]:  # for the second shell some of them
        for then in (SwapIn, SwapBack):
            states.put_back(state)
            assert everything(tmp_path) == whole
            assert_no_half_can_start(layout)
            done = run(then(layout), here)
            assert done.returncode == 0, f"move {state.name}: {done.stderr}"
            assert read(Path(layout.data)) == (NEW if then is SwapIn else OLD)
            assert everything(tmp_path) == whole


@pytest.mark.parametrize("first", [SwapIn, SwapBack])
def test_killed_at_a_move_it_leaves_what_lay_there_then_and_goes_on(
    run: Run, here: Platform, layout: Layout, states: States, tmp_path: Path, first: type[SwapIn] | type[SwapBack]
) -> None:
    arrange(layout, swapped=first is SwapBack)
    states.keep(kill_at=2)
    assert run(first(layout), here).returncode != 0
    before_it = states.kept()[1]
    left = {path.name: read(path, leave_out="") for path in tmp_path.glob("data*")}
    assert left == {path.name: read(path, leave_out="") for path in before_it.iterdir()}
    assert run(first(layout), here).returncode == 0
    assert read(Path(layout.data)) == (NEW if first is SwapIn else OLD)


def assert_no_half_can_start(layout: Layout) -> None:
    if (Path(layout.data) / "global/pg_control").exists():
        assert read(Path(layout.data)) in (OLD, NEW)


def test_it_refuses_while_a_process_works_in_the_data_directory(run: Run, here: Platform, layout: Layout) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=layout.data) as sleeper:
        try:
            done = run(SwapIn(layout), here)
        finally:
            sleeper.kill()
    assert done.returncode != 0
    assert f"process {sleeper.pid}" in done.stderr
    assert (read(Path(layout.data)), read(Path(layout.new))) == (OLD, NEW)


def test_a_left_over_pid_file_with_another_process_number_does_not_stop_it(
    run: Run, here: Platform, layout: Layout
) -> None:
    (Path(layout.data) / "postmaster.pid").write_text(f"{os.getpid()}\n{layout.data}\n")
    assert run(SwapIn(layout), here).returncode == 0


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_a_copy_that_is_not_whole_is_not_moved_in(run: Run, here: Platform, layout: Layout, missing: str) -> None:
    (Path(layout.new) / missing).unlink()
    assert run(SwapIn(layout), here).returncode != 0
    assert read(Path(layout.data)) == OLD


def test_a_second_copy_of_the_same_run_does_not_push_the_first_out(run: Run, here: Platform, layout: Layout) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    write(Path(layout.new), NEW_FILES, "second")
    assert run(SwapIn(layout), here).returncode != 0
    assert (read(Path(layout.data)), read(Path(layout.old))) == (NEW, OLD)


def test_lost_and_found_stays_where_the_file_system_has_it(run: Run, here: Platform, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=True, run="r1")
    write(Path(layout.data), OLD_FILES, "old")
    write(Path(layout.new), NEW_FILES, "new")
    for folder in (layout.data, layout.new):
        (Path(folder) / "lost+found").mkdir()
    inode = (Path(layout.data) / "lost+found").stat().st_ino
    for operation in (SwapIn(layout), SwapBack(layout)):
        assert run(operation, here).returncode == 0
        assert (Path(layout.data) / "lost+found").stat().st_ino == inode


def test_old_data_that_are_let_go_leave_nothing_of_the_run(run: Run, here: Platform, layout: Layout) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    assert run(DiscardOld(layout), here).returncode == 0
    assert run(DiscardOld(layout), here).returncode == 0
    assert read(Path(layout.data)) == NEW
    assert not list(Path(layout.data).parent.glob("data.vmdb-*"))
    assert not (Path(layout.data) / "pgsql_tmp.vmdb-console").exists()


def test_old_data_stay_where_nothing_whole_is_in_their_place(run: Run, here: Platform, layout: Layout) -> None:
    assert run(SwapIn(layout), here).returncode == 0
    (Path(layout.data) / "global/pg_control").unlink()
    done = run(DiscardOld(layout), here)
    assert done.returncode != 0
    assert "may be the last copy" in done.stderr
    assert read(Path(layout.old)) == OLD


def test_a_removed_copy_leaves_the_data_alone(run: Run, here: Platform, layout: Layout) -> None:
    assert run(RemoveCopy(layout), here).returncode == 0
    assert run(RemoveCopy(layout), here).returncode == 0
    assert not Path(layout.new).exists()
    assert not (Path(layout.data) / "pgsql_tmp.vmdb-console").exists()
    assert read(Path(layout.data)) == OLD


def test_a_copy_that_a_process_works_in_is_not_removed(run: Run, here: Platform, layout: Layout) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=layout.new) as sleeper:
        try:
            assert run(RemoveCopy(layout), here).returncode != 0
        finally:
            sleeper.kill()
    assert read(Path(layout.new)) == NEW


@pytest.mark.parametrize("run_id", ["", ".", "..", "../../x", "a/b"])
@pytest.mark.parametrize("mounted", [False, True])
def test_nothing_is_removed_by_a_name_that_no_run_gave(
    run: Run, here: Platform, tmp_path: Path, run_id: str, mounted: bool
) -> None:
    layout = Layout(str(tmp_path / "data"), mounted, run_id)
    write(tmp_path / "data", OLD_FILES, "old")
    Path(layout.new).mkdir(parents=True, exist_ok=True)
    assert run(RemoveCopy(layout), here).returncode != 0
    assert read(tmp_path / "data", leave_out="vmdb-new") == OLD
    assert Path(layout.new).exists()


def test_a_link_in_the_copys_place_is_not_followed(run: Run, here: Platform, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "data"), mounted=False, run="r1")
    write(tmp_path / "data", OLD_FILES, "old")
    Path(layout.new).symlink_to(tmp_path / "data")
    assert run(RemoveCopy(layout), here).returncode != 0
    assert read(tmp_path / "data") == OLD
