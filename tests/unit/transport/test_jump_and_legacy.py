"""Hosts behind jump hosts, and hosts that know only the algorithms of RHEL 6."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from console.inventory.fleet import Host
from console.transport.protocol import FailureKind, Reply, Request
from tests.unit.transport.conftest import Console, Site, StartSshd
from tests.unit.transport.sshd import Sshd, current_user, free_port, public_key

# What OpenSSH 5.3 of RHEL 6 offers.
RHEL6 = (
    "HostKeyAlgorithms ssh-rsa",
    "PubkeyAcceptedAlgorithms ssh-rsa",
    "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "Ciphers aes128-ctr,aes256-ctr",
    "MACs hmac-sha1",
)


def through(site: Site, gate: Sshd, *hosts: Host, jump: str = "") -> Console:
    jump = jump or f"{current_user()}@127.0.0.1:{gate.port}"
    site.config.write_text(
        f"Host db*\n ProxyJump {jump}\nHost *\n IdentityFile {site.user_key}\n UserKnownHostsFile {site.known_hosts}\n"
    )
    return site.console(*hosts)


def test_a_host_behind_a_jump_host_is_asked_through_it(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd("LogLevel VERBOSE")
    site.trust(gate, sshd)
    console = through(site, gate, *(site.host(f"db{n}", sshd, sshd.addresses[n]) for n in range(1, 5)))
    for n in range(1, 5):
        console.transport.submit(Request(f"db{n}", ("one",), 5))
    replies: list[Reply] = []
    while len(replies) < 4:
        replies += console.transport.replies(5)
    assert [reply.failure for reply in replies] == [None] * 4
    assert (gate.folder / "log").read_text().count("Accepted publickey") == 1


def test_two_jump_hosts_in_a_row(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    first, second = start_sshd("LogLevel VERBOSE"), start_sshd("LogLevel VERBOSE")
    site.trust(first, second, sshd)
    jump = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
    console = through(site, first, site.host("db1", sshd), jump=jump)
    assert console.ask("db1").failure is None
    assert all("Accepted publickey" in (gate.folder / "log").read_text() for gate in (first, second))


def test_the_key_of_a_jump_host_is_checked(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd()
    site.trust(sshd)
    failure = through(site, gate, site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.HOST_KEY_UNKNOWN
    assert failure.message.startswith("jump host 127.0.0.1: ")


def test_a_jump_host_that_is_down_is_named(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd()
    gate.stop()
    failure = through(site, gate, site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.REFUSED
    assert "jump host 127.0.0.1" in failure.message


def test_a_host_that_the_jump_host_cannot_reach_is_unreachable(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd()
    site.trust(gate)
    host = site.host("db1", sshd)
    closed = replace(host, ssh=replace(host.ssh, port=free_port("127.0.0.2")))
    failure = through(site, gate, closed).failure("db1")
    assert failure.kind is FailureKind.UNREACHABLE
    assert "could not connect to 127.0.0.2" in failure.message


def test_a_jump_host_that_hangs_delays_no_host_elsewhere(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd()
    site.trust(gate, sshd)
    assert gate.process is not None
    os.kill(gate.process.pid, signal.SIGSTOP)
    behind = [site.host(f"db{n}", sshd) for n in range(1, 31)]
    console = through(site, gate, *behind, site.host("elsewhere", sshd, "127.0.0.3"))
    for host in behind:
        console.transport.submit(Request(host.name, ("one",), 6))
    assert console.ask("elsewhere", deadline=4).failure is None


def test_more_hosts_than_places_at_a_jump_host_are_all_asked(start_sshd: StartSshd, sshd: Sshd, site: Site) -> None:
    gate = start_sshd()
    site.trust(gate, sshd)
    console = through(site, gate, *(site.host(f"db{n}", sshd) for n in range(1, 21)))
    for n in range(1, 21):
        console.transport.submit(Request(f"db{n}", ("one",), 10))
    replies: list[Reply] = []
    while len(replies) < 20:
        replies += console.transport.replies(10)
    assert [reply.failure for reply in replies] == [None] * 20


def test_a_proxy_command_is_not_supported_and_that_is_said(sshd: Sshd, site: Site) -> None:
    site.config.write_text("Host *\n ProxyCommand nc %h %p\n")
    failure = site.console(site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.UNREACHABLE
    assert "ProxyCommand" in failure.message


@pytest.fixture
def rhel6(start_sshd: StartSshd, site: Site, rsa_key: Path) -> Sshd:
    """An sshd that offers only what RHEL 6's does, and an RSA key that logs in."""
    sshd = start_sshd(*RHEL6, host_key="rsa")
    site.user_key = rsa_key
    (sshd.folder / "authorized_keys").write_text(public_key(site.user_key))
    site.trust(sshd)
    return sshd


def test_a_host_with_only_old_algorithms_needs_the_legacy_option_and_is_told_so(rhel6: Sshd, site: Site) -> None:
    failure = site.console(site.host("db1", rhel6)).failure("db1")
    assert failure.kind is FailureKind.LEGACY_NEEDED
    assert "ssh: {legacy: true}" in failure.remedy
    assert "ssh-rsa" in failure.message


def test_with_the_legacy_option_such_a_host_is_asked(rhel6: Sshd, site: Site) -> None:
    assert site.console(site.host("db1", rhel6, legacy=True)).ask("db1").failure is None


def test_a_modern_host_with_the_legacy_option_is_asked_too(start_sshd: StartSshd, site: Site, rsa_key: Path) -> None:
    sshd = start_sshd()
    site.user_key = rsa_key
    (sshd.folder / "authorized_keys").write_text(public_key(site.user_key))
    site.trust(sshd)
    assert site.console(site.host("db1", sshd, legacy=True)).ask("db1").failure is None


def test_a_host_with_no_algorithm_that_the_console_has_is_refused_with_its_list(
    start_sshd: StartSshd, site: Site
) -> None:
    sshd = start_sshd("Ciphers chacha20-poly1305@openssh.com")
    site.trust(sshd)
    failure = site.console(site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.LOGIN_REFUSED
    assert "no algorithm in common" in failure.message
