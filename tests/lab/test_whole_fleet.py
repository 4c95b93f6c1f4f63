"""The healthy fleet, in every format; and what a check must never do: change a host, or tell a password."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.lab import identity
from tests.lab.both import settle
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.shell import LabError
from tests.lab.spec import REPLICATION_USER, SQL_USER, HostSpec

FORMATS = ("text", "json", "nagios", "openmetrics")


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> None:
    """These tests are about a fleet without a fault."""
    for region in lab.fleet.regions:
        settle(lab, region.name)
    if lab.fleet.global_major != lab.fleet.default_major:
        pytest.skip("an embedded PostgreSQL has no pg_controldata: this variant is never without an unknown")


@pytest.fixture(scope="module")
def scope(lab: Lab) -> tuple[str, ...]:
    """All regions; LabError that names what a check finds where one of them has a fault."""
    report = check(lab)
    if report.codes:
        raise LabError(f"the fleet is not healthy:\n{report.words}")
    return tuple(region.name for region in lab.fleet.regions)


@pytest.fixture(scope="module")
def printed(lab: Lab, scope: tuple[str, ...]) -> dict[str, tuple[int, str, str]]:
    """Exit code, stdout and stderr of a check in each format."""
    del scope
    done = {form: lab.console("--check", "--format", form) for form in FORMATS}
    return {form: (run.returncode, run.stdout, run.stderr) for form, run in done.items()}


@pytest.mark.parametrize("form", FORMATS)
def test_a_healthy_fleet_is_exit_0_and_silent_on_stderr(printed: dict[str, tuple[int, str, str]], form: str) -> None:
    code, out, words = printed[form]
    assert (code, words) == (0, ""), out


def test_the_json_names_each_region_s_primary_and_standby_as_the_hosts_do(
    lab: Lab, printed: dict[str, tuple[int, str, str]]
) -> None:
    document = json.loads(printed["json"][1])
    said = {region["name"]: (region["primary"], region["standby"]) for region in document["regions"]}
    assert said == {r.name: (lab.primary(r.name).name, lab.standby(r.name).name) for r in lab.fleet.regions}
    assert (document["status"], document["exit_code"], document["findings"]) == ("OK", 0, [])


def test_the_json_has_the_system_identifiers_that_the_servers_have(
    lab: Lab, printed: dict[str, tuple[int, str, str]]
) -> None:
    document = json.loads(printed["json"][1])
    said = {h["name"]: h["system_identifier"] for r in document["regions"] for h in r["hosts"] if h["kind"] != "ui"}
    query = "select system_identifier from pg_control_system()"
    assert said == {host.name: lab.sql(host, query) for region in lab.fleet.regions for host in region.databases}


def test_the_text_ends_with_how_many_hosts_answered(printed: dict[str, tuple[int, str, str]]) -> None:
    last = printed["text"][1].rstrip().splitlines()[-1]
    assert last.startswith("OK: no findings (12 of 12 hosts answered")


def test_the_nagios_line_has_performance_data_for_each_region(
    lab: Lab, printed: dict[str, tuple[int, str, str]]
) -> None:
    words, _, figures = printed["nagios"][1].splitlines()[0].partition("|")
    assert words.startswith("VMDB OK")
    for region in lab.fleet.regions:
        assert f"'{region.name}_lag_bytes'=" in figures


def test_the_metrics_parse_and_count_twelve_hosts_up(printed: dict[str, tuple[int, str, str]]) -> None:
    metrics = text_string_to_metric_families(printed["openmetrics"][1])  # type: ignore[no-untyped-call]
    families = {family.name: family for family in metrics}
    assert [sample.value for sample in families["vmdb_up"].samples] == [1.0] * 12
    assert "vmdb_finding" not in families or families["vmdb_finding"].samples == []


@pytest.mark.parametrize("user", [SQL_USER, REPLICATION_USER])
def test_no_password_is_in_any_format(printed: dict[str, tuple[int, str, str]], user: str) -> None:
    assert [form for form, run in printed.items() if identity.password(user) in run[1] + run[2]] == []


# --- what a check leaves behind ----------------------------------------------------------------------------------

FOLDERS = "/etc /home /root /tmp /var/tmp /usr/local /var/spool/cron /var/lib/sudo /var/www/miq/vmdb/config /run/sudo"


def listing(lab: Lab, host: HostSpec) -> str:
    """Every file that a check could leave on a host: owner, mode, size, time of change, name.

    Directories without time: cron and the pgsql agent make and remove files of their own in /tmp and tmpdir.
    """
    layout = lab.region_of(host).layout
    settings = f"{layout.data}/*.conf {layout.data}/*.signal {layout.data}/PG_VERSION {layout.data}/postmaster.opts"
    here = f"{layout.home}/.[a-z]* {layout.user_home}/.[a-z]* {layout.tmp}" if host.role == "database" else ""
    places = f"{FOLDERS} {settings if host.role == 'database' else ''} {here}"
    each = "-type d -printf '%u %m directory - %p\\n' -o -printf '%u %m %s %C@ %p\\n'"
    return lab.sh(host, f"find {places} {each} 2>/dev/null | sort -k 5", check=False).stdout


def listings(lab: Lab) -> dict[str, str]:
    hosts = [host for region in lab.fleet.regions for host in region.hosts]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip([host.name for host in hosts], pool.map(lambda host: listing(lab, host), hosts), strict=True))


def test_a_check_changes_no_file_on_any_host(lab: Lab, scope: tuple[str, ...]) -> None:
    del scope
    before = listings(lab)
    assert lab.console("--check").returncode == 0
    after = listings(lab)
    assert all(len(text.splitlines()) > 100 for text in before.values())
    assert {name: set(text.splitlines()) ^ set(before[name].splitlines()) for name, text in after.items()} == {
        name: set() for name in before
    }


SPY = "end=$(($(date +%s) + 8)); while [ $(date +%s) -lt $end ]; do cat /proc/[0-9]*/cmdline; done 2>/dev/null"


def test_no_password_is_in_a_process_title_while_a_check_runs(lab: Lab) -> None:
    hosts = ("global-db1", "global-db2")
    with ThreadPoolExecutor(3) as pool:
        spies = [pool.submit(lab.sh, host, f"({SPY}) | tr '\\0' ' ' | sort -u", None, False) for host in hosts]
        assert lab.console("--check", "--select", "global").returncode == 0
        seen = "".join(spy.result().stdout for spy in spies)
    assert "psql" in seen
    assert [user for user in (SQL_USER, REPLICATION_USER) if identity.password(user) in seen] == []


# --- wrong input -------------------------------------------------------------------------------------------------


def test_a_bad_inventory_is_exit_64_with_every_error_and_no_report(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("bad") / "inventory.yaml"
    file.write_text(lab.inventory.read_text().replace('"kind"', '"kidn"').replace('"environment"', '"enviroment"'))
    done = lab.console("--check", "--inventory", str(file))
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.count("kidn") >= 3
    assert "enviroment" in done.stderr
