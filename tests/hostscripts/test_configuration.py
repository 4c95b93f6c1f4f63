"""/etc/sysconfig/pgsql-replication as it is rendered from the inventory."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from console.hostscripts.configuration import ConfigurationError, configuration
from console.inventory.fleet import Region, Scripts
from console.inventory.loading import load

REPOSITORY = Path(__file__).resolve().parents[2]
FLEET = load(REPOSITORY / "inventory.yaml")
GLOBAL = FLEET.region("global")


def render(region: Region, number: Literal[1, 2]) -> str:
    return configuration(region, number).text


def values(text: str, *keys: str) -> list[str]:
    """What a shell reads of it."""
    shown = "; ".join(f'printf "%s\\n" "${key}"' for key in keys)
    done = subprocess.run(["sh", "-c", f"{text}\n{shown}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_reference_s_five_keys_are_the_inventory_s() -> None:
    keys = ("PRIMARY_HOST", "STANDBY_HOST", "PGSQL_SQL_USER", "PGSQL_SSH_USER", "MAX_PRIMARY_FAILCOUNT")
    assert values(render(GLOBAL, 1), *keys) == [
        "cf-global-db1.example.com",
        "cf-global-db2.example.com",
        "cloudforms",
        "ea",
        "2",
    ]


def test_paths_service_and_command_prefix_are_the_profile_s() -> None:
    keys = ("PGSQL_DATA", "PGSQL_SERVICE", "PGSQL_COMMAND_PREFIX", "PGSQL_PASSFILE", "PGSQL_ARCHIVE_READ")
    home = "/opt/rh/postgresql92/root/var/lib/pgsql"
    assert values(render(GLOBAL, 2), *keys) == [
        f"{home}/data",
        "postgresql92-postgresql",
        "scl enable postgresql92 --",
        "/var/lib/pgsql/.pgpass",
        f"{home}/wal-archive-read",
    ]


def test_it_is_the_same_text_each_time() -> None:
    assert render(GLOBAL, 1) == render(GLOBAL, 1)


def test_witnesses_are_the_host_s_own_and_fencing_is_the_region_s() -> None:
    first, second = GLOBAL.databases
    scripts = Scripts(max_failcount=3, fence_command="fence --off 'db 1'", fence_timeout=20, keep_old_data=True)
    asked = replace(second, witnesses=("ping:10.16.10.1", "view:cf-global-ui2"))
    keys = ("MAX_PRIMARY_FAILCOUNT", "WITNESSES", "FENCE_COMMAND", "FENCE_TIMEOUT", "KEEP_OLD_DATA")
    shown = values(render(replace(GLOBAL, databases=(first, asked), scripts=scripts), 2), *keys)
    assert shown == ["3", "ping:10.16.10.1 view:cf-global-ui2", "fence --off 'db 1'", "20", "yes"]


def hostile(text: str) -> Region:
    first, second = GLOBAL.databases
    assert first.postgresql is not None
    return replace(GLOBAL, databases=(replace(first, postgresql=replace(first.postgresql, service=text)), second))


@pytest.mark.parametrize("text", ["$(touch /tmp/x)", "a'b", 'a"b', "`id`", "a;b", "a b", "-n", "*"])
def test_no_value_is_ever_run_or_split(text: str) -> None:
    assert values(render(hostile(text), 1), "PGSQL_SERVICE") == [text]


def test_a_line_break_in_a_value_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="control character"):
        render(hostile("a\nb"), 1)


def test_a_region_that_is_run_by_a_cluster_has_none() -> None:
    with pytest.raises(ConfigurationError, match="is no scripted pair"):
        render(FLEET.region("dc1"), 1)


def test_the_file_lies_where_the_inventory_says_and_holds_no_secret() -> None:
    elsewhere = replace(GLOBAL, scripts=Scripts(config="/etc/default/pgsql-replication"))
    file = configuration(elsewhere, 1)
    assert (file.path, file.mode) == ("/etc/default/pgsql-replication", 0o644)
    assert "password" not in file.text.lower()
