"""The lab's captures: two formats of one moment say the same, and each scenario shows what it is named after."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.facts.cluster import ClusterStatus, NodeState, ResourceRole
from console.probe.cib import attributes_from_cib, parse_cib
from console.probe.cluster import parse_cluster
from console.probe.controldata import parse_controldata
from console.probe.postgresql_log import parse_log
from console.probe.processes import parse_processes
from tests.unit.probe.hostile import LAB, lab_files

pytestmark = pytest.mark.skipif(not LAB.is_dir(), reason="no captures of the lab")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _cluster(path: Path) -> ClusterStatus:
    status = parse_cluster(path.read_text())
    assert status is not None
    return status


@pytest.mark.parametrize("path", lab_files("crm_mon.txt"), ids=_name)
def test_text_and_xml_of_crm_mon_agree(path: Path) -> None:
    text, xml = _cluster(path), _cluster(path.with_suffix(".xml"))
    for fact in ("version", "dc", "quorum", "attributes", "fail_counts"):
        assert getattr(text, fact) == getattr(xml, fact), fact
    assert set(text.nodes) == set(xml.nodes)
    roles = [{(i.identifier, i.role, i.node, i.failed, i.managed) for i in status.resources} for status in (text, xml)]
    assert roles[0] == roles[1]
    said = [[(a.resource, a.operation, a.node, a.exit_code, a.reason) for a in s.failed_actions] for s in (text, xml)]
    assert sorted(said[0]) == sorted(said[1])


@pytest.mark.parametrize("path", lab_files("pcs-status.txt"), ids=_name)
def test_pcs_status_shows_the_nodes_of_crm_mon(path: Path) -> None:
    pcs = parse_cluster(path.read_text())
    if pcs is None:
        assert "Error" in path.read_text() or not path.read_text().strip()
        return
    crm_mon = _cluster(path.with_name(path.name.replace("pcs-status.txt", "crm_mon.txt")))
    assert set(pcs.nodes) == set(crm_mon.nodes)
    assert pcs.format == "pcs"


@pytest.mark.parametrize("path", lab_files("cibadmin.xml"), ids=_name)
def test_the_cib_holds_the_attributes_that_crm_mon_prints(path: Path) -> None:
    configuration = parse_cib(path.read_text())
    assert configuration is not None
    assert configuration.agents["postgresql"] == "ocf:heartbeat:pgsql"
    printed = _cluster(path.with_name(path.name.replace("cibadmin.xml", "crm_mon.xml"))).attributes
    joined = attributes_from_cib(configuration)
    assert {node: joined[node] for node in printed} == printed


@pytest.mark.parametrize("path", lab_files("pg_controldata.txt"), ids=_name)
def test_the_control_file_is_whole(path: Path) -> None:
    control = parse_controldata(path.read_text())
    assert control is not None
    assert None not in (control.system_identifier, control.state, control.timeline, control.checkpoint)


@pytest.mark.parametrize("path", lab_files("postgresql-log.txt"), ids=_name)
def test_the_log_is_read_with_its_prefix(path: Path) -> None:
    entries = parse_log(path.read_text())
    assert [entry for entry in entries if entry.severity and entry.at is None] == []


def _capture(scenario: str, name: str) -> Path:
    path = LAB / scenario / name
    if not path.is_file():
        pytest.skip(f"not captured: {scenario}/{name}")
    return path


@pytest.mark.parametrize(("host", "standby"), [("cf-dc1-db1", False), ("cf-dc1-db2", True), ("cf-global-db2", True)])
def test_a_healthy_pair_shows_its_roles_in_its_processes(host: str, standby: bool) -> None:
    found = parse_processes(_capture("healthy", f"{host}.ps.txt").read_text())
    assert found is not None
    assert found.running
    assert (found.walreceiver is not None, len(found.standby_senders)) == ((True, 0) if standby else (False, 1))


def test_the_locked_old_primary_does_not_run_and_says_why() -> None:
    found = parse_processes(_capture("lock-safe", "cf-dc1-db1.ps.txt").read_text())
    assert found is not None
    assert not found.running
    [action] = _cluster(_capture("lock-safe", "cf-dc1-db2.crm_mon.xml")).failed_actions
    assert action.reason.startswith("My data may be inconsistent.")


def test_a_node_in_standby_is_one() -> None:
    states = {node.state for node in _cluster(_capture("node-standby", "cf-dc2-db1.crm_mon.txt")).nodes}
    assert NodeState.STANDBY in states


def test_pacemaker_still_claims_a_virtual_ip_that_was_moved_behind_its_back() -> None:
    status = _cluster(_capture("virtual-ip-moved", "cf-dc2-db1.crm_mon.txt"))
    [primary] = [item.node for item in status.instances("postgresql") if item.role is ResourceRole.PROMOTED]
    assert {item.node for item in status.instances("pgvip")} == {primary}


def test_a_move_leaves_its_constraint() -> None:
    configuration = parse_cib(_capture("move-constraint-left", "cf-dc2-db1.cibadmin.xml").read_text())
    assert configuration is not None
    assert [constraint.from_move for constraint in configuration.constraints] == [True]
