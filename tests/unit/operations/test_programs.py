"""What the system's programs are told: the firewall, the service manager, PostgreSQL's own. Stubs note it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.facts.server_version import ServerVersion
from console.operations.copying import BaseBackup, TryReplication
from console.operations.gate import AllowPort, ClosePort, DenyPort, ReopenPort
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.service import ForgetPromotion, Promote, RunCheckpoint, StartDatabase, StopDatabase

from .conftest import Run

Stub = Callable[[str, str], Path]
JUMP = "INPUT -p tcp -m tcp --dport 5432 -j vmdb-console"
ACCEPT = "INPUT -p tcp -m tcp --dport 5432 -j ACCEPT"


class Notes:
    """What stubs were called with: a line a call, the program's name first."""

    def __init__(self, folder: Path, stub: Stub) -> None:
        self.file = folder / "notes"
        self.file.touch()
        self._stub = stub

    def program(self, name: str, then: str = "") -> None:
        """A program that notes its arguments, then does `then`."""
        self._stub(name, f'echo "{name} $*" >>{self.file}\n{then}')

    def of(self, name: str) -> list[str]:
        """The calls of a program, without its name."""
        lines = self.file.read_text().splitlines()
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


@pytest.fixture
def notes(tmp_path: Path, stub: Stub) -> Notes:
    return Notes(tmp_path, stub)


@pytest.fixture
def firewall(tmp_path: Path, stub: Stub, notes: Notes) -> Callable[..., Path]:
    """firewall(RULE…): iptables with these rules, as RHEL 6's 1.4.7: no -w, a space behind each rule."""
    changed = tmp_path / "changed"

    def make(*rules: str) -> Path:
        listed = tmp_path / "listed"
        listed.write_text("".join(f"{line} \n" for line in ("-P INPUT ACCEPT", *(f"-A {rule}" for rule in rules))))
        delete = f'sed -i "0,/^-A ${{*#-D }} $/{{/^-A ${{*#-D }} $/d}}" {listed}'
        answer = f"-S) cat {listed} ;; -S*) exit 1 ;; -w*) exit 2 ;; -D*) {delete} ;;"
        notes.program("iptables", f'case "$*" in {answer} esac')
        text = f'case "$*" in *-w*) exit 2 ;; esac\ncat >{changed}'
        for name, body in (
            ("iptables-restore", text),
            ("ip6tables-restore", "cat >/dev/null"),
            ("ip6tables", "exit 0"),
        ):
            stub(name, body)
        return changed

    return make


def test_the_gate_is_closed_by_one_change_that_comes_first(
    run: Run, here: Platform, firewall: Callable[..., Path]
) -> None:
    changed = firewall(ACCEPT)
    assert run(ClosePort("10.16.10.102"), here).returncode == 0
    assert changed.read_text().splitlines() == [
        "*filter",
        ":vmdb-console - [0:0]",
        "-A vmdb-console -s 10.16.10.102 -j RETURN",
        "-A vmdb-console -p tcp -j REJECT --reject-with tcp-reset",
        "-I INPUT 1 -p tcp -m tcp --dport 5432 -j vmdb-console",
        "COMMIT",
    ]


def test_a_gate_that_is_closed_already_is_replaced_in_the_same_change(
    run: Run, here: Platform, firewall: Callable[..., Path]
) -> None:
    changed = firewall(JUMP, ACCEPT, JUMP)
    assert run(ClosePort(None), here).returncode == 0
    assert [line for line in changed.read_text().splitlines() if line] == [
        "*filter",
        ":vmdb-console - [0:0]",
        f"-D {JUMP}",
        f"-D {JUMP}",
        "-A vmdb-console -p tcp -j REJECT --reject-with tcp-reset",
        "-I INPUT 1 -p tcp -m tcp --dport 5432 -j vmdb-console",
        "COMMIT",
    ]


def test_what_is_no_address_is_not_spared(run: Run, here: Platform, firewall: Callable[..., Path]) -> None:
    changed = firewall()
    assert run(ClosePort("10.0.0.1\n-A INPUT -j ACCEPT"), here).returncode != 0
    assert not changed.exists()


def test_every_jump_to_the_gate_is_taken_away(
    run: Run, here: Platform, firewall: Callable[..., Path], notes: Notes
) -> None:
    firewall(JUMP, ACCEPT, JUMP)
    assert run(ReopenPort(), here).returncode == 0
    assert [call for call in notes.of("iptables") if call.startswith("-D")] == [f"-D {JUMP}"] * 2


@pytest.mark.parametrize(
    ("rules", "added"),
    [
        ((), ["-I INPUT 1 -p tcp -m tcp --dport 5432 -j ACCEPT"]),
        ((JUMP,), ["-I INPUT 2 -p tcp -m tcp --dport 5432 -j ACCEPT"]),
        ((ACCEPT,), []),
    ],
)
def test_the_scripts_rule_is_put_once_and_behind_a_closed_gate(
    run: Run, here: Platform, firewall: Callable[..., Path], notes: Notes, rules: tuple[str, ...], added: list[str]
) -> None:
    firewall(*rules)
    assert run(AllowPort(), here).returncode == 0
    assert [call for call in notes.of("iptables") if call.startswith("-I")] == added


def test_the_scripts_rule_is_deleted_as_often_as_it_is_there(
    run: Run, here: Platform, firewall: Callable[..., Path], notes: Notes
) -> None:
    firewall(ACCEPT, "INPUT -i lo -j ACCEPT", ACCEPT)
    assert run(DenyPort(), here).returncode == 0
    assert [call for call in notes.of("iptables") if call.startswith("-D")] == [f"-D {ACCEPT}"] * 2


@pytest.mark.parametrize("operation", [ClosePort(None), ReopenPort(), AllowPort(), DenyPort()], ids=repr)
def test_rules_that_cannot_be_listed_are_not_taken_for_none(
    run: Run, here: Platform, notes: Notes, operation: Operation
) -> None:
    for name in ("iptables", "ip6tables", "iptables-restore", "ip6tables-restore"):
        notes.program(name, "echo 'Resource temporarily unavailable.' >&2; exit 4")
    done = run(operation, here)
    assert done.returncode != 0
    assert "cannot list its rules" in done.stderr
    assert not done.stdout


def test_rules_that_cannot_be_listed_again_are_not_said_to_be_deleted(
    run: Run, here: Platform, firewall: Callable[..., Path], notes: Notes, stub: Stub, tmp_path: Path
) -> None:
    firewall(ACCEPT)
    listing = tmp_path / "bin/iptables"
    listing.rename(tmp_path / "bin/listing")
    once = f'[ "$*" != -S ] || [ ! -e {tmp_path}/once ] || exit 4\n[ "$*" != -S ] || >{tmp_path}/once'
    stub("iptables", f'{once}\nexec {tmp_path}/bin/listing "$@"')
    done = run(DenyPort(), here)
    assert done.returncode != 0
    assert "cannot list its rules" in done.stderr


def test_the_gates_chain_is_removed_with_its_last_jump(
    run: Run, here: Platform, firewall: Callable[..., Path], notes: Notes, tmp_path: Path
) -> None:
    firewall(JUMP)
    with (tmp_path / "listed").open("a") as listed:
        listed.write("-N vmdb-console \n")
    assert run(ReopenPort(), here).returncode == 0
    assert notes.of("iptables")[-2:] == ["-F vmdb-console", "-X vmdb-console"]


@contextmanager
def server(here: Platform, port: int = 5433) -> Iterator[subprocess.Popen[bytes]]:
    """A process that a data directory takes for its postmaster."""
    data = Path(here.postgresql.data)
    data.mkdir(exist_ok=True)
    with subprocess.Popen(["sleep", "60"], cwd=data) as process:
        (data / "postmaster.pid").write_text(f"{process.pid}\n{data}\n1\n{port}\n/run/sockets\n*\n")
        try:
            yield process
        finally:
            process.kill()


def test_a_server_that_runs_is_not_started_again(run: Run, here: Platform, notes: Notes) -> None:
    notes.program("systemctl")
    with server(here):
        assert run(StartDatabase(), here).returncode == 0
    assert notes.of("systemctl") == []


def test_a_left_over_pid_file_does_not_keep_a_server_from_being_started(run: Run, here: Platform, notes: Notes) -> None:
    with server(here):
        pass
    data = here.postgresql.data
    notes.program("systemctl", f"cd {data}\nsleep 3 >/dev/null 2>&1 &\necho $! >postmaster.pid")
    done = run(StartDatabase(), here)
    assert notes.of("systemctl") == ["start postgresql"]
    assert done.returncode == 0, done.stderr


def test_a_server_that_does_not_come_up_is_a_failure_that_names_the_log(
    run: Run, here: Platform, notes: Notes, stub: Stub
) -> None:
    Path(here.postgresql.data).mkdir()
    stub("sleep", "")
    notes.program("systemctl", '[ "$1" = start ] && exit 0; exit 3')
    done = run(StartDatabase(), here)
    assert done.returncode != 0
    assert "see its log" in done.stderr


def test_where_debians_service_stays_active_without_its_server_it_is_restarted(
    run: Run, here: Platform, notes: Notes, stub: Stub
) -> None:
    Path(here.postgresql.data).mkdir()
    stub("sleep", "")
    notes.program("systemctl")
    run(StartDatabase(), here)
    assert notes.of("systemctl") == ["start postgresql", "is-active postgresql", "restart postgresql"]


def test_a_server_that_the_service_manager_leaves_running_is_stopped_fast(
    run: Run, here: Platform, notes: Notes
) -> None:
    notes.program("systemctl")
    with server(here) as process:
        ended = f"[ ! -e /proc/{process.pid}/cwd/. ]"
        notes.program("pg_ctl", f"kill {process.pid}; until {ended}; do sleep 0.05; done")
        done = run(StopDatabase(), here)
    assert (done.returncode, notes.of("systemctl")) == (0, ["stop postgresql"]), done.stderr
    assert notes.of("pg_ctl") == [f"-D {here.postgresql.data} -m fast -w -t 100 stop"]


def test_a_server_that_does_not_run_is_not_stopped(run: Run, here: Platform, notes: Notes) -> None:
    notes.program("systemctl")
    assert run(StopDatabase(), here).returncode == 0
    assert notes.of("systemctl") == []


@pytest.mark.parametrize(
    ("answer", "status", "promoted"),
    [("echo t", 0, True), ("echo f", 0, False), ("exit 2", 1, False), ("echo what", 1, False)],
)
def test_only_a_server_that_says_it_is_in_recovery_is_promoted(
    run: Run, here: Platform, notes: Notes, answer: str, status: int, promoted: bool
) -> None:
    notes.program("psql", answer)
    notes.program("pg_ctl")
    with server(here):
        assert run(Promote(), here).returncode == status
    assert notes.of("pg_ctl") == ([f"-D {here.postgresql.data} promote"] if promoted else [])


def test_a_promotion_that_a_stopped_server_never_saw_is_forgotten(run: Run, here: Platform) -> None:
    data = Path(here.postgresql.data)
    data.mkdir()
    for name in ("promote", "fallback_promote", "PG_VERSION"):
        (data / name).touch()
    for _ in range(2):
        assert run(ForgetPromotion(), here).returncode == 0
        assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_promotion_that_a_running_server_may_have_seen_is_not_forgotten(run: Run, here: Platform) -> None:
    with server(here):
        (Path(here.postgresql.data) / "promote").touch()
        done = run(ForgetPromotion(), here)
    assert done.returncode != 0
    assert "stop it first" in done.stderr
    assert (Path(here.postgresql.data) / "promote").exists()


def test_a_checkpoint_is_asked_for_through_the_servers_own_socket(run: Run, here: Platform, notes: Notes) -> None:
    notes.program("psql")
    with server(here, port=6000):
        assert run(RunCheckpoint(), here).returncode == 0
    assert notes.of("psql") == [
        "-X -A -t -q -w -v ON_ERROR_STOP=1 -h /run/sockets -p 6000 -d postgres -c CHECKPOINT",
    ]


@pytest.mark.parametrize("mounted", [False, True])
def test_a_copy_is_made_for_the_databases_user_alone(run: Run, here: Platform, notes: Notes, mounted: bool) -> None:
    layout = Layout(here.postgresql.data, mounted, "r1")
    Path(layout.data).mkdir()
    notes.program("pg_basebackup", f"umask >{here.postgresql.data}/umask; mkdir {layout.new}/base")
    operation = BaseBackup(layout, "10.0.0.1", 5432, "replicator", stream=True, max_rate=5000)
    for _ in range(2):
        assert run(operation, here).returncode == 0
    options = f"-w -D {layout.new} -X stream -c fast -P -v -l vmdb-console r1 --max-rate=5000"
    assert notes.of("pg_basebackup") == [f"-h 10.0.0.1 -p 5432 -U replicator {options}"] * 2
    assert int((Path(layout.data) / "umask").read_text(), 8) == 0o077
    folders = [Path(layout.new), *([Path(layout.new).parent, Path(layout.new).parents[1]] if mounted else [])]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700] * len(folders)


def test_a_copy_that_failed_leaves_no_half_of_it_and_its_status_says_so(run: Run, here: Platform, notes: Notes) -> None:
    layout = Layout(here.postgresql.data, mounted=False, run="r1")
    notes.program("pg_basebackup", f"echo x >{layout.new}/half; echo 'No space left on device' >&2; exit 7")
    done = run(BaseBackup(layout, "10.0.0.1", 5432, "replicator", stream=False), here)
    assert done.returncode == 7
    assert "No space left on device" in done.stderr
    assert "pg_basebackup failed with status 7" in done.stderr
    assert not Path(layout.new).exists()


def test_9_2_is_not_asked_for_a_rate_that_it_does_not_know(run: Run, here: Platform, notes: Notes) -> None:
    notes.program("pg_basebackup")
    layout = Layout(here.postgresql.data, mounted=False, run="r1")
    platform = replace(here, version=ServerVersion(90202))
    operation = BaseBackup(layout, "10.0.0.1", 5432, "replicator", stream=False, max_rate=5000)
    assert run(operation, platform).returncode == 0
    assert "--max-rate" not in notes.of("pg_basebackup")[0]


def test_a_replication_login_proves_that_it_is_the_same_database(run: Run, here: Platform, notes: Notes) -> None:
    notes.program("psql", "echo '7711|1|0/3000000|'")
    same, other = (TryReplication("10.0.0.1", 5432, "replicator", number) for number in ("7711", "771"))
    assert run(same, here).returncode == 0
    done = run(other, here)
    assert done.returncode != 0
    assert "its system identifier is 7711, not 771" in done.stderr


def test_the_command_prefix_gives_path_and_libraries(run: Run, here: Platform, notes: Notes, tmp_path: Path) -> None:
    collection = tmp_path / "collection"
    collection.mkdir()
    (collection / "psql").write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|1"\n')
    (collection / "psql").chmod(0o755)
    enable = f'PATH={collection}:$PATH LD_LIBRARY_PATH=/opt/lib\nexport PATH LD_LIBRARY_PATH\nshift 3\nexec "$@"'
    notes.program("scl", enable)
    postgresql = replace(here.postgresql, bin="", command_prefix="scl enable postgresql92 --")
    done = run(TryReplication("10.0.0.1", 5432, "replicator", "/opt/lib"), replace(here, postgresql=postgresql))
    assert (done.returncode, notes.of("scl")) == (0, ["enable postgresql92 -- env"]), done.stderr
