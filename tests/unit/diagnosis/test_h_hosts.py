"""H01–H07: hosts that could not be asked, and hosts as such."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.diagnosis.archive import check_space
from console.diagnosis.finding import Severity
from console.diagnosis.host_condition import (
    check_clock,
    check_disks,
    check_duplicate_machines,
    check_identity,
    same_name,
)
from console.diagnosis.hosts import FAILURES, check_reach
from console.facts.host import HostFacts, Reach
from console.inventory.fleet import Become, SshSettings
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis.builders import (
    AT,
    DC1,
    DC1_DB1,
    DC1_DB2,
    context,
    fleet,
    primary,
    seen,
    snapshot,
    standby,
    stopped,
    unseen,
)
from tests.unit.diagnosis.setup_builders import clock, codes, disk, failed, identity, only, quoted, ui

UIS = [ui(host) for host in DC1.uis]
OTHERS = [standby(DC1_DB2), *UIS]


def test_a_fleet_that_answers_has_no_finding() -> None:
    assert list(check_reach(context(primary(DC1_DB1), *OTHERS))) == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailureKind.UNRESOLVED, "H01"),
        (FailureKind.UNREACHABLE, "H01"),
        (FailureKind.REFUSED, "H01"),
        (FailureKind.HUNG, "H01"),
        (FailureKind.LOGIN_REFUSED, "H02"),
        (FailureKind.SUDO_REFUSED, "H02"),
        (FailureKind.LEGACY_NEEDED, "H02"),
        (FailureKind.HOST_KEY_CHANGED, "H03"),
        (FailureKind.HOST_KEY_UNKNOWN, "H03"),
        (FailureKind.NO_SHELL, "H04"),
        (FailureKind.GARBAGE, "H04"),
        (FailureKind.LOST, "H04"),
        (FailureKind.NOT_ASKED, "H04"),
        (FailureKind.INTERNAL, "H04"),
    ],
)
def test_each_way_of_not_answering_has_its_code_and_is_unknown(kind: FailureKind, code: str) -> None:
    found = only(check_reach(context(failed(DC1_DB1, kind), *OTHERS)))
    assert (found.code, found.severity, found.host) == (code, Severity.UNKNOWN, DC1_DB1.name)
    assert found.details == {"kind": kind.value}
    assert "said the transport" in quoted(found)


def test_every_kind_of_failure_has_a_code() -> None:
    assert set(FAILURES) == set(FailureKind)


def test_an_appliance_is_a_host_too() -> None:
    hosts = [primary(DC1_DB1), standby(DC1_DB2), UIS[0], failed(DC1.uis[1], FailureKind.HUNG)]
    assert only(check_reach(context(*hosts))).host == DC1.uis[1].name


def test_a_changed_host_key_is_quoted_with_both_fingerprints() -> None:
    failure = Failure(FailureKind.HOST_KEY_CHANGED, "key differs", "", ("SHA256:old", "SHA256:new"))
    found = only(check_reach(context(HostFacts(DC1_DB1.name, "dc1", Reach(AT, None, failure)), *OTHERS)))
    assert "known fingerprint: SHA256:old" in quoted(found)
    assert "offered fingerprint: SHA256:new" in quoted(found)


def test_the_transport_s_own_advice_comes_first() -> None:
    failure = Failure(FailureKind.LEGACY_NEEDED, "no common algorithm", "Set ssh: {legacy: true} for it.")
    found = only(check_reach(context(HostFacts(DC1_DB1.name, "dc1", Reach(AT, None, failure)), *OTHERS)))
    assert found.remedy == "Set ssh: {legacy: true} for it."


def test_a_host_that_was_never_asked_is_unknown() -> None:
    found = only(check_reach(context(HostFacts(DC1_DB1.name, "dc1"), *OTHERS)))
    assert (found.code, found.severity) == ("H04", Severity.UNKNOWN)


def test_a_hostile_message_stays_on_its_line_and_moves_no_cursor() -> None:
    message = "\x1b[2J\r\n[bold]" + "x" * 500
    found = only(check_reach(context(failed(DC1_DB1, FailureKind.GARBAGE, message), *OTHERS)))
    assert all(char.isprintable() for char in found.summary + found.evidence[0].value)


NOT_ROOT = Reach(AT, AT, degraded="sudo: a password is required", incomplete=(("firewall", "not root"),))


def test_refused_sudo_is_h02_with_what_is_unknown_because_of_it() -> None:
    found = list(check_reach(context(primary(DC1_DB1, reach=NOT_ROOT), *OTHERS)))
    assert codes(found) == ["H02", "H04"]
    assert found[0].details == {"kind": "degraded", "unknown": ["firewall"]}
    assert {item.severity for item in found} == {Severity.UNKNOWN}


def test_probing_without_root_on_purpose_is_no_refusal() -> None:
    own = replace(DC1_DB1, ssh=SshSettings(become=Become.NONE))
    region = replace(DC1, databases=(own, DC1_DB2))
    hosts = [primary(DC1_DB1, reach=NOT_ROOT), *OTHERS]
    assert codes(check_reach(context(*hosts, region=region, fleet=fleet(region)))) == ["H04"]


def test_incomplete_sections_are_one_finding_a_host_with_every_reason() -> None:
    reach = Reach(AT, AT, incomplete=(("cluster", "timed out after 5 s"), ("disks", "hung mount")))
    found = only(check_reach(context(primary(DC1_DB1, reach=reach), *OTHERS)))
    assert found.details == {"kind": "incomplete", "unknown": ["cluster", "disks"]}
    assert "disks: unknown: hung mount" in quoted(found)


def test_a_client_s_eye_that_could_not_look_is_listed_too() -> None:
    found = only(check_reach(context(primary(DC1_DB1, client=unseen("no time left", "client")), *OTHERS)))
    assert found.details["unknown"] == ["client"]


def test_a_stopped_server_s_missing_sql_is_no_gap() -> None:
    reach = Reach(AT, AT, incomplete=(("sql", "Connection refused"),))
    assert list(check_reach(context(stopped(DC1_DB1, reach=reach), *OTHERS))) == []
    found = only(check_reach(context(primary(DC1_DB1, reach=reach, sql=unseen("Connection refused")), *OTHERS)))
    assert found.details["unknown"] == ["sql"]


def test_a_fact_that_was_never_asked_for_is_no_gap() -> None:
    quiet = HostFacts(DC1_DB1.name, "dc1", Reach(AT, AT))
    assert list(check_reach(context(quiet, *OTHERS))) == []


@pytest.mark.parametrize(("free", "severity"), [(0.25, None), (0.19, Severity.WARNING), (0.09, Severity.CRITICAL)])
def test_free_space_is_judged_by_the_thresholds(free: float, severity: Severity | None) -> None:
    found = list(check_disks(context(primary(DC1_DB1, disks=seen((disk(free=free),))))))
    assert [(item.code, item.severity) for item in found] == ([("H05", severity)] if severity else [])


def test_one_file_system_is_one_finding_that_says_what_lies_on_it() -> None:
    full = (
        disk("data", 0.05, "/", "/dev/sda1"),
        disk("home", 0.05, "/", "/dev/sda1"),
        disk("root", 0.05, "/", "/dev/sda1"),
    )
    assert "(data, home, root)" in only(check_disks(context(primary(DC1_DB1, disks=seen(full))))).summary


def test_the_archive_s_room_is_another_code_s_matter_and_size_0_nobody_s() -> None:
    odd = (disk("archive", 0.01, "/wal", "/dev/sdc1"), replace(disk("tmp", mount="/tmp", device="none"), total=0))
    assert list(check_disks(context(primary(DC1_DB1, disks=seen(odd))))) == []


def test_an_archive_on_the_data_disk_is_one_full_file_system_and_not_two() -> None:
    full = seen((disk("data", 0.05), disk("archive", 0.05)))
    only_one = context(primary(DC1_DB1, disks=full))
    assert only(check_disks(only_one)).details["purposes"] == ["data", "archive"]
    assert list(check_space(only_one)) == []


def test_unknown_disks_are_neither_full_nor_fine() -> None:
    assert list(check_disks(context(primary(DC1_DB1, disks=unseen("timed out"))))) == []


@pytest.mark.parametrize(
    ("skew", "uncertainty", "severity"),
    [
        (0.5, 0.01, None),
        (1.5, 0.01, Severity.WARNING),
        (-1.5, 0.01, Severity.WARNING),
        (1.5, 0.8, None),
        (-9.0, 0.8, Severity.CRITICAL),
        (5.5, 0.8, Severity.WARNING),
    ],
)
def test_skew_counts_where_no_uncertainty_explains_it(
    skew: float, uncertainty: float, severity: Severity | None
) -> None:
    found = list(check_clock(context(primary(DC1_DB1, clock=seen(clock(skew, uncertainty), "clock")))))
    assert [(item.code, item.severity) for item in found] == ([("H06", severity)] if severity else [])


@pytest.mark.parametrize(
    ("expected", "said", "agree"),
    [
        ("cf-dc1-db1.example.com", "cf-dc1-db1.example.com", True),
        ("cf-dc1-db1.example.com", "CF-DC1-DB1.example.com.", True),
        ("cf-dc1-db1.example.com", "cf-dc1-db1", True),
        ("cf-dc1-db1", "cf-dc1-db1.example.com", True),
        ("cf-dc1-db1.example.com", "cf-dc1-db2", False),
        ("cf-dc1-db1.example.com", "cf-dc1-db1.example.org", False),
        ("cf-dc1-db1.example.com", "localhost.localdomain", False),
    ],
)
def test_names_agree_without_case_final_dot_and_missing_domain(expected: str, said: str, *, agree: bool) -> None:
    assert same_name(expected, said) is agree


def test_a_host_of_another_name_is_critical() -> None:
    found = only(check_identity(context(primary(DC1_DB1, identity=seen(identity("cf-dc2-db1.example.com"))))))
    assert (found.code, found.severity, found.subject) == ("H07", Severity.CRITICAL, "name")


def test_another_machine_than_before_is_a_finding() -> None:
    hosts = [primary(DC1_DB1, identity=seen(identity(DC1_DB1.name, "c" * 32)))]
    found = only(check_identity(context(*hosts, machine_ids={DC1_DB1.name: "d" * 32})))
    assert (found.code, found.subject) == ("H07", "machine-id")


@pytest.mark.parametrize("before", ["", "c" * 32])
def test_the_same_or_no_machine_id_as_before_is_fine(before: str) -> None:
    hosts = [primary(DC1_DB1, identity=seen(identity(DC1_DB1.name, "c" * 32)))]
    assert list(check_identity(context(*hosts, machine_ids={DC1_DB1.name: before}))) == []


def test_an_old_system_without_machine_id_is_not_another_machine() -> None:
    hosts = [primary(DC1_DB1, identity=seen(identity(DC1_DB1.name, "")))]
    assert list(check_identity(context(*hosts, machine_ids={DC1_DB1.name: "c" * 32}))) == []


def test_two_names_with_one_machine_id_are_found_at_both() -> None:
    same = [facts(host, identity=seen(identity(host.name))) for facts, host in ((primary, DC1_DB1), (standby, DC1_DB2))]
    found = list(check_duplicate_machines(snapshot(*same)))
    assert [(item.code, item.host) for item in found] == [("H07", DC1_DB1.name), ("H07", DC1_DB2.name)]
    assert DC1_DB2.name in quoted(found[0])


def test_machines_without_an_id_are_not_one_machine() -> None:
    same = [
        facts(host, identity=seen(identity(host.name, ""))) for facts, host in ((primary, DC1_DB1), (standby, DC1_DB2))
    ]
    assert list(check_duplicate_machines(snapshot(*same))) == []
