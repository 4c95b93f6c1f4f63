"""Platforms to render for, and real shells to run what is rendered, on stubs where a program would need a host."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.facts.server_version import ServerVersion
from console.inventory.fleet import PostgresqlSettings
from console.operations import archive, copying
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform


def listed(path: str) -> str:
    """A mount of `path` as /proc/self/mounts has it."""
    return f"/dev/sdb1 {path} xfs rw,relatime 0 0\n"


SHELLS = tuple(name for name in ("dash", "bash") if shutil.which(name))
Run = Callable[..., subprocess.CompletedProcess[str]]


def settings(data: str, **changes: object) -> PostgresqlSettings:
    """A Debian host's settings, with its data in `data`."""
    found = PostgresqlSettings(
        profile="debian",
        home="/var/lib/postgresql",
        data=data,
        tmp="/var/lib/postgresql/tmp",
        log="/var/log/postgresql/postgresql-15-main.log",
        command_prefix="",
        service="postgresql",
        os_user="postgres",
        port=5432,
        database="vmdb_production",
        sql_user="cloudforms",
        replication_user="replicator",
        pgpass="/var/lib/postgresql/.pgpass",
        bin="/usr/lib/postgresql/15/bin",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def debian() -> Platform:
    """Debian 12, PostgreSQL 15, pcs 0.11, systemd."""
    postgresql = settings("/var/lib/postgresql/15/main")
    return Platform("db1", "abc", postgresql, ServerVersion(150018), systemd=True, node="db1", pcs=(0, 11))


def rhel6() -> Platform:
    """RHEL 6, PostgreSQL 9.2 of the software collection, pcs 0.9, init scripts."""
    home = "/opt/rh/postgresql92/root/var/lib/pgsql"
    changes = {"home": home, "command_prefix": "scl enable postgresql92 --", "service": "postgresql92-postgresql"}
    postgresql = settings(f"{home}/data", pgpass="/var/lib/pgsql/.pgpass", bin="", **changes)
    return Platform("db1", "", postgresql, ServerVersion(90202), systemd=False, node="db1", pcs=(0, 9))


def pgdg11() -> Platform:
    """RHEL 8 with PostgreSQL's own packages of 11, no pcs."""
    postgresql = settings("/var/lib/pgsql/11/data", service="postgresql-11", bin="/usr/pgsql-11/bin")
    return Platform("db1", "def", postgresql, ServerVersion(110022), systemd=True, node="db1")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that is here, of the two that hosts have."""
    return str(request.param)


@pytest.fixture
def here(tmp_path: Path) -> Platform:
    """This machine as a host: the database's user is who runs the tests, the data lie in tmp_path/data."""
    postgresql = settings(str(tmp_path / "data"), os_user=getpass.getuser(), bin=str(tmp_path / "bin"))
    return replace(debian(), postgresql=replace(postgresql, pgpass=str(tmp_path / ".pgpass")))


@pytest.fixture(autouse=True)
def notes_of_archives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where operations note archived WAL that is aside: on this machine, below tmp_path."""
    for module in (archive, copying):
        monkeypatch.setattr(module, "ARCHIVES", str(tmp_path / "state" / "archives"))
    return tmp_path / "state" / "archives"


@pytest.fixture(autouse=True)
def mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The list of mounts that operations see. Where a test writes none, `run` writes the one that the layout says."""
    monkeypatch.setattr(copying, "MOUNTS", str(tmp_path / "mounts"))
    return tmp_path / "mounts"


@pytest.fixture
def stub(tmp_path: Path) -> Callable[[str, str], Path]:
    """stub(NAME, BODY): a program of that name on the PATH of what `run` runs."""
    (tmp_path / "bin").mkdir(exist_ok=True)

    def make(name: str, body: str) -> Path:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def run(tmp_path: Path, shell: str, mounts: Path) -> Run:
    """run(OPERATION, PLATFORM): its command, in a subshell as the hands run it; stdout, stderr and status."""

    (tmp_path / "bin").mkdir(exist_ok=True)
    sync = tmp_path / "bin/sync"  # of the whole machine: seconds, and nothing that a test could see
    sync.write_text("#!/bin/sh\n")
    sync.chmod(0o755)

    def own_mounts() -> bool:
        return mounts.exists() and mounts.read_text().startswith("# the test's own\n")

    def perform(operation: Operation, platform: Platform) -> subprocess.CompletedProcess[str]:
        layout = getattr(operation, "layout", None)
        if isinstance(layout, Layout) and not own_mounts():
            mounts.write_text(listed(layout.data) if layout.mounted else "")
        environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        argv = [shell, "-c", f"(\n{operation.command(platform)}\n)"]
        return subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )

    return perform
