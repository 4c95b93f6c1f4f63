"""The failover scripts' files as the real program prints them, and what is read of that."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.facts.managed import ManagedFile
from console.probe.managed import parse_managed
from tests.unit.probe.hosts import SHELLS, TemporaryHost

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")


def found(host: TemporaryHost, *paths: Path, shell: str = "dash") -> dict[str, ManagedFile]:
    host.more = f"VMDB_MANAGED='{' '.join(map(str, paths))}'"
    seen = host.facts("managed", shell=shell).managed
    assert seen.value is not None, seen.error
    return {Path(file.path).name: file for file in seen.value.files}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("text", ["", "\n", "a\n", "no end", "@@file 1\n\n|x\n@@end\n", "tab\there\n", "ä\n"])
def test_a_file_comes_whole_with_its_checksum_and_mode(a_host: TemporaryHost, shell: str, text: str) -> None:
    path = a_host.root / "script"
    path.write_text(text)
    path.chmod(0o640)
    file = found(a_host, path, shell=shell)["script"]
    crc, size, _ = subprocess.run(["cksum", path], capture_output=True, text=True, check=True).stdout.split()
    assert (file.text, file.mode, file.checksum) == (text, "640", f"{crc} {size}")
    assert file.owner == f"{path.owner()}:{path.group()}"


def test_a_file_that_is_not_there_is_not_told(a_host: TemporaryHost) -> None:
    assert found(a_host, a_host.root / "missing") == {}


def test_a_link_is_followed(a_host: TemporaryHost) -> None:
    (a_host.root / "target").write_text("x\n")
    (a_host.root / "link").symlink_to("target")
    assert found(a_host, a_host.root / "link")["link"].text == "x\n"


def test_a_directory_is_told_without_a_checksum(a_host: TemporaryHost) -> None:
    (a_host.root / "folder").mkdir()
    file = found(a_host, a_host.root / "folder")["folder"]
    assert (file.checksum, file.text) == ("", None)


def test_a_file_too_long_has_a_checksum_and_no_text(a_host: TemporaryHost) -> None:
    path = a_host.root / "long"
    path.write_text("x" * 70_000)
    file = found(a_host, path)["long"]
    assert file.checksum.endswith(" 70000")
    assert file.text is None


def test_a_file_with_control_characters_has_a_checksum_and_no_text(a_host: TemporaryHost) -> None:
    path = a_host.root / "hostile"
    path.write_bytes(b"\x1b[2J\xff\n")
    file = found(a_host, path)["hostile"]
    assert file.checksum != ""
    assert file.text is None


def test_an_answer_without_its_end_is_unknown() -> None:
    assert parse_managed("@@file 644 root:root 1 2 /etc/x\n|a") is None


@given(st.text())
def test_no_text_makes_the_reader_raise(text: str) -> None:
    parse_managed(text)
    parse_managed(f"{text}\n@@end")
