"""install-scripts: what differs is shown and installed on both hosts, or nothing is (issue of the failover scripts)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.managed import ManagedFile, ManagedFiles
from console.facts.snapshot import Snapshot
from console.hostscripts.catalogue import PROGRAMS
from console.hostscripts.cksum import cksum
from console.operations.files import InstallFiles
from console.runbooks.install_scripts import INSTALL_SCRIPTS, InstallScripts
from console.runbooks.plan import Choices, Plan
from console.runner.journal import Journal
from console.runner.runner import Runner
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from tests.simulation.worlds import clock, world
from tests.unit.runbooks.scenes import G1, G2, RUN, broken, decided, refusal, with_host, with_value

SECTIONS = tuple((host, "managed") for host in (G1, G2))
RC_LOCAL = "/etc/rc.d/rc.local"


def surveyed(scenario: str = "healthy", region: str = "global") -> Snapshot:
    parts = simulated_parts(LivingWorld(world(scenario), clock()), region)
    return parts.observer.survey(SECTIONS if region == "global" else ())


def files(plan: Plan, key: str) -> dict[str, str]:
    (install,) = (each for each in plan.step(key).operations if isinstance(each, InstallFiles))
    return {file.path: file.text for file in install.files}


def with_files(snapshot: Snapshot, host: str, files: tuple[ManagedFile, ...]) -> Snapshot:
    return with_host(snapshot, host, managed=replace(snapshot.facts(host).managed, value=ManagedFiles(files)))


def planned(snapshot: Snapshot) -> Plan:
    return INSTALL_SCRIPTS.plan(snapshot.fleet, decided(INSTALL_SCRIPTS, snapshot, "global"))


def carried_out(living: LivingWorld, folder: Path) -> tuple[Plan, ExitCode]:
    parts = simulated_parts(living, "global")
    plan = INSTALL_SCRIPTS.plan(
        parts.fleet, INSTALL_SCRIPTS.decide(parts.observer.survey(SECTIONS), "global", None, Choices(), RUN)
    )
    return plan, Runner(parts, Journal.create(folder, RUN, parts.clock)).start(plan, "a test").code


def test_a_cluster_has_no_such_scripts() -> None:
    assert "kept by Pacemaker" in refusal(INSTALL_SCRIPTS, surveyed(region="dc1"), "dc1")


def test_one_host_alone_is_refused_since_the_scripts_belong_together() -> None:
    assert "belong together" in refusal(INSTALL_SCRIPTS, surveyed(), "global", G1)


def test_without_one_primary_nothing_is_installed() -> None:
    assert "no one primary" in refusal(INSTALL_SCRIPTS, surveyed("split-brain"), "global")


def test_host_2_comes_first_since_host_1_must_be_let_in_there() -> None:
    assert [step.key for step in planned(surveyed()).steps] == ["install-2", "install-1", "verify"]


def test_every_program_is_installed_on_both_hosts() -> None:
    plan = planned(surveyed())
    for key in ("install-1", "install-2"):
        assert {f"/usr/bin/{name}" for name in PROGRAMS} <= files(plan, key).keys()


def test_rc_local_keeps_what_an_administrator_wrote_there_and_runs_the_script_once() -> None:
    text = files(planned(surveyed()), "install-1")[RC_LOCAL]
    assert "touch /var/lock/subsys/local\n" in text
    assert text.count("pgsql-primary-check-start") == 1


def test_the_settings_are_the_inventorys() -> None:
    text = files(planned(surveyed()), "install-2")["/etc/sysconfig/pgsql-replication"]
    assert f"STANDBY_HOST={G2}\n" in text
    assert "MAX_PRIMARY_FAILCOUNT=2\n" in text


def test_a_file_that_is_the_same_already_is_left_alone() -> None:
    snapshot = surveyed()
    text = files(planned(snapshot), "install-2")["/usr/bin/pgsql-primary-archive-wal"]
    same = ManagedFile("/usr/bin/pgsql-primary-archive-wal", "755", "root:root", cksum(text.encode()), text)
    managed = snapshot.facts(G2).managed
    assert managed.value is not None
    others = tuple(file for file in managed.value.files if file.path != same.path)
    found = files(planned(with_files(snapshot, G2, (*others, same))), "install-2")
    assert same.path not in found


def test_an_rc_local_that_is_no_text_is_refused_with_what_to_do() -> None:
    snapshot = surveyed()
    managed = snapshot.facts(G1).managed
    assert managed.value is not None
    odd = tuple(replace(file, text=None) if file.path == RC_LOCAL else file for file in managed.value.files)
    words = refusal(INSTALL_SCRIPTS, with_files(snapshot, G1, odd), "global")
    assert f"{RC_LOCAL} is no plain text" in words


def test_files_that_were_not_looked_at_are_unknown_and_refused() -> None:
    parts = simulated_parts(LivingWorld(world("healthy"), clock()), "global")
    assert "its files are unknown" in refusal(INSTALL_SCRIPTS, parts.observer.survey(), "global")


def test_a_file_that_changed_since_the_plan_breaks_a_check() -> None:
    snapshot = surveyed()
    plan = planned(snapshot)
    managed = snapshot.facts(G2).managed
    assert managed.value is not None
    other = tuple(replace(file, checksum="1 2") for file in managed.value.files)
    found = broken(plan, with_files(snapshot, G2, other))
    assert list(found) == ["the failover scripts' files on cf-global-db2 are as this plan saw them"]


def test_a_password_file_that_libpq_ignores_is_told_before_anything_is_done() -> None:
    snapshot = surveyed()
    status = snapshot.facts(G2).pgpass.value
    assert status is not None
    assert status.status is not None
    wrong = with_value(snapshot, G2, "pgpass", status=replace(status.status, mode="644"))
    assert list(broken(planned(snapshot), wrong)) == ["the password file on cf-global-db2 can be used"]


def test_installed_and_verified_there_is_nothing_left_to_install(tmp_path: Path) -> None:
    living = LivingWorld(world("healthy"), clock())
    _, code = carried_out(living, tmp_path)
    assert code is ExitCode.OK
    again = simulated_parts(living, "global").observer.survey(SECTIONS)
    assert "nothing to install" in refusal(INSTALL_SCRIPTS, again, "global")


def test_a_plan_of_other_files_than_this_console_has_is_none() -> None:
    snapshot = surveyed()
    parameters = decided(INSTALL_SCRIPTS, snapshot, "global")
    assert isinstance(parameters, InstallScripts)
    first = parameters.hosts[0]
    changed = replace(first, files=tuple(replace(file, after="1 2") for file in first.files))
    stale = replace(parameters, hosts=(changed, *parameters.hosts[1:]))
    with pytest.raises(KeyError):
        INSTALL_SCRIPTS.plan(snapshot.fleet, stale)
