"""The database port's gate: exact rules, in force together, beside the console's and the host's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from console.probe.firewall import parse_firewall
from tests.hostscripts.conftest import Pair
from tests.hostscripts.host import FIRST, ScriptHost

ACCESS = "pgsql-standby-check-access"
PROMOTE = "pgsql-standby-check-promote"


def gate(host: ScriptHost) -> list[str]:
    return [rule for rule in host.rules if "pgsql-replication" in rule]


def shut(port: int, peer: str = FIRST) -> list[str]:
    return [
        "-N pgsql-replication",
        f"-A INPUT -p tcp -m tcp --dport {port} -j pgsql-replication",
        f"-A pgsql-replication -s {peer}/32 -j ACCEPT",
        "-A pgsql-replication ! -i lo -p tcp -j REJECT --reject-with tcp-reset",
    ]


def as_seen_by_the_console(host: ScriptHost) -> bool | None:
    """What the console's probe says of strangers at the port."""
    chains = [f":{rule.split()[1]} - [0:0]" for rule in host.rules if rule.startswith("-N")]
    rules = [rule for rule in host.rules if rule.startswith("-A")]
    saved = "\n".join(["*filter", ":INPUT ACCEPT [0:0]", *chains, *rules, "COMMIT"])
    found = parse_firewall(f"port {host.port}\n@@iptables-save\n{saved}\n")
    assert found is not None
    return found.database_port_open


def test_a_standby_lets_in_host_1_alone(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    assert sorted(gate(pair.second)) == sorted(shut(pair.port))


@pytest.mark.slow
def test_the_console_sees_a_standby_s_port_closed_and_a_primary_s_open(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    assert as_seen_by_the_console(pair.second) is False
    pair.first.stop()
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    pair.second.run(PROMOTE)
    assert as_seen_by_the_console(pair.second) is True


@pytest.mark.slow
def test_a_gate_that_is_shut_is_not_written_again(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    before = (pair.second.root / "rules.iptables").stat().st_ino
    pair.second.run(PROMOTE)
    assert (pair.second.root / "rules.iptables").stat().st_ino == before


@pytest.mark.slow
def test_an_open_standby_is_shut_within_a_minute(pair: Pair) -> None:
    pair.second.rules = [pair.second.allow, pair.second.allow, "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"]
    pair.second.run(PROMOTE)
    assert pair.second.allow not in pair.second.rules
    assert "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT" in pair.second.rules


@pytest.mark.slow
def test_host_1_s_new_address_replaces_the_old_one(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    pair.second.configure(PRIMARY_ADDRESS="10.9.9.9")
    pair.second.run(PROMOTE)
    assert sorted(gate(pair.second)) == sorted(shut(pair.port, "10.9.9.9"))


@pytest.mark.slow
def test_a_name_server_that_is_gone_leaves_host_1_let_in(pair: Pair) -> None:
    pair.second.run(PROMOTE)
    pair.second.program("getent", "#!/bin/sh\nexit 2\n")
    pair.second.configure(PRIMARY_ADDRESS="db1.invalid")
    pair.second.run(PROMOTE)
    assert sorted(gate(pair.second)) == sorted(shut(pair.port))


@pytest.mark.slow
def test_the_gate_goes_behind_the_console_s_and_leaves_it_alone(pair: Pair) -> None:
    console = f"-A INPUT -p tcp -m tcp --dport {pair.port} -j vmdb-console"
    pair.second.rules = [console, "-A INPUT -i lo -j ACCEPT"]
    pair.second.run(PROMOTE)
    inputs = [rule for rule in pair.second.rules if rule.startswith("-A INPUT")]
    assert inputs == [console, pair.second.jump, "-A INPUT -i lo -j ACCEPT"]


@pytest.mark.slow
def test_the_console_s_rule_opens_a_port_that_this_gate_shuts(pair: Pair) -> None:
    """`AllowPort` puts it first, or behind the console's own gate: before this one either way."""
    pair.second.run(PROMOTE)
    pair.second.rules = [pair.second.allow, *pair.second.rules[1:]]
    assert as_seen_by_the_console(pair.second) is True


@pytest.mark.slow
def test_a_firewall_that_cannot_be_asked_does_not_end_the_watch_over_host_1(pair: Pair) -> None:
    pair.second.program("iptables", "#!/bin/sh\nexit 4\n")
    pair.first.stop()
    pair.second.run(PROMOTE)
    assert pair.second.counter == 1
    assert "ERROR: iptables cannot list its rules" in pair.second.log(PROMOTE)


@pytest.mark.slow
def test_a_firewall_that_does_not_obey_does_not_keep_a_second_primary_up(pair: Pair) -> None:
    pair.first.program("iptables-restore", "#!/bin/sh\nexit 4\n")
    pair.second.pg("pg_ctl", "-D", str(pair.second.data), "-w", "promote")
    pair.first.run("pgsql-primary-check-start", "--watch", WATCH_SECONDS="0")
    assert not pair.first.is_up


@pytest.fixture(params=["old", "new"])
def primary(request: pytest.FixtureRequest, hosts: Callable[..., ScriptHost]) -> ScriptHost:
    """Host 2 as the primary, whose firewall speaks of the port, and lets nobody in."""
    host = hosts(2, old=request.param == "old")
    (host.data / "standby.signal").unlink()
    (host.data / "postgresql.auto.conf").write_text("")
    host.start()
    host.rules = [f"-A INPUT -p {protocol} --dport {host.port} -j REJECT" for protocol in ("udp", "tcp")]
    return host


@pytest.mark.slow
def test_a_rule_that_merely_holds_the_number_is_no_open_port(
    primary: ScriptHost, request: pytest.FixtureRequest
) -> None:
    primary.run(ACCESS)
    assert "opening port" in primary.log(ACCESS)
    opened = primary.allow in primary.rules
    assert opened is (request.node.callspec.params["primary"] == "new")


@pytest.mark.slow
def test_host_1_s_own_rule_stays_when_its_gate_is_shut_and_opened(hosts: Callable[..., ScriptHost]) -> None:
    first = hosts(1)
    first.rules = [first.allow]
    first.run("pgsql-primary-check-start", "--standby-is-not-primary")
    assert first.is_up
    assert first.rules[1:] == [first.allow]


@pytest.mark.skipif(os.geteuid() != 0, reason="real iptables need root")
def test_real_iptables_take_the_gate_and_print_it_as_it_is_compared(hosts: Callable[..., ScriptHost]) -> None:
    """In a network namespace of its own; as root, so only where the tests are."""
    if (
        not shutil.which("iptables")
        or subprocess.run(["unshare", "-n", "iptables", "-S"], capture_output=True).returncode
    ):
        pytest.skip("no iptables in a network namespace here")
    host = hosts(2, data=False)
    library = f"{host.root}/usr/libexec/pgsql-replication"
    text = f"""
        LOG=/dev/null PGSQL_PORT=5432
        fail() {{ echo "$@" >&2; exit 1; }}
        . {library}/network.sh
        . {library}/gate.sh
        set_gate_for yes 10.1.1.1
        use_tables iptables
        shut_gate; is_shut && iptables -S
        open_gate; gate_is_open && echo open && iptables -S
        shut_gate; is_shut && echo shut"""
    done = subprocess.run(["unshare", "-n", "sh", "-c", text], capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    before, _, after = done.stdout.partition("open\n")
    assert set(shut(5432, "10.1.1.1")) <= set(before.splitlines())
    assert "-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT" in after
    assert "pgsql-replication" not in after
    assert done.stdout.endswith("shut\n")
