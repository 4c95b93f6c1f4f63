"""What the console says of hosts that hang, refuse, print nonsense, or are not who they were: all that is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.lab import faults, host_faults
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

G = "global"
DB1 = "cf-global-db1.example.com"
DB2 = "cf-global-db2.example.com"
UI1 = "cf-global-ui1.example.com"
UI2 = "cf-global-ui2.example.com"
ALL = (DB1, DB2, UI1, UI2)
# From the start of the process to its first request, and from its last word to its end, on a busy machine.
START_AND_END = 4.0


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> Iterator[None]:
    """Each test of this module begins with a healthy pair, and leaves one."""
    lab.wait_healthy(G)
    yield
    lab.wait_healthy(G)


def others_are_seen(report: Report, host: str) -> bool:
    """Whether every other host of the region answered."""
    return all(report.host(name)["reachable"] for name in ALL if name != host)


# --- hosts that do not answer -------------------------------------------------------------------------------------


def test_an_appliance_without_power_is_unreachable(lab: Lab) -> None:
    with faults.powered_off(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["H01"]
    assert report.finding("H01", UI1)["details"] == {"kind": "unreachable"}
    assert report.exit_code == 3
    assert others_are_seen(report, UI1)


TIMEOUT = 7.0


@pytest.fixture(scope="module")
def hung(lab: Lab) -> Report:
    """The sshd of a database host and of an appliance accept a connection and then say nothing."""
    with faults.sshd_hung(lab, DB2), faults.sshd_hung(lab, UI1):
        return check(lab, G, options=("--timeout", str(TIMEOUT)))


@pytest.mark.parametrize("host", [DB2, UI1])
def test_a_host_whose_sshd_hangs_is_told_as_hung(hung: Report, host: str) -> None:
    finding = hung.finding("H01", host)
    assert (finding["severity"], finding["details"]) == ("unknown", {"kind": "hung"})
    assert hung.codes_of(host) == ["H01"]


def test_the_timeout_is_a_hard_limit_though_hosts_hang(hung: Report) -> None:
    assert hung.document["duration_ms"] <= TIMEOUT * 1000
    assert hung.wall <= TIMEOUT + START_AND_END


def test_hosts_beside_hung_ones_answer_as_soon_as_ever(hung: Report) -> None:
    end = datetime.fromisoformat(hung.document["at"])
    for name in (DB1, UI2):
        host = hung.host(name)
        assert host["reachable"] is True
        waited = (end - datetime.fromisoformat(host["observed_at"])).total_seconds()
        assert waited > 1, f"{name} was seen only {waited:.1f} s before the end of a run of {TIMEOUT} s"


def test_a_standby_whose_sshd_hangs_is_still_seen_by_its_primary_and_not_called_down(hung: Report) -> None:
    assert hung.codes == ["H01", "H01"]
    assert hung.host(DB2)["role"] == "unknown"
    assert hung.region(G)["primary"] == DB1
    assert hung.exit_code == 3


def test_a_whole_region_that_hangs_is_unknown_within_the_timeout(lab: Lab) -> None:
    for host in ALL:
        lab.sh(host, "pkill -STOP -x sshd")
    try:
        report = check(lab, G, options=("--timeout", "5"))
    finally:
        for host in ALL:
            lab.sh(host, "pkill -CONT -x sshd")
    assert report.codes == ["H01"] * 4
    assert report.exit_code == 3
    assert report.document["duration_ms"] <= 5000
    assert report.wall <= 5 + START_AND_END


def test_a_fleet_without_a_network_is_unknown_within_the_timeout(lab: Lab, tmp_path: Path) -> None:
    def nowhere(address: str) -> str:
        return address.replace("10.1", "10.9", 1)

    file = edited(lab, tmp_path, lambda region: _move(region, nowhere))
    report = check(lab, G, options=("--inventory", file, "--timeout", "10"))
    assert report.codes == ["H01"] * 4
    assert {f["details"]["kind"] for f in report.findings} == {"unreachable"}
    assert report.exit_code == 3
    assert report.wall <= 10 + START_AND_END


def _move(region: dict[str, Any], to: Any) -> None:
    for host in region["database"]["hosts"] + region["ui"]["hosts"]:
        host["address"] = to(host["address"])
    endpoint = region["database"]["endpoint"]
    endpoint["addresses"] = [to(address) for address in endpoint["addresses"]]


def edited(lab: Lab, folder: Path, change: Any) -> str:
    """A copy of the lab's inventory with only region global, changed."""
    document = json.loads(lab.inventory.read_text().partition("\n")[2])
    document["regions"] = [region for region in document["regions"] if region["name"] == G]
    change(document["regions"][0])
    file = folder / "inventory.yaml"
    file.write_text(json.dumps(document))
    return str(file)


# --- host keys ----------------------------------------------------------------------------------------------------


def test_a_changed_host_key_is_no_connection_and_both_fingerprints(lab: Lab) -> None:
    with faults.host_key_changed(lab, UI1):
        offered = host_faults.fingerprint(lab, UI1)
        report = check(lab, G)
    assert report.codes == ["H03"]
    assert report.finding("H03", UI1)["details"] == {"kind": "host-key-changed"}
    assert report.evidence("H03", "known fingerprint") == host_faults.known_fingerprint(lab, lab.host(UI1))
    assert report.evidence("H03", "offered fingerprint") == offered
    assert report.host(UI1)["reachable"] is False
    assert report.exit_code == 3


def test_an_unknown_host_key_is_refused_and_named(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    lines = lab.known_hosts.read_text().splitlines(keepends=True)
    known.write_text("".join(line for line in lines if UI1 not in line))
    file = edited(lab, tmp_path, lambda region: region.update(ssh={"known_hosts": str(known)}))
    report = check(lab, G, options=("--inventory", file))
    assert report.codes == ["H03"]
    assert report.finding("H03", UI1)["details"] == {"kind": "host-key-unknown"}
    assert host_faults.fingerprint(lab, UI1) in str(report.finding("H03", UI1)["evidence"])
    assert UI1 not in known.read_text()


# --- login and sudo -----------------------------------------------------------------------------------------------


def test_a_refused_login_says_which_user_and_keys(lab: Lab) -> None:
    with faults.login_refused(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["H02"]
    finding = report.finding("H02", UI1)
    assert finding["details"] == {"kind": "login-refused"}
    assert "oncall at 10.19.10.101:22" in report.evidence("H02", "failure", UI1)
    assert "id_ed25519" in report.evidence("H02", "failure", UI1)


@pytest.fixture(scope="module")
def login_refused(lab: Lab) -> Report:
    with faults.login_refused(lab, DB2):
        return check(lab, G)


def test_a_standby_that_refuses_the_login_is_unknown_and_not_down(login_refused: Report) -> None:
    assert login_refused.codes == ["H02"]
    host = login_refused.host(DB2)
    assert (host["role"], host["replay_lsn"], host["timeline"]) == ("unknown", None, None)
    assert login_refused.exit_code == 3


@pytest.fixture(scope="module")
def sudo_refused(lab: Lab) -> Report:
    with faults.sudo_refused(lab, DB1):
        return check(lab, G)


def test_a_refused_sudo_says_what_is_unknown_because_of_it(sudo_refused: Report) -> None:
    finding = sudo_refused.finding("H02", DB1)
    assert finding["details"]["kind"] == "degraded"
    assert {"sql", "controldata", "data", "firewall", "archive", "configuration"} <= set(finding["details"]["unknown"])
    assert sudo_refused.evidence("H02", "sudo", DB1) == "sudo -n refused: sudo: a password is required"
    assert sudo_refused.exit_code == 3


def test_what_could_not_be_read_without_sudo_is_folded_and_each_has_its_reason(lab: Lab, sudo_refused: Report) -> None:
    assert sudo_refused.codes_of(DB1) == ["H02", "H04"]
    finding = sudo_refused.finding("H04", DB1)
    assert finding["caused_by"] == sudo_refused.finding("H02", DB1)["key"]
    control = f"{lab.region(G).layout.data}/global/pg_control"
    assert sudo_refused.evidence("H04", "controldata", DB1) == f"unknown: not root: cannot read {control}"


def test_without_sudo_nothing_is_claimed_that_was_not_seen(sudo_refused: Report) -> None:
    host = sudo_refused.host(DB1)
    unknown = ("current_lsn", "timeline", "control_state", "lock_present", "archive_ready", "system_identifier")
    assert {key: host[key] for key in unknown} == dict.fromkeys(unknown)
    assert {f["severity"] for f in sudo_refused.findings} == {"unknown"}


def test_without_sudo_the_client_still_tells_who_is_primary(sudo_refused: Report) -> None:
    host = sudo_refused.host(DB1)
    assert (host["role"], host["role_witness"]) == ("primary", "client")
    assert sudo_refused.region(G)["primary"] == DB1


def test_an_appliance_without_sudo_is_said_and_nothing_on_it_is_lost(lab: Lab) -> None:
    with faults.sudo_refused(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["H02"]
    assert report.finding("H02", UI1)["details"] == {"kind": "degraded", "unknown": []}
    assert report.host(UI1)["ui"]["ping_status"] == 200


# --- what a host prints -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shell", "kinds"),
    [
        pytest.param(host_faults.PRINTS_BINARY, {"no-shell"}, id="binary"),
        pytest.param(host_faults.PRINTS_100_MEGABYTES, {"garbage"}, id="100-megabytes"),
        pytest.param(host_faults.PRINTS_CONTROL_SEQUENCES, {"no-shell"}, id="control-sequences"),
        pytest.param(host_faults.ENDS_EARLY, {"garbage", "lost"}, id="half-a-frame"),
    ],
)
def test_a_host_that_prints_no_report_costs_only_itself(lab: Lab, shell: str, kinds: set[str]) -> None:
    with host_faults.login_shell(lab, UI1, shell):
        report = check(lab, G, options=("--timeout", "12"))
    assert report.codes == ["H04"]
    assert report.finding("H04", UI1)["details"]["kind"] in kinds
    assert report.exit_code == 3
    assert others_are_seen(report, UI1)


@pytest.mark.parametrize("form", ["text", "nagios", "openmetrics", "json"])
def test_control_sequences_of_a_host_never_reach_the_terminal(lab: Lab, form: str) -> None:
    with host_faults.login_shell(lab, UI1, host_faults.PRINTS_CONTROL_SEQUENCES):
        done = lab.console("--check", "--format", form, "--select", G)
    shown = done.stdout + done.stderr
    assert "UNKNOWN" in shown or form == "openmetrics"
    assert [character for character in shown if ord(character) < 32 and character != "\n"] == []


def test_a_greeting_full_of_control_sequences_is_passed_over(lab: Lab) -> None:
    with host_faults.login_shell(lab, UI1, host_faults.GREETS_WITH_CONTROL_SEQUENCES):
        report = check(lab, G)
    assert report.codes == []
    assert report.host(UI1)["ui"]["ping_status"] == 200


def test_a_command_that_prints_100_megabytes_costs_its_section_only(lab: Lab) -> None:
    with host_faults.command_floods(lab, UI1, "df"):
        report = check(lab, G)
    assert report.codes == ["H04"]
    assert report.finding("H04", UI1)["details"] == {"kind": "incomplete", "unknown": ["disks"]}
    assert report.host(UI1)["ui"]["ping_status"] == 200


def test_a_full_disk_is_critical_and_hinders_no_probe(lab: Lab) -> None:
    with host_faults.disk_full(lab, UI1):
        report = check(lab, G)
    assert report.codes == ["H05"]
    finding = report.finding("H05", UI1)
    assert finding["severity"] == "critical"
    assert (finding["details"]["mount"], finding["details"]["available_bytes"]) == ("/tmp", 0)
    assert report.host(UI1)["ui"]["ping_status"] == 200
    assert report.exit_code == 2


# --- the whole of a database host ---------------------------------------------------------------------------------


def test_a_host_whose_cable_is_cut_is_unreachable_and_its_peer_is_seen(lab: Lab) -> None:
    lab.cut(DB2)
    try:
        report = check(lab, G)
    finally:
        lab.heal(DB2)
    lab.wait_healthy(G, 40)
    assert report.finding("H01", DB2)["details"] == {"kind": "unreachable"}
    assert report.roots == ["H01"]
    assert report.host(DB1)["role"] == "primary"
    assert report.host(DB2)["client"]["tcp"] == "filtered"
