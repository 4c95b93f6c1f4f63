"""What a run looks at, and when: clients wait for each look of a window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from console.exit_codes import ExitCode
from console.facts.snapshot import Snapshot
from console.runbooks.plan import Step
from console.runner.journal import Event, Journal, Kind
from console.runner.parts import RunParts
from console.runner.runner import Runner
from tests.unit.runner.runner_world import FLEET, RUN, A, B, World, WorldHands, WorldObserver, has, plan_of_steps, put

pytestmark = pytest.mark.usefixtures("quick_journals")

DEAR = (B, "dear")
STOP = put("stop", B, window=True, sections=(DEAR,))
PROMOTE = put("promote", A, window=True, guard_sections=(DEAR,), before=(has(B, "stop"),))
OPEN = put("open", A, window=True, clients=True, before=(has(A, "promote"),))


class Noted(WorldObserver):
    """Notes what is asked, and after which step's end."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.done = "nothing"
        self.asked: list[tuple[str, bool, bool]] = []

    def look(self, *, clients: bool = False, sections: Iterable[tuple[str, str]] = ()) -> Snapshot:
        self.asked.append((self.done, DEAR in sections, clients))
        return super().look(clients=clients, sections=sections)


def asked(folder: Path, *steps: Step) -> list[tuple[str, bool, bool]]:
    """After which step's end a look was made, whether for the dear section, and whether for clients."""
    world = World()
    observer = Noted(world)
    journal = Journal.create(folder, RUN, world.clock)

    def hear(event: Event) -> None:
        if event.kind is Kind.PERFORMED and event.step is not None:
            observer.done = event.step

    runner = Runner(RunParts(FLEET, observer, WorldHands(world), world.clock), journal, hear)
    assert runner.start(plan_of_steps(steps), "why").code is ExitCode.OK
    return observer.asked


def test_what_guards_alone_need_is_not_looked_for_after_the_step(tmp_path: Path) -> None:
    assert asked(tmp_path, replace(PROMOTE, before=())) == [
        ("nothing", True, False),
        ("promote", False, False),
    ]


def test_between_two_steps_of_a_window_one_look_serves_both(tmp_path: Path) -> None:
    assert asked(tmp_path, STOP, PROMOTE, OPEN) == [
        ("nothing", True, False),
        ("stop", True, False),
        ("promote", False, False),
        ("open", False, True),
    ]


def test_a_guard_takes_what_clients_have_just_met_and_asks_the_hosts_anew(tmp_path: Path) -> None:
    first, second = put("first", A, clients=True), put("second", B, clients=True, before=(has(A, "first"),))
    assert asked(tmp_path, first, second) == [
        ("nothing", False, True),
        ("first", False, True),
        ("first", False, False),
        ("second", False, True),
    ]


def test_what_clients_met_before_something_was_done_serves_no_guard(tmp_path: Path) -> None:
    first, second = put("first", A), put("second", B, clients=True, before=(has(A, "first"),))
    assert asked(tmp_path, replace(first, clients=False), second)[-2:] == [
        ("first", False, True),
        ("second", False, True),
    ]
