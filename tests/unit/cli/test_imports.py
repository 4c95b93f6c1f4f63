"""What each face may load: `--check` never Textual, `--help` next to nothing."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

_SHOW = """
import sys
from console.cli import main
code = main({argv!r})
print(code, *sorted(sys.modules), file=sys.stderr)
"""


@cache
def modules_after(*argv: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _SHOW.format(argv=list(argv))], capture_output=True, text=True, timeout=60, check=True
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    return int(code), set(modules)


def test_a_check_never_imports_textual() -> None:
    code, modules = modules_after("--demo", "--check", "--format", "json")
    assert code == 0
    assert "console.diagnosis.engine" in modules
    assert "textual" not in modules


def test_explain_imports_neither_ssh_nor_textual_nor_sql() -> None:
    _, modules = modules_after("explain", "C02")
    assert not {"paramiko", "textual", "psycopg2"} & modules


def test_help_does_not_import_the_heavy_packages() -> None:
    source = "import sys\nimport console.cli\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    assert not {"paramiko", "textual", "psycopg2", "pydantic", "yaml", "rich"} & set(done.stdout.split())


def test_a_check_never_imports_anything_that_could_change_a_host() -> None:
    _, modules = modules_after("--demo", "--check", "--format", "json")
    assert not {name for name in modules if name.startswith(("console.runner", "console.runbooks", "console.terminal"))}


def test_a_dry_run_of_a_read_only_console_never_imports_the_runner_nor_hands_for_real_hosts() -> None:
    code, modules = modules_after(
        "--demo=lock-safe", "--read-only", "run", "lock-cleanup", "--target", "dc1", "--dry-run"
    )
    assert code == 0
    assert "console.runbooks.lock_cleanup" in modules
    assert not {"console.runner.runner", "console.runner.ssh_hands", "textual"} & modules


def test_a_read_only_console_that_refuses_a_run_never_imports_the_runner() -> None:
    code, modules = modules_after("--demo=lock-safe", "--read-only", "run", "lock-cleanup", "--target", "dc1")
    assert code == 10
    assert not {"console.runner.runner", "console.runner.ssh_hands"} & modules


def test_a_production_inventory_is_read_only_without_write(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        "version: 1\nenvironment: production\nregions:\n"
        "  - {name: r, kind: pacemaker, database: {archive: {write: /a, retention: 1d},"
        " hosts: [{name: h2.example.com, address: 127.0.0.2}, {name: h3.example.com, address: 127.0.0.3}]}}\n"
    )
    code, modules = modules_after("--inventory", str(inventory), "run", "lock-cleanup", "--target", "r")
    assert code == 10
    assert not {"console.runner.runner", "console.runner.ssh_hands", "paramiko"} & modules


def test_a_run_never_imports_textual() -> None:
    code, modules = modules_after(
        "--demo=lock-safe", "run", "lock-cleanup", "--target", "dc1", "--reason", "r", "--confirm", "nobody"
    )
    assert code == 12
    assert not {"textual", "console.runner.runner"} & modules


def test_the_list_of_runs_contacts_nobody(tmp_path: Path) -> None:
    _, modules = modules_after("--demo", "runs")
    assert not {"paramiko", "psycopg2", "textual", "console.runner.runner", "console.simulation.parts"} & modules
