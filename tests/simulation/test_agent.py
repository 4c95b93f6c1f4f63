"""The simulated cluster behaves as the pgsql agent does (DOMAIN 1)."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import agent, events
from console.simulation.dynamics import advance
from console.simulation.state import RegionState, World
from tests.simulation.worlds import START, first, second, world


def _cluster_of(now: World, region: str) -> tuple[RegionState, str, str]:
    state = now.region(region)
    return state, first(state), second(state)


def _power_off(now: World, region: str, host: str) -> World:
    return now.with_region(events.power_off(now.region(region), host))


def test_a_healthy_pair_has_the_attributes_of_the_reference() -> None:
    state, primary, standby = _cluster_of(world(), "dc1")
    assert state.cluster is not None
    own, other = state.cluster.node(primary).attributes, state.cluster.node(standby).attributes
    assert (own.status, own.data_status, own.score) == ("PRI", "LATEST", "1000")
    assert (other.status, other.data_status, other.score) == ("HS:async", "STREAMING|ASYNC", "100")


def test_a_dead_primary_is_fenced_and_the_standby_promoted_after_its_election() -> None:
    now = world()
    _, primary, standby = _cluster_of(now, "dc2")
    now = _power_off(now, "dc2", primary)
    soon = advance(now, START + 10).region("dc2").cluster
    assert soon is not None
    assert soon.promoted is None
    assert soon.fencing[-1].target == primary
    later = advance(now, START + 30).region("dc2").cluster
    assert later is not None
    assert later.promoted is not None
    assert later.promoted.name == later.vip == standby


def test_promotion_leaves_the_lock_and_the_baseline_where_the_new_primary_began() -> None:
    now = world()
    _, primary, standby = _cluster_of(now, "dc1")
    begun = now.region("dc1").database(standby)
    now = advance(_power_off(now, "dc1", primary), START + 30)
    state = now.region("dc1")
    assert state.cluster is not None
    assert state.database(standby).lock_since is not None
    expected = agent.hexadecimal(begun, begun.server.written)
    assert state.cluster.node(standby).attributes.baseline == expected


def test_the_timeline_is_kept_in_dc1_and_rises_in_dc2() -> None:
    for region, rise in (("dc1", 0), ("dc2", 1)):
        now = world()
        _, primary, standby = _cluster_of(now, region)
        before = now.region(region).database(standby).server.timeline
        now = advance(_power_off(now, region, primary), START + 30)
        assert now.region(region).database(standby).server.timeline == before + rise


def test_a_node_with_the_lock_is_refused_and_its_failcount_is_infinity() -> None:
    now = world()
    _, primary, _ = _cluster_of(now, "dc2")
    now = advance(_power_off(now, "dc2", primary), START + 60)
    state = events.boot(now.region("dc2"), primary, now.at)
    assert state.cluster is not None
    node = state.cluster.node(primary)
    assert (node.role, node.fail_count) == ("Stopped", agent.INFINITY)
    assert "PGSQL.lock" in node.failures[-1].reason
    assert state.database(primary).server.recovery_file  # written before the lock is looked at (DOMAIN 0.6)


def test_a_standby_stopped_before_its_primary_leaves_no_lock() -> None:
    state, primary, standby = _cluster_of(world(), "dc1")
    state = agent.set_standby(state, state.database(standby), START, standby=True)
    state = agent.set_standby(state, state.database(primary), START + 1, standby=True)
    assert state.database(primary).lock_since is None


def test_a_primary_stopped_while_its_standby_runs_keeps_the_lock() -> None:
    state, primary, standby = _cluster_of(world(), "dc1")
    state = agent.set_standby(state, state.database(primary), START, standby=True)
    assert state.database(primary).lock_since is not None
    stopped, follower = state.database(primary).server, state.database(standby).server
    assert follower.written == stopped.written  # a clean stop waits for its standby


def test_a_standby_that_the_primary_s_firewall_keeps_out_is_disconnected() -> None:
    now = world()
    state, primary, standby = _cluster_of(now, "dc1")
    closed = replace(state.database(primary), port_open=False)
    now = advance(now.with_region(state.with_database(closed)), START + 8)
    cluster = now.region("dc1").cluster
    assert cluster is not None
    attributes = cluster.node(standby).attributes
    assert (attributes.status, attributes.data_status, attributes.score) == ("HS:alone", "DISCONNECT", "-INFINITY")


def test_attributes_go_stale_in_maintenance_mode() -> None:
    from dataclasses import replace

    now = world()
    state, _, standby = _cluster_of(now, "dc1")
    assert state.cluster is not None
    state = events.sever(state.with_cluster(replace(state.cluster, maintenance=True)))
    cluster = advance(now.with_region(state), START + 30).region("dc1").cluster
    assert cluster is not None
    assert cluster.node(standby).attributes.data_status == "STREAMING|ASYNC"
