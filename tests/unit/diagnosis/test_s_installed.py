"""S08 where the console's own failover scripts are installed: what of them is not as it was."""

from __future__ import annotations

from typing import Any

from console.diagnosis.finding import Finding
from console.diagnosis.host_setup import check_scripts
from console.facts.scripts import ScriptsState
from console.facts.traces import Traces
from console.hostscripts.catalogue import HostNumber, files_for
from console.hostscripts.configuration import settings_of
from tests.unit.diagnosis.builders import GLOBAL, GLOBAL_DB2, context, seen
from tests.unit.diagnosis.setup_builders import global_pair, only, quoted, scripts

ARCHIVE = "/usr/bin/pgsql-primary-archive-wal"
CRON = "/etc/cron.d/pgsql-replication"
GATE = "/usr/libexec/pgsql-replication/gate.sh"


def own(number: HostNumber, **settings: str) -> ScriptsState:
    """The console's scripts as a run installs them on host `number`."""
    installed = {file.path: file.checksum for file in files_for(number, "sysv")}
    return scripts(installed=installed, config=settings_of(GLOBAL, number) | settings)


def findings(second: ScriptsState, **more: Any) -> list[Finding]:
    """What is told where host 1 is as installed and host 2 is so."""
    pair = global_pair(first={"scripts": seen(own(1))}, second={"scripts": seen(second), **more})
    return list(check_scripts(context(*pair, region=GLOBAL)))


def changed(path: str, checksum: str | None) -> ScriptsState:
    """Host 2's scripts with another file at `path`, or none."""
    installed = {**own(2).installed, path: checksum}
    return scripts(installed={name: found for name, found in installed.items() if found}, config=own(2).config)


def test_what_install_scripts_puts_there_is_no_finding() -> None:
    assert findings(own(2)) == []


def test_a_program_changed_on_one_host_is_told_once_and_of_that_host() -> None:
    found = only(findings(changed(ARCHIVE, "9 9")))
    assert found.host == GLOBAL_DB2.name
    assert quoted(found) == f"difference: {ARCHIVE} is another version"
    assert found.details == {"missing": [], "different": ["pgsql-primary-archive-wal"]}


def test_a_missing_program_is_told_once_as_missing() -> None:
    found = only(findings(changed(ARCHIVE, None)))
    assert found.details == {"missing": ["pgsql-primary-archive-wal"], "different": []}


def test_libraries_and_the_cron_entry_are_compared_too() -> None:
    assert only(findings(changed(GATE, "9 9"))).details["different"] == ["gate.sh"]
    assert only(findings(changed(CRON, None))).details["missing"] == ["pgsql-replication"]


def test_a_setting_that_the_inventory_has_otherwise_is_told_with_both_values() -> None:
    found = only(findings(own(2, MAX_PRIMARY_FAILCOUNT="9")))
    assert quoted(found) == "difference: MAX_PRIMARY_FAILCOUNT is '9', the inventory says '2'"


def test_a_program_that_a_run_holds_is_not_called_missing() -> None:
    assert findings(changed(ARCHIVE, None), traces=seen(Traces(held=(ARCHIVE,)))) == []


def test_old_scripts_on_the_other_host_are_still_compared_by_name() -> None:
    different = only(findings(scripts())).details["different"]
    assert "pgsql-standby-check-promote" in different
