"""What every part of a run shares: the hosts' reach, the plan, the journal, the newest snapshot, the wish to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from console.facts.snapshot import Snapshot
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.runbooks.plan import Plan, Step
from console.runner.hands import Order
from console.runner.journal import Event, Journal, Kind
from console.runner.outcome import StepFailed, StopAsked
from console.runner.parts import RunParts
from console.runner.runs import Run, StepState, run_of

_log = logging.getLogger(__name__)

OnEvent = Callable[[Event], None]

_ORDERS_OF_A_CONSOLE = 1_000_000


class Session:
    """One console's drive of one run. Used by one thread; `stopping` may be set from any."""

    def __init__(self, parts: RunParts, journal: Journal, on_event: OnEvent) -> None:
        self.parts = parts
        self.clock = parts.clock
        self.journal = journal
        self.stopping = threading.Event()
        self.snapshot: Snapshot | None = None
        self.renewed = parts.clock.monotonic()
        self._orders = 0
        self._on_event = on_event
        self._plan: Plan | None = None
        self._folded: tuple[int, Run] | None = None

    @property
    def plan(self) -> Plan:
        """The plan that is carried out."""
        if self._plan is None:
            raise RuntimeError("no plan yet")
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan

    def record(self, kind: Kind, step: str | None = None, **data: Any) -> Event:
        """Write to the journal (on disk when this returns), then tell the face."""
        event = self.journal.write(kind, step, **data)
        self._show(event)
        return event

    def tell(self, kind: Kind, step: str | None = None, **data: Any) -> None:
        """Tell the face alone."""
        self._show(Event(datetime.fromtimestamp(self.clock.time(), UTC), kind, step, data))

    def _show(self, event: Event) -> None:
        """A face that fails does not stop a run in the middle."""
        try:
            self._on_event(event)
        except Exception:
            _log.exception("the face failed to show an event")

    @property
    def run(self) -> Run:
        """The run as the journal tells it now."""
        events = self.journal.events
        if self._folded is None or self._folded[0] != len(events):
            self._folded = len(events), run_of(self.journal.run, events, str(self.journal.path))
        return self._folded[1]

    def state(self, step: Step) -> StepState:
        """How far a step is."""
        return self.run.step(step.key).state

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The pair's hosts; leases are taken in this order."""
        return self.plan.parameters.platforms

    def platform(self, step: Step) -> Platform:
        """The platform of the step's host."""
        return self.plan.parameters.platform(step.host)

    def order(self, step: Step, operations: tuple[Operation, ...], attempt: int | None = None) -> Order:
        """`operations` of this run and step on the step's host, numbered above every order of the run so far.

        By consoles first, since each begins with a line on disk: what a console without room for its journal ordered
        is not counted there. `attempt` is by default the last that was begun.
        """
        run = self.run
        self._orders += 1
        number = run.drives * _ORDERS_OF_A_CONSOLE + self._orders
        last = max(1, run.step(step.key).attempt)
        return Order(run.run, step.key, self.platform(step), operations, number, attempt or last)

    def urgent(self, step: Step) -> bool:
        """Whether clients wait, and going back is still an option that must be taken soon."""
        return step.window and not self._past_the_point_of_no_return()

    def _past_the_point_of_no_return(self) -> bool:
        run = self.run
        return any(step.window and step.final and run.step(step.key).state.standing for step in self.plan.steps)

    def within_window(self, step: Step) -> bool:
        """Whether clients cannot write while this step is done: in the window, or between steps of it."""
        if step.window:
            return True
        run, steps = self.run, self.plan.steps
        place = steps.index(step)
        begun = any(each.window and not each.stays and run.step(each.key).state.standing for each in steps[:place])
        return begun and any(each.window for each in steps[place:])

    def stop_if_asked(self, step: Step | None) -> None:
        """Raise StopAsked where the operator wants to stop, StepFailed where the journal has hardly any room left;
        never where only going forward helps clients.
        """
        if step is not None and step.window and not self.urgent(step):
            return
        if self.stopping.is_set():
            raise StopAsked("stopped as the operator asked")
        if self.journal.reserve_used:
            raise StepFailed(
                f"{self.journal.path}: the disk of the console is full; the run stops while its journal can be written"
            )
