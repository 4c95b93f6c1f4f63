"""Becoming root. `sudo` here is a script: a real one needs root to install; the lab has it."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from console.inventory.fleet import Become
from console.transport.algorithms import Connection
from console.transport.endpoint import Endpoint, Login
from console.transport.keys import KeyRing
from console.transport.login import exchange_keys, log_in
from console.transport.program import ProbeProgram
from console.transport.session import ResidentShell, open_shell
from tests.unit.transport.conftest import StartSshd
from tests.unit.transport.sshd import Sshd, current_user


def shell_with_sudo(
    start_sshd: StartSshd, tmp_path: Path, user_key: Path, sudo: str, patience: float = 8
) -> ResidentShell:
    """The resident shell of a login called oncall at a host where `sudo` does what the script says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    # The account that runs the tests may be root; the host is to believe that it is not.
    scripts = {"id": "echo 1000", "sudo": sudo} if sudo else {"id": "echo 1000"}
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    sshd = start_sshd(f"SetEnv PATH={folder}:/usr/bin:/bin")
    deadline = time.monotonic() + patience
    return open_shell(connect(sshd, user_key, deadline), "oncall", Become.SUDO, ProbeProgram(":", "1"), deadline)


def connect(sshd: Sshd, user_key: Path, deadline: float) -> Connection:
    login = Login(current_user(), (user_key,), True, True, None)
    target = Endpoint("db1", "127.0.0.1", sshd.port, login, (), ())
    sock = socket.create_connection((target.address, target.port))
    connection = Connection(sock, legacy=False)
    exchange_keys(connection, target, b"", deadline)
    log_in(connection, target, KeyRing())
    return connection


REFUSALS = [
    ("echo 'sudo: a password is required' >&2; exit 1", "sudo -n refused: sudo: a password is required"),
    ("echo 'Sorry, user oncall is not allowed to execute' >&2; exit 1", "sudo -n refused: Sorry, user oncall is not"),
    (
        "echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1",
        "sudo -n refused: sudo: sorry, you must have a tty",
    ),
    ("", "not found"),
    ("exit 7", "sudo -n refused: it ended with exit status 7"),
]


@pytest.mark.parametrize(("sudo", "words"), REFUSALS)
def test_where_sudo_refuses_the_shell_goes_on_without_and_says_why(
    start_sshd: StartSshd, tmp_path: Path, user_key: Path, sudo: str, words: str
) -> None:
    if not sudo and any(Path(folder, "sudo").exists() for folder in ("/usr/bin", "/bin")):
        pytest.skip("there is a real sudo on this machine")
    shell = shell_with_sudo(start_sshd, tmp_path, user_key, sudo)
    shell.drop()
    assert shell.degraded is not None
    assert words in shell.degraded


def test_a_sudo_that_hangs_leaves_time_for_a_shell_without_it(
    start_sshd: StartSshd, tmp_path: Path, user_key: Path
) -> None:
    shell = shell_with_sudo(start_sshd, tmp_path, user_key, "exec sleep 4", patience=2)
    shell.drop()
    assert shell.degraded is not None
    assert "no shell answered in time" in shell.degraded


def test_a_sudo_that_gives_another_user_is_not_taken_for_root(
    start_sshd: StartSshd, tmp_path: Path, user_key: Path
) -> None:
    shell = shell_with_sudo(start_sshd, tmp_path, user_key, 'shift; exec "$@"')
    shell.drop()
    assert shell.degraded is not None
    assert "not root" in shell.degraded


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can stand in for sudo to root")
def test_where_sudo_gives_root_nothing_is_degraded(start_sshd: StartSshd, tmp_path: Path, user_key: Path) -> None:
    shell = shell_with_sudo(
        start_sshd, tmp_path, user_key, '[ "$*" = "-n /bin/sh" ] && PATH=/usr/bin:/bin exec /bin/sh'
    )
    shell.drop()
    assert shell.degraded is None
