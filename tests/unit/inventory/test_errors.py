"""What is said about a wrong inventory: every fault, each with file, line, key and the nearest known key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import InventoryError, UsageError
from console.inventory.consistency import inconsistencies
from console.inventory.loading import load
from tests.unit.inventory.samples import MINIMAL, SAMPLE, load_text, with_defaults, written


def faults(folder: Path, text: str | bytes) -> list[str]:
    """The lines of the error but its last (the summary), without the folder."""
    with pytest.raises(InventoryError) as caught:
        load_text(folder, text)
    return str(caught.value).replace(f"{folder}/", "").splitlines()[:-1]


def only_fault(folder: Path, text: str) -> str:
    [fault] = faults(folder, text)
    return fault


def test_an_unknown_key_has_file_line_key_and_the_nearest_known_key(tmp_path: Path) -> None:
    text = MINIMAL.replace("address: 192.0.2.2", "adress: 192.0.2.2")
    expected = "inventory.yaml:8: regions[0].database.hosts[1].adress: unknown key; did you mean 'address'?"
    assert only_fault(tmp_path, text) == expected


def test_a_key_of_another_section_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = MINIMAL.replace("address: 192.0.2.2", "identity_file: /k")
    assert only_fault(tmp_path, text).endswith("unknown key; it belongs under 'regions.database.hosts.ssh'")


def test_a_key_that_several_sections_have_is_told_all_the_nearest(tmp_path: Path) -> None:
    text = MINIMAL.replace("    kind: pacemaker\n", "    kind: pacemaker\n    port: 5433\n")
    assert only_fault(tmp_path, text).endswith("unknown key; it belongs under 'regions.ssh' or 'regions.postgresql'")


def test_a_missing_key_has_the_line_of_what_lacks_it(tmp_path: Path) -> None:
    text = MINIMAL.replace("    kind: pacemaker\n", "")
    assert only_fault(tmp_path, text) == "inventory.yaml:3: regions[0].kind: is required and missing"


def test_a_wrong_word_is_answered_with_the_right_ones_and_the_nearest(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, MINIMAL.replace("pacemaker", "pacemakr"))
    expected = "regions[0].kind: must be one of pacemaker, scripted; did you mean 'pacemaker'?"
    assert fault == f"inventory.yaml:4: {expected}"


def test_an_unknown_profile_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, with_defaults("  postgresql: {profile: rhel-pgdgg}\n"))
    assert "must be one of rhel6-scl-9.2, rhel-pgdg, debian; did you mean 'rhel-pgdg'?" in fault


def test_all_faults_are_listed_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
version: 2
environmnt: test
defaults:
  poll: {interval: fast}
  thresholds:
    lag_bytes: [256MiB, 16MiB]
    disk_free: [10%, 20%]
regions:
  - name: north
    kind: scripted
    number: -1
    database:
      cluster: {resource: postgresql}
      endpoint: {name: vip, addresses: [192.0.2.300, nowhere], managed_by: cluster}
      hosts:
        - {name: db1, address: 192.0.2.1}
        - {name: DB1, address: -oProxyCommand=x}
        - {name: db3, ssh: {port: 70000, become: root}}
"""
    found = [": ".join(fault.removeprefix("inventory.yaml:").split(": ")[:2]) for fault in faults(tmp_path, text)]
    assert found == [
        "1: version",
        "2: environmnt",
        "4: defaults.poll.interval",
        "6: defaults.thresholds.lag_bytes",
        "7: defaults.thresholds.disk_free",
        "11: regions[0].number",
        "13: regions[0].database.cluster",
        "14: regions[0].database.endpoint.addresses[0]",
        "14: regions[0].database.endpoint.addresses[1]",
        "14: regions[0].database.endpoint.managed_by",
        "15: regions[0].database.hosts",
        "17: regions[0].database.hosts[1].address",
        "17: regions[0].database.hosts[1].name",
        "18: regions[0].database.hosts[2].ssh.become",
        "18: regions[0].database.hosts[2].ssh.port",
    ]


def test_the_last_line_counts_the_faults_and_says_that_nothing_was_contacted(tmp_path: Path) -> None:
    with pytest.raises(InventoryError) as caught:
        load_text(tmp_path, MINIMAL.replace("version: 1", "version: 9\nenvironmnt: x"))
    assert str(caught.value).splitlines()[-1].startswith("2 errors in the inventory; nothing was contacted.")


def test_a_duplicate_key_is_reported_together_with_other_faults(tmp_path: Path) -> None:
    found = faults(tmp_path, MINIMAL.replace("kind: pacemaker", "kind: pacemaker\n    kind: scripted\n    colour: red"))
    assert found == [
        "inventory.yaml:5: regions[0].kind: is written twice (first in line 4): one of them would be lost",
        "inventory.yaml:6: regions[0].colour: unknown key",
    ]


@pytest.mark.parametrize("key", ["password", "sql_password", "passphrase", "PGPASSWORD", "api_token", "secret"])
def test_a_secret_is_answered_with_where_secrets_come_from_and_never_shown(tmp_path: Path, key: str) -> None:
    fault = only_fault(tmp_path, with_defaults(f"  postgresql: {{{key}: hunter2}}\n"))
    assert fault.startswith(f"inventory.yaml:3: defaults.postgresql.{key}: ")
    assert ".pgpass" in fault
    assert "hunter2" not in fault


def test_a_word_that_yaml_takes_for_a_boolean_is_answered_with_quotes(tmp_path: Path) -> None:
    assert only_fault(tmp_path, MINIMAL.replace("name: north", "name: no")).endswith("must be text: put it in quotes")


def test_a_string_where_a_boolean_belongs_is_not_converted(tmp_path: Path) -> None:
    assert "must be true or false" in only_fault(tmp_path, with_defaults('  ssh: {legacy: "yes"}\n'))


def test_a_section_that_is_no_mapping_is_said_to_be_one(tmp_path: Path) -> None:
    assert "defaults.ssh: must be a mapping" in only_fault(tmp_path, with_defaults("  ssh: oncall\n"))


def test_a_section_whose_keys_are_all_commented_out_is_empty(tmp_path: Path) -> None:
    assert load_text(tmp_path, with_defaults("  ssh:\n  poll:\n")).poll.interval == 2


@pytest.mark.parametrize("hosts", [1, 3])
def test_a_region_has_exactly_two_database_hosts(tmp_path: Path, hosts: int) -> None:
    lines = MINIMAL.splitlines()[:6] + [f"        - {{name: db{n}}}" for n in range(hosts)]
    expected = f"regions[0].database.hosts: a region has exactly two database hosts, not {hosts}"
    assert expected in only_fault(tmp_path, "\n".join(lines))


def test_a_host_name_counts_once_in_the_fleet_whatever_its_case(tmp_path: Path) -> None:
    text = MINIMAL + "    ui: {hosts: [{name: DB1.example.com, address: 192.0.2.9}]}\n"
    assert "ui.hosts[0].name: another host has this name too" in only_fault(tmp_path, text)


def test_a_region_and_a_host_cannot_share_a_name(tmp_path: Path) -> None:
    assert "a region has this name too" in only_fault(tmp_path, MINIMAL.replace("db2.example.com", "north"))


def test_two_hosts_cannot_have_one_address_and_ssh_port(tmp_path: Path) -> None:
    text = MINIMAL.replace("192.0.2.2", "192.0.2.1")
    assert "hosts[1].address: another host has this address and ssh port too" in only_fault(tmp_path, text)


def test_two_hosts_behind_one_address_differ_by_their_ssh_port(tmp_path: Path) -> None:
    text = MINIMAL.replace("192.0.2.2", "192.0.2.1, ssh: {port: 2222}")
    assert len(load_text(tmp_path, text).hosts) == 2


def test_two_nodes_of_a_cluster_cannot_share_a_node_name(tmp_path: Path) -> None:
    text = MINIMAL.replace("192.0.2.1", "192.0.2.1, node: a").replace("192.0.2.2", "192.0.2.2, node: A")
    assert "hosts[1].node: the other host has this cluster node name too" in only_fault(tmp_path, text)


def test_a_virtual_ip_is_no_hosts_own_address(tmp_path: Path) -> None:
    endpoint = "{name: vip, addresses: [192.0.2.1], managed_by: cluster}"
    text = MINIMAL.replace("    database:\n", f"    database:\n      endpoint: {endpoint}\n")
    assert "endpoint.addresses[0]: is a host's own address" in only_fault(tmp_path, text)


def test_a_cluster_resource_is_only_for_an_endpoint_that_the_cluster_manages(tmp_path: Path) -> None:
    endpoint = "{name: vip, addresses: [192.0.2.9], managed_by: dns, resource: pgvip}"
    text = MINIMAL.replace("    database:\n", f"    database:\n      endpoint: {endpoint}\n")
    assert "endpoint.resource: is only for managed_by: cluster" in only_fault(tmp_path, text)


def test_scripts_do_not_belong_to_a_pacemaker_region(tmp_path: Path) -> None:
    text = MINIMAL.replace("    database:\n", "    database:\n      scripts: {copy_user: ea}\n")
    assert "database.scripts: belongs to a region of kind scripted" in only_fault(tmp_path, text)


@pytest.mark.parametrize(
    ("poll", "what"),
    [
        ("{interval: 0s}", "must be between 200ms and 1h"),
        ("{interval: 2m}", "slow_interval must not be shorter than interval"),
        ("{timeout: 2m, slow_interval: 1m}", "polls would pile up"),
        ("{timeout: 1ms}", "must be between 500ms and 10m"),
    ],
)
def test_poll_times_that_cannot_work_are_refused(tmp_path: Path, poll: str, what: str) -> None:
    assert what in only_fault(tmp_path, with_defaults(f"  poll: {poll}\n"))


@pytest.mark.parametrize("port", ["0", "65536", '"5432"', "5432.0", "true"])
def test_a_port_is_a_whole_number_from_1_to_65535(tmp_path: Path, port: str) -> None:
    assert "defaults.postgresql.port: must be" in only_fault(
        tmp_path, with_defaults(f"  postgresql: {{port: {port}}}\n")
    )


@pytest.mark.parametrize("limits", ["16MiB", "[16MiB]", "[1, 2, 3]", "[a, b]", "[-1, 5]"])
def test_a_threshold_is_two_limits(tmp_path: Path, limits: str) -> None:
    assert "lag_bytes: must be" in only_fault(tmp_path, with_defaults(f"  thresholds: {{lag_bytes: {limits}}}\n"))


def test_an_archive_that_differs_between_the_hosts_must_be_spelt_out(tmp_path: Path) -> None:
    text = MINIMAL.replace("192.0.2.2", "192.0.2.2, postgresql: {home: /srv/pg}")
    text = text.replace("    database:\n", '    database:\n      archive: {write: "{home}/wal"}\n')
    assert any("archive.write: differs between the two hosts" in fault for fault in faults(tmp_path, text))


@pytest.mark.parametrize("archive", ["{data}", "{home}"])
def test_an_archive_is_never_the_data_directory_or_around_it(tmp_path: Path, archive: str) -> None:
    text = MINIMAL.replace("    database:\n", f'    database:\n      archive: {{write: "{archive}"}}\n')
    assert any("is the data directory of db1.example.com, or around it" in fault for fault in faults(tmp_path, text))


def test_control_characters_of_a_key_are_shown_and_not_sent(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, MINIMAL.replace("version: 1", 'version: 1\n"\\e[31mred\\n": 1'))
    assert "\x1b" not in fault
    assert r"\x1b[31mred\n: unknown key" in fault


@pytest.mark.parametrize("text", ["", "[]", "just words", "42", "null"])
def test_what_is_no_mapping_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    assert only_fault(tmp_path, text).startswith("inventory.yaml:1: ")


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none.yaml", "No such file"),
        (Path("a\0b"), "null"),
    ):
        with pytest.raises(InventoryError, match=f"cannot be read.*{reason}"):
            load(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_no_bytes_raise_anything_but_an_inventory_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InventoryError):
        load(written(tmp_path, content))


_LINES = SAMPLE.read_text().splitlines()
_SCALARS = st.sampled_from(
    ["null", "[]", "{}", "-1", "x: y", "'\\n'", '"\\e"', "~", "&a [*a]", "!!binary a", ".nan", "9" * 5000]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_right_inventory_raises_anything_but_a_usage_error(tmp_path: Path, data: st.DataObject) -> None:
    lines = list(_LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition(":")[0]
        lines[at] = data.draw(
            st.one_of(st.just(""), st.text(max_size=20), st.builds("{}: {}".format, st.just(key), _SCALARS))
        )
    try:
        load(written(tmp_path, "\n".join(lines)))
    except UsageError as error:
        assert "\x1b" not in str(error)  # noqa: PT017 - the message is the point, and not every damage is a fault


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["name", "address", "hosts", "ssh", "port", "endpoint", "addresses", "database", "archive"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.fixed_dictionaries({"version": _JSON, "defaults": _JSON, "regions": st.lists(_JSON, max_size=3)}))
def test_checks_across_values_take_any_data(data: object) -> None:
    assert all(problem.text for problem in inconsistencies(data))
