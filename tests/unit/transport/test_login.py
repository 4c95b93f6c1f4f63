"""Logging in at a real sshd with each kind of key, and being refused."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.inventory.fleet import Host
from console.transport.protocol import FailureKind
from tests.unit.transport.conftest import Site, StartSshd
from tests.unit.transport.sshd import Sshd, make_key, public_key


def with_key(host: Host, key: Path | None) -> Host:
    return replace(host, ssh=replace(host.ssh, identity_file=key))


@pytest.fixture
def agent(tmp_path: Path, user_key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real ssh-agent that holds the user's key."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed (Debian: openssh-client)")
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    try:
        while subprocess.run(["ssh-add", "-q", str(user_key)], check=False, capture_output=True).returncode == 2:
            pass
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_keys_of_every_kind_log_in(start_sshd: StartSshd, site: Site, kind: str, rsa_key: Path) -> None:
    sshd = start_sshd()
    key = rsa_key if kind == "rsa" else make_key(site.folder / kind, kind)
    (sshd.folder / "authorized_keys").write_text(public_key(key))
    site.trust(sshd)
    assert site.console(with_key(site.host("db1", sshd), key)).ask("db1").failure is None


def test_a_key_that_is_not_authorised_is_refused_and_named(sshd: Sshd, site: Site) -> None:
    key = make_key(site.folder / "stranger")
    site.trust(sshd)
    failure = site.console(with_key(site.host("db1", sshd), key)).failure("db1")
    assert failure.kind is FailureKind.LOGIN_REFUSED
    assert str(key) in failure.message


def test_a_key_with_a_passphrase_is_left_to_the_agent(sshd: Sshd, site: Site) -> None:
    key = make_key(site.folder / "locked", passphrase="open sesame")
    site.trust(sshd)
    failure = site.console(with_key(site.host("db1", sshd), key)).failure("db1")
    assert failure.kind is FailureKind.LOGIN_REFUSED
    assert f"{key}: has a passphrase; add it to the agent" in failure.message


def test_a_missing_or_broken_key_file_is_named(sshd: Sshd, site: Site) -> None:
    broken = site.folder / "broken"
    broken.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    site.trust(sshd)
    console = site.console(
        with_key(site.host("db1", sshd), site.folder / "missing"), with_key(site.host("db2", sshd), broken)
    )
    assert "missing: No such file" in console.failure("db1").message
    assert "broken: not a private key" in console.failure("db2").message


@pytest.mark.usefixtures("agent")
def test_the_agents_key_logs_in(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    site.config.write_text("Host *\n IdentityFile /nonexistent\n")
    assert site.console(with_key(site.host("db1", sshd), None)).ask("db1").failure is None


@pytest.mark.usefixtures("agent")
def test_identities_only_keeps_other_keys_of_the_agent_back(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    site.config.write_text("Host *\n IdentitiesOnly yes\n IdentityFile /nonexistent\n")
    failure = site.console(with_key(site.host("db1", sshd), None)).failure("db1")
    assert failure.kind is FailureKind.LOGIN_REFUSED


def test_without_any_key_the_refusal_says_so(sshd: Sshd, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    site.trust(sshd)
    site.config.write_text("Host *\n IdentityFile none\n")
    host = site.host("db1", sshd)
    failure = site.console(with_key(host, None)).failure("db1")
    assert "there is no key to offer" in failure.message


def test_after_a_refusal_the_host_is_not_asked_again_for_a_minute(start_sshd: StartSshd, site: Site) -> None:
    sshd = start_sshd("AllowUsers nobody-at-all", "LogLevel VERBOSE")
    site.trust(sshd)
    console = site.console(site.host("db1", sshd))
    assert console.failure("db1").kind is FailureKind.LOGIN_REFUSED
    before = (sshd.folder / "log").read_text().count("Connection from")
    again = console.failure("db1")
    assert again.kind is FailureKind.LOGIN_REFUSED
    assert "next try in" in again.message
    assert (sshd.folder / "log").read_text().count("Connection from") == before


def test_the_user_of_ssh_config_is_used_where_the_inventory_names_none(sshd: Sshd, site: Site) -> None:
    site.trust(sshd)
    host = site.host("db1", sshd)
    site.config.write_text("Host *\n User somebody-else\n")
    console = site.console(replace(host, ssh=replace(host.ssh, user=None)))
    assert "login as somebody-else" in console.failure("db1").message
