"""Taking steps back: all of a run, or those that shut clients out, where a step of the window failed.

Clients come first: whatever the plan's order, what shuts them out is taken back before what does not (`Step.stays`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from console.runbooks.plan import Answer, Step
from console.runner.hands import HandsError, tail
from console.runner.journal import Kind
from console.runner.leases import check_lease, insist
from console.runner.outcome import LeftStanding, NoWayBack, StepFailed, UndoForbidden
from console.runner.performing import ATTEMPTS, REACH_PATIENCE, REACH_PATIENCE_IN_WINDOW, described
from console.runner.runs import StepState
from console.runner.session import Session
from console.runner.verifying import GUARD_PATIENCE, Watch, judge

FINAL_PATIENCE = 10.0
"""Seconds that are waited for facts to show whether a step was carried out that cannot be taken back afterwards."""
UNDONE_PATIENCE = 120.0
_PAUSE = 1.0


class _Unreached(StepFailed):
    """The host does not answer; it may do so later."""


class Undoer:
    """Takes steps back for one session. A wish to stop is not heeded here: half taken back is worse."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self._session = session
        self._watch = watch
        self._hands = session.parts.hands

    def standing(self, *, window: bool) -> tuple[Step, ...]:
        """Steps of which something may stand, the last first; with `window` only those that may shut clients out."""
        run, steps = self._session.run, self._session.plan.steps
        if window:
            since = itertools.dropwhile(lambda step: not step.window, steps)
            steps = tuple(step for step in since if not step.stays)
        return tuple(step for step in reversed(steps) if run.step(step.key).state.standing)

    def retreat(self) -> None:
        """Take back what shuts clients out, each step verified.

        StepFailed before anything where a final step took effect or may have. After that, what cannot be taken back
        keeps nothing else from it: LeftStanding at the end.
        """
        steps = self.standing(window=True)
        self._require_way_back(steps)
        self._let_clients_in(steps)

    def take_back_all(self) -> None:
        """Take everything back, first as `retreat` does, then the rest up to the first that cannot be (StepFailed).

        UndoForbidden where the plan's `undo_checks` or a step's `undo_before` say no: nothing more is taken back then.
        Where the checks are unknown, only clients are let in, as far as the steps' own guards allow that.

        Of a drill no step that cannot be taken back keeps another from it: LeftStanding at the end.
        """
        self._require_way_back(self.standing(window=False))
        if self._session.plan.drill:
            self._check_undo(clients_wait=True)
            self._let_clients_in(self.standing(window=False), forbids=True)
            return
        window = self.standing(window=True)
        self._check_undo(clients_wait=bool(window))
        self._let_clients_in(window, forbids=True)
        if window:
            self._check_undo(clients_wait=False)
        for step in self.standing(window=False):
            self._take_back(step, REACH_PATIENCE)

    def _check_undo(self, *, clients_wait: bool) -> None:
        """The plan's own conditions for going back, on a new survey; while clients wait only a no counts."""
        session = self._session
        deadline = session.clock.monotonic() + (0.0 if clients_wait else GUARD_PATIENCE)
        checks = session.plan.undo_checks
        while checks and self.standing(window=False):
            verdict = judge(checks, self._watch.survey())
            if verdict.holds or verdict.refuted or session.clock.monotonic() >= deadline:
                session.record(Kind.JUDGED, place="undo", conditions=verdict.data())
                if verdict.refuted or not (verdict.holds or clients_wait):
                    raise UndoForbidden(f"the run must not be taken back now: {verdict.words}")
                return
            session.clock.sleep(_PAUSE)

    def _let_clients_in(self, steps: Sequence[Step], *, forbids: bool = False) -> None:
        """A host that does not answer is waited for only when everything else is taken back.

        `forbids`: a step that must not be taken back ends it (UndoForbidden), instead of being left.
        """
        left = self._try_each(steps, REACH_PATIENCE_IN_WINDOW, forbids=forbids)
        later = [step for step in steps if isinstance(left.get(step.key), _Unreached)]
        left |= self._try_each(later, REACH_PATIENCE, forbids=forbids)
        still = [step for step in steps if self._session.state(step).standing]
        if still:
            raise LeftStanding("; ".join(f"{step.title} ({step.host}): {left[step.key]}" for step in still))

    def _try_each(self, steps: Sequence[Step], patience: float, *, forbids: bool) -> dict[str, StepFailed]:
        """What could not be taken back, by key. A final step that cannot be ends it: nothing goes past that one."""
        left: dict[str, StepFailed] = {}
        for step in steps:
            try:
                self._take_back(step, REACH_PATIENCE if step.final else patience)
            except StepFailed as error:
                if step.final or (forbids and isinstance(error, UndoForbidden)):
                    raise
                left[step.key] = error
        return left

    # --- a step past which there may be no way --------------------------------------------------------------------

    def _require_way_back(self, steps: Sequence[Step]) -> None:
        for step in reversed(steps):
            if step.final:
                self._may_go_back(step)

    def _may_go_back(self, step: Step) -> None:
        """StepFailed unless it is clear that the step was not carried out, or was taken back by hand."""
        if step.undone and self._watch.holds_now(step, step.undone).holds:
            return
        if self._session.state(step) is StepState.VERIFIED:
            raise NoWayBack(f"{step.title} ({step.host}) is done and cannot be taken back")
        if not step.undone or not step.after:
            raise NoWayBack(f"{step.title} ({step.host}) may have been carried out, and cannot be taken back")
        self._keep_out_earlier_orders(step)
        self._refuted(step)

    def _keep_out_earlier_orders(self, step: Step) -> None:
        """An order of nothing, with a higher number: what was held up on its way is refused by the host from then on.

        Without that, facts would tell of now, and the step could be carried out a moment later.
        """
        session = self._session
        try:
            result = insist(session, lambda: self._hands.perform(session.order(step, ())), FINAL_PATIENCE)
        except HandsError as error:
            raise StepFailed(
                f"whether {step.title} ({step.host}) is still carried out is not known: {error}"
            ) from error
        if result.status != 0:
            raise StepFailed(f"whether {step.title} ({step.host}) is still carried out is not known: {result.words}")

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

    def _take_back(self, step: Step, patience: float) -> None:
        state = self._session.state(step)
        if step.undo:
            self._guard(step, patience)
        if step.detached and state in {StepState.INTENDED, StepState.UNDOING}:
            self._end_job(step, patience)
        if not step.undo and not step.undone:
            self._session.record(Kind.UNDONE, step.key, words="nothing to take back")
            return
        said = self._undo(step, patience) if step.undo else ""
        self._verify(step, said)

    def _guard(self, step: Step, patience: float) -> None:
        """Judge `undo_before` on fresh facts: UndoForbidden where one says no, _Unreached where it stays unknown."""
        if not step.undo_before:
            return
        session = self._session
        deadline = session.clock.monotonic() + patience
        while True:
            verdict = self._watch.holds_now(step, step.undo_before)
            if verdict.holds or verdict.refuted or session.clock.monotonic() >= deadline:
                break
            session.clock.sleep(_PAUSE)
        session.record(Kind.JUDGED, step.key, place="undo", conditions=verdict.data())
        if verdict.refuted:
            raise UndoForbidden(f"{step.title} ({step.host}) must not be taken back now: {verdict.words}")
        if not verdict.holds:
            raise _Unreached(f"{step.title} ({step.host}) is not taken back, since it is not known: {verdict.words}")

    def _end_job(self, step: Step, patience: float) -> None:
        order = self._session.order(step, step.operations)
        try:
            insist(self._session, lambda: self._hands.end(order), patience)
        except HandsError as error:
            raise _Unreached(f"its job on {step.host} could not be ended: {error}") from error

    def _undo(self, step: Step, patience: float) -> str:
        """Do it, again where it is not known whether it was done; what a command said that failed."""
        session = self._session
        since, unsure = session.clock.monotonic(), 0
        while True:
            order = session.order(step, step.undo)
            session.record(Kind.UNDO_INTENT, step.key, operations=described(order), host=step.host)
            self._watch.forget()
            try:
                result = self._hands.perform(order)
            except HandsError as error:
                session.record(Kind.UNREACHED, step.key, changed=error.changed, undo=True, words=str(error))
                unsure += error.changed is not False
                if unsure >= ATTEMPTS or session.clock.monotonic() - since >= patience:
                    raise _Unreached(f"could not be taken back: {error}") from error
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
        if result.status == 0:
            return ""
        if result.proof_failed(order):
            raise StepFailed(f"could not be taken back on {step.host}: {result.words}")
        return result.words

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
