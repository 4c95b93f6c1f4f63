"""ui-drill on real appliances: users are served by the other one, and httpd runs again whatever happens.

The lab has no balancer: a region's endpoint is an address of its first appliance. So the drill of the second one ends
well, and that of the first one finds that nobody takes over.
"""

from __future__ import annotations

import sys

import pytest

from tests.lab import faults, runs
from tests.lab.both import settle
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.runs import Started
from tests.lab.shell import run

REGION = "dc1"
UI1, UI2 = "cf-dc1-ui1.example.com", "cf-dc1-ui2.example.com"


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> None:
    """The region is healthy to begin with."""
    settle(lab, REGION)


PING = """
import ssl, sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5, context=ssl._create_unverified_context()).status)
"""


def httpd_runs(lab: Lab, name: str) -> bool:
    """Whether the appliance's web server answers a client on the workstation."""
    ping = [*lab.ws_prefix, sys.executable, "-c", PING, f"https://{lab.host(name).address}/ping"]
    return run(ping, check=False).stdout.strip() == "200"


def left_on(lab: Lab, name: str) -> str:
    """What a run may leave on an appliance."""
    look = "ls -d /var/lib/vmdb-console/lease /var/lib/vmdb-console/jobs/* 2>/dev/null"
    return lab.sh(name, look, check=False).stdout


def test_a_dry_run_stops_nothing(lab: Lab) -> None:
    finished = runs.run(lab, "ui-drill", UI2, "--dry-run")
    assert finished.code == runs.DONE, finished.words
    assert "service httpd stop" in finished.words
    assert httpd_runs(lab, UI2)


def test_the_drill_of_the_second_appliance_ends_well_and_tells_the_counts(lab: Lab) -> None:
    finished = runs.run(lab, "ui-drill", UI2, confirm=(UI2,))
    assert finished.code == runs.DONE, finished.words
    assert "answered 15 of 15 times" in " ".join(finished.words.split())
    assert httpd_runs(lab, UI2)
    assert left_on(lab, UI2) == ""
    assert check(lab, REGION).codes == []


def test_where_nobody_takes_over_it_fails_and_the_web_server_runs_again(lab: Lab) -> None:
    finished = runs.run(lab, "ui-drill", REGION, confirm=(UI1,))
    assert finished.code == runs.ROLLED_BACK, finished.words
    words = " ".join(finished.words.split())
    assert "did not answer at the end" in words
    assert "Everything that it did is taken back" in words
    assert httpd_runs(lab, UI1)
    assert left_on(lab, UI1) == ""
    assert "/var/lib/vmdb-console/lease" not in runs.traces(lab, REGION)


def test_the_only_appliance_that_serves_is_not_stopped(lab: Lab) -> None:
    with faults.httpd_stopped(lab, UI1):
        finished = runs.run(lab, "ui-drill", UI2, confirm=(UI2,))
    assert finished.code == runs.REFUSED, finished.words
    assert "no other appliance would serve users meanwhile" in " ".join(finished.words.split())
    assert httpd_runs(lab, UI2)


@pytest.mark.parametrize("way", [(), ("--roll-back",)], ids=["resumed", "rolled-back"])
def test_after_a_killed_console_the_web_server_runs_again(lab: Lab, way: tuple[str, ...]) -> None:
    started = Started(lab, *runs.run_arguments("ui-drill", UI2, confirm=(UI2,)))
    started.wait_event(lambda event: event["event"] == "verified" and event["step"] == "stop")
    started.kill()
    assert not httpd_runs(lab, UI2)
    finished = runs.resume(lab, started.run, *way, confirm=(UI2,))
    assert finished.code == (runs.ROLLED_BACK if way else runs.DONE), finished.words
    assert httpd_runs(lab, UI2)
    assert left_on(lab, UI2) == ""


def test_an_operator_who_stops_it_has_the_web_server_again(lab: Lab) -> None:
    started = Started(lab, *runs.run_arguments("ui-drill", UI2, confirm=(UI2,)))
    started.wait_event(lambda event: event["event"] == "verified" and event["step"] == "stop")
    started.interrupt()
    finished = started.end()
    assert finished.code == runs.ROLLED_BACK, finished.words
    assert httpd_runs(lab, UI2)
