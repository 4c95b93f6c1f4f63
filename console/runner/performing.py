"""Carrying one step out: guards, intent, the hands, and then what the facts say (DESIGN 7).

What decides: of operations that prove something, and of jobs, a failing exit status; of everything else the facts. An
order of which it is not known whether it was carried out is looked for in the facts, and done again where it is not
there: operations change nothing where they are done already.
"""

from __future__ import annotations

from console.operations.operation import Operation, Risk
from console.runbooks.plan import Step
from console.runner.hands import HandsError, JobState, Order, Result, tail
from console.runner.journal import Kind
from console.runner.leases import LONG, check_lease, renew_leases
from console.runner.outcome import StepFailed
from console.runner.runs import StepState
from console.runner.session import Session
from console.runner.verifying import Watch

ATTEMPTS = 3
"""How often a step is begun where it is not known whether it was carried out, or where its job was cut off."""
REACH_PATIENCE = 60.0
REACH_PATIENCE_IN_WINDOW = 5.0
JOB_REACH_PATIENCE = 120.0
DOUBT_PATIENCE = 60.0
DOUBT_PATIENCE_IN_WINDOW = 5.0
"""Seconds that facts are waited for, at most, after a command said that it failed, or nothing was heard of it."""
_PAUSE = 1.0
_PAUSE_IN_WINDOW = 0.25
_JOB_PAUSES = (0.25, 1.0)
"""Seconds between two looks at a job: a tenth of what it has taken so far, within these."""


class Performer:
    """Carries steps out for one session."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self._session = session
        self._watch = watch
        self._hands = session.parts.hands

    def carry_out(self, step: Step) -> None:
        """The step from wherever it is to verified; StepFailed or StopAsked where it does not get there."""
        state = self._session.state(step)
        if state is StepState.VERIFIED or (state.standing and self._done_already(step, state)):
            return
        self._begin(step)

    # --- a step that an earlier console may have begun ------------------------------------------------------------

    def _done_already(self, step: Step, state: StepState) -> bool:
        """Look first: what is there already is verified and not done again."""
        if step.detached:  # what its job made may be gone again where it was being taken back
            return state is not StepState.UNDOING and self._reattached(step)
        if not step.after:
            if state is StepState.PERFORMED:
                self._session.record(Kind.VERIFIED, step.key, conditions=[])
            return state is StepState.PERFORMED
        if not self._watch.holds_now(step, step.after).holds:
            return False
        self._verify(step, step.patience)
        return True

    def _reattached(self, step: Step) -> bool:
        """Whether the step's job was found, and ended well; one that was cut off or failed is begun anew."""
        order = self._session.order(step, step.operations)
        job = self._ask_job(step, order)
        if not job.known or (not job.running and job.status != 0):
            return False
        if job.running:
            self._session.tell(Kind.JOB, step.key, output=job.output, running=True, words="found its job again")
            job = self._wait_for_job(step, order)
        if job.status is None:
            return False
        self._judge_job(step, job)
        self._verify(step, step.patience)
        return True

    # --- a step from its beginning --------------------------------------------------------------------------------

    def _begin(self, step: Step) -> None:
        unsure, unreached_since = 0, None
        attempt = self._session.run.step(step.key).attempt + 1
        while True:
            self._session.stop_if_asked(step)
            operations = self._operations(step)
            if not operations:
                self._verify(step, step.patience)
                return
            try:
                noted = self._perform(step, operations, attempt)
            except HandsError as error:
                self._session.record(Kind.UNREACHED, step.key, changed=error.changed, words=str(error))
                now = self._session.clock.monotonic()
                unreached_since = now if unreached_since is None else unreached_since
                unsure += error.changed is not False
                if error.changed is not False and self._came_true(step):
                    return
                self._give_up_or_pause(step, error, unsure, now - unreached_since)
                continue  # the same attempt: it may have begun
            if noted is not None:
                self._verify(step, step.patience, noted)
                return
            unsure, attempt = unsure + 1, attempt + 1
            if unsure >= ATTEMPTS:
                raise StepFailed(f"{step.host}: its job was cut off {unsure} times: does the host go down?")

    def _operations(self, step: Step) -> tuple[Operation, ...]:
        """Judge the guards; then what is to be done, first what the facts call for."""
        snapshot = self._watch.guard(step)
        return (*(step.prepare(snapshot) if step.prepare is not None else ()), *step.operations)

    def _give_up_or_pause(self, step: Step, error: HandsError, unsure: int, seconds: float) -> None:
        urgent = self._session.urgent(step)
        if error.changed is False and seconds >= (REACH_PATIENCE_IN_WINDOW if urgent else REACH_PATIENCE):
            raise StepFailed(str(error)) from error
        if unsure >= ATTEMPTS:
            raise StepFailed(f"{error} (tried {unsure} times)") from error
        check_lease(self._session, self._session.platform(step))  # no use to go on trying without it
        self._session.clock.sleep(_PAUSE_IN_WINDOW if urgent else _PAUSE)

    def _came_true(self, step: Step) -> bool:
        """Whether the facts show that an order was carried out of which nothing came back."""
        if not step.after or step.detached:
            return False
        if not self._watch.wait_for(step, step.after, self._in_doubt(step)).holds:
            return False
        self._verify(step, step.patience)
        return True

    def _perform(self, step: Step, operations: tuple[Operation, ...], attempt: int) -> str | None:
        """Write the intent, then do it. What a command said that failed ("" none did), None: its job was cut off."""
        session, order = self._session, self._session.order(step, operations, attempt)
        changes = any(operation.risk is not Risk.READ for operation in operations)
        long = order.time_limit > LONG and not session.within_window(step)
        if long:
            renew_leases(session, now=True)
        intent = {"operations": described(order), "host": step.host, "attempt": attempt}
        session.record(Kind.INTENT, step.key, changes=changes, **intent)
        self._watch.forget()
        if step.detached:
            return self._perform_job(step, order)
        result = self._hands.perform(order)
        failed = result.failed.describe() if result.failed is not None else None
        session.record(
            Kind.PERFORMED,
            step.key,
            status=result.status,
            output=tail(result.output),
            seconds=round(result.seconds, 3),
            failed=failed,
        )
        if long:
            renew_leases(session)
        return self._judge_result(step, order, result)

    def _judge_result(self, step: Step, order: Order, result: Result) -> str:
        if result.status == 0:
            return ""
        said = f"{step.host}: {result.words}"
        if not step.after or result.proof_failed(order):
            raise StepFailed(said)
        return said

    def _in_doubt(self, step: Step) -> float:
        return min(step.patience, DOUBT_PATIENCE_IN_WINDOW if self._session.urgent(step) else DOUBT_PATIENCE)

    # --- jobs -----------------------------------------------------------------------------------------------------

    def _perform_job(self, step: Step, order: Order) -> str | None:
        try:
            self._hands.begin(order)
        except HandsError as error:
            if error.changed is False or not self._ask_job(step, order).known:
                raise
        self._session.record(Kind.JOB_BEGUN, step.key)
        job = self._wait_for_job(step, order)
        if job.status is None:
            return None
        self._judge_job(step, job)
        return ""

    def _ask_job(self, step: Step, order: Order) -> JobState:
        """The job's state, however long its host is not reached, up to a limit; it may go on there meanwhile."""
        deadline = self._session.clock.monotonic() + JOB_REACH_PATIENCE
        while True:
            try:
                return self._hands.job(order)
            except HandsError as error:
                if self._session.clock.monotonic() >= deadline:
                    raise StepFailed(f"{error}; if its job runs on {order.host}, it goes on there") from error
                self._session.tell(Kind.WAITING, step.key, words=f"{error}; its job may go on there")
            self._session.stop_if_asked(step)
            self._session.clock.sleep(_PAUSE)

    def _wait_for_job(self, step: Step, order: Order) -> JobState:
        """Until the job runs no more; its lease is renewed meanwhile, and the operator may stop watching it."""
        began = self._session.clock.monotonic()
        while (job := self._ask_job(step, order)).running:
            self._session.tell(Kind.JOB, step.key, output=job.output, running=True)
            self._session.stop_if_asked(step)
            renew_leases(self._session)
            taken = self._session.clock.monotonic() - began
            self._session.clock.sleep(min(max(_JOB_PAUSES[0], taken / 10), _JOB_PAUSES[1]))
        self._session.tell(Kind.JOB, step.key, output=job.output, running=False)
        self._session.record(Kind.JOB_ENDED, step.key, status=job.status, output=tail(job.output))
        return job

    def _judge_job(self, step: Step, job: JobState) -> None:
        if job.status != 0:
            said = tail(job.output).strip() or "no output"
            raise StepFailed(f"{step.host}: its job ended with exit status {job.status}: {said}")

    # --- what came of it ------------------------------------------------------------------------------------------

    def _verify(self, step: Step, patience: float, noted: str = "") -> None:
        """Wait until `after` holds and stays so; journal it. `noted`: what a command said that failed."""
        patience = self._in_doubt(step) if noted else patience
        verdict = None
        if step.after:
            verdict = self._watch.wait_for(step, step.after, patience, step.steady)
            if not verdict.holds:
                said = f" (a command had said: {noted})" if noted else ""
                raise StepFailed(f"what must be true now is not, after {patience:.0f} s: {verdict.words}{said}")
        self._session.record(
            Kind.VERIFIED, step.key, conditions=verdict.data() if verdict is not None else [], noted=noted
        )


def described(order: Order) -> list[dict[str, str]]:
    """An order's operations for the journal: in words, and the very commands."""
    return [
        {
            "words": operation.describe(),
            "command": operation.command(order.platform),
            "risk": operation.risk.value,
        }
        for operation in order.operations
    ]
