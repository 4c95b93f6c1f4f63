"""The CIB: properties, parameters, constraints that tools left, and attributes that crm_mon hides (DOMAIN 1, 2)."""

from __future__ import annotations

import pytest

from console.facts.cluster import ClusterConfiguration
from console.probe.cib import attributes_from_cib, fail_counts_in, parse_cib

# ruff: noqa: E501 - as printed
CIB = """<?xml version="1.0"?>
<cib validate-with="pacemaker-1.2"><configuration>
 <crm_config><cluster_property_set id="p"><nvpair name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
 <nodes><node id="1" uname="db1"><instance_attributes id="a">
   <nvpair name="postgresql-data-status" value="LATEST"/><nvpair name="standby" value="on"/></instance_attributes></node>
  <node id="2" uname="db2"/></nodes>
 <resources>
  <master id="ms"><meta_attributes id="m"><nvpair name="notify" value="true"/></meta_attributes>
   <primitive id="postgresql" class="ocf" provider="heartbeat" type="pgsql">
    <instance_attributes id="low" score="1"><nvpair name="rep_mode" value="sync"/></instance_attributes>
    <instance_attributes id="high" score="2"><nvpair name="rep_mode" value="async"/></instance_attributes>
   </primitive></master>
  <group id="g"><primitive id="pgvip" class="ocf" provider="heartbeat" type="IPaddr2"/></group>
  <primitive id="fence" class="stonith" type="fence_xvm"/>
 </resources>
 <constraints>
  <rsc_location id="cli-ban-ms-on-db1" rsc="ms" role="Master" node="db1" score="-INFINITY"/>
  <rsc_location id="cli-prefer-pgvip" rsc="pgvip"><rule id="r" score="INFINITY" role="Slave">
    <expression id="e" attribute="#uname" operation="eq" value="db2"/><date_expression id="d" operation="lt" end="2026"/>
  </rule></rsc_location>
  <rsc_location id="cli-standby-pgvip" rsc="pgvip" node="db1" score="-INFINITY"/>
  <rsc_location id="fence-away" rsc="fence" node="db1" score="-100"/>
 </constraints></configuration>
 <status><node_state id="1" uname="db1"><transient_attributes id="1"><instance_attributes id="s">
   <nvpair name="postgresql-status" value="PRI"/><nvpair name="fail-count-postgresql#start_0" value="INFINITY"/>
   <nvpair name="#feature-set" value="3"/></instance_attributes></transient_attributes></node_state>
  <node_state id="2"><transient_attributes id="2"><instance_attributes id="t">
   <nvpair name="master-postgresql" value="100"/></instance_attributes></transient_attributes></node_state></status>
</cib>"""


@pytest.fixture(scope="module")
def configuration() -> ClusterConfiguration:
    found = parse_cib(CIB)
    assert found is not None
    return found


def test_properties_and_nodes(configuration: ClusterConfiguration) -> None:
    assert configuration.properties == {"stonith-enabled": "false"}
    assert configuration.nodes == ("db1", "db2")


def test_the_set_with_the_higher_score_gives_a_parameter(configuration: ClusterConfiguration) -> None:
    assert configuration.parameters["postgresql"] == {"rep_mode": "async"}


def test_meta_attributes_stay_with_their_clone(configuration: ClusterConfiguration) -> None:
    assert configuration.meta["ms"] == {"notify": "true"}


def test_primitives_in_clones_and_groups_have_their_agents(configuration: ClusterConfiguration) -> None:
    assert configuration.agents == {
        "postgresql": "ocf:heartbeat:pgsql",
        "pgvip": "ocf:heartbeat:IPaddr2",
        "fence": "stonith:fence_xvm",
    }


def test_constraints_that_tools_left_are_told_from_others(configuration: ClusterConfiguration) -> None:
    said = [(c.resource, c.node, c.score, c.role, c.from_move) for c in configuration.constraints]
    assert said == [
        ("ms", "db1", "-INFINITY", "Promoted", True),
        ("pgvip", "db2", "INFINITY", "Unpromoted", True),
        ("pgvip", "db1", "-INFINITY", None, True),
        ("fence", "db1", "-100", None, False),
    ]


def test_attributes_of_every_node_are_joined_without_the_clusters_own(configuration: ClusterConfiguration) -> None:
    assert attributes_from_cib(configuration) == {
        "db1": {"postgresql-data-status": "LATEST", "postgresql-status": "PRI"},
        "db2": {"master-postgresql": "100"},
    }


def test_failures_of_all_operations_are_added(configuration: ClusterConfiguration) -> None:
    assert fail_counts_in(configuration.transient_attributes["db1"]) == {"postgresql": 1_000_000}
    assert fail_counts_in({"fail-count-r": "1", "fail-count-r#monitor_3000": "2", "x": "9"}) == {"r": 3}


@pytest.mark.parametrize(
    "text",
    ["", "Call cib_query failed (-62): Timer expired", CIB[:400], "<!DOCTYPE a>" + CIB, CIB.replace("<cib ", "<bic ")],
)
def test_what_is_no_cib_is_unknown(text: str) -> None:
    assert parse_cib(text) is None
