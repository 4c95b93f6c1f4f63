"""pgsql-primary-check-start at boot: host 1 starts only where host 2 says that it is a standby."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import SECOND, ScriptHost

pytestmark = pytest.mark.slow

CHECK = "pgsql-primary-check-start"


def pending(host: ScriptHost) -> bool:
    return (host.root / "var/run/pgsql-replication.pending").exists()


@pytest.fixture
def booted(pair: Pair) -> Pair:
    """Host 1 has booted: its database does not run."""
    pair.first.stop()
    return pair


@pytest.fixture
def promoted(booted: Pair) -> Pair:
    """And host 2 was promoted meanwhile."""
    booted.second.pg("pg_ctl", "-D", str(booted.second.data), "-w", "promote")
    return booted


@pytest.mark.parametrize("shell", [("dash",), ("bash", "--posix")], ids=["dash", "bash"])
def test_a_host_2_that_is_a_standby_lets_host_1_start(booted: Pair, shell: tuple[str, ...]) -> None:
    booted.first.shell = shell
    assert booted.first.run(CHECK).returncode == 0
    assert booted.first.role == "primary"
    assert f"INFO: {SECOND} answers as a standby, starting the local database." in booted.first.log(CHECK)
    assert not pending(booted.first)


def test_host_1_starts_behind_a_shut_gate_that_opens_afterwards(booted: Pair) -> None:
    seen = f"cp {booted.first.root}/rules.iptables {booted.first.root}/rules.at-start\n"
    service = booted.first.root / "bin/service"
    booted.first.program("service", service.read_text().replace("case $2 in\n", f"{seen}case $2 in\n"))
    booted.first.run(CHECK)
    assert booted.first.jump in (booted.first.root / "rules.at-start").read_text().splitlines()
    assert booted.first.jump not in booted.first.rules


def test_a_host_2_that_is_the_primary_keeps_host_1_down(promoted: Pair) -> None:
    assert promoted.first.run(CHECK).returncode == 0
    assert not promoted.first.is_up
    assert f"INFO: {SECOND} answers, so it is the primary; not starting" in promoted.first.log(CHECK)
    assert not pending(promoted.first)


def test_the_old_script_starts_a_second_primary_when_it_cannot_reach_host_2(old_pair: Pair) -> None:
    old_pair.first.stop()
    old_pair.second.pg("pg_ctl", "-D", str(old_pair.second.data), "-w", "promote")
    old_pair.first.configure(STANDBY_HOST="127.0.0.5")
    old_pair.first.run(CHECK)
    assert (old_pair.first.role, old_pair.second.role) == ("primary", "primary")


def test_a_host_2_that_cannot_be_reached_may_have_been_promoted_so_host_1_waits(promoted: Pair) -> None:
    promoted.first.configure(STANDBY_HOST="127.0.0.5")
    assert promoted.first.run(CHECK).returncode == 1
    assert not promoted.first.is_up
    assert pending(promoted.first)
    assert "so it may have been promoted: not starting the local database" in promoted.first.log(CHECK)


def test_a_database_that_runs_already_is_left_alone(pair: Pair) -> None:
    assert pair.first.run(CHECK).returncode == 0
    assert "INFO: the local database runs already, nothing to do." in pair.first.log(CHECK)
    assert not pair.first.calls


def test_an_administrator_vouches_for_an_unreachable_host_2(booted: Pair) -> None:
    booted.second.stop()
    assert booted.first.run(CHECK, "--standby-is-not-primary").returncode == 0
    assert booted.first.role == "primary"
    assert booted.first.jump not in booted.first.rules


def test_nobody_can_vouch_against_a_host_2_that_answers_as_the_primary(promoted: Pair) -> None:
    assert promoted.first.run(CHECK, "--standby-is-not-primary").returncode == 1
    assert not promoted.first.is_up


def test_the_data_of_a_standby_are_not_started_where_nobody_is_primary(booted: Pair) -> None:
    (booted.first.data / "standby.signal").touch()
    assert booted.first.run(CHECK).returncode == 1
    assert not booted.first.is_up


def test_it_refuses_to_run_on_host_2(hosts: Callable[..., ScriptHost]) -> None:
    second = hosts(2)
    assert second.run(CHECK).returncode == 1
    assert "may run on 127.0.0.1 only" in second.log(CHECK)


def test_an_unknown_argument_starts_nothing(booted: Pair) -> None:
    assert booted.first.run(CHECK, "--force").returncode == 1
    assert not booted.first.is_up
