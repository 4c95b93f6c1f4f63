"""Where the witnesses of a pair disagree: said in words, and only of what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.context import region_context
from console.facts.client import ClientAnswer, PortAnswer
from console.facts.cluster import ResourceRole
from console.scene import Scene
from tests.screens.region_scenes import (
    DC1,
    GLOBAL,
    changed,
    known,
    scene_of,
    scene_with,
    sections_of,
    silent,
)
from widgets.region_figure import Figure, Tone
from widgets.region_witnesses import questions


def disagreements(scene: Scene, region: str) -> dict[str, Figure]:
    """What is said to disagree, by its subject."""
    rows = sections_of(scene, region)["witnesses"].rows
    quiet = {"agreed", "nowhere", "not compared"}
    return {row.label: row.pair for row in rows if row.label not in quiet and row.pair is not None}


@pytest.mark.parametrize("region", ["global", "dc1", "dc2"])
def test_a_healthy_pairs_witnesses_agree_and_it_says_about_what(region: str) -> None:
    scene = scene_of("healthy")
    assert disagreements(scene, region) == {}
    (row,) = sections_of(scene, region)["witnesses"].rows
    assert row.label == "nowhere"
    assert row.pair is not None
    assert "who is the primary (" in row.pair.text


@pytest.mark.parametrize("scenario", ["healthy", "lock-safe", "lock-unsafe", "host-down", "failed-over", "ui-down"])
@pytest.mark.parametrize("region", ["global", "dc1", "dc2"])
def test_a_host_that_is_down_or_stopped_is_no_disagreement(scenario: str, region: str) -> None:
    assert disagreements(scene_of(scenario), region) == {}


def test_what_a_silent_host_said_last_does_not_disagree() -> None:
    assert disagreements(silent(scene_of("healthy"), DC1[0]), "dc1") == {}


def test_two_primaries_and_one_name_for_clients() -> None:
    figure = disagreements(scene_of("split-brain"), "global")["who is the primary"]
    assert figure.tone is Tone.CRITICAL
    assert "PostgreSQL says cf-global-db1 and cf-global-db2" in figure.text
    assert "DNS says cf-global-db1" in figure.text
    assert figure.finding == "P02:global"


def test_pacemaker_and_postgresql_about_a_role() -> None:
    scene = scene_of("healthy")
    for host in DC1:
        status = known(scene, host, "cluster")
        swapped = {ResourceRole.PROMOTED: ResourceRole.UNPROMOTED, ResourceRole.UNPROMOTED: ResourceRole.PROMOTED}
        resources = tuple(
            replace(item, role=swapped.get(item.role, item.role)) if item.identifier == "postgresql" else item
            for item in status.resources
        )
        scene = changed(scene, host, cluster=replace(status, resources=resources))
    found = disagreements(scene, "dc1")
    assert {"role of cf-dc1-db1", "role of cf-dc1-db2", "who is the primary"} <= found.keys()
    words = found["role of cf-dc1-db1"]
    assert "PostgreSQL says primary" in words.text
    assert "Pacemaker (seen by cf-dc1-db1) says Unpromoted" in words.text
    assert words.explained.startswith("Believe PostgreSQL and the client")


def test_a_client_that_meets_a_standby_where_the_host_says_primary() -> None:
    scene = scene_of("healthy")
    view = known(scene, DC1[0], "client")
    scene = changed(scene, DC1[0], client=replace(view, answer=ClientAnswer.IN_RECOVERY))
    assert "a client says standby (it could only read)" in disagreements(scene, "dc1")["role of cf-dc1-db1"].text


def test_the_agent_says_disconnect_of_a_standby_that_streams() -> None:
    scene = scene_of("healthy")
    for host in DC1:
        status = known(scene, host, "cluster")
        attributes = {node: dict(values) for node, values in status.attributes.items()}
        attributes[DC1[1]]["postgresql-data-status"] = "DISCONNECT"
        scene = changed(scene, host, cluster=replace(status, attributes=attributes))
    figure = disagreements(scene, "dc1")["whether the standby streams"]
    assert "pg_stat_replication on cf-dc1-db1 says streaming" in figure.text
    assert "the agent's data-status says DISCONNECT" in figure.text
    assert "before any rebuild" in figure.explained
    assert figure.finding is not None
    assert figure.finding.startswith("C09:dc1:cf-dc1-db2")


def test_the_clusters_address_on_the_standby() -> None:
    scene = scene_of("healthy")
    first, second = known(scene, DC1[0], "addresses"), known(scene, DC1[1], "addresses")
    vip = "10.19.11.14"
    scene = changed(scene, DC1[0], addresses=tuple(item for item in first if item != vip))
    scene = changed(scene, DC1[1], addresses=(*second, vip))
    figure = disagreements(scene, "dc1")["who is the primary"]
    assert "the VIP says cf-dc1-db2" in figure.text
    assert figure.finding is not None
    assert figure.finding.startswith("C06:dc1")


def test_dns_leads_to_the_host_that_is_not_the_primary() -> None:
    scene = scene_of("failed-over")
    before = scene.snapshot.endpoint_resolution["global"]
    wrong = {"global": replace(before, value=("10.19.10.51",))}
    scene = scene_with(replace(scene.snapshot, endpoint_resolution=wrong))
    text = disagreements(scene, "global")["who is the primary"].text
    assert "DNS says cf-global-db1" in text
    assert "PostgreSQL says cf-global-db2" in text


def test_a_port_that_the_host_calls_closed_and_a_client_finds_open() -> None:
    scene = scene_of("healthy")
    view = known(scene, GLOBAL[1], "client")
    scene = changed(scene, GLOBAL[1], client=replace(view, tcp=PortAnswer.OPEN, answer=ClientAnswer.LOGIN_REFUSED))
    figure = disagreements(scene, "global")["port of cf-global-db2"]
    assert figure.text == "a client says open; the host says closed (sockets and firewall)"
    assert figure.finding is not None
    assert figure.finding.startswith("S05:global")


@pytest.mark.parametrize(("seconds", "compared"), [(3, True), (40, False)])
def test_a_port_is_compared_only_where_host_and_client_looked_at_about_the_same_moment(
    seconds: float, compared: bool
) -> None:
    scene = scene_of("healthy")
    view = known(scene, GLOBAL[1], "client")
    scene = changed(scene, GLOBAL[1], client=replace(view, tcp=PortAnswer.OPEN, answer=ClientAnswer.LOGIN_REFUSED))
    facts = scene.snapshot.facts(GLOBAL[1])
    assert facts.client.observed_at is not None
    then = facts.client.observed_at - timedelta(seconds=seconds)
    older = replace(facts, firewall=replace(facts.firewall, observed_at=then))
    scene = scene_with(replace(scene.snapshot, hosts={**scene.snapshot.hosts, GLOBAL[1]: older}))
    assert ("port of cf-global-db2" in disagreements(scene, "global")) is compared


def test_a_stopped_server_listens_no_more_whatever_its_sockets_were() -> None:
    scene = scene_of("healthy")
    view, processes = known(scene, GLOBAL[0], "client"), known(scene, GLOBAL[0], "processes")
    scene = changed(
        scene,
        GLOBAL[0],
        sql=None,
        processes=replace(processes, postmaster=None),
        client=replace(view, tcp=PortAnswer.REFUSED, answer=ClientAnswer.NO_ANSWER),
    )
    assert "port of cf-global-db1" not in disagreements(scene, "global")


def test_a_standby_that_streams_and_is_past_its_primary() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[0], "sql")
    context = region_context(scene.snapshot.current(), scene.snapshot.fleet.region("dc1"))
    ahead = status.current.plus(1 << 20, context.arithmetic)
    row = replace(status.replication[0], flushed=ahead, replayed=ahead)
    scene = changed(scene, DC1[0], sql=replace(status, replication=(row,)))
    figure = disagreements(scene, "dc1")["how far the WAL goes"]
    assert f"it has replayed up to {ahead}" in figure.text
    assert figure.explained.startswith("It streams and is diverged all the same")


def test_a_node_of_which_only_one_view_is_known_is_said_not_to_be_compared() -> None:
    rows = {row.label: row for row in sections_of(scene_of("host-down"), "dc2")["witnesses"].rows}
    pair = rows["not compared"].pair
    assert pair is not None
    assert "state of node cf-dc2-db2: only cf-dc2-db1 says offline" in pair.text


def test_an_unclean_nodes_resource_is_no_testimony() -> None:
    scene = scene_of("healthy")
    status = known(scene, DC1[1], "cluster")
    nodes = tuple(
        replace(node, state=type(node.state)("unclean (offline)")) if node.name == DC1[0] else node
        for node in status.nodes
    )
    scene = changed(scene, DC1[1], cluster=replace(status, nodes=nodes))
    context = region_context(scene.snapshot.current(), scene.snapshot.fleet.region("dc1"))
    role = next(item for item in questions(context) if item.subject == "role of cf-dc1-db1")
    assert not [item for item in role.testimonies if "seen by cf-dc1-db2" in item.witness]
