"""What the screens know of as `console.screens.acting.Acting`: wizards, the runs of this process, and its journals."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from console.errors import VmdbConsoleError
from console.exit_codes import ExitCode
from console.facts.text import clean, one_line
from console.inventory.fleet import Fleet
from console.journals.journals import Journals
from console.journals.reading import KnownRun
from console.runbooks.plan import Plan
from console.screens.acting import GoingOn
from console.terminal.run_command import sections_of_all
from console.terminal.target import only_region
from console.wizards.carrying import Beginning, Carrying, code_of
from console.wizards.choosing import Order, questions_of
from console.wizards.going_on import GoingOnPlan, go_on_with, why_not
from console.wizards.looking import PAUSE, Eyes, Tell
from console.wizards.offers import NoFit, Offer, fitting
from console.wizards.places import Place, real_place, simulated_place
from console.wizards.telling import ended_words, severity_of

if TYPE_CHECKING:
    from pathlib import Path

    from console.simulation.living import LivingWorld

_KEPT = 50


class Wizards(Journals):
    """Implements console.screens.acting.Acting at one place. `close` when the application has ended."""

    def __init__(self, place: Place, pause: float = PAUSE) -> None:
        super().__init__(place.folder)
        self._place = place
        self._pause = pause
        self._runs: dict[str, Carrying] = {}

    # --- for every screen (console.screens.acting.Acting) ------------------------------------------------------------

    def wizard(self, region: str, host: str | None, runbook: str | None) -> Screen[Any]:
        """The run that goes on in that region, else the plan of a runbook, else the choice between them."""
        going_on = self._carried_in(region)
        if going_on is not None:
            return self._run_screen(going_on)
        host = host if host in {each.name for each in self._place.fleet.region(region).databases} else None
        if runbook is None:
            from console.wizards.runbooks_screen import RunbooksScreen

            return RunbooksScreen(self, region, host)
        return self.plan_screen(Order(runbook, region, None if runbook == "failback" else host))

    def busy(self) -> tuple[GoingOn, ...]:
        """The runs that this process carries out now."""
        return tuple(_going_on(carrying) for carrying in self._runs.values() if not carrying.over)

    # --- for the wizards' own screens --------------------------------------------------------------------------------

    def plan_screen(self, order: Order) -> Screen[Any]:
        """The plan of an order; what can be chosen is asked first."""
        from console.wizards.plan_screen import PlanScreen

        return PlanScreen(self, order, ask=questions_of(order.runbook).any)

    def eyes(self, order: Order, tell: Tell) -> Eyes:
        """A thread that looks for a plan."""
        return Eyes(self._place, only_region(self._place.fleet, order.region), order, tell, self._pause)

    def why_busy(self, region: str) -> str:
        """Why nothing can be begun in a region: a run of this process goes on there. "" where nothing hinders."""
        going_on = self._carried_in(region)
        return f"run {going_on.run} goes on there, in this console" if going_on is not None else ""

    def standing(self, region: str) -> tuple[tuple[Carrying, bool], ...]:
        """The runs of this process in a region, and which are over: what was seen before that changed is old."""
        own = (each for each in self._runs.values() if each.plan.parameters.region == region)
        return tuple((each, each.over) for each in own)

    def carry_out(self, app: App[Any], plan: Plan, beginning: Beginning) -> Screen[Any]:
        """Begin to carry a plan out, or to go on with it; the screen that shows it."""
        busy = self._carried_in(plan.parameters.region)
        if busy is not None:
            return self._run_screen(busy)
        carrying = Carrying(self._place, self._fleet_of(plan), plan, beginning)
        self._keep(carrying)
        carrying.listen(_announcing(app, carrying))
        carrying.begin()
        return self._run_screen(carrying)

    def open_run(self, app: App[Any], run: str) -> None:
        """Show a run: as it goes on here, or what its journal tells."""
        carrying = self._runs.get(run)
        if carrying is not None and not carrying.over and not _in_front(app, carrying):
            app.push_screen(self._run_screen(carrying))
        else:
            super().open_run(app, run)

    def open_going_on(self, app: App[Any], run: str, *, roll_back: bool, instead: bool = False) -> None:
        """Show what continuing or rolling back a run would do; `instead` of the screen in front."""
        from console.wizards.going_on_screen import GoingOnScreen

        screen = GoingOnScreen(self, run, roll_back=roll_back)
        if instead:
            app.switch_screen(screen)
        else:
            app.push_screen(screen)

    def why_not_onwards(self, known: KnownRun) -> str:
        """Why a run cannot be continued or rolled back; "" where it can."""
        return why_not(known.run, self._place.fleet, known.where, lasting=self._place.lasting)

    # --- called in worker threads -------------------------------------------------------------------------------------

    def plan_onwards(self, run: str, *, roll_back: bool) -> GoingOnPlan:
        """What is left of a run. Raises VmdbConsoleError where nothing can come of it."""
        known = self.read_known(run)
        reason = self.why_not_onwards(known)
        if reason:
            raise VmdbConsoleError(f"Run {run} cannot be gone on with: {reason}. Nothing was changed.")
        return go_on_with(known.run, self._place.fleet, roll_back=roll_back)

    def fitting(self, region: str, host: str | None) -> tuple[Offer | NoFit, ...] | str:
        """Every runbook tried out on a fresh look at a region, or why it could not be looked at."""
        fleet = only_region(self._place.fleet, region)
        try:
            observer = self._place.look(fleet)
            try:
                snapshot = observer.survey(sections_of_all(fleet))
                return fitting(fleet, snapshot, region, host, self._place.new_run())
            finally:
                observer.close()
        except VmdbConsoleError as error:
            return str(error)

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self, say: Callable[[str], None] | None = None) -> None:
        """After the application: stop every run at its next safe point, and wait until it has come there.

        A closed terminal hangs up more than once: that is ignored meanwhile. `say` tells a person what is waited for.
        """
        running = [carrying for carrying in self._runs.values() if not carrying.over]
        if not running:
            return
        tell = say or _to_stderr
        with _deaf_to_hangups():
            for carrying in running:
                tell(f"Run {carrying.run} goes on: stopping it at its next safe point …")
                carrying.stop()
            for carrying in running:
                carrying.wait()
                outcome = carrying.outcome
                tell(outcome.words if outcome is not None else carrying.failure)

    # --- details ------------------------------------------------------------------------------------------------------

    def _carried_in(self, region: str) -> Carrying | None:
        found = (each for each in self._runs.values() if each.plan.parameters.region == region and not each.over)
        return next(found, None)

    def _driven(self) -> Collection[str]:
        return frozenset(run for run, carrying in list(self._runs.items()) if not carrying.over)

    def _began_here(self) -> Collection[str]:
        return tuple(self._runs)

    def _fleet_of(self, plan: Plan) -> Fleet:
        return only_region(self._place.fleet, plan.parameters.region)

    def _keep(self, carrying: Carrying) -> None:
        self._runs.pop(carrying.run, None)
        self._runs[carrying.run] = carrying
        ended = [run for run, each in self._runs.items() if each.over]
        for run in ended[: max(0, len(self._runs) - _KEPT)]:
            del self._runs[run]

    def _run_screen(self, carrying: Carrying) -> Screen[Any]:
        from console.wizards.run_screen import RunScreen

        return RunScreen(self, carrying)


def wizards_on_hosts(fleet: Fleet) -> Wizards:
    """For the inventory's hosts; nothing is contacted before somebody looks."""
    return Wizards(real_place(fleet))


def wizards_in_demo(
    fleet: Fleet, world: LivingWorld, folder: Path | None = None, begun_anew: Callable[[], str | None] = lambda: None
) -> Wizards:
    """For the world that --demo polls: what a run does there is seen on every screen.

    `begun_anew` tells the scenario that was begun last from the drill menu, None before.
    """
    return Wizards(simulated_place(fleet, world, folder, begun_anew))


def _going_on(carrying: Carrying) -> GoingOn:
    progress = carrying.progress()
    step = progress.step(progress.current)
    words = f"step {step.number} of {len(progress.steps)}: {step.title}" if step is not None else "it begins"
    if progress.window_seconds is not None:
        words = f"CLIENTS CANNOT WRITE; {words}"
    parameters = carrying.plan.parameters
    return GoingOn(carrying.run, carrying.plan.runbook, one_line(parameters.target), one_line(words))


def _announcing(app: App[Any], carrying: Carrying) -> Callable[[], None]:
    """Tells the application once, from the run's thread, when the run has ended."""
    told = threading.Event()

    def listener() -> None:
        code = code_of(carrying)
        if code is None or told.is_set():
            return
        told.set()
        app.call_later(_announce, app, carrying, code)

    return listener


def _announce(app: App[Any], carrying: Carrying, code: ExitCode) -> None:
    """Say how the run ended, but not over the report of its end; and look at once at what it has changed."""
    from console.screens.app import ConsoleApp

    if not isinstance(app, ConsoleApp):
        return
    say = app.note if _in_front(app, carrying) else app.tell
    say(ended_words(carrying.plan, code), severity_of(code))
    app.poll_now()


def _in_front(app: App[Any], carrying: Carrying) -> bool:
    from console.wizards.run_screen import RunScreen

    front = app.screen_stack[-1:]  # empty while the application ends
    return any(isinstance(each, RunScreen) and each.carrying is carrying for each in front)


@contextlib.contextmanager
def _deaf_to_hangups() -> Iterator[None]:
    """SIGHUP is ignored within; only the main thread can see to that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _to_stderr(words: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(clean(words, lines=True), file=sys.stderr, flush=True)
