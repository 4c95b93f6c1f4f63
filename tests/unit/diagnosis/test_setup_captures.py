"""What real hosts of the lab printed (tests/fixtures/lab), through the probe's parsers, to findings of S, A and U."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.diagnosis.archive import check_queue, check_space
from console.diagnosis.finding import Severity
from console.diagnosis.port_gate import check_old_primary_port, check_standby_port
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.facts.system import Listener
from console.probe.disks import parse_disks
from console.probe.firewall import parse_firewall
from console.probe.processes import parse_processes
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
    view,
)
from tests.unit.diagnosis.setup_builders import only, quoted

LAB = Path(__file__).parents[2] / "fixtures" / "lab"


def captured(scenario: str, name: str) -> str:
    path = LAB / scenario / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"the lab's capture {scenario}/{name} is not there")
    return path.read_text(encoding="utf-8", errors="replace")


def saved(scenario: str, name: str) -> str:
    """The lab's `iptables -S` in the form of iptables-save, which is what the probe asks for."""
    lines = captured(scenario, f"{name}.iptables").splitlines()
    rules = [f":{line[3:]} [0:0]" if line.startswith("-P ") else line for line in lines]
    return "\n".join(["port 5432", "@@iptables-save", "*filter", *rules, "COMMIT", ""])


def gated(host: HostFacts, scenario: str, name: str) -> HostFacts:
    """The host with the lab's iptables rules and a server that listens; no client was tried."""
    firewall = parse_firewall(saved(scenario, name))
    assert firewall is not None
    listening = seen((Listener("0.0.0.0", 5432),), "listeners")
    return replace(host, firewall=seen(firewall, "firewall"), listeners=listening, client=unseen("not tried", "client"))


def test_the_healthy_standby_s_firewall_is_closed() -> None:
    second = gated(standby(GLOBAL_DB2), "healthy", "cf-global-db2")
    assert list(check_standby_port(context(primary(GLOBAL_DB1), second))) == []


def test_the_standby_whose_port_was_opened_is_found_and_the_rule_is_quoted() -> None:
    second = gated(standby(GLOBAL_DB2), "standby-port-open", "cf-global-db2")
    found = only(check_standby_port(context(primary(GLOBAL_DB1), second)))
    assert (found.code, found.severity) == ("S05", Severity.WARNING)
    assert "--dport 5432 -j ACCEPT" in quoted(found)
    met = replace(second, client=seen(view(ClientAnswer.IN_RECOVERY), "client"))
    assert only(check_standby_port(context(primary(GLOBAL_DB1), met))).severity is Severity.CRITICAL


def test_host_1_that_answers_while_host_2_is_primary_is_found_from_its_own_rules() -> None:
    first = gated(standby(GLOBAL_DB1), "global-host1-answers", "cf-global-db1")
    assert only(check_old_primary_port(context(first, primary(GLOBAL_DB2)))).code == "S04"


def archive_disk(scenario: str, name: str) -> str:
    """The lab's `df -P`, cut to the archive's line, as the probe's section has it."""
    table = captured(scenario, f"{name}.df").splitlines()
    path = "/var/lib/postgresql/15/wal-archive"
    return "\n".join([f"@@archive {path}", table[0], *(line for line in table[1:] if line.endswith(path))])


@pytest.mark.parametrize(("scenario", "full"), [("archive-full", True), ("archive-hole", False)])
def test_the_lab_s_full_archive_is_critical_and_one_finding_for_both_hosts(scenario: str, *, full: bool) -> None:
    disks = [seen(parse_disks(archive_disk(scenario, name)), "disks") for name in ("cf-dc2-db1", "cf-dc2-db2")]
    assert all(observed.value for observed in disks)
    found = list(check_space(context(primary(DC1_DB1, disks=disks[0]), standby(DC1_DB2, disks=disks[1]))))
    assert [(item.code, item.severity) for item in found] == ([("A04", Severity.CRITICAL)] if full else [])


def test_the_archiver_of_the_full_archive_says_that_it_fails() -> None:
    processes = parse_processes(captured("archive-full", "cf-dc2-db1.ps"))
    assert processes is not None
    found = only(check_queue(context(primary(DC1_DB1, processes=seen(processes, "ps")), standby(DC1_DB2))))
    assert "failed on 000000030000000000000004" in quoted(found)
