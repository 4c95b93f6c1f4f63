"""The lease on both hosts of a pair: taken before the first change, renewed while the run lives, given back at its end.

A lease never ends by itself (DESIGN 7): only its run or somebody who takes it over ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from console.facts.snapshot import Snapshot
from console.facts.text import one_line
from console.facts.traces import Lease, Traces
from console.operations.platform import Platform
from console.runner.driver import this_driver
from console.runner.hands import HandsError
from console.runner.journal import Kind, stamp
from console.runner.outcome import LeaseGone, LeaseRefused, StepFailed
from console.runner.session import Session

T = TypeVar("T")

LONG = 60.0
"""Seconds: before and after an order that may take longer the leases are renewed (`console.facts.traces.ALIVE`); while
it works, its host lets nobody take the lease over."""
RENEW_EVERY = 10.0
RENEW_LATER = 50.0
"""Seconds more until the next time where a host was not reached: to ask a host that hangs takes long."""
REACH_PATIENCE = 10.0
_PAUSE = 1.0


def take_leases(session: Session, reason: str, instead_of: str | None = None) -> None:
    """Take the lease on both hosts, in inventory order; LeaseRefused says who has it or which host was not reached."""
    now = session.clock.time()
    driver = this_driver()
    lease = Lease(session.journal.run, session.plan.runbook, driver.owner, one_line(reason), now, now)
    for platform in session.platforms:
        session.record(Kind.LEASE, host=platform.host, held=True, words="taking it")
        _take(session, platform, lease, instead_of)
    session.renewed = session.clock.monotonic()


def _take(session: Session, platform: Platform, lease: Lease, instead_of: str | None) -> None:
    try:
        holder = insist(session, lambda: session.parts.hands.take_lease(platform, lease, instead_of))
    except HandsError as error:
        if error.changed is False:
            session.record(Kind.LEASE, host=platform.host, held=False, words="not taken")
        raise LeaseRefused(f"{platform.host}: the lease cannot be taken: {error}") from error
    if holder is not None:
        session.record(Kind.LEASE, host=platform.host, held=False, words=f"held by run {holder.run}")
        raise LeaseRefused(held_words(platform.host, holder, session.snapshot))


def require_leases(session: Session, *, everywhere: bool = True) -> None:
    """See that a run that changed hosts still holds what it took, on both; a lease that is gone is never taken anew.

    LeaseGone where a host says that it is not this run's; LeaseRefused where a host cannot be asked: with `everywhere`
    any, else only where no host could. Whoever takes a run's place takes both hosts, so that one that is still this
    run's tells of the other: enough where clients wait.
    """
    unasked, gone = list[str](), list[LeaseGone]()
    for platform in session.platforms:  # both, so that the journal tells of both
        try:
            unasked += [trouble] if (trouble := _unasked(session, platform)) else []
        except LeaseGone as error:
            gone.append(error)
    if gone:
        raise gone[0]
    if unasked and (everywhere or len(unasked) == len(session.platforms)):
        raise LeaseRefused(" ".join(unasked))
    session.renewed = session.clock.monotonic()


def _unasked(session: Session, platform: Platform) -> str:
    """Why the host could not be asked; "" where the lease there is this run's."""
    run = session.journal.run
    try:
        held = insist(session, lambda: session.parts.hands.renew_lease(platform, run))
    except HandsError as error:
        return f"{platform.host}: whether this run still holds its lease there cannot be asked: {error}."
    if not held:
        session.record(Kind.LEASE, host=platform.host, held=False, words="lost")
        raise LeaseGone(
            f"this run's lease on {platform.host} is gone ({_gone_to(session, platform.host)}): what the hosts are now "
            "is another run's, or nobody's; begin a new run"
        )
    return ""


def _gone_to(session: Session, host: str) -> str:
    traces = _traces(host, session.snapshot)
    holder = traces.lease if traces is not None else None
    if holder is None or holder.run == session.journal.run:
        return "removed, or given back"
    return f"taken over by run {one_line(holder.run)} of {one_line(holder.owner)}, or removed before that run began"


def insist(session: Session, call: Callable[[], T], patience: float = REACH_PATIENCE) -> T:
    """`call` again for up to `patience` seconds while the host cannot be reached; for what may be done twice."""
    deadline = session.clock.monotonic() + patience
    while True:
        try:
            return call()
        except HandsError:
            if session.clock.monotonic() >= deadline:
                raise
        session.clock.sleep(_PAUSE)


def held_words(host: str, holder: Lease, snapshot: Snapshot | None) -> str:
    """Who works on the pair, since when, whether it lives, and how to go on or take over."""
    return (
        f"{host}: run {one_line(holder.run)} ({one_line(holder.runbook)}) of {one_line(holder.owner)} holds the lease "
        f"since {_moment(holder.since)}, last renewed {_moment(holder.renewed)}, for: {one_line(holder.reason)}. "
        f"{_job_words(host, holder.run, snapshot)} Go on with that run from its own console "
        f"(`vmdb-console resume {one_line(holder.run)}`, or `--roll-back`); where that is impossible and nobody works "
        f"there, `--take-over {one_line(holder.run)}` puts this run in its place."
    )


def _job_words(host: str, run: str, snapshot: Snapshot | None) -> str:
    traces = _traces(host, snapshot)
    if traces is None:
        return "Whether a job of it runs there is not known."
    running = [job.step for job in traces.running_jobs if job.run == run]
    if not running:
        return "No job of it runs there."
    return f"A job of it runs there: {', '.join(one_line(step) for step in running)}."


def _traces(host: str, snapshot: Snapshot | None) -> Traces | None:
    return snapshot.facts(host).traces.value if snapshot is not None and host in snapshot.hosts else None


def _moment(epoch: float) -> str:
    try:
        return stamp(datetime.fromtimestamp(epoch, UTC))
    except (ValueError, OverflowError, OSError):
        return "an unknown time"


def renew_leases(session: Session, *, now: bool = False) -> None:
    """Say that the run lives, about every 10 s. StepFailed where the lease is another's by now."""
    if not now and session.clock.monotonic() - session.renewed < RENEW_EVERY:
        return
    reached = [check_lease(session, platform) for platform in session.platforms]
    session.renewed = session.clock.monotonic() + (0.0 if all(reached) else RENEW_LATER)


def check_lease(session: Session, platform: Platform) -> bool:
    """Whether the host was reached; one that was not still has the lease. StepFailed where it is this run's no more."""
    try:
        held = session.parts.hands.renew_lease(platform, session.journal.run)
    except HandsError:
        return False
    if not held:
        session.record(Kind.LEASE, host=platform.host, held=False, words="lost")
        raise StepFailed(f"{platform.host}: this run holds the lease no more: somebody took it over or removed it")
    return True


def release_leases(session: Session) -> str:
    """Give back what the journal says is held; "" or, in words, where that did not work."""
    left = [platform for platform in session.platforms if platform.host in session.run.leases]
    troubles = [trouble for platform in left if (trouble := _release(session, platform))]
    return " ".join(troubles)


def _release(session: Session, platform: Platform) -> str:
    try:
        insist(session, lambda: session.parts.hands.release_lease(platform, session.journal.run))
    except HandsError as error:
        return (
            f"The lease on {platform.host} could not be given back ({error}); "
            f"`vmdb-console resume {session.journal.run}` gives it back when the host answers."
        )
    session.record(Kind.LEASE, host=platform.host, held=False, words="given back")
    return ""
