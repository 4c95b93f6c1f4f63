"""What is known of a host before a command is written for it, and what is refused where it is not."""

from __future__ import annotations

import pytest

from console.facts.observed import Observed
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import Tools
from console.operations.platform import Platform
from console.runbooks.platforms import layout_of, platform_of
from console.runbooks.runbook import Refused
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import DC1_1, DC1_2, DC2_1, G1, RUN, survey, with_host, with_value

HEALTHY = survey("healthy", "dc1")


def platform(snapshot: Snapshot, host: str) -> Platform:
    entry = snapshot.fleet.hosts[host]
    return platform_of(entry, snapshot.facts(host), snapshot.fleet.region(entry.region))


def test_a_rhel_6_node_is_told_from_its_facts() -> None:
    found = platform(HEALTHY, DC1_1)
    assert (found.systemd, found.pcs, found.version.major) == (False, (0, 9), "9.2")
    assert found.machine_id
    assert (found.node, found.resource) == (DC1_1, "postgresql")


def test_a_debian_node_has_systemd_and_a_newer_pcs() -> None:
    found = platform(survey("healthy", "dc2"), DC2_1)
    assert (found.systemd, found.pcs, found.version.major) == (True, (0, 11), "15")


def test_a_scripted_region_needs_no_pcs() -> None:
    assert platform(survey("healthy", "global"), G1).pcs is None


def test_a_stopped_servers_version_is_its_programs() -> None:
    found = platform(survey("lock-safe", "dc1"), DC1_1)
    assert found.version == ServerVersion(90208)


def test_programs_of_another_major_version_give_way_to_the_datas_own() -> None:
    stopped = with_host(survey("lock-safe", "dc1"), DC1_1, tools=seen(Tools({"pg_ctl": "15.2"}), "tools"))
    assert platform(stopped, DC1_1).version.major == "9.2"


@pytest.mark.parametrize("field", ["identity", "tools"])
def test_without_name_or_tools_nothing_is_planned(field: str) -> None:
    blind = with_host(HEALTHY, DC1_1, **{field: Observed(None, field, AT, "the section timed out")})
    with pytest.raises(Refused, match="the section timed out"):
        platform(blind, DC1_1)


def test_without_any_sign_of_a_version_nothing_is_planned() -> None:
    blind = with_host(HEALTHY, DC1_1, sql=Observed(None, "psql", AT, "timeout"), tools=seen(Tools({}), "tools"))
    blind = with_host(blind, DC1_1, data=Observed(None, "data", AT, "permission denied"))
    with pytest.raises(Refused, match="PostgreSQL version is unknown: permission denied"):
        platform(blind, DC1_1)


def test_a_pcs_whose_version_cannot_be_read_is_refused_since_its_words_depend_on_it() -> None:
    with pytest.raises(Refused, match="pcs"):
        platform(with_host(HEALTHY, DC1_1, tools=seen(Tools({"pcs": "installed"}), "tools")), DC1_1)


def test_a_layout_uses_the_real_path_behind_a_link() -> None:
    linked = with_value(HEALTHY, DC1_2, "layout", path="/home/data", real="/srv/pgdata", mounted=False)
    found = layout_of(linked.facts(DC1_2), RUN)
    assert (found.data, found.new) == ("/srv/pgdata", f"/srv/pgdata.vmdb-new.{RUN}")


def test_on_a_mount_point_everything_lies_within_it() -> None:
    mounted = with_value(HEALTHY, DC1_2, "layout", real="/srv/pgdata", mounted=True)
    assert layout_of(mounted.facts(DC1_2), RUN).old.startswith("/srv/pgdata/pgsql_tmp.vmdb-console/")


def test_tablespaces_and_a_linked_wal_directory_are_refused_by_name() -> None:
    with pytest.raises(Refused, match="/fast/disk"):
        layout_of(with_value(HEALTHY, DC1_2, "layout", tablespaces=("/fast/disk",)).facts(DC1_2), RUN)
    with pytest.raises(Refused, match="/fast/wal"):
        layout_of(with_value(HEALTHY, DC1_2, "layout", wal_link="/fast/wal").facts(DC1_2), RUN)


def test_an_unknown_layout_is_refused() -> None:
    blind = with_host(HEALTHY, DC1_2, layout=Observed(None, "layout", AT, "du did not end"))
    with pytest.raises(Refused, match="du did not end"):
        layout_of(blind.facts(DC1_2), RUN)
