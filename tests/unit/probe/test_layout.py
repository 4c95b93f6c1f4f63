"""How the data directory lies on its disks, as the real program sees real directories."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from console.facts.traces import DataLayout
from console.operations.layout import Layout
from console.probe.layout import parse_layout
from tests.unit.probe.hosts import SHELLS, TemporaryHost

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")


def layout(host: TemporaryHost, shell: str = "dash") -> DataLayout:
    found = host.facts("layout", shell=shell).layout
    assert found.value is not None, found.error
    return found.value


def fill(path: Path, mebibytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(mebibytes * 1024**2))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_plain_directory_is_told_with_its_size_and_the_free_space(a_host: TemporaryHost, shell: str) -> None:
    fill(a_host.root / "data" / "base" / "1", 3)
    found = layout(a_host, shell)
    path = str(a_host.root / "data")
    assert (found.path, found.real, found.mounted, found.tablespaces, found.wal_link) == (path, path, False, (), None)
    assert found.size is not None
    assert found.size == pytest.approx(3 * 1024**2, rel=0.05)
    assert found.free == pytest.approx(shutil.disk_usage(path).free, rel=0.05)
    assert found.device == Path(path).stat().st_dev


def test_every_link_on_the_way_is_followed(a_host: TemporaryHost) -> None:
    (a_host.root / "disk" / "pg").mkdir(parents=True)
    (a_host.root / "data").rmdir()
    (a_host.root / "data").symlink_to("disk/pg")
    found = layout(a_host)
    assert (found.path, found.real) == (str(a_host.root / "data"), str((a_host.root / "disk" / "pg").resolve()))


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="/dev/shm is no mount point here")
def test_a_mount_point_is_one(a_host: TemporaryHost) -> None:
    a_host.more = "VMDB_DATA=/dev/shm"
    assert layout(a_host).mounted


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount")
def test_a_directory_of_the_same_device_that_is_bound_there_is_a_mount_point(a_host: TemporaryHost) -> None:
    (a_host.root / "other").mkdir()
    bind = f'mount --bind "{a_host.root}/other" "{a_host.root}/data" && exec "$@"'
    report = a_host.frame("layout", argv=("unshare", "-m", "sh", "-c", bind, "sh"))
    found = parse_layout(report.sections["layout"].text)
    assert found is not None
    assert found.mounted


def test_tablespaces_and_a_linked_wal_directory_are_named_by_their_targets(a_host: TemporaryHost) -> None:
    data = a_host.root / "data"
    for name in ("space 1", "wal"):
        (a_host.root / name).mkdir()
    (data / "pg_tblspc").mkdir()
    (data / "pg_tblspc" / "16385").symlink_to(a_host.root / "space 1")
    (data / "pg_tblspc" / "16386").symlink_to("/nonexistent")
    (data / "pg_wal").symlink_to(a_host.root / "wal")
    found = layout(a_host)
    assert found.tablespaces == (str(a_host.root / "space 1"), "/nonexistent")
    assert found.wal_link == str(a_host.root / "wal")


def test_what_a_run_left_inside_a_mount_point_does_not_count_as_the_databases_size(a_host: TemporaryHost) -> None:
    fill(Path(Layout(str(a_host.root / "data"), True, "r1").old) / "base" / "1", 3)
    size = layout(a_host).size
    assert size is not None
    assert size < 1024**2


def test_a_directory_that_is_not_there_takes_no_space(a_host: TemporaryHost) -> None:
    (a_host.root / "data").rmdir()
    found = layout(a_host)
    assert (found.real, found.mounted, found.size) == (str(a_host.root / "data"), False, 0)
    assert found.free is not None
    assert found.device == a_host.root.stat().st_dev


def test_a_du_that_does_not_end_leaves_the_size_unknown(a_host: TemporaryHost) -> None:
    a_host.tool("du", "sleep 60")
    report = a_host.ask("layout", deadline=2)
    assert b"real " in report
    found = parse_layout(report.decode().partition("layout\n")[2])
    assert found is not None
    assert found.size is None


def test_files_that_vanish_meanwhile_do_not_hide_the_size(a_host: TemporaryHost) -> None:
    real = shutil.which("du")
    a_host.tool("du", f'{real} "$@"; echo "du: cannot access x" >&2; exit 1')
    assert layout(a_host).size is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "path /d\nreal /d",
        "path /d\nmounted no",
        "path /d\nreal relative\nmounted no",
        "path /d\nreal /d\nmounted perhaps",
    ],
)
def test_half_an_answer_is_none(text: str) -> None:
    assert parse_layout(text) is None


@pytest.mark.parametrize("size", ["-1", "1e9", "99999999999999999999999", "\x1b[2J", ""])
def test_a_size_that_is_no_number_is_unknown(size: str) -> None:
    found = parse_layout(f"path /d\nreal /d\nmounted no\nsize {size}\nfree {size}")
    assert found is not None
    assert (found.size, found.free) == (None, None)
