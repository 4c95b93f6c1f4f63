"""The console's own failover scripts keep region global, run by the hosts' own cron: faults that a night brings.

Throughout each, a client on an appliance looks at both hosts: never are both writable for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.lab import faults, runs
from tests.lab.cuts import Sampler, cut, sampling
from tests.lab.failover_scripts import (
    DB1,
    DB2,
    MINUTE,
    REGION,
    failures_counted,
    hung,
    log,
    seconds_of_check_promote,
    serves,
    sites_apart,
    stopped,
    unplugged,
    wait_promoted,
)
from tests.lab.fleet import Lab
from tests.lab.report import check, check_until
from tests.lab.shell import wait_until
from tests.lab.writer import prepare

pytestmark = pytest.mark.long

PROMOTE, START = "pgsql-standby-check-promote", "pgsql-primary-check-start"


@pytest.fixture
def scripts(lab: Lab) -> Iterator[Lab]:
    """A fresh region, with the table that the sampler's clients write to."""
    lab.restore(REGION)
    prepare(lab, REGION)
    try:
        yield lab
    finally:
        lab.restore(REGION)


@pytest.fixture
def held(scripts: Lab) -> Lab:
    """The same with no cron: the test runs the scripts."""
    faults.hold_minutes(scripts)
    return scripts


@pytest.fixture
def clients(scripts: Lab) -> Iterator[Sampler]:
    with sampling(scripts, REGION) as sampler:
        sampler.wait_for(1)
        yield sampler


def test_host_1_stopped_is_taken_over_within_the_promised_runs_and_fails_back(scripts: Lab, clients: Sampler) -> None:
    began = time.monotonic()
    scripts.sh(DB1, f"service {scripts.region(REGION).layout.service} stop")
    took = wait_promoted(scripts, began)
    assert failures_counted(scripts) <= 3
    assert took <= 3 * MINUTE
    finished = runs.run(scripts, "failback", REGION, "--method", "rejoin", confirm=(DB1, DB2))
    assert finished.code == runs.DONE, finished.words
    assert serves(scripts, DB1)
    assert not serves(scripts, DB2)
    assert clients.stop() == [1, 2, 1]


def test_host_1_without_power_is_taken_over_and_stays_down_when_it_is_back(scripts: Lab, clients: Sampler) -> None:
    began = time.monotonic()
    scripts.crash(DB1)
    assert wait_promoted(scripts, began) <= 3 * MINUTE
    scripts.boot(DB1)
    wait_until(lambda: "not starting the local database" in log(scripts, DB1, START), 90, "host 1 decided")
    time.sleep(MINUTE + 5)  # and a watch's whole minute later
    assert scripts.in_recovery(DB1) is None
    assert check(scripts, REGION).region(REGION)["primary"] == DB2
    assert clients.stop() == [1, 2]


def test_a_host_1_that_hangs_is_not_taken_over_while_clients_are_sent_there(scripts: Lab, clients: Sampler) -> None:
    with hung(scripts, DB1):
        wait_until(lambda: "not promoting" in log(scripts, DB2, PROMOTE), 3 * MINUTE, "host 2 refused")
        assert scripts.in_recovery(DB2) is True
    wait_until(lambda: serves(scripts, DB1), 30, "host 1 goes on")
    wait_until(lambda: "Resetting failure count" in log(scripts, DB2, PROMOTE), 90, "host 2 forgot the failures")
    assert clients.stop() == [1]


def test_a_host_1_that_was_cut_off_closes_its_port_and_stands_down_when_it_is_back(
    scripts: Lab, clients: Sampler
) -> None:
    began = time.monotonic()
    scripts.cut(DB1)
    try:
        wait_until(lambda: "this host is cut off" in log(scripts, DB1, START), MINUTE + 15, "host 1 shut its port")
        wait_promoted(scripts, began)
    finally:
        scripts.heal(DB1)
    wait_until(lambda: "closing port 5432 and stopping" in log(scripts, DB1, START), MINUTE + 15, "host 1 stood down")
    wait_until(lambda: scripts.in_recovery(DB1) is None, 60, "host 1's database stopped")
    assert clients.stop() == [1, 2]


def test_hosts_that_only_lose_each_other_stay_as_they_are(scripts: Lab, clients: Sampler) -> None:
    with cut(scripts, DB1, DB2):
        wait_until(lambda: "sees that" in log(scripts, DB2, PROMOTE), 3 * MINUTE, "a witness spoke for host 1")
        assert scripts.in_recovery(DB2) is True
        assert serves(scripts, DB1)
    assert clients.stop() == [1]


def test_data_centres_that_lose_each_other_are_the_documented_hole_and_told_within_one_poll(scripts: Lab) -> None:
    with sites_apart(scripts):
        wait_promoted(scripts, time.monotonic())
        assert scripts.in_recovery(DB1) is False
        assert check(scripts, REGION).finding("P02")["severity"] == "critical"
    wait_until(lambda: scripts.in_recovery(DB1) is None, MINUTE + 15, "host 1 stood down")
    assert "closing port 5432 and stopping" in log(scripts, DB1, START)


def test_a_power_failure_of_both_hosts_ends_as_it_began_without_anybody_s_help(scripts: Lab, clients: Sampler) -> None:
    for host in (DB1, DB2):
        scripts.crash(host)
    for host in (DB1, DB2):
        scripts.boot(host)
    wait_until(lambda: serves(scripts, DB1), 2 * MINUTE, "host 1 serves again")
    scripts.wait_healthy(REGION, 30)
    assert check_until(scripts, lambda report: report.codes == [], REGION, timeout=2 * MINUTE).exit_code == 0
    assert clients.stop() == [1]


SLOW_NETWORKS: dict[str, Callable[[Lab], AbstractContextManager[object]]] = {
    "nothing listens on host 1": lambda lab: stopped(lab, DB1),
    "host 1 hangs": lambda lab: hung(lab, DB1),
    "host 1 is off the network": lambda lab: unplugged(lab, DB1),
    "host 2 itself is off the network": lambda lab: unplugged(lab, DB2),
    "the hosts lose each other": lambda lab: cut(lab, DB1, DB2),
    "the data centres lose each other": sites_apart,
}


@pytest.mark.parametrize("failures", [0, 1], ids=["first failure", "last failure"])
@pytest.mark.parametrize("network", SLOW_NETWORKS)
def test_a_run_of_check_promote_ends_within_10_s_whatever_the_network_does(
    held: Lab, network: str, failures: int
) -> None:
    with SLOW_NETWORKS[network](held):
        assert seconds_of_check_promote(held, failures) <= 10


def test_host_2_rebooted_as_standby_keeps_its_port_closed(scripts: Lab, clients: Sampler) -> None:
    scripts.crash(DB2)
    scripts.boot(DB2)
    wait_until(lambda: scripts.in_recovery(DB2) is True, 90, "host 2 follows")
    assert not serves(scripts, DB2)
    assert "S05" not in check(scripts, REGION).codes
    assert clients.stop() == [1]


def test_host_2_rebooted_as_primary_serves_again(scripts: Lab, clients: Sampler) -> None:
    began = time.monotonic()
    scripts.crash(DB1)
    wait_promoted(scripts, began)
    scripts.crash(DB2)
    scripts.boot(DB2)
    wait_until(lambda: serves(scripts, DB2), 2 * MINUTE, "host 2 serves again")
    assert clients.stop() == [1, 2]


def test_a_network_that_flaps_promotes_nobody(scripts: Lab, clients: Sampler) -> None:
    deadline = time.monotonic() + 2.5 * MINUTE
    while time.monotonic() < deadline:
        scripts.cut(DB1)
        time.sleep(4)
        scripts.heal(DB1)
        time.sleep(9)
    assert scripts.in_recovery(DB2) is True
    wait_until(lambda: serves(scripts, DB1), MINUTE + 15, "host 1 is open")
    assert clients.stop() == [1]
