"""S06, S07, S08: boot settings, .pgpass, and the scripts themselves."""

from __future__ import annotations

import pytest

from console.diagnosis.finding import Severity
from console.diagnosis.host_setup import check_boot, check_pgpass, check_scripts
from console.facts.scripts import PasswordFile
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    context,
    primary,
    seen,
    standby,
    unseen,
)
from tests.unit.diagnosis.setup_builders import (
    BOOT_1,
    BOOT_2,
    SCRIPT_NAMES,
    boot,
    global_pair,
    only,
    pgpass,
    quoted,
    scripts,
)


def test_the_reference_s_setup_has_no_finding() -> None:
    healthy = context(*global_pair())
    assert [*check_boot(healthy), *check_pgpass(healthy), *check_scripts(healthy)] == []


def test_host_1_must_not_start_its_database_at_boot() -> None:
    enabled = boot(enabled=True, scripts_run=BOOT_1.boot_scripts)
    found = only(check_boot(context(*global_pair(first={"boot": seen(enabled)}))))
    assert (found.code, found.host) == ("S06", GLOBAL_DB1.name)
    assert "starts at boot" in found.summary


def test_host_2_must_start_its_database_at_boot() -> None:
    disabled = boot(enabled=False, scripts_run=BOOT_2.boot_scripts)
    assert "does not start at boot" in only(check_boot(context(*global_pair(second={"boot": seen(disabled)})))).summary


@pytest.mark.parametrize(
    ("side", "wanted"), [("first", "pgsql-primary-check-start"), ("second", "pgsql-standby-check-access")]
)
def test_each_host_runs_its_own_script_at_boot(side: str, wanted: str) -> None:
    bare = seen(boot(enabled=side == "second"))
    pair = global_pair(first={"boot": bare}) if side == "first" else global_pair(second={"boot": bare})
    assert wanted in only(check_boot(context(*pair))).summary


def test_an_unknown_service_setting_is_not_judged() -> None:
    unclear = boot(enabled=None, scripts_run=BOOT_1.boot_scripts)
    assert list(check_boot(context(*global_pair(first={"boot": seen(unclear)})))) == []
    assert list(check_boot(context(*global_pair(first={"boot": unseen()}, second={"boot": unseen()})))) == []


def test_in_a_cluster_only_the_cluster_starts_the_database() -> None:
    pair = [primary(DC1_DB1, boot=seen(boot(enabled=True))), standby(DC1_DB2, boot=seen(boot(enabled=False)))]
    found = only(check_boot(context(*pair)))
    assert (found.code, found.host) == ("S06", DC1_DB1.name)
    assert "only the cluster" in found.summary


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (PasswordFile("/var/lib/pgsql/.pgpass", None, None), "is missing"),
        (pgpass(owner="root"), "belongs to root"),
        (pgpass(mode="644"), "has mode 644"),
        (pgpass(mode="640"), "has mode 640"),
        (pgpass(entries=0), "no usable line"),
    ],
)
def test_a_pgpass_that_libpq_would_not_use_is_a_finding(file: PasswordFile, words: str) -> None:
    found = only(check_pgpass(context(*global_pair(second={"pgpass": seen(file)}))))
    assert (found.code, found.severity, found.host) == ("S07", Severity.WARNING, GLOBAL_DB2.name)
    assert words in found.summary


def test_a_cluster_s_hosts_need_pgpass_too() -> None:
    pair = [primary(DC1_DB1, pgpass=seen(pgpass())), standby(DC1_DB2, pgpass=seen(pgpass(mode="644")))]
    assert only(check_pgpass(context(*pair))).host == DC1_DB2.name


def test_a_stricter_mode_than_600_is_fine() -> None:
    assert list(check_pgpass(context(*global_pair(second={"pgpass": seen(pgpass(mode="400"))})))) == []


def test_an_unreadable_pgpass_is_not_called_missing() -> None:
    blind = context(*global_pair(first={"pgpass": unseen("not root")}, second={"pgpass": unseen("not root")}))
    assert list(check_pgpass(blind)) == []


def test_a_script_missing_where_it_is_run_is_a_finding() -> None:
    installed = {f"/usr/bin/{name}": "1" for name in SCRIPT_NAMES if name != "pgsql-standby-check-promote"}
    bare = seen(scripts(installed=installed))
    found = only(check_scripts(context(*global_pair(first={"scripts": bare}, second={"scripts": bare}))))
    assert (found.code, found.host) == ("S08", GLOBAL_DB2.name)
    assert found.details["missing"] == ["pgsql-standby-check-promote"]


def test_each_host_needs_only_the_scripts_that_run_there() -> None:
    first = {f"/usr/bin/{name}": "1" for name in SCRIPT_NAMES if "primary" in name}
    second = {f"/opt/ha/{name}": "1" for name in SCRIPT_NAMES if "standby" in name or "archive-wal" in name}
    pair = global_pair(
        first={"scripts": seen(scripts(installed=first))}, second={"scripts": seen(scripts(installed=second))}
    )
    assert list(check_scripts(context(*pair))) == []


def test_another_version_on_the_other_host_is_a_finding_whatever_the_folder() -> None:
    other = {f"/usr/local/bin/{name}": "1234 567" for name in SCRIPT_NAMES} | {
        "/usr/local/bin/pgsql-primary-archive-wal": "9 9"
    }
    found = only(check_scripts(context(*global_pair(second={"scripts": seen(scripts(installed=other))}))))
    assert found.details["different"] == ["pgsql-primary-archive-wal"]
    assert "checksum 9 9" in quoted(found)


def test_scripts_are_not_compared_with_a_host_that_could_not_be_looked_at() -> None:
    assert list(check_scripts(context(*global_pair(second={"scripts": unseen()})))) == []
