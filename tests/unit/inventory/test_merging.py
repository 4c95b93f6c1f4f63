"""Which level wins, profiles, templates, and the whole reference environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.inventory.fleet import Become, Fleet, ManagedBy, PostgresqlSettings, RegionKind, SshSettings, Threshold
from console.inventory.loading import load
from tests.unit.inventory.samples import MINIMAL, SAMPLE, load_text, with_defaults

HOST_1 = "db1.example.com"


@pytest.fixture(scope="module")
def reference() -> Fleet:
    return load(SAMPLE)


def postgresql(fleet: Fleet, host: str = HOST_1) -> PostgresqlSettings:
    settings = fleet.hosts[host].postgresql
    assert settings is not None
    return settings


def test_the_reference_environment_has_three_regions_and_twelve_hosts(reference: Fleet) -> None:
    assert [(region.name, region.kind.value) for region in reference.regions] == [
        ("global", "scripted"),
        ("dc1", "pacemaker"),
        ("dc2", "pacemaker"),
    ]
    assert len(reference.hosts) == 12


def test_the_reference_environment_has_the_addresses_of_the_reference(reference: Fleet) -> None:
    assert {name: host.address for name, host in reference.hosts.items()} == {
        "cf-global-db1.example.com": "10.19.10.102",
        "cf-global-db2.example.com": "10.16.10.102",
        "cf-global-ui1.example.com": "10.19.10.101",
        "cf-global-ui2.example.com": "10.16.10.101",
        "cf-dc1-db1.example.com": "10.19.11.13",
        "cf-dc1-db2.example.com": "10.16.11.12",
        "cf-dc1-ui1.example.com": "10.19.11.10",
        "cf-dc1-ui2.example.com": "10.19.11.11",
        "cf-dc2-db1.example.com": "10.19.12.12",
        "cf-dc2-db2.example.com": "10.16.12.13",
        "cf-dc2-ui1.example.com": "10.16.12.10",
        "cf-dc2-ui2.example.com": "10.16.12.11",
    }


def test_the_reference_global_region_is_run_by_scripts(reference: Fleet) -> None:
    region = reference.region("global")
    assert region.scripts is not None
    assert (region.scripts.copy_user, region.cluster) == ("ea", None)
    assert region.archive is not None
    assert region.archive.read == "/opt/rh/postgresql92/root/var/lib/pgsql/wal-archive-read"
    assert region.archive.retention == 7 * 86400


def test_the_reference_dc1_region_has_a_virtual_ip_and_a_cluster(reference: Fleet) -> None:
    region = reference.region("dc1")
    assert region.endpoint is not None
    assert (region.endpoint.addresses, region.endpoint.resource) == (("10.19.11.14",), "pgvip")
    assert region.endpoint.managed_by is ManagedBy.CLUSTER
    assert region.cluster is not None
    assert (region.cluster.resource, region.scripts) == ("postgresql", None)


def test_the_reference_hosts_have_the_paths_of_rhel_6_software_collections(reference: Fleet) -> None:
    settings = postgresql(reference, "cf-dc1-db1.example.com")
    assert settings.data == "/opt/rh/postgresql92/root/var/lib/pgsql/data"
    assert settings.log == "/opt/rh/postgresql92/root/var/lib/pgsql/data/pg_log/postgresql.log"
    assert settings.command_prefix == "scl enable postgresql92 --"
    assert settings.pgpass == "/var/lib/pgsql/.pgpass"


def test_the_first_host_of_a_pair_is_host_1(reference: Fleet) -> None:
    assert [host.ordinal for host in reference.region("dc2").databases] == [1, 2]


def test_a_fleet_knows_the_file_that_it_comes_from(reference: Fleet) -> None:
    assert reference.source == str(SAMPLE)


def test_an_inventory_of_hosts_alone_gets_every_built_in_default(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, MINIMAL)
    assert fleet.hosts[HOST_1].ssh == SshSettings()
    assert (postgresql(fleet).port, postgresql(fleet).database) == (5432, "vmdb_production")
    assert fleet.regions[0].kind is RegionKind.PACEMAKER
    assert fleet.thresholds.lag_bytes == Threshold(16 * 1024**2, 256 * 1024**2)


def test_an_inventory_without_an_environment_is_production_which_is_the_careful_one(tmp_path: Path) -> None:
    assert load_text(tmp_path, MINIMAL).production


def test_an_address_that_is_not_written_is_the_name(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, MINIMAL.replace(", address: 192.0.2.1", ""))
    assert fleet.hosts[HOST_1].address == HOST_1


def test_a_node_name_that_is_not_written_is_the_name(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, MINIMAL.replace("192.0.2.2", "192.0.2.2, node: second"))
    assert [host.node for host in fleet.regions[0].databases] == [HOST_1, "second"]


LEVELS = """\
version: 1
defaults:
  ssh: {user: from-defaults, port: 1001}
  postgresql: {sql_user: from-defaults, port: 1001}
regions:
  - name: north
    kind: pacemaker
    ssh: {user: from-region}
    postgresql: {sql_user: from-region, port: 1002}
    database:
      ssh: {user: from-database}
      postgresql: {sql_user: from-database}
      hosts:
        - {name: db1.example.com, ssh: {user: from-host}, postgresql: {sql_user: from-host}}
        - {name: db2.example.com}
    ui:
      ssh: {port: 1003}
      hosts: [{name: ui1.example.com}, {name: ui2.example.com, ssh: {user: null, port: 1004}}]
"""


def test_the_innermost_level_wins_for_postgresql(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, LEVELS)
    assert (postgresql(fleet).sql_user, postgresql(fleet).port) == ("from-host", 1002)
    assert postgresql(fleet, "db2.example.com").sql_user == "from-database"


def test_the_innermost_level_wins_for_ssh(tmp_path: Path) -> None:
    logins = {name: (host.ssh.user, host.ssh.port) for name, host in load_text(tmp_path, LEVELS).hosts.items()}
    assert logins == {
        "db1.example.com": ("from-host", 1001),
        "db2.example.com": ("from-database", 1001),
        "ui1.example.com": ("from-region", 1003),
        "ui2.example.com": (None, 1004),
    }


def test_what_a_level_spells_out_wins_over_the_profile_that_it_names(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, with_defaults("  postgresql: {profile: debian, home: /srv/pg, service: pg}\n"))
    assert (postgresql(fleet).home, postgresql(fleet).service) == ("/srv/pg", "pg")
    assert postgresql(fleet).data == "/srv/pg/15/main"


def test_a_profile_named_further_in_is_not_left_with_paths_of_the_outer_one(tmp_path: Path) -> None:
    text = with_defaults("  postgresql: {profile: rhel6-scl-9.2, home: /opt/pg, sql_user: root}\n")
    text = text.replace("    database:\n", "    postgresql: {profile: debian}\n    database:\n")
    settings = postgresql(load_text(tmp_path, text))
    assert (settings.home, settings.command_prefix) == ("/var/lib/postgresql", "")
    assert settings.sql_user == "root"


@pytest.mark.parametrize(
    ("written", "data", "bin_directory"),
    [
        ("profile: debian", "/var/lib/postgresql/15/main", "/usr/lib/postgresql/15/bin"),
        ("profile: debian, version: 17", "/var/lib/postgresql/17/main", "/usr/lib/postgresql/17/bin"),
        ("profile: rhel-pgdg, version: 9.6", "/var/lib/pgsql/9.6/data", "/usr/pgsql-9.6/bin"),
        ("profile: rhel-pgdg, version: '10'", "/var/lib/pgsql/10/data", "/usr/pgsql-10/bin"),
    ],
)
def test_a_profile_puts_the_version_into_its_paths(tmp_path: Path, written: str, data: str, bin_directory: str) -> None:
    settings = postgresql(load_text(tmp_path, with_defaults(f"  postgresql: {{{written}}}\n")))
    assert (settings.data, settings.bin) == (data, bin_directory)


def test_templates_are_rendered_after_merging(tmp_path: Path) -> None:
    text = with_defaults('  postgresql: {data: "{home}/d", log: "{data}/l"}\n')
    fleet = load_text(tmp_path, text.replace("192.0.2.2", "192.0.2.2, postgresql: {home: /two}"))
    assert postgresql(fleet, "db2.example.com").log == "/two/d/l"
    assert postgresql(fleet).log == "/opt/rh/postgresql92/root/var/lib/pgsql/d/l"


def test_an_archive_that_is_read_where_it_is_written_need_not_say_so(tmp_path: Path) -> None:
    text = MINIMAL.replace("    database:\n", '    database:\n      archive: {write: "{home}/wal"}\n')
    archive = load_text(tmp_path, text).regions[0].archive
    assert archive is not None
    assert archive.read == archive.write == "/opt/rh/postgresql92/root/var/lib/pgsql/wal"


def test_the_rhel_6_profile_allows_legacy_ssh_where_it_is_named(tmp_path: Path) -> None:
    text = with_defaults("  postgresql: {profile: rhel6-scl-9.2}\n") + "    ui: {hosts: [{name: ui1}]}\n"
    assert all(host.ssh.legacy for host in load_text(tmp_path, text).hosts.values())


def test_a_profile_that_nobody_named_never_weakens_ssh(tmp_path: Path) -> None:
    fleet = load_text(tmp_path, MINIMAL)
    assert postgresql(fleet).profile == "rhel6-scl-9.2"
    assert not fleet.hosts[HOST_1].ssh.legacy


def test_legacy_ssh_ends_where_another_profile_is_named(tmp_path: Path) -> None:
    text = with_defaults("  postgresql: {profile: rhel6-scl-9.2}\n")
    fleet = load_text(tmp_path, text.replace("192.0.2.2", "192.0.2.2, postgresql: {profile: debian}"))
    assert [host.ssh.legacy for host in fleet.regions[0].databases] == [True, False]


def test_legacy_ssh_can_be_refused_against_the_profile(tmp_path: Path) -> None:
    text = with_defaults("  postgresql: {profile: rhel6-scl-9.2}\n  ssh: {legacy: false}\n")
    assert not load_text(tmp_path, text).hosts[HOST_1].ssh.legacy


def test_a_home_directory_of_this_machine_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    ssh = load_text(tmp_path, with_defaults("  ssh: {identity_file: ~/.ssh/id, become: none}\n")).hosts[HOST_1].ssh
    assert (ssh.identity_file, ssh.become) == (Path("/home/someone/.ssh/id"), Become.NONE)


def test_units_are_resolved(tmp_path: Path) -> None:
    text = with_defaults("  poll: {interval: 500ms}\n  thresholds: {disk_free: [20%, 5%], lag_seconds: [1m, 5m]}\n")
    fleet = load_text(tmp_path, text)
    assert fleet.poll.interval == 0.5
    assert fleet.thresholds.disk_free == Threshold(0.2, 0.05)
    assert fleet.thresholds.lag_seconds == Threshold(60, 300)


def test_ui_settings_and_a_region_number_can_be_written(tmp_path: Path) -> None:
    text = MINIMAL.replace("    kind:", "    number: 7\n    kind:")
    text += "    ui: {root: /srv/miq, ping_url: 'http://localhost:3000/ping', httpd_service: apache2}\n"
    region = load_text(tmp_path, text).regions[0]
    assert region.number == 7
    assert (region.ui.root, region.ui.httpd_service, region.ui.worker_service) == ("/srv/miq", "apache2", "evmserverd")


def test_hosts_can_be_shared_by_anchors_and_merge_keys(tmp_path: Path) -> None:
    text = MINIMAL.replace("192.0.2.1", "192.0.2.1, ssh: &jump {user: ops, port: 2200}")
    text = text.replace("192.0.2.2", "192.0.2.2, ssh: {<<: *jump, port: 2201}")
    ssh = load_text(tmp_path, text).hosts["db2.example.com"].ssh
    assert (ssh.user, ssh.port) == ("ops", 2201)
