"""rebuild-standby: its parameters, and what both kinds of region share."""

from __future__ import annotations

from dataclasses import dataclass

from console.runbooks import conditions as must
from console.runbooks.copying import Copy
from console.runbooks.plan import Condition, Parameters, Step

PATIENCE = 600.0
"""Seconds until the new standby must stream: it has to replay what was written during the copy."""
STEADY = 5.0
"""Seconds that it must then stream: one turn of the loop of DOMAIN 0.2."""


@dataclass(frozen=True, slots=True)
class RebuildStandby(Parameters):
    """`ran`: a server ran on the target before, `answered`: as a standby that could be asked; `in_standby`: its node
    was in standby. `lock` is PGSQL.lock's path there ("" without one), made at `modified`. `scripts` are all places at
    which a scripted region's host 2 has the check-promote script. `enabled`: the service started at boot
    before. `losses` are words. `archive` is the folder that host 2 archives into and that may lie in its data, "" for
    other hosts; `archive_was_there` before.
    """

    copy: Copy
    ran: bool
    answered: bool
    in_standby: bool
    lock: str
    modified: int
    scripts: tuple[str, ...]
    enabled: bool | None
    restore_command: str
    discard_old: bool
    losses: tuple[str, ...]
    archive: str = ""
    archive_was_there: bool = False


def ran(parameters: RebuildStandby) -> tuple[Condition, ...]:
    """What the old standby must be again when the run is taken back."""
    if parameters.answered:
        return (must.in_recovery(parameters.target),)
    return (must.running(parameters.target),) if parameters.ran else ()


def archives(copy: Copy) -> tuple[tuple[str, str], ...]:
    """What `archive_not_ahead` needs to see anew."""
    return ((copy.target, "archive"), (copy.source, "archive"))


def follow(parameters: RebuildStandby) -> Step:
    """Nothing is done: the new standby replays what came during the copy, and must then stream on steadily."""
    region, target, source = parameters.region, parameters.target, parameters.copy.source
    cleared = (must.failures_cleared(region, target),) if not parameters.copy.clients else ()
    return Step(
        key="follow",
        title="wait until it streams, on the primary's timeline",
        host=target,
        after=(must.streams(region, target, source), must.on_the_primarys_history(region, target), *cleared),
        patience=PATIENCE,
        steady=STEADY,
        sections=((target, "log"),),
    )
