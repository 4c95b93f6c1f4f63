"""Whatever a value holds, it stays one argument of the program that it is for."""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.operations.cluster import CleanupResource, NodeStandby
from console.operations.copying import TryReplication
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.service import SetBootStart
from console.operations.shell import conninfo

from .conftest import SHELLS, debian, rhel6

PIECES = ["'", '"', "\\", "$(touch x)", "`touch x`", "\n", " ", ";", "|", "&", "*", "~", "-", "--", "#", "$x", "é", "a"]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with programs that print their arguments, each ended by a NUL; psql into a file, and its PGPASSFILE."""
    folder = tmp_path_factory.mktemp("programs")
    for name in ("pcs", "chkconfig"):
        (folder / name).write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    (folder / "psql").write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" \"$PGPASSFILE\" >{folder}/seen\necho '7|1'\n")
    for path in folder.iterdir():
        path.chmod(0o755)
    return folder


def arguments(operation: Operation, platform: Platform, programs: Path, shell: str) -> list[str]:
    """What the program was called with."""
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    argv = [shell, "-c", f"(\n{operation.command(platform)}\n)"]
    done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout.decode().split("\0")[:-1]


few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("shell", SHELLS)
@few
@given(node=TEXTS, resource=TEXTS)
def test_names_of_a_cluster_stay_one_argument(shell: str, programs: Path, node: str, resource: str) -> None:
    platform = replace(debian(), node=node, resource=resource)
    assert arguments(NodeStandby(), platform, programs, shell) == ["node", "standby", node]
    expected = ["resource", "cleanup", resource, f"node={node}"]
    assert arguments(CleanupResource(), platform, programs, shell) == expected


@pytest.mark.parametrize("shell", SHELLS)
@few
@given(service=TEXTS)
def test_a_services_name_stays_one_argument(shell: str, programs: Path, service: str) -> None:
    platform = replace(rhel6(), postgresql=replace(rhel6().postgresql, service=service))
    assert arguments(SetBootStart(False), platform, programs, shell) == [service, "off"]


@pytest.mark.parametrize("shell", SHELLS)
@few
@given(source=TEXTS, user=TEXTS, pgpass=TEXTS)
def test_a_connection_string_stays_one_argument(
    shell: str, programs: Path, source: str, user: str, pgpass: str
) -> None:
    own = replace(debian().postgresql, os_user=getpass.getuser(), bin=str(programs), pgpass=pgpass)
    arguments(TryReplication(source, 5432, user, "7"), replace(debian(), postgresql=own), programs, shell)
    expected = conninfo(host=source, port="5432", user=user, dbname="replication", replication="true")
    seen = (programs / "seen").read_bytes().decode().split("\0")
    assert seen[:-1] == [
        *("-X", "-w", "-A", "-t", "-d"),
        f"{expected} connect_timeout=5",
        *("-c", "IDENTIFY_SYSTEM", pgpass),
    ]
