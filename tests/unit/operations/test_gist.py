"""The gist that a plan shows is what runs: stubs write down how they were called, and the gist says the same."""

from __future__ import annotations

import pkgutil
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import console.operations
from console.operations.cluster import CleanupResource, NodeStandby, NodeUnstandby
from console.operations.copying import BaseBackup, SwapBack, SwapIn
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.service import SetBootStart
from console.operations.standby import WriteStandbySettings

from .conftest import Run, debian, rhel6
from .test_rendering import EVERY

PLATFORMS = (rhel6(), debian(), replace(debian(), pcs=None))


def every_class() -> set[type[Operation]]:
    """Every operation that there is."""
    for module in pkgutil.iter_modules(console.operations.__path__):
        import_module(f"console.operations.{module.name}")
    return set(Operation.__subclasses__())


def of_the_console() -> set[type[Operation]]:
    return {each for each in every_class() if each.__module__.startswith("console.")}


def test_every_operation_has_a_gist_of_its_own() -> None:
    assert not [each.__name__ for each in of_the_console() if "gist" not in vars(each)]


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: type(operation).__name__)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_gist_is_a_shells_text_of_a_few_lines_and_shorter_than_the_command(
    operation: Operation, platform: Platform
) -> None:
    gists = operation.gist(platform)
    assert 1 <= len(gists) <= 3
    for gist in gists:
        assert shlex.split(gist.partition("<<")[0], comments=True)
    assert sum(map(len, gists)) < len(operation.command(platform))


def sh(gists: tuple[str, ...]) -> None:
    """Run the gists themselves."""
    subprocess.run(["sh", "-c", "\n".join(gists)], check=True)


def files_of(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*") if path.is_file()}


def noted(name: str, folder: Path) -> str:
    return f'printf "%s\\n" {name} "$@" >>{shlex.quote(str(folder / "called"))}'


@pytest.mark.parametrize("version", [(0, 9), (0, 11), None])
@pytest.mark.parametrize("operation", [NodeStandby(), NodeUnstandby(), CleanupResource()], ids=repr)
def test_the_clusters_tool_is_called_as_the_gist_says(
    run: Run, stub: Callable[[str, str], Path], tmp_path: Path, operation: Operation, version: tuple[int, int] | None
) -> None:
    platform = replace(debian(), pcs=version, node="a b", resource="it's")
    for name in ("pcs", "crm_attribute", "crm_resource"):
        stub(name, noted(name, tmp_path))
    run(operation, platform)
    called = (tmp_path / "called").read_text().splitlines()
    assert [called] == [shlex.split(gist) for gist in operation.gist(platform)]


def test_the_boot_setting_is_made_as_the_gist_says(run: Run, stub: Callable[[str, str], Path], tmp_path: Path) -> None:
    for name in ("chkconfig", "systemctl"):
        stub(name, noted(name, tmp_path))
    for platform in (rhel6(), debian()):
        for enabled in (True, False):
            (tmp_path / "called").unlink(missing_ok=True)
            run(SetBootStart(enabled), platform)
            (gist,) = SetBootStart(enabled).gist(platform)
            assert (tmp_path / "called").read_text().splitlines() == shlex.split(gist)


def test_pg_basebackup_is_called_with_all_that_the_gist_says(
    run: Run, stub: Callable[[str, str], Path], tmp_path: Path, here: Platform
) -> None:
    (tmp_path / "data").mkdir()
    stub("pg_basebackup", noted("pg_basebackup", tmp_path))
    operation = BaseBackup(Layout(str(tmp_path / "data"), False, "r1"), "10.0.0.1", 5433, "it's", True, 1024)
    run(operation, here)
    called = (tmp_path / "called").read_text().splitlines()
    (gist,) = operation.gist(here)
    said = shlex.split(gist)
    assert called[: called.index("-P")] == said[:-1]
    assert said[-1] in called


def test_a_swap_leaves_what_its_gist_says(run: Run, tmp_path: Path, here: Platform) -> None:
    """The gist itself is run here, on a second pair of folders."""
    trees = []
    for name in ("by-command", "by-gist"):
        layout = Layout(str(tmp_path / name / "data"), False, "r1")
        for folder, text in ((layout.data, "old"), (layout.new, "new")):
            (Path(folder) / "global").mkdir(parents=True)
            for file in ("PG_VERSION", "global/pg_control"):
                (Path(folder) / file).write_text(text)
        trees.append(layout)
    for way in (SwapIn, SwapBack):
        run(way(trees[0]), here)
        sh(way(trees[1]).gist(here))
        found = [files_of(tmp_path / name) for name in ("by-command", "by-gist")]
        assert found[0] == found[1]
        assert len(found[0]) == 4


@pytest.mark.parametrize("directory", ["", "data.vmdb-new.r1"])
@pytest.mark.parametrize("major", ["9.2", "15"])
def test_the_standbys_settings_are_written_as_the_gist_says(
    run: Run, tmp_path: Path, here: Platform, major: str, directory: str
) -> None:
    data = tmp_path / (directory or "data")
    platform = here if major == "15" else replace(here, version=rhel6().version)
    operation = WriteStandbySettings("10.0.0.1", 5432, "it's", "db2", "cp /a/%f '%p'", directory and str(data))
    name = "postgresql.auto.conf" if major == "15" else "recovery.conf"
    data.mkdir()
    (data / "PG_VERSION").write_text(f"{major}\n")
    (data / "global").mkdir()
    (data / "global/pg_control").write_text("x")
    assert run(operation, platform).returncode == 0
    written = (data / name).read_text()
    (data / name).unlink()
    sh(operation.gist(platform))
    said = (data / name).read_text()
    assert [*map(without_passfile, written.splitlines())] == said.splitlines()


def without_passfile(line: str) -> str:
    """libpq needs the password file named where it is not the user's own; a person need not read that."""
    return re.sub(r" passfile=[^ ']*", "", line)
