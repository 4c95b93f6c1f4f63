"""install-scripts on hosts that live on old scripts: the difference is shown, and all is installed and found good, or
all is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import old_scripts, runs, scripted_faults
from tests.lab.failover_scripts import DB1, DB2, REGION
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.runs import Finished

PROMOTE = "/usr/bin/pgsql-standby-check-promote"
SETTINGS = "/etc/sysconfig/pgsql-replication"
FILES = "find /usr/bin/pgsql-* /usr/libexec /etc/cron.d /etc/logrotate.d /etc/sysconfig /etc/rc.local -type f"


def fingerprint(lab: Lab) -> list[str]:
    """Every file that the run may touch on both hosts, with its content and mode."""
    look = f"{FILES} -exec stat -c '%a %U %n' {{}} + -exec cksum {{}} + | sort"
    return [lab.sh(host, look).stdout for host in (DB1, DB2)]


@pytest.fixture(scope="module")
def before_install(lab: Lab) -> Iterator[None]:
    lab.restore(REGION)
    old_scripts.put(lab, REGION)
    try:
        yield
    finally:
        lab.restore(REGION)


@pytest.fixture(scope="module")
def installed(lab: Lab, before_install: None) -> Finished:
    return runs.run(lab, "install-scripts", REGION, confirm=(REGION,))


def test_of_old_scripts_is_told_which_differ_between_the_hosts(lab: Lab, before_install: None) -> None:
    with scripted_faults.script_differs(lab) as script:
        report = check(lab, REGION)
        sums = {host: lab.sh(host, f"cksum <{script}").stdout.strip() for host in (DB1, DB2)}
    assert report.finding("S08")["details"]["different"] == ["pgsql-primary-archive-wal"]
    for host, checksum in sums.items():
        assert report.evidence("S08", "pgsql-primary-archive-wal", host) == f"checksum {checksum}"


def test_a_dry_run_shows_the_difference_and_changes_nothing(lab: Lab, before_install: None) -> None:
    before = fingerprint(lab)
    finished = runs.run(lab, "install-scripts", REGION, "--dry-run")
    assert finished.code == runs.DONE, finished.words
    assert "+PRIMARY_ADDRESS=10.19.10.102" in finished.words
    assert fingerprint(lab) == before


def test_it_ends_done_and_verified(installed: Finished) -> None:
    assert installed.code == runs.DONE, installed.words


def test_nothing_is_found_afterwards(lab: Lab, installed: Finished) -> None:
    assert check(lab, REGION).codes == []


def test_installed_again_there_is_nothing_to_do(lab: Lab, installed: Finished) -> None:
    finished = runs.run(lab, "install-scripts", REGION, confirm=(REGION,))
    assert finished.code == runs.REFUSED
    assert "nothing to install" in finished.words


def test_a_program_that_was_changed_by_hand_is_found(lab: Lab, installed: Finished) -> None:
    lab.sh(DB2, f"cp -p {PROMOTE} /root/kept && echo '# by hand' >>{PROMOTE}")
    try:
        report = check(lab, REGION)
        assert f"{PROMOTE} is another version" in report.evidence("S08", "difference", DB2)
    finally:
        lab.sh(DB2, f"cp -p /root/kept {PROMOTE}")


def test_a_setting_that_the_inventory_does_not_know_is_found(lab: Lab, installed: Finished) -> None:
    lab.sh(
        DB2, f"cp -p {SETTINGS} /root/kept && sed -i 's/^MAX_PRIMARY_FAILCOUNT=.*/MAX_PRIMARY_FAILCOUNT=9/' {SETTINGS}"
    )
    try:
        found = check(lab, REGION).evidence("S08", "difference", DB2)
        assert found == "MAX_PRIMARY_FAILCOUNT is '9', the inventory says '2'"
    finally:
        lab.sh(DB2, f"cp -p /root/kept {SETTINGS}")


def test_where_a_check_fails_everything_is_as_it_was(lab: Lab, installed: Finished) -> None:
    lab.restore(REGION)
    old_scripts.put(lab, REGION)
    before = fingerprint(lab)
    lab.sh(DB2, "service cron stop")
    try:
        finished = runs.run(lab, "install-scripts", REGION, confirm=(REGION,))
    finally:
        lab.sh(DB2, "service cron start")
    assert finished.code == runs.ROLLED_BACK, finished.words
    assert fingerprint(lab) == before
    assert "/var/lib/vmdb-console/lease" not in runs.traces(lab, REGION)
