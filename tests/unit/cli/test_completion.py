"""The completion of the shell's Tab key, as a shell runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from console.arguments import SHELLS
from console.completion import completion
from console.runbooks.names import NAMES

_ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_shtab_vmdb_console
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "vmdb-console"
    path.write_text(completion("bash"))
    return path


def offered(script: Path, *words: str) -> set[str]:
    """What bash offers for the last of the words."""
    done = subprocess.run(
        ["bash", "-c", _ASK, "bash", str(script), "vmdb-console", *words], capture_output=True, text=True, check=True
    )
    assert not done.stderr
    return set(done.stdout.split())


def test_subcommands_are_offered(script: Path) -> None:
    assert {"run", "resume", "runs", "explain", "replay", "info"} <= offered(script, "")


def test_runbooks_are_offered_after_run(script: Path) -> None:
    assert set(NAMES) <= offered(script, "run", "")


def test_codes_of_findings_are_offered_after_explain(script: Path) -> None:
    assert offered(script, "explain", "C0") == {f"C0{number}" for number in range(1, 10)}


def test_themes_are_offered(script: Path) -> None:
    assert {"vmdb-dark", "vmdb-colourblind"} <= offered(script, "--theme", "vmdb-")


def test_files_are_offered_where_a_file_is_meant(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "night.vmdb").touch()
    monkeypatch.chdir(tmp_path)
    assert "night.vmdb" in offered(script, "replay", "ni")
    assert "night.vmdb" in offered(script, "--record", "ni")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_finds_no_fault_in_its_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(completion(shell))
    subprocess.run([shell, "-n", str(path)], check=True)
