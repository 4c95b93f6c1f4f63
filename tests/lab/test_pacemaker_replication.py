"""Replay paused on the standby: the server says so, and the lag is what the primary's own positions make it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, in_both, light
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


@pytest.fixture(scope="module")
def paused(lab: Lab) -> Iterator[dict[str, Report]]:
    with light(lab, lambda region: faults.replay_paused(lab, region)):
        yield in_both(lambda region: check(lab, region))


def test_a_paused_replay_is_the_only_finding_and_a_warning(lab: Lab, paused: dict[str, Report], region: str) -> None:
    report, standby = paused[region], lab.standby(region)
    assert report.codes == ["P05"], report.words
    assert report.finding("P05", standby.name)["severity"] == "warning"
    assert report.exit_code == 1


def test_it_tells_where_replay_stands_and_what_waits(lab: Lab, paused: dict[str, Report], region: str) -> None:
    report, standby = paused[region], lab.standby(region)
    received, _, replayed = report.evidence("P05", "received, replayed").partition(", ")
    assert lab.sql(standby, "select pg_last_wal_replay_lsn()") == replayed
    between = f"select '{replayed}' < pg_lsn '{received}' and '{received}' <= pg_last_wal_receive_lsn()"
    assert lab.sql(standby, between) == "t"
    assert report.evidence("P05", "replay paused") == "t"


def test_the_lag_in_bytes_is_the_primary_s_own_arithmetic(lab: Lab, paused: dict[str, Report], region: str) -> None:
    shown = paused[region]
    head, behind = shown.host(lab.primary(region).name), shown.host(lab.standby(region).name)
    own = lab.sql(head["name"], f"select pg_wal_lsn_diff('{head['current_lsn']}', '{behind['replay_lsn']}')")
    assert shown.region(region)["lag_bytes"] == int(own) > 0


def test_the_lag_in_seconds_is_no_more_than_the_age_of_what_was_not_replayed(
    lab: Lab, paused: dict[str, Report], region: str
) -> None:
    """Not the age of the last replayed commit, which an idle primary lets grow (DOMAIN 3.3)."""
    oldest = "select extract(epoch from now() - min(created_on)) from vms where name like 'not-replayed-%'"
    assert 0 < paused[region].region(region)["lag_seconds"] <= float(lab.sql(lab.primary(region), oldest))
