"""A witness that looks from where it stands (`view:HOST`): a real sshd, with nothing but ssh on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostscripts import network, user
from tests.hostscripts.conftest import Pair
from tests.hostscripts.test_check_promote import NOWHERE, PROMOTE
from tests.hostscripts.waiting import wait_until

pytestmark = pytest.mark.slow

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin")
SSHD_CONFIG = """ListenAddress 127.0.0.3
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
UsePAM {pam}
PermitRootLogin prohibit-password
StrictModes no
PasswordAuthentication no
"""
SSH_CONFIG = """Host witness
  User {login}
  HostName 127.0.0.3
  Port {port}
  IdentityFile {folder}/user_key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
"""


@pytest.fixture
def view(pair: Pair) -> Iterator[Pair]:
    """Host 2 asks `view:witness`, an sshd of another address."""
    if SSHD is None:
        pytest.skip("sshd is not installed here")
    folder, port = pair.second.root / "ssh", network.free_port()
    folder.mkdir()
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    host_key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.3]:{port} {host_key}\n")
    (folder / "sshd_config").write_text(
        SSHD_CONFIG.format(port=port, folder=folder, pam="no" if user.IS_ROOT else "yes")
    )
    (folder / "ssh_config").write_text(
        SSH_CONFIG.format(port=port, folder=folder, login="root" if user.IS_ROOT else user.NAME)
    )
    user.give(folder)
    pair.second.program("ssh", f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
    pair.second.configure(WITNESSES="view:witness")
    words = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
    if user.IS_ROOT:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log, subprocess.Popen(words, stderr=log, start_new_session=True) as daemon:
        try:
            wait_until(lambda: "Server listening" in (folder / "log").read_text(), 10)
            done = user.run([pair.second.root / "bin/ssh", "witness", "true"], pair.second.environment)
            if done.returncode:
                pytest.skip(f"nobody can log in to an sshd of this user here: {done.stderr.strip()}")
            yield pair
        finally:
            pair.second.end_session(daemon)


def second_failure(pair: Pair) -> str:
    pair.second.count(1)
    pair.second.run(PROMOTE, timeout=20)
    return pair.second.log(PROMOTE)


def reach_host_1_by_the_witness_alone(pair: Pair) -> None:
    """Host 2 itself finds nothing at host 1's address; the witness finds host 1, since ssh carries that name there."""
    pair.second.configure(PRIMARY_HOST=NOWHERE)
    path = Path(pair.second.root / "bin/ssh")
    path.write_text(
        path.read_text().replace(
            "exec /usr",
            f'for word; do shift; set -- "$@" "$(echo "$word" | sed s/{NOWHERE}/127.0.0.1/)"; done\nexec /usr',
        )
    )


def test_a_host_1_that_the_witness_sees_alive_is_not_replaced(view: Pair) -> None:
    reach_host_1_by_the_witness_alone(view)
    log = second_failure(view)
    assert "WARNING: view:witness sees that 127.0.0.5 accepts connections: not promoting" in log
    assert view.second.role == "standby"


def test_a_host_1_that_hangs_is_seen_too(view: Pair) -> None:
    reach_host_1_by_the_witness_alone(view)
    with view.first.frozen():
        assert "view:witness sees" in second_failure(view)
    assert view.second.role == "standby"


def test_a_witness_that_sees_no_host_1_either_lets_host_2_promote_itself(view: Pair) -> None:
    view.first.stop()
    second_failure(view)
    assert view.second.role == "primary"


def test_a_witness_that_lets_nobody_in_is_no_answer(view: Pair) -> None:
    (view.second.root / "ssh/user_key.pub").write_text("")
    view.first.stop()
    assert "no witness answers: this host is cut off" in second_failure(view)
    assert view.second.role == "standby"


def test_the_files_that_it_worked_with_are_gone(view: Pair) -> None:
    view.first.stop()
    second_failure(view)
    assert sorted(path.name for path in (view.second.root / "var/run").iterdir()) == ["pgsql-replication.lock"]
