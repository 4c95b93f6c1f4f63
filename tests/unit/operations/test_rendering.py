"""What is rendered for RHEL 6 with 9.2, for Debian with 15 and for PostgreSQL's own packages of 11."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from console.facts.server_version import ServerVersion
from console.operations.archive import DiscardArchive, MakeArchiveFolder
from console.operations.cluster import (
    CleanupResource,
    DiscardLock,
    NodeStandby,
    NodeUnstandby,
    PutLockBack,
    SetLockAside,
)
from console.operations.copying import (
    BaseBackup,
    DiscardOld,
    PutArchiveBack,
    RemoveCopy,
    SetArchiveAside,
    SwapBack,
    SwapIn,
    TryReplication,
    VerifyCopy,
)
from console.operations.files import InstallFiles, NewFile, PutFilesBack
from console.operations.gate import AllowPort, ClosePort, DenyPort, HoldScript, ReleaseScript, ReopenPort
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.service import (
    ForgetPromotion,
    Promote,
    RunCheckpoint,
    SetBootStart,
    StartDatabase,
    StopDatabase,
)
from console.operations.shell import CommandError, conninfo, essentials, setting
from console.operations.standby import InstallHistory, WriteStandbySettings
from console.operations.trial import CreateTrial, DropTrial, ReadTrial, TryTrialInsert
from console.operations.web_server import AskEndpoint, StartWebServer, StopWebServer

from .conftest import SHELLS, debian, pgdg11, rhel6

LAYOUTS = (Layout("/srv/data", mounted=False, run="r1"), Layout("/srv/data", mounted=True, run="r1"))
EVERY: tuple[Operation, ...] = (
    StartDatabase(),
    StopDatabase(),
    Promote(),
    ForgetPromotion(),
    RunCheckpoint(),
    SetBootStart(True),
    SetBootStart(False),
    ClosePort("10.0.0.1"),
    ClosePort(None),
    ReopenPort(),
    AllowPort(),
    DenyPort(),
    HoldScript("/usr/bin/pgsql-standby-check-promote"),
    ReleaseScript("/usr/bin/pgsql-standby-check-promote"),
    InstallFiles((NewFile("/usr/bin/pgsql-check", "755", "#!/bin/sh\n", "", ()),), ("check.service",), "r1"),
    PutFilesBack(("/usr/bin/pgsql-check",), ("check.service",), "r1"),
    NodeStandby(),
    NodeUnstandby(),
    CleanupResource(),
    SetLockAside("/tmp/PGSQL.lock", 1),
    PutLockBack("/tmp/PGSQL.lock"),
    DiscardLock("/tmp/PGSQL.lock"),
    TryReplication("10.0.0.1", 5432, "replicator", "7"),
    *(BaseBackup(layout, "10.0.0.1", 5432, "replicator", stream=True, max_rate=9) for layout in LAYOUTS),
    *(VerifyCopy(layout, "7", "15") for layout in LAYOUTS),
    *(RemoveCopy(layout) for layout in LAYOUTS),
    *(SwapIn(layout) for layout in LAYOUTS),
    *(SwapIn(layout, needs_standby=True) for layout in LAYOUTS),
    *(SwapBack(layout) for layout in LAYOUTS),
    *(DiscardOld(layout) for layout in LAYOUTS),
    SetArchiveAside("/srv/wal-archive", "r1"),
    PutArchiveBack("/srv/wal-archive", "r1"),
    DiscardArchive("/srv/wal-archive", "r1"),
    MakeArchiveFolder("/srv/wal-archive-write"),
    WriteStandbySettings("10.0.0.1", 5432, "replicator", "db2", "cp /a/%f %p"),
    WriteStandbySettings("10.0.0.1", 5432, "replicator", "db2", "cp /a/%f %p", LAYOUTS[1].new),
    InstallHistory(2, "1\t0/3000000\tno recovery target specified\n"),
    CreateTrial("r1"),
    ReadTrial("r1"),
    TryTrialInsert("r1"),
    DropTrial("r1"),
    StopWebServer("httpd"),
    StartWebServer("httpd"),
    AskEndpoint("https://cf-dc1-ui.example.com/ping", 15, 5),
)
PLATFORMS = (rhel6(), debian(), pgdg11())


def last_line(operation: Operation, platform: Platform) -> str:
    return operation.command(platform).strip().splitlines()[-1]


def test_the_list_above_holds_every_operation() -> None:
    concrete = {
        kind.__name__ for kind in Operation.__subclasses__() if kind.__module__.startswith("console.operations")
    }
    assert concrete == {type(operation).__name__ for operation in EVERY}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("platform", PLATFORMS, ids=["rhel6", "debian", "pgdg11"])
def test_every_command_is_a_program_to_both_shells(shell: str, platform: Platform) -> None:
    text = "\n".join(f"(\n{operation.command(platform)}\n)" for operation in EVERY)
    done = subprocess.run([shell, "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: type(operation).__name__)
def test_no_command_has_a_here_document(operation: Operation) -> None:
    assert not any("<<" in operation.command(platform) for platform in PLATFORMS)


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: type(operation).__name__)
def test_no_command_names_a_password(operation: Operation) -> None:
    for platform in PLATFORMS:
        words = operation.command(platform).replace("unset CDPATH", "").split()
        assert not [word for word in words if "password" in word.lower() and word != "PGPASSWORD"]


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: type(operation).__name__)
def test_the_same_operation_always_gives_the_same_command(operation: Operation) -> None:
    assert operation.command(debian()) == operation.command(debian())


def test_services_are_managed_by_service_and_chkconfig_on_rhel_6() -> None:
    text = StartDatabase().command(rhel6()) + SetBootStart(False).command(rhel6())
    assert 'exec service "$service" "$1"' in text
    assert 'chkconfig "$service" "$1"' in text
    assert "systemctl" not in text
    assert "service=postgresql92-postgresql\n" in text


def test_services_are_managed_by_systemctl_where_systemd_is() -> None:
    text = StartDatabase().command(pgdg11()) + SetBootStart(True).command(pgdg11())
    assert 'systemctl "$1" "$service"' in text
    assert 'systemctl enable "$service"' in text
    assert "chkconfig" not in text
    assert "service=postgresql-11\n" in text


@pytest.mark.parametrize(
    ("pcs", "standby", "cleanup"),
    [
        ((0, 9), 'pcs cluster standby "$node"', 'pcs resource cleanup "$resource"'),
        ((0, 10), 'pcs node standby "$node"', 'pcs resource cleanup "$resource" node="$node"'),
        ((0, 11), 'pcs node standby "$node"', 'pcs resource cleanup "$resource" node="$node"'),
        (None, 'crm_attribute -N "$node" -l forever -n standby -v on', 'crm_resource -C -r "$resource" -N "$node"'),
    ],
)
def test_pacemaker_is_told_in_the_words_of_its_pcs(pcs: tuple[int, int] | None, standby: str, cleanup: str) -> None:
    platform = replace(debian(), pcs=pcs)
    assert last_line(NodeStandby(), platform) == standby
    assert last_line(NodeUnstandby(), platform) == standby.replace("standby -v on", "standby -D").replace(
        "pcs node standby", "pcs node unstandby"
    ).replace("pcs cluster standby", "pcs cluster unstandby")
    assert last_line(CleanupResource(), platform) == cleanup


def test_the_command_prefix_is_asked_for_its_environment() -> None:
    text = Promote().command(rhel6())
    assert 'prefixed() { scl enable postgresql92 -- "$@"; }' in text
    assert 'prefixed() { "$@"; }' in Promote().command(debian())


def test_programs_lie_where_the_inventory_says() -> None:
    assert "programs=/usr/pgsql-11/bin\n" in Promote().command(pgdg11())


def test_the_password_file_of_the_inventory_is_used() -> None:
    assert "pgpass=/var/lib/pgsql/.pgpass\n" in TryReplication("h", 1, "u", "7").command(rhel6())


@pytest.mark.parametrize(("number", "rate"), [(90202, "''"), (90300, "''"), (90400, "5000"), (150000, "5000")])
def test_a_copys_rate_is_limited_from_9_4_on(number: int, rate: str) -> None:
    operation = BaseBackup(LAYOUTS[0], "h", 1, "u", stream=True, max_rate=5000)
    assert f"\nmax_rate={rate}\n" in operation.command(replace(debian(), version=ServerVersion(number)))


@pytest.mark.parametrize(("stream", "wal"), [(True, "stream"), (False, "fetch")])
def test_wal_is_streamed_or_fetched_in_every_version(stream: bool, wal: str) -> None:
    operation = BaseBackup(LAYOUTS[0], "h", 1, "u", stream=stream)
    for platform in PLATFORMS:
        assert f"\nwal={wal}\n" in operation.command(platform)
        assert '-X "$wal" -c fast -P -v' in operation.command(platform)


def test_connection_strings_are_quoted_as_libpq_reads_them() -> None:
    text = conninfo(host="10.0.0.1", user="o'neil \\ x", password_less="")
    assert text == r"host=10.0.0.1 user='o\'neil \\ x' password_less=''"


def test_a_settings_quotes_and_backslashes_are_doubled_and_it_stays_one_line() -> None:
    assert setting("restore_command", "cp 'a' \\b\nx") == r"restore_command = 'cp ''a'' \\b\nx'"


def test_a_nul_byte_is_refused() -> None:
    with pytest.raises(CommandError, match="NUL"):
        HoldScript("/usr/bin/a\0b").command(debian())


def test_a_commands_essentials_are_its_values_and_what_it_calls() -> None:
    text = essentials(ClosePort("10.0.0.1").command(debian()))
    assert text.splitlines() == [
        "# base.sh",
        "port=5432",
        "chain=vmdb-console",
        "spare=10.0.0.1",
        "# firewall.sh",
        "# gate.sh",
        "close_port",
    ]
