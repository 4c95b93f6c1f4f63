"""crm_mon's shapes, one fact a test (DOMAIN 2.1, 2.2); whole outputs are in tests/unit/corpus."""

from __future__ import annotations

import pytest

from console.facts.cluster import FailedAction, NodeState, ResourceInstance, ResourceRole
from console.probe.cluster import parse_cluster
from console.probe.cluster_text_failures import failed_action, fencing_event


def _resources(*lines: str) -> tuple[ResourceInstance, ...]:
    status = parse_cluster("\n".join(("Online: [ a b ]", "", "Full list of resources:", "", *lines)))
    assert status is not None
    return status.resources


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("Node a: UNCLEAN (online)", NodeState.UNCLEAN_ONLINE),
        ("Node a (1): UNCLEAN (pending)", NodeState.UNCLEAN_PENDING),
        ("  * Node a: UNCLEAN (offline)", NodeState.UNCLEAN_OFFLINE),
        ("Node a: pending", NodeState.PENDING),
        ("Node a: standby (on-fail)", NodeState.STANDBY_ON_FAIL),
        ("Node a: standby", NodeState.STANDBY),
        ("  * Node a: standby (with active resources)", NodeState.STANDBY),
        ("Node a: OFFLINE (standby)", NodeState.OFFLINE_STANDBY),
        ("Node a: maintenance", NodeState.MAINTENANCE),
        ("Node a: OFFLINE (maintenance)", NodeState.OFFLINE_MAINTENANCE),
        ("  * Node a (1): online, feature set 3.19.0", NodeState.ONLINE),
        ("  * Node a: online (health is RED)", NodeState.ONLINE),
        ("  * RemoteNode a: OFFLINE", NodeState.OFFLINE),
        ("Node a: something new", NodeState.UNKNOWN),
    ],
)
def test_a_node_line_tells_the_state(line: str, state: NodeState) -> None:
    status = parse_cluster(line)
    assert status is not None
    assert [(node.name, node.state) for node in status.nodes] == [("a", state)]


def test_a_node_list_that_the_terminal_broke_is_whole() -> None:
    status = parse_cluster("Online: [ cf-dc1-db1.example.com\ncf-dc1-db2.example.com ]\n\n")
    assert status is not None
    assert [node.name for node in status.nodes] == ["cf-dc1-db1.example.com", "cf-dc1-db2.example.com"]


@pytest.mark.parametrize(
    ("state", "flag"),
    [
        ("Master a (unmanaged) FAILED", "failed"),
        ("FAILED Master a", "failed"),
        ("Master a (blocked)", "blocked"),
        (" ORPHANED Master a", "orphaned"),
        ("Master a (UNCLEAN)", "unclean"),
        ("Promoted a (disabled, unmanaged)", "disabled"),
    ],
)
def test_flags_of_a_resource_are_read_and_its_role_and_node_too(state: str, flag: str) -> None:
    [item] = _resources(f" pgsql:0\t(ocf::heartbeat:pgsql):\t{state}")
    assert (item.identifier, item.role, item.node) == ("pgsql", ResourceRole.PROMOTED, "a")
    assert getattr(item, flag) is True


def test_a_failed_instance_without_role_in_a_set_is_unpromoted() -> None:
    [item] = _resources(" Master/Slave Set: ms [pgsql]", "     pgsql\t(ocf::heartbeat:pgsql):\tFAILED b")
    assert (item.role, item.failed, item.node, item.parent) == (ResourceRole.UNPROMOTED, True, "b", "ms")


def test_an_orphan_marked_beside_the_agent_is_one() -> None:
    [item] = _resources(" old\t(ocf::heartbeat:Dummy ORPHANED):\tStarted a")
    assert item.orphaned


def test_a_resource_active_on_two_nodes_has_two_instances() -> None:
    assert [item.node for item in _resources(" vip\t(ocf::heartbeat:IPaddr2):\tStarted [ a b ]")] == ["a", "b"]


def test_a_promoting_instance_is_not_yet_promoted() -> None:
    [item] = _resources(" Clone Set: c [p] (promotable):", "  * p\t(ocf:heartbeat:pgsql):\t Promoting a")
    assert (item.role, item.pending) == (ResourceRole.UNPROMOTED, "Promoting")


def test_a_set_in_maintenance_makes_its_listed_instances_unmanaged() -> None:
    items = _resources("  * Clone Set: c [p] (promotable, unmanaged):", "    * Promoted: [ a ]")
    assert [item.managed for item in items] == [False]


def test_a_resource_after_a_set_at_the_same_indentation_is_not_of_it() -> None:
    items = _resources("Master/Slave Set: ms [p]", "     Masters: [ a ]", "vip (ocf::heartbeat:IPaddr2): Started a")
    assert [item.parent for item in items] == ["ms", None]


def test_names_are_not_printed_briefly_so_there_is_no_instance() -> None:
    assert _resources("  * 1/1\t(ocf:heartbeat:IPaddr2):\tActive a") == ()


def test_an_unnamed_set_of_1_0_is_named_by_its_score_attribute() -> None:
    status = parse_cluster(
        " Master/Slave Set: msPostgresql\n     Masters: [ a ]\n\n"
        "Node Attributes:\n* Node a:\n    + master-pg:1   : 1000\n"
    )
    assert status is not None
    assert [item.node for item in status.instances("pg")] == ["a"]


REASON = "The master's timeline, forked (at 0/1), off at b"
SHAPES = {
    "1.0": "pgsql:1_monitor_7000 (node=n1, call=11, rc=7, status=complete): not running",
    "1.1.10": "pgsql_monitor_7000 (node=n1, call=11, rc=7, status=complete,\n last-rc-change=Wed Jan 22 02:14:58 2014\n"
    ", queued=0ms, exec=0ms\n): not running",
    "EL6": "pgsql_monitor_7000 on n1 'not running' (7): call=28, status=complete, last-rc-change='Wed Jan 22', exec=",
    "EL7.1": f"pgsql_monitor_7000 on n1 'not running' (7): call=28, status=complete, exit-reason='{REASON}', "
    "last-rc-change='Wed Jan 22', queued=0ms, exec=0ms",
    "1.1.14": f"* pgsql_monitor_7000 on n1 'not running' (7): call=28, status=complete, exitreason='{REASON}',\n"
    "    last-rc-change='Wed Jan 22', queued=0ms, exec=0ms",
    "2.1.2": f"  * pgsql 7s-interval monitor on n1 returned 'not running' ({REASON}) "
    "at Wed Jan 22 02:14:58 2014 after 1.2s",
}


@pytest.mark.parametrize("version", SHAPES)
def test_a_failed_action_is_read_in_the_shape_of(version: str) -> None:
    status = parse_cluster(f"Failed Actions:\n{SHAPES[version]}\n")
    assert status is not None
    [action] = status.failed_actions
    assert (action.resource, action.operation, action.node, action.exit_code) == ("pgsql", "monitor", "n1", 7)
    assert action.exit_text == "not running"
    assert action.reason == (REASON if "timeline" in SHAPES[version] else "")
    assert (action.at or "Wed Jan 22").startswith("Wed Jan 22")


def test_a_timed_out_action_tells_status_and_reason() -> None:
    action = failed_action(
        "pgsql start on n1 could not be executed (Timed Out: did not complete within 1m) at 2026-01-01"
    )
    assert action == FailedAction(
        "pgsql", "start", "n1", None, "", "did not complete within 1m", "2026-01-01", "Timed Out"
    )


def test_a_migration_is_one_operation() -> None:
    action = failed_action("my_vm_migrate_to_0 on n1 'error' (1): call=1, status='complete', queued=0ms")
    assert action is not None
    assert (action.resource, action.operation) == ("my_vm", "migrate_to")


def test_a_reason_cut_before_its_quote_is_kept() -> None:
    action = failed_action(
        "pgsql_start_0 on n1 'error' (1): call=1, status=complete, exitreason='My data may be inconsi"
    )
    assert action is not None
    assert action.reason == "My data may be inconsi"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reboot of n2 failed: delegate=, client=c.1, origin=n1, last-failed='T1'", ("n2", "reboot", "failed", "T1")),
        ("off of n2 successful: delegate=n1, client=c, origin=n1, completed='T2'", ("n2", "off", "successful", "T2")),
        ("reboot of n2 pending: client=c, origin=n1", ("n2", "reboot", "pending", None)),
        ("turning off of n2 failed at 2026-01-01 10:00:00Z (a later attempt from n1 succeeded)",
         ("n2", "turning off", "failed", "2026-01-01 10:00:00Z")),
    ],
)  # fmt: skip
def test_a_fencing_event_is_read(text: str, expected: tuple[str, str, str, str | None]) -> None:
    event = fencing_event(text)
    assert event is not None
    assert (event.target, event.action, event.status, event.at) == expected


def test_infinity_is_a_million_failures() -> None:
    status = parse_cluster("Migration Summary:\n* Node a:\n   pgsql: migration-threshold=1 fail-count=INFINITY\n")
    assert status is not None
    assert [count.infinite for count in status.fail_counts] == [True]


def test_a_ping_attribute_is_read_without_the_remark_on_it() -> None:
    status = parse_cluster("Node Attributes:\n* Node a:\n    + ping  \t: 0  \t: Connectivity is lost\n")
    assert status is not None
    assert status.attributes == {"a": {"ping": "0"}}


def test_maintenance_is_unknown_where_the_version_prints_no_banner() -> None:
    old, new = (parse_cluster(f"Current DC: a (version {v}) - partition with quorum") for v in ("1.1.14-1", "1.1.18-2"))
    assert old is not None
    assert new is not None
    assert (old.maintenance_mode, new.maintenance_mode) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01",
        "Last updated: x",
        "Error: cluster is not currently running on this node",
        "crm_mon: Connection to cluster failed: Connection refused",
    ],
)
def test_an_error_message_is_no_cluster(text: str) -> None:
    assert parse_cluster(text) is None


def test_the_tools_error_as_xml_is_no_cluster() -> None:
    text = '<pacemaker-result api-version="2.25"><status code="102" message="Not connected"/></pacemaker-result>'
    assert parse_cluster(text) is None


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<crm_mon><nodes><node name="&x;"/></nodes></crm_mon>',
        '<crm_mon><!DOCTYPE a [<!ENTITY b "bb">]><nodes/></crm_mon>',
        '<crm_mon><nodes><node name="&x;"/></nodes></crm_mon>',
        f"<crm_mon><resources>{'<clone>' * 5000}{'</clone>' * 5000}</resources></crm_mon>",
        "<crm_mon><nodes><node name='a'",
    ],
)
def test_entities_depth_and_half_a_document_are_refused(attack: str) -> None:
    assert parse_cluster(attack) is None


def test_words_before_the_xml_do_not_hide_it() -> None:
    status = parse_cluster(
        'warning: old option\n<?xml version="1.0"?>\n<crm_mon version="1.1.12"><nodes>'
        '<node name="a" online="true" is_dc="true"/></nodes></crm_mon>\n'
    )
    assert status is not None
    assert (status.dc, status.nodes[0].state) == ("a", NodeState.ONLINE)


def test_a_reason_that_pacemaker_escaped_twice_is_plain() -> None:
    status = parse_cluster(
        '<crm_mon><nodes/><failures><failure op_key="pgsql_start_0" node="a" exitcode="1" task="start" '
        'exitreason="Can&amp;apos;t start PostgreSQL."/></failures></crm_mon>'
    )
    assert status is not None
    assert status.failed_actions[0].reason == "Can't start PostgreSQL."
