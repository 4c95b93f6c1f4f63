"""A runbook: `decide` looks at the facts and fixes what is to be done, `plan` writes the steps from that alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.errors import VmdbConsoleError
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, HostKind, Region
from console.runbooks.plan import Choices, Parameters, Plan


class Refused(VmdbConsoleError):
    """The runbook does not fit what is there, or would do harm. Nothing was changed."""


def layouts(region: Region) -> tuple[tuple[str, str], ...]:
    """How the data directories lie on their disks: every runbook that copies needs it."""
    return tuple((host.name, "layout") for host in region.databases)


@dataclass(frozen=True, slots=True)
class Runbook:
    """`decide(snapshot, region, host, choices, run)` raises Refused; `plan(fleet, parameters)` is pure and repeatable.

    `host` is the host that the operator named, None where the region was named: then `decide` finds the one that the
    runbook fits, or refuses where that leaves a doubt. `works_on` is the kind of host that may be named. `sees` are the
    (host, section) that `decide` needs beside a survey of the pair; of an appliance nothing is surveyed without them.
    """

    name: str
    summary: str
    parameters: type[Parameters]
    decide: Callable[[Snapshot, str, str | None, Choices, str], Parameters]
    plan: Callable[[Fleet, Parameters], Plan]
    sees: Callable[[Region], tuple[tuple[str, str], ...]] = layouts
    works_on: HostKind = HostKind.DATABASE
