"""The lab itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.lab import fleet, paths
from tests.lab.fleet import Lab


def test_what_a_killed_lab_leaves_is_no_running_lab(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fleet.is_up()
    shutil.copy(paths.state() / "up.json", tmp_path)
    (tmp_path / "power.pid").write_text("1 0\n")
    monkeypatch.setenv("VMDB_LAB_STATE", str(tmp_path))
    assert not fleet.is_up()
