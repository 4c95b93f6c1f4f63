"""known_hosts files, as OpenSSH writes and reads them."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from console.transport.known_hosts import HostKey, HostKeys, KnownHosts, Trust, lookup_name

KEY = HostKey("ssh-ed25519", b"first key")
OTHER = HostKey("ssh-ed25519", b"second key")


def line(names: str, key: HostKey = KEY, marker: str = "") -> str:
    return f"{marker} {names} {key.kind} {base64.b64encode(key.blob).decode()} a comment\n".lstrip()


def trust(tmp_path: Path, text: str, *names: str, key: HostKey = KEY) -> Trust:
    path = tmp_path / "known_hosts"
    path.write_text(text)
    return HostKeys().verdict((path,), names, key).trust


def test_a_host_with_its_key_is_known(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1,10.0.0.1"), "10.0.0.1") is Trust.KNOWN


def test_a_host_with_another_key_has_changed(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1", OTHER), "db1") is Trust.CHANGED


def test_a_host_that_no_line_names_is_unknown(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db2"), "db1") is Trust.UNKNOWN


def test_a_host_known_by_its_second_name_only_is_known(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1"), "10.0.0.1", "db1") is Trust.KNOWN


def test_the_key_of_the_first_known_name_counts(tmp_path: Path) -> None:
    assert trust(tmp_path, line("10.0.0.1", OTHER) + line("db1"), "10.0.0.1", "db1") is Trust.CHANGED


def test_another_port_is_another_host(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1"), lookup_name("db1", 2222)) is Trust.UNKNOWN
    assert trust(tmp_path, line("[db1]:2222"), lookup_name("DB1", 2222)) is Trust.KNOWN


def test_wildcards_match_and_negation_wins(tmp_path: Path) -> None:
    assert trust(tmp_path, line("*.example.com"), "db1.example.com") is Trust.KNOWN
    assert trust(tmp_path, line("*.example.com,!db1.example.com"), "db1.example.com") is Trust.UNKNOWN


def test_brackets_of_a_port_are_no_character_class(tmp_path: Path) -> None:
    assert trust(tmp_path, line("[db?]:2222"), "[db1]:2222") is Trust.KNOWN


def test_a_revoked_key_is_never_accepted(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1") + line("*", marker="@revoked"), "db1") is Trust.REVOKED


def test_an_authority_is_no_host_key(tmp_path: Path) -> None:
    assert trust(tmp_path, line("db1", marker="@cert-authority"), "db1") is Trust.UNKNOWN


def test_a_file_hashed_by_ssh_keygen_is_read(tmp_path: Path, user_key: Path) -> None:
    kind, blob = user_key.with_name("id.pub").read_text().split()[:2]
    path = tmp_path / "known_hosts"
    path.write_text(f"[db1.example.com]:2222 {kind} {blob}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    assert path.read_text().startswith("|1|")
    key = HostKey(kind, base64.b64decode(blob))
    assert HostKeys().verdict((path,), ("[db1.example.com]:2222",), key).trust is Trust.KNOWN
    assert HostKeys().verdict((path,), ("db1.example.com",), key).trust is Trust.UNKNOWN


@pytest.mark.parametrize(
    "text", ["", "#", "@revoked", "db1", "db1 ssh-rsa", "db1 ssh-rsa !!!", "|1|x ssh-rsa AAAA", "\0 \0 \0"]
)
def test_lines_that_make_no_sense_are_passed_over(tmp_path: Path, text: str) -> None:
    assert trust(tmp_path, text + "\n" + line("db1"), "db1") is Trust.KNOWN


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path, keys = tmp_path / "known_hosts", HostKeys()
    assert keys.verdict((path,), ("db1",), KEY).trust is Trust.UNKNOWN
    path.write_text(line("db1"))
    assert keys.verdict((path,), ("db1",), KEY).trust is Trust.KNOWN


def test_an_accepted_key_is_remembered_and_written_on_a_line_of_its_own(tmp_path: Path) -> None:
    path, keys = tmp_path / "new" / "known_hosts", HostKeys()
    path.parent.mkdir()
    path.write_text(line("db2").rstrip("\n"))
    assert keys.accept(path, "db1", KEY) is None
    assert KnownHosts.parse(path.read_text()).keys("db1") == [KEY]
    assert KnownHosts.parse(path.read_text()).keys("db2") == [KEY]
    assert keys.verdict((path,), ("db1",), KEY).trust is Trust.KNOWN
    assert keys.verdict((path,), ("db1",), OTHER).trust is Trust.CHANGED


def test_an_accepted_key_is_remembered_though_the_file_cannot_be_written(tmp_path: Path) -> None:
    keys = HostKeys()
    trouble = keys.accept(tmp_path, "db1", KEY)
    assert trouble is not None
    assert "directory" in trouble
    assert keys.verdict((), ("db1",), OTHER).trust is Trust.CHANGED


def test_the_fingerprint_is_that_of_ssh_keygen(user_key: Path) -> None:
    blob = base64.b64decode(user_key.with_name("id.pub").read_text().split()[1])
    printed = subprocess.run(["ssh-keygen", "-l", "-f", str(user_key)], capture_output=True, text=True, check=True)
    assert HostKey("ssh-ed25519", blob).fingerprint in printed.stdout
