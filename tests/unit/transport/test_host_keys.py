"""Host keys of real sshds are always checked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from console.transport.known_hosts import hashed_name
from console.transport.protocol import FailureKind
from tests.unit.transport.conftest import Site, StartSshd
from tests.unit.transport.sshd import Sshd, make_key, public_key


def ssh_keygen_fingerprint(sshd: Sshd) -> str:
    command = ["ssh-keygen", "-l", "-f", str(sshd.host_key_file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]


def test_an_unknown_key_is_refused_with_its_fingerprint_and_a_hint(sshd: Sshd, site: Site) -> None:
    failure = site.console(site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.HOST_KEY_UNKNOWN
    assert failure.fingerprints == (ssh_keygen_fingerprint(sshd),)
    assert f"ssh-keyscan -p {sshd.port} 127.0.0.2 >> {site.known_hosts}" in failure.remedy


def test_a_changed_key_is_refused_with_both_fingerprints(sshd: Sshd, site: Site) -> None:
    old = make_key(site.folder / "old")
    site.known_hosts.write_text(f"[127.0.0.2]:{sshd.port} {public_key(old)}\n")
    failure = site.console(site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.HOST_KEY_CHANGED
    assert len(failure.fingerprints) == 2
    assert failure.fingerprints[1] == ssh_keygen_fingerprint(sshd)
    assert all(fingerprint in failure.message for fingerprint in failure.fingerprints)


def test_accept_new_does_not_accept_a_changed_key(sshd: Sshd, site: Site) -> None:
    old = make_key(site.folder / "old")
    site.known_hosts.write_text(f"[127.0.0.2]:{sshd.port} {public_key(old)}\n")
    console = site.console(site.host("db1", sshd, accept_new=True))
    assert console.failure("db1").kind is FailureKind.HOST_KEY_CHANGED


def test_a_key_replaced_by_one_of_another_type_has_changed(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd(host_key="ecdsa")
    old = make_key(site.folder / "old")
    site.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {public_key(old)}\n")
    assert site.console(site.host("db1", sshd)).failure("db1").kind is FailureKind.HOST_KEY_CHANGED


def test_accept_new_remembers_the_key_in_memory_and_in_the_file(sshd: Sshd, site: Site) -> None:
    assert site.console(site.host("db1", sshd, accept_new=True)).ask("db1").failure is None
    assert site.known_hosts.read_text() == sshd.known_hosts_lines(["127.0.0.2"])
    assert site.console(site.host("db1", sshd)).ask("db1").failure is None


def test_a_revoked_key_is_refused(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    with site.known_hosts.open("a") as known_hosts:
        known_hosts.write(f"@revoked * {public_key(sshd.host_key_file)}\n")
    failure = site.console(site.host("db1", sshd)).failure("db1")
    assert failure.kind is FailureKind.HOST_KEY_CHANGED
    assert "is revoked" in failure.message


def test_a_hashed_known_hosts_file_is_enough(sshd: Sshd, site: Site) -> None:
    name = hashed_name(f"[127.0.0.2]:{sshd.port}", b"0123456789abcdefghij")
    site.known_hosts.write_text(f"{name} {public_key(sshd.host_key_file)}\n")
    assert site.console(site.host("db1", sshd)).ask("db1").failure is None


def test_the_known_key_is_asked_for_where_a_host_has_several(start_sshd: StartSshd, site: Site, rsa_key: Path) -> None:
    sshd = start_sshd(f"HostKey {rsa_key}")
    site.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {public_key(rsa_key)}\n")
    assert site.console(site.host("db1", sshd)).ask("db1").failure is None


def test_a_host_key_alias_is_the_name_that_is_looked_up(sshd: Sshd, site: Site) -> None:
    site.known_hosts.write_text(f"the-db {public_key(sshd.host_key_file)}\n")
    site.config.write_text("Host db1\n HostKeyAlias the-db\n")
    assert site.console(site.host("db1", sshd)).ask("db1").failure is None
