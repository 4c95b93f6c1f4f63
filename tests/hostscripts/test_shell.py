"""The programs as shell text: every shell of a host reads them, and shellcheck has nothing to say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = REPOSITORY / "console/hostscripts/files"
LIBRARY = FILES / "usr/libexec/pgsql-replication"
PROGRAMS = sorted((FILES / "usr/bin").iterdir())
PARTS = sorted(LIBRARY.glob("*.sh"))
NOT_ON_RHEL_6 = ("timeout -k", "timeout --kill-after", "realpath ", "hostname -I", "runuser -u", "[[ ", "<<<")
"""coreutils 8.4, util-linux 2.17, bash 4.1 and dash have none of these."""


@pytest.mark.parametrize("shell", [("dash", "-n"), ("bash", "--posix", "-n"), ("bash", "-n")], ids="-".join)
@pytest.mark.parametrize("file", [*PROGRAMS, *PARTS], ids=lambda file: file.name)
def test_every_shell_reads_it(file: Path, shell: tuple[str, ...]) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed here")
    done = subprocess.run([*shell, str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed here")
@pytest.mark.parametrize("file", [*PROGRAMS, *PARTS], ids=lambda file: file.name)
def test_shellcheck_has_nothing_to_say(file: Path) -> None:
    """But for what console/hostscripts/.shellcheckrc allows, with the reason."""
    done = subprocess.run(["shellcheck", "-S", "style", str(file)], capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.parametrize("file", [*PROGRAMS, *PARTS], ids=lambda file: file.name)
def test_nothing_is_used_that_rhel_6_lacks(file: Path) -> None:
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    assert [word for word in NOT_ON_RHEL_6 if any(word in line for line in lines)] == []
