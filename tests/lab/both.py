"""Faults on both cluster regions at the same time: what costs a minute of waiting is waited for once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

from tests.lab.fleet import Lab
from tests.lab.shell import LabError

REGIONS = ("dc1", "dc2")
"""dc1 has the paths, commands and sshd of RHEL 6 and keeps its timeline at a failover; dc2 is plain Debian."""

Made = TypeVar("Made")


def in_both(action: Callable[[str], Made]) -> dict[str, Made]:
    """Do it in both regions at once; the results by region. The first region's error counts, after both have ended."""
    with ThreadPoolExecutor(len(REGIONS)) as pool:
        return dict(zip(REGIONS, pool.map(action, REGIONS), strict=True))


def settle(lab: Lab, region: str) -> None:
    """A healthy region to begin with, whatever the test before has left."""
    try:
        lab.wait_healthy(region, 30)
    except LabError:
        lab.restore(region)


@contextmanager
def light(lab: Lab, fault: Callable[[str], AbstractContextManager[Made]]) -> Iterator[dict[str, Made]]:
    """A fault that undoes itself, in both regions at once; what it yields, by region."""
    stacks = {region: ExitStack() for region in REGIONS}

    def enter(region: str) -> Made:
        settle(lab, region)
        return stacks[region].enter_context(fault(region))

    try:
        yield in_both(enter)
    finally:
        in_both(lambda region: stacks[region].close())


@contextmanager
def heavy(lab: Lab, fault: Callable[[str], Made]) -> Iterator[dict[str, Made]]:
    """A fault that changes databases or hosts for good, in both regions at once; both are restored afterwards."""

    def make(region: str) -> Made:
        settle(lab, region)
        return fault(region)

    try:
        yield in_both(make)
    finally:
        in_both(lab.restore)
