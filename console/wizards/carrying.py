"""A run that this process carries out, in a thread of its own: what the screens see of it, and how it is stopped.

The thread is no daemon: a process that ends waits for it, after having asked it to stop at its next safe point. So a
closed terminal never leaves clients shut out because the console was in a hurry; a console that is killed all the same
leaves a journal from which the run goes on.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from console.diagnosis.words import short
from console.errors import VmdbConsoleError
from console.exit_codes import ExitCode
from console.facts.text import clean
from console.inventory.fleet import Fleet
from console.runbooks.plan import Plan
from console.runbooks.registry import RUNBOOKS
from console.runner.journal import Event, Journal, Kind
from console.runner.outcome import Outcome
from console.runner.parts import RunParts
from console.runner.report import told
from console.runner.runner import Runner
from console.runner.runs import run_of
from console.terminal.board import Board, board_of
from console.terminal.feed import take_in
from console.wizards.places import Place
from console.wizards.progress import Progress, progress_of

_log = logging.getLogger(__name__)

_LINES = 400
_TAIL = 4000
_LAST = 5
_LONGEST = 500
_NOT_TOLD = frozenset({Kind.JOB, Kind.WAITING, Kind.JUDGED, Kind.SEEN, Kind.BEGIN, Kind.END})
STOPPING = "Stopping at the next safe point. The run stays resumable."

Way = Callable[[Runner], Outcome]
Listener = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a run is driven: `new` from its plan, else on from its journal. `way` calls the Runner."""

    new: bool
    way: Way
    words: str


def start_of(plan: Plan, reason: str, instead_of: str | None) -> Beginning:
    """Carry the plan out from its beginning."""
    return Beginning(True, lambda runner: runner.start(plan, reason, instead_of), plan.runbook)


def resuming(reason: str) -> Beginning:
    """Go on with it."""
    return Beginning(False, lambda runner: runner.resume(RUNBOOKS, reason=reason), "resume")


def rolling_back(reason: str) -> Beginning:
    """Take it back."""
    return Beginning(False, lambda runner: runner.roll_back(RUNBOOKS, reason=reason), "roll back")


@dataclass
class _Heard:
    """What the run's thread has told so far; read under the lock."""

    board: Board | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    output: str = ""
    outcome: Outcome | None = None
    failure: str = ""


class Carrying:
    """One run under way. `begin` starts its thread; everything else may be called from any thread."""

    def __init__(self, place: Place, fleet: Fleet, plan: Plan, beginning: Beginning) -> None:
        self.plan = plan
        self.fleet = fleet
        self.run = plan.parameters.run
        self.beginning = beginning
        self._place = place
        self._lock = threading.Lock()
        self._heard = _Heard()
        self._runner: Runner | None = None
        self._parts: RunParts | None = None
        self._stop_asked = threading.Event()
        self._listeners: set[Listener] = set()
        self._thread = threading.Thread(target=self._work, name=f"run {self.run}", daemon=False)

    # --- what the screens ask ---------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on in this process any more."""
        with self._lock:
            return self._heard.outcome is not None or bool(self._heard.failure)

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it goes on, and where it could not even begin (`failure`)."""
        with self._lock:
            return self._heard.outcome

    @property
    def failure(self) -> str:
        """Why it could not be driven at all, "" otherwise. Nothing was changed then by this drive."""
        with self._lock:
            return self._heard.failure

    def progress(self) -> Progress:
        """How it stands now, as values."""
        with self._lock:
            heard = self._heard
            now = self._parts.clock.monotonic() if self._parts is not None else 0.0
            board = heard.board if heard.board is not None else board_of(self.plan, now)
            return progress_of(board, now, tuple(heard.lines), heard.output, heard.outcome, heard.failure)

    def listen(self, listener: Listener) -> None:
        """Call `listener` in the run's thread after each change; it must not block, nor touch a widget."""
        with self._lock:
            self._listeners.add(listener)

    def forget(self, listener: Listener) -> None:
        """Listen no more."""
        with self._lock:
            self._listeners.discard(listener)

    # --- what a person does -----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start to carry it out."""
        self._thread.start()

    def stop(self) -> None:
        """Stop at the next safe point."""
        self._stop_asked.set()
        with self._lock:
            runner, board = self._runner, self._heard.board
            if board is not None and not self._heard.outcome:
                board.news, board.stopping = STOPPING, True
        if runner is not None:
            runner.stop()
        self._tell()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until its thread has ended; whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # --- the thread -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._drive()
        except VmdbConsoleError as error:
            self._fail(str(error))
        except Exception as error:
            _log.exception("run %s: its thread ended by a defect", self.run)
            self._fail(f"a defect of the console: {type(error).__name__}: {error}. Look at the runs screen.")
        self._tell()

    def _drive(self) -> None:
        parts = self._place.open(self.fleet)
        try:
            journal = self._journal(parts)
            try:
                self._end(self.beginning.way(self._prepared(parts, journal)))
            finally:
                journal.close()
        finally:
            parts.close()

    def _journal(self, parts: RunParts) -> Journal:
        make = Journal.create if self.beginning.new else Journal.open
        return make(self._place.folder, self.run, parts.clock)

    def _prepared(self, parts: RunParts, journal: Journal) -> Runner:
        before = run_of(journal.run, journal.events) if journal.events else None
        runner = Runner(parts, journal, self._on_event)
        with self._lock:
            self._parts, self._runner = parts, runner
            self._heard.board = board_of(self.plan, parts.clock.monotonic(), before)
        if self._stop_asked.is_set():  # it was asked for while the hosts were being reached
            self.stop()
        return runner

    def _on_event(self, event: Event) -> None:
        with self._lock:
            assert self._heard.board is not None
            assert self._parts is not None
            take_in(self._heard.board, event, self._parts.clock.monotonic())
            _hear(self._heard, event, self.fleet)
        self._tell()

    def _end(self, outcome: Outcome) -> None:
        with self._lock:
            if self._heard.board is not None:
                self._heard.board.over = True
            self._heard.outcome = outcome

    def _fail(self, words: str) -> None:
        with self._lock:
            self._heard.failure = words or "it ended without a word"

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener()
            except Exception:  # a face that fails does not stop a run
                _log.exception("a listener of run %s failed", self.run)


def printed(output: str) -> str:
    """What a program printed, inert; a line that it overwrote (CR) is a line of its own."""
    return clean(output.replace("\r\n", "\n").replace("\r", "\n"), lines=True)


def short_names(words: str, fleet: Fleet) -> str:
    """Words in which hosts are named without their domain, so that a line has room for what it says; paths stay."""
    for host in fleet.hosts:
        words = re.sub(rf"(?<![\w./@-]){re.escape(host)}(?![\w/-]|\.\w)", short(host), words)
    return words


def _hear(heard: _Heard, event: Event, fleet: Fleet) -> None:
    """Add an event to the log of what happened, and keep what a job prints at the moment; of its end the last lines."""
    output = event.data.get("output")
    text = printed(output)[-_TAIL:] if isinstance(output, str) else ""
    if event.kind is Kind.JOB:
        heard.output = text
    if event.kind in _NOT_TOLD or (words := told(event)) is None:
        return
    heard.output = ""
    step = f"{event.step}: " if event.step else ""
    heard.lines.append(clean(f"{event.at:%H:%M:%S} {step}{short_names(words, fleet)}")[:_LONGEST])
    lines = [line for line in text.splitlines() if line.strip()]
    kept = lines[-_LAST:] if event.kind is Kind.JOB_ENDED else lines
    heard.lines.extend(f"         {line}"[:_LONGEST] for line in kept)


def code_of(carrying: Carrying) -> ExitCode | None:
    """The exit code that `vmdb-console run` would end with; None while it goes on."""
    outcome = carrying.outcome
    if outcome is not None:
        return outcome.code
    return ExitCode.REFUSED if carrying.failure else None
