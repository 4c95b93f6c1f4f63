"""`--target` names a region or one of its database hosts, and nothing else."""

from __future__ import annotations

import pytest

from console.errors import UsageError
from console.inventory.fleet import HostKind
from console.simulation.reference import demo_fleet
from console.terminal.target import find_target


def test_a_region_leaves_the_host_to_the_runbook() -> None:
    target = find_target(demo_fleet(), "dc1")
    assert (target.region, target.host) == ("dc1", None)


def test_a_database_host_names_its_region_too() -> None:
    target = find_target(demo_fleet(), "cf-dc2-db2.example.com")
    assert (target.region, target.host) == ("dc2", "cf-dc2-db2.example.com")


def test_the_fleet_of_a_run_has_no_other_region() -> None:
    assert [region.name for region in find_target(demo_fleet(), "dc1").fleet.regions] == ["dc1"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean .*cf-dc1-db1\.example\.com"):
        find_target(demo_fleet(), "cf-dc1-bd1.example.com")


def test_a_name_like_no_other_is_answered_with_the_regions() -> None:
    with pytest.raises(UsageError, match="global, dc1, dc2"):
        find_target(demo_fleet(), "zzz")


def test_an_appliance_names_its_region_too_where_that_is_what_is_worked_on() -> None:
    target = find_target(demo_fleet(), "cf-dc1-ui1.example.com", HostKind.UI)
    assert (target.region, target.host) == ("dc1", "cf-dc1-ui1.example.com")


def test_a_database_host_is_refused_where_appliances_are_worked_on() -> None:
    with pytest.raises(UsageError, match=r"database host of region dc1.*\n.*cf-dc1-ui1\.example\.com"):
        find_target(demo_fleet(), "cf-dc1-db1.example.com", HostKind.UI)


def test_a_user_interface_appliance_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"UI appliance of region dc1.*\n.*cf-dc1-db1\.example\.com"):
        find_target(demo_fleet(), "cf-dc1-ui1.example.com")
