"""Cluster nodes that do not hear each other: nobody is fenced, nobody is promoted, and it ends when they do again."""

from __future__ import annotations

import pytest

from console.simulation import events
from console.simulation.dynamics import advance
from console.simulation.printing.sections import printed
from console.simulation.printing.view import View
from console.simulation.state import Cluster, RegionState, World
from tests.simulation.worlds import START, first, second, view, world

REGIONS = ("dc1", "dc2")


def _severed(now: World, region: str, *, severed: bool = True) -> World:
    return now.with_region(events.sever(now.region(region), severed=severed))


def _cluster(now: World, region: str) -> Cluster:
    found = now.region(region).cluster
    assert found is not None
    return found


def _printed(now: World, state: RegionState, host: str) -> str:
    return printed(View(state, state.database(host), now.at), "cluster").text


@pytest.mark.parametrize("region", REGIONS)
def test_a_silence_of_seconds_loses_nobody(region: str) -> None:
    now = advance(_severed(world(), region), START + 8)
    now = advance(_severed(now, region, severed=False), START + 40)
    assert not _cluster(now, region).parted
    assert now.region(region).database(second(now.region(region))).server.streaming


@pytest.mark.parametrize("region", REGIONS)
def test_the_primary_stays_one_and_nobody_is_promoted_beside_it(region: str) -> None:
    now = advance(_severed(world(), region), START + 600)
    old, new = now.region(region).databases
    assert old.server.primary
    assert not new.server.primary
    assert _cluster(now, region).vip == old.host.node


@pytest.mark.parametrize("region", REGIONS)
def test_each_node_calls_the_other_unclean_and_itself_the_coordinator(region: str) -> None:
    now = advance(_severed(world(), region), START + 90)
    cluster = _cluster(now, region)
    for node in cluster.nodes:
        seen = cluster.seen_by(node.name)
        assert seen.coordinator == node.name
        assert (seen.node(node.name).online, seen.other(node.name).online) == (True, False)
        assert seen.other(node.name).unclean


def test_crm_mon_lists_what_ran_on_the_lost_node_as_unclean() -> None:
    now = advance(_severed(world(), "dc1"), START + 90)
    state = now.region("dc1")
    lost = first(state)
    text = _printed(now, state, second(state))
    assert f"Node {lost}: UNCLEAN (offline)" in text
    assert f"Master {lost} (UNCLEAN)" in text
    assert f"Started {lost} (UNCLEAN)" in text
    assert f"* Node {lost}:" not in text  # attributes of online nodes only (DOMAIN 0.4)


def test_the_standby_s_own_attributes_go_stale_and_the_primary_writes_disconnect() -> None:
    now = advance(_severed(world(), "dc2"), START + 90)
    state = now.region("dc2")
    assert "STREAMING|ASYNC" in printed(view(now, second(state)), "cib").text
    assert 'value="DISCONNECT"' in printed(view(now, first(state)), "cib").text


def test_fencing_fails_a_minute_later_and_only_pacemaker_2_tells() -> None:
    soon, later = (advance(_severed(world(), "dc2"), START + seconds) for seconds in (40, 90))
    for now, told in ((soon, False), (later, True)):
        state = now.region("dc2")
        text = _printed(now, state, first(state))
        assert ('status="failed"' in text) is told
        assert (f'target="{second(state)}"' in text) is told


@pytest.mark.parametrize("region", REGIONS)
def test_nodes_that_hear_each_other_again_are_a_healthy_pair(region: str) -> None:
    now = advance(_severed(world(), region), START + 300)
    now = advance(_severed(now, region, severed=False), START + 330)
    cluster = _cluster(now, region)
    standby = now.region(region).databases[1]
    assert not cluster.parted
    assert standby.server.streaming
    own = cluster.node(standby.host.node).attributes
    assert (own.status, own.data_status, own.score) == ("HS:async", "STREAMING|ASYNC", "100")


@pytest.mark.parametrize("region", REGIONS)
def test_a_node_that_boots_alone_starts_nothing_until_it_hears_the_other(region: str) -> None:
    now = world()
    name = second(now.region(region))
    now = now.with_region(events.power_off(events.sever(now.region(region)), name))
    now = advance(now, START + 60)
    now = now.with_region(events.boot(now.region(region), name, now.at))
    now = advance(now, START + 120)
    assert not now.region(region).database(name).server.running
    now = advance(_severed(now, region, severed=False), START + 150)
    assert now.region(region).database(name).server.streaming


def test_scripts_have_no_fencing_and_promote_in_the_cut() -> None:
    now = advance(_severed(world(), "global"), START + 200)
    assert [host.server.primary for host in now.region("global").databases] == [True, True]
