"""The Runner, the only thing that changes hosts: it carries a plan out, goes on with a run, takes one back (DESIGN 7).

A console that dies at any point leaves a journal from which `resume` or `roll_back` ends in a stated condition.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping

from console.exit_codes import ExitCode
from console.facts.text import one_line
from console.runbooks.plan import Condition, Plan, Ruling, Step
from console.runbooks.runbook import Runbook
from console.runner.driver import this_driver
from console.runner.hands import HandsError
from console.runner.journal import Journal, JournalError, Kind
from console.runner.leases import release_leases, renew_leases, require_leases, take_leases
from console.runner.outcome import LeaseGone, LeaseRefused, LeftStanding, NoWayBack, Outcome, StepFailed, StopAsked
from console.runner.parts import RunParts
from console.runner.performing import Performer
from console.runner.planned import begin_data, plan_of
from console.runner.rollback import Undoer
from console.runner.runs import Run, StepState
from console.runner.seen import pair_words
from console.runner.session import OnEvent, Session
from console.runner.verifying import Watch, judge, preview

_log = logging.getLogger(__name__)
_SHUT_OUT = "CLIENTS MAY BE UNABLE TO WRITE."


def _ignore(_: object) -> None:
    """A face that does not listen."""


class Runner:
    """Drives one run. `on_event` hears every event; `stop` may be called from any thread or signal handler.

    Every method but `stop` returns an Outcome and raises nothing but what kills a process: an error of the console
    itself is an outcome too, with words.
    """

    def __init__(self, parts: RunParts, journal: Journal, on_event: OnEvent = _ignore) -> None:
        self._session = Session(parts, journal, on_event)
        self._watch = Watch(self._session)
        self._performer = Performer(self._session, self._watch)
        self._undoer = Undoer(self._session, self._watch)

    def stop(self) -> None:
        """Stop at the next safe point: never in the middle of an operation, nor where only going on helps clients."""
        self._session.stopping.set()

    def preview(self, plan: Plan) -> list[tuple[Condition, Ruling]]:
        """The plan's checks on fresh facts; nothing is changed or journalled."""
        return preview(self._session.parts, plan)

    def start(self, plan: Plan, reason: str, instead_of: str | None = None) -> Outcome:
        """Carry the plan out. `instead_of`: take the lease over from that run."""
        self._session.plan = plan

        def work() -> Outcome:
            fleet = self._session.parts.fleet
            self._session.record(Kind.BEGIN, **begin_data(plan, reason, this_driver(), fleet))
            return self._checked(reason, instead_of)

        return self._ended(work)

    def resume(self, runbooks: Mapping[str, Runbook], instead_of: str | None = None, reason: str = "") -> Outcome:
        """Go on with the journal's run. JournalError where its plan cannot be made anew; nothing is changed then.

        `reason`: why it goes on now, for the journal; why the run is made at all was said when it began.
        """
        run = self._session.run
        self._session.plan = plan_of(run, runbooks, self._session.parts.fleet)
        return self._ended(lambda: self._go_back_to(run, "resume", reason, lambda: self._resumed(run, instead_of)))

    def roll_back(self, runbooks: Mapping[str, Runbook], instead_of: str | None = None, reason: str = "") -> Outcome:
        """Take everything back that the journal's run did. JournalError and `reason` as for `resume`."""
        run = self._session.run
        self._session.plan = plan_of(run, runbooks, self._session.parts.fleet)
        return self._ended(
            lambda: self._go_back_to(run, "roll-back", reason, lambda: self._rolled_back(run, instead_of))
        )

    # --- ways ------------------------------------------------------------------------------------------------------

    def _go_back_to(self, run: Run, way: str, reason: str, work: Callable[[], Outcome]) -> Outcome:
        """What is finished stays finished; but a lease that could not be given back then is given back now."""
        if run.finished and run.outcome is not None:
            trouble = release_leases(self._session)
            return Outcome(run.run, run.outcome, f"It had ended before: {run.words} {trouble}".strip())
        driver = this_driver()
        who = {"user": driver.user, "host": driver.host, "pid": driver.pid, "console": driver.console}
        self._session.record(Kind.RESUME, way=way, who=who, reason=one_line(reason))
        return work()

    def _checked(self, reason: str, instead_of: str | None) -> Outcome:
        """From the beginning: nothing was changed so far."""
        session = self._session
        snapshot = self._watch.survey()
        session.record(Kind.SEEN, place="before", hosts=pair_words(snapshot, session.plan.parameters.region))
        verdict = judge(session.plan.checks_for(instead_of), snapshot)
        session.record(Kind.JUDGED, place="checks", conditions=verdict.data())
        if not verdict.holds:
            return self._untouched(ExitCode.REFUSED, f"refused: {verdict.words}.")
        session.stop_if_asked(None)
        take_leases(session, reason, instead_of)
        return self._go_on()

    def _resumed(self, run: Run, instead_of: str | None) -> Outcome:
        """Nothing of it stands: from the beginning. Everything is done: only its end is missing. Between the two it
        goes on only with the leases that it took: without them others may have worked there.
        """
        if not run.changed or not run.stands:
            return self._checked(run.reason, instead_of)
        self._watch.survey()
        if all(step.state is StepState.VERIFIED for step in run.steps):
            return self._done()
        require_leases(self._session)
        return self._go_on()

    def _go_on(self) -> Outcome:
        """Every step that is not verified yet."""
        in_window = False
        for step in self._session.plan.steps:
            if step.window and not in_window:
                renew_leases(self._session, now=True)  # so that it costs clients no time
            in_window = step.window
            try:
                self._session.stop_if_asked(step)
                self._performer.carry_out(step)
            except (StepFailed, StopAsked, KeyboardInterrupt) as error:
                return self._failed(step, error)
        return self._done()

    def _done(self) -> Outcome:
        plan = self._session.plan
        return self._end(ExitCode.OK, f"Done and verified. {plan.summary}", release=True)

    def _rolled_back(self, run: Run, instead_of: str | None) -> Outcome:
        self._watch.survey()
        if not run.changed:
            take_leases(self._session, run.reason, instead_of)
        elif run.stands:
            clients_wait = self._session.plan.drill or self._undoer.standing(window=True)
            require_leases(self._session, everywhere=not clients_wait)
        try:
            self._undoer.take_back_all()
        except StepFailed as error:
            return self._not_back(f"not rolled back: {error}.", error)
        return self._end(ExitCode.ROLLED_BACK, "Rolled back: everything that the run did is taken back.", release=True)

    def _not_back(self, words: str, error: StepFailed) -> Outcome:
        """Not everything could be taken back."""
        self._session.record(Kind.FAILED, self._first_standing(), words=str(error), undo=True)
        back, window = not isinstance(error, NoWayBack), not self._session.plan.drill
        clients = f" {self._clients_words()}" if window and isinstance(error, LeftStanding) else ""
        return self._half_way(f"{words}{clients}", self._first_standing(), back=back)

    def _first_standing(self) -> str | None:
        standing = self._undoer.standing(window=True) or self._undoer.standing(window=False)
        return standing[0].key if standing else None

    # --- failures --------------------------------------------------------------------------------------------------

    def _failed(self, step: Step, error: BaseException) -> Outcome:
        """A step did not get to its end: say so, and take a window back."""
        asked = not isinstance(error, StepFailed)
        words = str(error) or "interrupted in the middle of a step"
        self._session.record(Kind.FAILED, step.key, words=words, asked=asked)
        job = " Its job goes on there." if asked and self._job_may_run(step) else ""
        shut_out = self._session.within_window(step) and self._undoer.standing(window=True)
        if shut_out and self._session.run.changed:
            return self._retreat(step, f"stopped at: {step.title} ({step.host}): {words}.{job}", words)
        if self._session.plan.drill and self._session.run.changed:
            return self._drill_ended(step, f"stopped at: {step.title} ({step.host}): {words}.", words)
        if not self._session.run.changed:
            code = ExitCode.CANCELLED if asked else ExitCode.REFUSED
            return self._untouched(code, f"{step.title} ({step.host}): {words}.", step.key)
        return self._half_way(f"stopped at: {step.title} ({step.host}): {words}.{job}", step.key)

    def _job_may_run(self, step: Step) -> bool:
        return step.detached and self._session.state(step).standing

    def _drill_ended(self, step: Step, stopped: str, why: str) -> Outcome:
        """A drill leaves nothing behind: everything is taken back."""
        self._session.record(Kind.RETREAT, step.key, words=f"taking everything back, since {why}")
        try:
            self._undoer.take_back_all()
        except StepFailed as error:
            return self._not_back(f"{stopped} Not all of what it did could be taken back: {error}.", error)
        except KeyboardInterrupt:
            return self._half_way(f"{stopped} Taking it back was interrupted.", self._first_standing())
        return self._end(
            ExitCode.ROLLED_BACK, f"{stopped} Everything that it did is taken back.", step.key, release=True
        )

    def _retreat(self, step: Step, stopped: str, why: str) -> Outcome:
        """Let clients write again: what shuts them out is taken back, the last first."""
        self._session.record(Kind.RETREAT, step.key, words=f"taking back what shuts clients out, since {why}")
        try:
            self._undoer.retreat()
        except LeftStanding as error:
            self._session.record(Kind.RETREAT, step.key, complete=False, words=str(error))
            left = f"Not all of what shuts clients out could be taken back, which leaves: {error}."
            return self._half_way(f"{stopped} {left} {self._clients_words()}", step.key)
        except (StepFailed, KeyboardInterrupt) as error:
            trouble = str(error) or "interrupted"
            self._session.record(Kind.RETREAT, step.key, complete=False, words=trouble)
            return self._half_way(
                f"{stopped} It could not be taken back so that clients can write as before: {trouble}. {_SHUT_OUT}",
                step.key,
            )
        self._session.record(Kind.RETREAT, step.key, complete=True, words="clients can write again")
        return self._half_way(
            f"{stopped} What shut clients out was taken back: clients can write again. What else was done stands; "
            "resuming shuts them out again and goes on from there.",
            step.key,
        )

    def _clients_words(self) -> str:
        return self._watch.where_clients_can_write() or _SHUT_OUT

    # --- ends ------------------------------------------------------------------------------------------------------

    def _untouched(self, code: ExitCode, words: str, step: str | None = None) -> Outcome:
        changed = "What it had changed before is taken back" if self._session.run.changed else "Nothing was changed"
        return self._end(code, f"{words} {changed}.", step, release=True)

    def _half_way(self, words: str, step: str | None, *, back: bool = True) -> Outcome:
        """Say how it goes on; and back, where no step may have taken effect past which there is no way back."""
        run = self._session.run
        again = f"`vmdb-console resume {run.run}"
        final = [each for each in self._session.plan.steps if each.final]
        past = any(run.step(each.key).state.standing for each in final)
        backwards = f"; take back: {again} --roll-back`" if back and not past else ""
        return self._end(
            ExitCode.HALF_WAY, f"{words} The lease stays. Go on: {again}`{backwards}.", step, release=False
        )

    def _end(self, code: ExitCode, words: str, step: str | None = None, *, release: bool) -> Outcome:
        """Give the lease back where the run is over, then write the end: what died in between is ended by `resume`."""
        session = self._session
        if session.snapshot is not None and session.run.changed:
            hosts = pair_words(session.snapshot, session.plan.parameters.region)
            session.record(Kind.SEEN, place="after", hosts=hosts)
        trouble = release_leases(session) if release else ""
        words = f"{words} {trouble}".strip()
        session.record(Kind.END, code=int(code), words=words, outcome=code.name.lower())
        return Outcome(session.journal.run, code, words, step)

    def _ended(self, work: Callable[[], Outcome]) -> Outcome:
        """Whatever happens ends in an outcome, but for what kills the process."""
        try:
            try:
                return work()
            except LeaseGone as error:
                return self._without_lease(error)
            except (LeaseRefused, StepFailed) as error:
                return self._stopped(str(error), ExitCode.REFUSED)
            except (StopAsked, KeyboardInterrupt) as error:
                return self._stopped(str(error) or "interrupted.", ExitCode.CANCELLED)
            except JournalError:
                raise
            except Exception as error:
                _log.exception("the run stopped at a defect of the console")
                return self._stopped(f"a defect of the console: {type(error).__name__}: {error}.", ExitCode.REFUSED)
        except JournalError as error:
            return self._without_journal(error)

    def _stopped(self, words: str, untouched: ExitCode) -> Outcome:
        if self._session.run.changed and self._session.run.stands:
            return self._half_way(words, None)
        return self._untouched(untouched, words)

    def _without_lease(self, error: LeaseGone) -> Outcome:
        """Half-way, for good, though nothing was changed now: the run had changed hosts before. But one whose every
        step is done was killed while it gave its leases back, and is ended by resuming it.
        """
        run = self._session.run
        words = f"{error}. Nothing was changed now; what the run did before was left as it is."
        if all(step.state is StepState.VERIFIED for step in run.steps):
            words += f" Every step of it is done: `vmdb-console resume {run.run}` ends it."
        elif run.leases:
            words += f" Its lease on {' and '.join(run.leases)} is still there: `--take-over {run.run}` ends that."
        return self._end(ExitCode.HALF_WAY, words, release=False)

    def _without_journal(self, error: JournalError) -> Outcome:
        """What cannot be journalled is not done. Before the first change the leases go back; after it they stay."""
        journal = self._session.journal
        run = self._session.run if journal.events else None
        if run is not None and run.changed:
            words = f"{error}. The run stops; when it can be written: `vmdb-console resume {journal.run}`."
            return Outcome(journal.run, ExitCode.HALF_WAY, f"{words} {self._back_in_mind()}".strip())
        for platform in self._session.platforms if run is not None and run.leases else ():
            with contextlib.suppress(HandsError):
                self._session.parts.hands.release_lease(platform, journal.run)
        return Outcome(journal.run, ExitCode.REFUSED, f"{error}. Nothing was changed.")

    def _back_in_mind(self) -> str:
        """Where clients may be shut out: take that back although it cannot be written, unless a final step stands.

        A later resume finds steps in the journal that are taken back; their guards tell it so. A drill goes back whole.
        """
        if self._session.plan.drill:
            return self._drill_back_in_mind()
        standing = self._undoer.standing(window=True)
        if not any(step.window and not step.stays for step in standing):
            return ""
        self._session.journal.keep_in_mind()
        try:
            if any(step.final for step in standing):
                return self._clients_words()
            self._undoer.retreat()
        except LeftStanding as error:
            return f"Not all of what shuts clients out could be taken back, which leaves: {error}. {_SHUT_OUT}"
        except (Exception, KeyboardInterrupt) as error:
            _log.exception("what shuts clients out was not taken back")
            return f"What shuts clients out was not taken back: {str(error) or 'interrupted'}. {_SHUT_OUT}"
        return "What shut clients out was taken back: clients can write again."

    def _drill_back_in_mind(self) -> str:
        self._session.journal.keep_in_mind()
        try:
            self._undoer.take_back_all()
        except (Exception, KeyboardInterrupt) as error:
            _log.exception("a drill was not taken back")
            return f"What it did was not all taken back: {str(error) or 'interrupted'}."
        return "What it did was taken back."
