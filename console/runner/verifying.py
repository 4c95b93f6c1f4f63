"""Looking at facts and judging conditions on them: guards before a step, and waiting until it has come true."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from console.facts.snapshot import Snapshot
from console.runbooks.conditions.gate import writable_for_clients
from console.runbooks.conditions.hosts import is_the_host
from console.runbooks.plan import Answer, Condition, Plan, Ruling, Step
from console.runner.journal import Kind
from console.runner.leases import renew_leases
from console.runner.outcome import StepFailed
from console.runner.parts import RunParts
from console.runner.session import Session

_log = logging.getLogger(__name__)

PAUSE = 0.5
PAUSE_IN_WINDOW = 0.1
GUARD_PATIENCE = 5.0
"""Seconds that a guard may be unknown (a host was slow to answer); one that says no ends the step at once."""
GUARD_PATIENCE_IN_WINDOW = 2.0
FRESH_IN_WINDOW = 0.5
"""Within a window, guards may be judged on a look that is not older, in seconds: clients wait."""
FRESH_CLIENTS = 1.0
"""Guards may be judged on what clients met within so many seconds, where nothing was done since: a closed port answers
nobody, and each look would wait for it. What the hosts say is always asked anew.
"""

Judged = tuple[tuple[Condition, Ruling], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Conditions with their rulings on one snapshot."""

    judged: Judged

    @property
    def holds(self) -> bool:
        """Whether every one is a yes."""
        return all(ruling.holds for _, ruling in self.judged)

    @property
    def refuted(self) -> bool:
        """Whether one is a no."""
        return any(ruling.answer is Answer.NO for _, ruling in self.judged)

    @property
    def words(self) -> str:
        """What does not hold, in words."""
        return "; ".join(
            f"{condition.words}: {ruling.answer.value if ruling.answer is Answer.UNKNOWN else 'no'} ({ruling.because})"
            for condition, ruling in self.judged
            if not ruling.holds
        )

    def data(self) -> list[dict[str, Any]]:
        """For the journal."""
        return [
            {"words": condition.words, "answer": ruling.answer.value, "because": ruling.because}
            for condition, ruling in self.judged
        ]


def judge(conditions: Iterable[Condition], snapshot: Snapshot) -> Verdict:
    """Each condition's ruling; one that fails on odd facts is unknown, which is never a yes."""
    return Verdict(tuple((condition, _rule(condition, snapshot)) for condition in conditions))


def _rule(condition: Condition, snapshot: Snapshot) -> Ruling:
    try:
        return condition.judge(snapshot)
    except Exception as error:
        _log.exception("the condition %r failed", condition.words)
        return Ruling(Answer.UNKNOWN, f"could not be judged: {type(error).__name__}: {error}")


def preview(parts: RunParts, plan: Plan) -> list[tuple[Condition, Ruling]]:
    """The plan's checks on fresh facts, for a dry run; nothing is changed or journalled."""
    return list(judge(plan.checks, parts.observer.survey(plan.sections)).judged)


class Watch:
    """Looks and judges for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looked_at = float("-inf")
        self._met_clients_at = float("-inf")
        self._asked: frozenset[tuple[str, str]] = frozenset()

    def survey(self) -> Snapshot:
        """Everything anew."""
        session = self._session
        session.snapshot = session.parts.observer.survey(session.plan.sections)
        return session.snapshot

    def look(self, step: Step, *, clients: bool | None = None, guards: bool = False) -> Snapshot:
        """What the step's conditions need, with `guards` those before it, as it is now; `clients` instead of its own.

        What guards alone need may be dear, and clients wait while it is looked for after a step.
        """
        observer, before = self._session.parts.observer, self._session.snapshot
        began = self._session.clock.monotonic()
        asked = {*step.sections, *(step.guard_sections if guards else ())}
        asked |= set(step.evidence(before)) if before is not None else set()
        clients = step.clients if clients is None else clients
        snapshot = observer.look(clients=clients, sections=sorted(asked))
        if clients:
            self._met_clients_at = began
        more = set(step.evidence(snapshot)) - asked
        if more:
            snapshot = observer.look(sections=sorted(more))
        self._looked_at, self._asked = began, frozenset(asked | more)
        self._session.snapshot = snapshot
        return snapshot

    def _look_for_guards(self, step: Step) -> Snapshot:
        """A new look. In a window clients wait: the look that has just verified the step before serves where it saw
        enough, and what clients meet is asked for after a step, never before it.
        """
        snapshot = self._session.snapshot
        if not step.window or snapshot is None:
            just_met = self._session.clock.monotonic() - self._met_clients_at <= FRESH_CLIENTS
            return self.look(step, clients=step.clients and not just_met, guards=True)
        fresh = self._session.clock.monotonic() - self._looked_at <= FRESH_IN_WINDOW
        if fresh and self._asked >= {*step.sections, *step.guard_sections, *step.evidence(snapshot)}:
            return snapshot
        return self.look(step, clients=False, guards=True)

    def where_clients_can_write(self) -> str:
        """In words, as a look shows that is made now; "" where it shows nobody that can."""
        snapshot = self._session.parts.observer.look(clients=True)
        hosts = [each.host for each in self._session.platforms if writable_for_clients(each.host).judge(snapshot).holds]
        return f"Clients can write on {' and on '.join(hosts)}, as a look at it shows." if hosts else ""

    def forget(self) -> None:
        """What was seen is no more what is: something was done since."""
        self._looked_at = self._met_clients_at = float("-inf")

    def judge_step(self, step: Step, conditions: Sequence[Condition], snapshot: Snapshot) -> Verdict:
        """The conditions, and first that the host is that host."""
        return judge((is_the_host(self._session.platform(step)), *conditions), snapshot)

    def guard(self, step: Step) -> Snapshot:
        """Judge `before` on fresh facts and journal it; StepFailed where a guard does not hold."""
        session, urgent = self._session, self._session.urgent(step)
        deadline = session.clock.monotonic() + (GUARD_PATIENCE_IN_WINDOW if urgent else GUARD_PATIENCE)
        snapshot = self._look_for_guards(step)
        verdict = self.judge_step(step, step.before, snapshot)
        while not verdict.holds and not verdict.refuted and session.clock.monotonic() < deadline:
            session.stop_if_asked(step)
            session.clock.sleep(PAUSE_IN_WINDOW if step.window else PAUSE)
            snapshot = self.look(step, guards=True)
            verdict = self.judge_step(step, step.before, snapshot)
        session.record(Kind.JUDGED, step.key, place="before", conditions=verdict.data())
        if not verdict.holds:
            raise StepFailed(f"a guard does not hold: {verdict.words}")
        return snapshot

    def holds_now(self, step: Step, conditions: Sequence[Condition]) -> Verdict:
        """The conditions on one fresh look."""
        return self.judge_step(step, conditions, self.look(step))

    def wait_for(
        self, step: Step, conditions: Sequence[Condition], patience: float, steady: float = 0.0, *, stops: bool = True
    ) -> Verdict:
        """Look until all hold, within `patience` seconds, and then go on to hold for `steady`; the last verdict.

        What ceases to hold while it should be steady begins anew, but not after `patience`.
        """
        session, clock = self._session, self._session.clock
        deadline, since = clock.monotonic() + patience, None
        while True:
            verdict = self.holds_now(step, conditions)
            now = clock.monotonic()
            since = (now if since is None else since) if verdict.holds else None
            if since is not None and now - since >= steady:
                return verdict
            if since is None and now >= deadline:
                return verdict
            left = max(0.0, deadline - now) if since is None else steady - (now - since)
            session.tell(Kind.WAITING, step.key, conditions=verdict.data(), left=left, steady=since is not None)
            if stops:
                session.stop_if_asked(step)
            renew_leases(session)
            clock.sleep(min(PAUSE_IN_WINDOW if step.window else PAUSE, max(left, 0.01)))
