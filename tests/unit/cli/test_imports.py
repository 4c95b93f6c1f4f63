"""What each face may load: `--check` never Textual, `--help` next to nothing."""

from __future__ import annotations

import subprocess
import sys

_SHOW = """
import sys
from console.cli import main
code = main({argv!r})
print(code, *sorted(sys.modules), file=sys.stderr)
"""


def modules_after(*argv: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _SHOW.format(argv=list(argv))], capture_output=True, text=True, timeout=60, check=True
    )
    code, *modules = done.stderr.split()
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
