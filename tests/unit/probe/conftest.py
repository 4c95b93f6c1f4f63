from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.probe.hosts import TemporaryHost


@pytest.fixture
def a_host(tmp_path: Path) -> TemporaryHost:
    for name in ("data", "tmp", "archive-write", "archive-read"):
        (tmp_path / name).mkdir()
    return TemporaryHost(tmp_path)
