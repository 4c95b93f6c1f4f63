"""pgsql-standby-check-access at boot of host 2: its port by what the server says that it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostscripts import user
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import FIRST, ScriptHost

ACCESS = "pgsql-standby-check-access"


@pytest.fixture
def primary(pair: Pair) -> ScriptHost:
    """Host 2 is the primary; host 1 is down."""
    pair.first.stop()
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    return pair.second


@pytest.mark.slow
def test_a_standby_s_port_stays_closed_but_for_host_1(pair: Pair) -> None:
    assert pair.second.run(ACCESS).returncode == 0
    assert pair.second.log(ACCESS).endswith(f"INFO: I'm a standby, leaving port {pair.port} closed.\n")
    assert f"-A pgsql-replication -s {FIRST}/32 -j ACCEPT" in pair.second.rules


@pytest.mark.parametrize("shell", [("dash",), ("bash", "--posix")], ids=["dash", "bash"])
def test_a_primary_s_port_opens(primary: ScriptHost, shell: tuple[str, ...]) -> None:
    primary.shell = shell
    assert primary.run(ACCESS).returncode == 0
    assert primary.rules[1:] == [primary.allow]
    assert primary.log(ACCESS).endswith(f"INFO: I'm the primary, opening port {primary.port}.\n")


@pytest.mark.slow
def test_the_old_script_takes_a_primary_with_a_left_over_file_for_a_standby(old_pair: Pair) -> None:
    old_pair.second.pg("pg_ctl", "-D", str(old_pair.second.data), "-w", "promote")
    (old_pair.second.data / "recovery.conf").touch()
    old_pair.second.run(ACCESS)
    assert "I'm a standby" in old_pair.second.log(ACCESS)


@pytest.mark.slow
def test_a_left_over_file_does_not_make_a_primary_a_standby(primary: ScriptHost) -> None:
    (primary.data / "recovery.conf").touch()
    primary.run(ACCESS)
    assert "I'm the primary" in primary.log(ACCESS)


def test_a_second_primary_s_port_stays_closed(pair: Pair) -> None:
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    assert pair.second.run(ACCESS).returncode == 1
    assert pair.second.jump in pair.second.rules
    assert f"ERROR: I'm the primary, and {FIRST} answers as a primary too" in pair.second.log(ACCESS)


def stopped(hosts: Callable[..., ScriptHost], *, old: bool = False, standby: bool) -> ScriptHost:
    host = hosts(2, old=old)
    if not standby:
        (host.data / "standby.signal").unlink()
    host.configure(ANSWER_SECONDS="1")
    host.rules = []
    return host


@pytest.mark.slow
def test_the_old_script_opens_the_port_of_a_database_that_does_not_answer(hosts: Callable[..., ScriptHost]) -> None:
    host = stopped(hosts, old=True, standby=False)
    host.run(ACCESS)
    assert "opening port" in host.log(ACCESS)


@pytest.mark.slow
def test_a_database_that_does_not_say_what_it_is_stays_closed(hosts: Callable[..., ScriptHost]) -> None:
    host = stopped(hosts, standby=False)
    assert host.run(ACCESS).returncode == 1
    assert host.jump in host.rules
    assert "does not say whether it is the primary" in host.log(ACCESS)


@pytest.mark.slow
def test_where_the_server_does_not_say_the_standby_s_file_does(hosts: Callable[..., ScriptHost]) -> None:
    host = stopped(hosts, standby=True)
    assert host.run(ACCESS).returncode == 0
    assert "INFO: I'm a standby" in host.log(ACCESS)


def test_recovery_conf_is_that_file_up_to_11(hosts: Callable[..., ScriptHost]) -> None:
    host = stopped(hosts, standby=False)
    user.give(host.data)
    (host.data / "recovery.conf").touch()
    assert host.run(ACCESS).returncode == 0
    assert "INFO: I'm a standby" in host.log(ACCESS)
