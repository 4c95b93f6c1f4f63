"""For the Runner's specifications."""

from __future__ import annotations

import pytest


@pytest.fixture
def quick_journals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals that do not wait for the disk: thousands of lines are written, and no test here takes power away."""
    monkeypatch.setattr("console.runner.journal.os.fsync", lambda descriptor: None)
