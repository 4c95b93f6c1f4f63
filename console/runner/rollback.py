"""Taking steps back: all of a run, or those of a window in which a step failed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from console.runbooks.plan import Answer, Step
from console.runner.hands import HandsError
from console.runner.journal import Kind
from console.runner.leases import check_lease, insist
from console.runner.outcome import NoWayBack, StepFailed
from console.runner.performing import ATTEMPTS, REACH_PATIENCE, described, tail
from console.runner.runs import StepState
from console.runner.session import Session
from console.runner.verifying import Watch

FINAL_PATIENCE = 10.0
"""Seconds that are waited for facts to show whether a step was carried out that cannot be taken back afterwards."""
UNDONE_PATIENCE = 120.0
_PAUSE = 1.0


class Undoer:
    """Takes steps back for one session. A wish to stop is not heeded here: half taken back is worse."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self._session = session
        self._watch = watch
        self._hands = session.parts.hands

    def standing(self, *, window: bool) -> tuple[Step, ...]:
        """Steps of which something may stand, the last first; with `window` only those since the window began."""
        run, steps = self._session.run, self._session.plan.steps
        if window:
            steps = tuple(itertools.dropwhile(lambda step: not step.window, steps))
        return tuple(step for step in reversed(steps) if run.step(step.key).state.standing)

    def take_back(self, steps: Sequence[Step]) -> None:
        """Each in this order, verified. StepFailed at the first that cannot be; before anything where that is clear."""
        for step in reversed(steps):
            if step.final:
                self._may_go_back(step)
        for step in steps:
            self._take_back(step)

    # --- a step past which there may be no way --------------------------------------------------------------------

    def _may_go_back(self, step: Step) -> None:
        """StepFailed unless it is clear that the step was not carried out, or was taken back by hand."""
        if step.undone and self._watch.holds_now(step, step.undone).holds:
            return
        if self._session.state(step) is StepState.VERIFIED:
            raise NoWayBack(f"{step.title} ({step.host}) is done and cannot be taken back")
        if not step.undone or not step.after:
            raise NoWayBack(f"{step.title} ({step.host}) may have been carried out, and cannot be taken back")
        self._refuted(step)

    def _refuted(self, step: Step) -> None:
        """Wait until the facts answer; go back only where none of them says that the step came true."""
        clock = self._session.clock
        deadline = clock.monotonic() + FINAL_PATIENCE
        while True:
            judged = self._watch.holds_now(step, step.after).judged[1:]  # the first is the host's identity
            answers = {ruling.answer for _, ruling in judged}
            if Answer.YES in answers:
                raise NoWayBack(f"{step.title} ({step.host}) has taken effect and cannot be taken back")
            if answers == {Answer.NO}:
                return
            if clock.monotonic() >= deadline:
                break
            clock.sleep(_PAUSE)
        raise StepFailed(f"whether {step.title} ({step.host}) took effect is not known, so it is not taken back")

    # --- any step -------------------------------------------------------------------------------------------------

    def _take_back(self, step: Step) -> None:
        state = self._session.state(step)
        if step.detached and state in {StepState.INTENDED, StepState.UNDOING}:
            self._end_job(step)
        if not step.undo and not step.undone:
            self._session.record(Kind.UNDONE, step.key, words="nothing to take back")
            return
        said = self._undo(step) if step.undo else ""
        self._verify(step, said)

    def _end_job(self, step: Step) -> None:
        order = self._session.order(step, step.operations)
        try:
            insist(self._session, lambda: self._hands.end(order), REACH_PATIENCE)
        except HandsError as error:
            raise StepFailed(f"its job on {step.host} could not be ended: {error}") from error

    def _undo(self, step: Step) -> str:
        """Do it, again where it is not known whether it was done; what a command said that failed."""
        session, order = self._session, self._session.order(step, step.undo)
        since, unsure = session.clock.monotonic(), 0
        while True:
            session.record(Kind.UNDO_INTENT, step.key, operations=described(order), host=step.host)
            self._watch.forget()
            try:
                result = self._hands.perform(order)
            except HandsError as error:
                session.record(Kind.UNREACHED, step.key, changed=error.changed, undo=True, words=str(error))
                unsure += error.changed is not False
                if unsure >= ATTEMPTS or session.clock.monotonic() - since >= REACH_PATIENCE:
                    raise StepFailed(f"could not be taken back: {error}") from error
                check_lease(session, session.platform(step))
                session.clock.sleep(_PAUSE)
                continue
            break
        session.record(
            Kind.UNDO_PERFORMED,
            step.key,
            status=result.status,
            output=tail(result.output),
            seconds=round(result.seconds, 3),
        )
        return "" if result.status == 0 else f"exit status {result.status}: {tail(result.output).strip()}"

    def _verify(self, step: Step, said: str) -> None:
        if not step.undone:
            if said:
                raise StepFailed(f"could not be taken back on {step.host}: {said}")
            self._session.record(Kind.UNDONE, step.key, conditions=[])
            return
        verdict = self._watch.wait_for(step, step.undone, min(step.patience, UNDONE_PATIENCE), stops=False)
        if not verdict.holds:
            raise StepFailed(f"is not taken back, as the facts show: {verdict.words}{f' ({said})' if said else ''}")
        self._session.record(Kind.UNDONE, step.key, conditions=verdict.data(), noted=said)
