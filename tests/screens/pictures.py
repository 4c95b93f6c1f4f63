"""How each screenshot comes about: which fleet, which screen, at which size. All of it in simulated time."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.journals.runs_screen import RunsScreen
from console.recording.replay import replay_source
from console.recording.tee import RecordedWitnesses, recorded
from console.runner.journal import Journal, Kind
from console.scene import Face
from console.screens.replay import ReplayApp
from console.simulation import agent
from console.simulation.clock import ManualClock, RunClock
from console.simulation.state import RegionState
from tests.screens.driving import on_glass, until
from tests.screens.picture_stage import Stage, staged, still_picture
from tests.screens.picture_world import FleetWatch

Size = tuple[int, int]
_DC1_PRIMARY = "cf-dc1-db1.example.com"
_HALF = 0.5
_COPIED_PER_SECOND = 320 * 1024**2
"""As a network of today copies; in --demo it is faster, so that nobody waits."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`name` is the file's without ".svg". `caption` is one line for people who do not see it."""

    name: str
    caption: str
    take: Callable[[str], Awaitable[str]]


def _nothing_more(stage: Stage) -> Awaitable[None]:
    return stage.pilot.pause()


def _of(
    scenario: str,
    size: Size,
    then: Callable[[Stage], Awaitable[None]] = _nothing_more,
    *,
    face: Face = Face.CONSOLE,
    theme: str | None = None,
) -> Callable[[str], Awaitable[str]]:
    """The console in a scenario, after what `then` does in it."""

    async def take(name: str) -> str:
        async with staged(scenario, size, face=face, theme=theme) as stage:
            await then(stage)
            return await stage.picture(name)

    return take


async def _region_global(stage: Stage) -> None:
    stage.app.open_region("global")
    await stage.pilot.pause()


async def _the_lock(stage: Stage) -> None:
    """The finding of the lock, with its proof."""
    assert stage.app.scene is not None
    (lock,) = (finding for finding in stage.app.scene.findings if finding.code == "C02")
    stage.app.open_finding(lock.key)
    await stage.pilot.pause()


async def _failback(stage: Stage) -> None:
    await stage.plan("global", "failback")


async def _half_way_rebuild(stage: Stage) -> None:
    """A base backup of which half is there; the run stands still in that moment."""
    stage.watch.happen("dc1", lambda state, at: replace(state, copied_per_second=_COPIED_PER_SECOND))
    drawn = await stage.plan("dc1", "rebuild-standby")

    def half() -> bool:
        carrying = stage.wizards._carried_in("dc1")
        steps = carrying.progress().steps if carrying is not None else ()
        return any(step.share is not None and step.share >= _HALF for step in steps)

    stage.clock.held = half
    await stage.begin(drawn, "the standby fell behind, ticket 4711")
    await stage.until(stage.clock.reached.is_set)
    stage.show(stage.watch.look())


async def _a_night(stage: Stage) -> None:
    """dc1 fails over, and its old primary may run again."""
    stage.watch.happen("dc1", _set_standby(True))
    stage.watch.looks(8)
    stage.watch.happen("dc1", _set_standby(False))
    stage.show(stage.watch.looks(20))
    await stage.press("3")


async def _runs(stage: Stage) -> None:
    """A rebuild goes on; what was done in the nights before is told by its journals."""
    for run in _EARLIER:
        _write_journal(stage.wizards.folder, *run)
    await _half_way_rebuild(stage)
    await stage.press("escape")
    stage.app.open_screen("runs")
    screen = stage.app.screen
    assert isinstance(screen, RunsScreen)
    await stage.until(lambda: screen.listing is not None and len(screen.listing.runs) == 1 + len(_EARLIER))


_EARLIER = (
    (
        "20261119-022310-91d0",
        "lock-cleanup",
        "dc2",
        "cf-dc2-db1.example.com",
        0,
        "power lost at night, ticket 4702",
    ),
    ("20261120-031502-07be", "failback", "global", "global", 10, "back to host 1 before the maintenance of DC2"),
    ("20261120-032144-e3a5", "failback", "global", "global", 0, "back to host 1 before the maintenance of DC2"),
    ("20261122-014955-5c19", "rebuild-standby", "dc1", "cf-dc1-db2.example.com", 13, "ticket 4709"),
)
"""Run, runbook, region, target, exit code, reason: as journals of a console have them."""


def _write_journal(folder: Path, run: str, runbook: str, region: str, target: str, code: int, reason: str) -> None:
    clock = RunClock(ManualClock(datetime.strptime(run[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)))
    journal = Journal.create(folder, run, clock)
    who = {"user": "ann", "host": "desk", "pid": 1}
    head: dict[str, Any] = {"region": region, "runbook": runbook, "target": target, "summary": "", "inventory": ""}
    journal.write(Kind.BEGIN, who=who, reason=reason, steps=[], **head)
    journal.write(Kind.END, code=code, words="")
    journal.close()


async def _drills(stage: Stage) -> None:
    """What can be broken in dc1."""
    await stage.press("D")
    await stage.press("right_square_bracket")
    await stage.until(lambda: "cf-dc1-db1" in on_glass(stage.app))


async def _help(stage: Stage) -> None:
    await stage.press("question_mark")


async def _recorded_failover(name: str) -> str:
    """A recording of two minutes, halted a moment after the fail-over of dc1."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.vmdb"
        moment = _record_failover(path)
        source = replay_source(path)
        source.seek(moment)
        app = ReplayApp(source)
        async with app.run_test(size=(120, 36)) as pilot:
            await until(app, lambda: app.scene is not None and "PRIMARY" in on_glass(app), 60.0)
            return await still_picture(app, pilot, name)


def _record_failover(path: Path) -> datetime:
    """Two minutes in which dc1's primary is put in standby and back; the moment is between the two."""
    watch = FleetWatch("healthy", wrap=lambda witnesses: recorded(witnesses, path))
    assert isinstance(watch.witnesses, RecordedWitnesses)
    recorder = watch.witnesses.recorder

    def looks(count: int) -> None:
        for _ in range(count):
            recorder.notice(watch.looks(1))
            watch.pause()

    looks(16)
    watch.happen("dc1", _set_standby(True))
    looks(8)
    moment = watch.clock.now()
    looks(8)
    watch.happen("dc1", _set_standby(False))
    looks(28)
    watch.witnesses.close()
    return moment


def _set_standby(standby: bool) -> Callable[[RegionState, float], RegionState]:
    return lambda state, at: agent.set_standby(state, state.database(_DC1_PRIMARY), at, standby=standby)


PICTURES: tuple[Picture, ...] = (
    Picture(
        "fleet-lock-unsafe",
        "The fleet at 120×36: PGSQL.lock holds dc2's old primary, and deleting it would lose three commits.",
        _of("lock-unsafe", (120, 36)),
    ),
    Picture(
        "fleet-80x24",
        "The fleet on 80×24: global runs on host 2, the failback is pending.",
        _of("failed-over", (80, 24)),
    ),
    Picture(
        "region-split-brain",
        "Region global: both hosts accept writes; all witnesses side by side.",
        _of("split-brain", (160, 50), _region_global),
    ),
    Picture(
        "finding-lock-unsafe",
        "A finding: why the lock must not be deleted, with the proof from both ends of the WAL.",
        _of("lock-unsafe", (120, 36), _the_lock),
    ),
    Picture(
        "plan-failback",
        "The plan of a failback: checks judged on fresh looks, what may be lost, every step. Nothing is changed yet.",
        _of("failed-over", (120, 40), _failback),
    ),
    Picture(
        "run-rebuild",
        "A rebuild of a standby half-way through its copy.",
        _of("standby-out-of-date", (120, 36), _half_way_rebuild),
    ),
    Picture(
        "runs",
        "The runs made from here: one goes on, the others are told by their journals. Enter opens one.",
        _of("standby-out-of-date", (110, 20), _runs),
    ),
    Picture(
        "events",
        "What changed, and when: dc1's primary was put in standby for a moment, and host 2 took over.",
        _of("healthy", (120, 22), _a_night),
    ),
    Picture(
        "drill",
        "The drill menu of the simulated fleet: what can be broken there, to practise its repair.",
        _of("healthy", (120, 30), _drills),
    ),
    Picture("wall-healthy", "The wall while all is well.", _of("healthy", (120, 36), face=Face.WALL)),
    Picture(
        "wall-critical",
        "The wall with a critical region: nobody needs to touch it.",
        _of("lock-unsafe", (120, 36), face=Face.WALL),
    ),
    Picture(
        "help",
        "Help: what one sees here, and every key that does something, searchable.",
        _of("lock-safe", (120, 46), _help),
    ),
    Picture(
        "replay",
        "A recording in the same screens, halted in the seconds in which dc1 had no primary; ✖ and · are what changed.",
        _recorded_failover,
    ),
    Picture(
        "fleet-colourblind",
        "The theme vmdb-colourblind: blue is well, orange is bad; word and symbol say it anyway.",
        _of("lock-unsafe", (120, 36), theme="vmdb-colourblind"),
    ),
)
