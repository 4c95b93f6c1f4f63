"""Fixtures for tests on real hosts. They share one lab: a running one is used and left running."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.lab import fleet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as a lab test, and skip it without root."""
    without_root = pytest.mark.skip(reason="the lab needs root: run `make test-lab` as root")
    for item in items:
        if "tests/lab/" in item.path.as_posix():
            item.add_marker(pytest.mark.lab)
            if os.geteuid() != 0:
                item.add_marker(without_root)


@pytest.fixture(scope="session")
def lab() -> Iterator[fleet.Lab]:
    """The lab, brought up if it is not; one that was brought up here is taken down at the end.

    VMDB_LAB_GLOBAL_POSTGRESQL chooses the PostgreSQL version of region global; VMDB_LAB_KEEP=1 leaves the lab up.
    """
    was_up = fleet.is_up()
    wanted = os.environ.get("VMDB_LAB_GLOBAL_POSTGRESQL")
    running = fleet.up(int(wanted) if wanted else None)
    yield running
    if not was_up and os.environ.get("VMDB_LAB_KEEP") != "1":
        fleet.down()
