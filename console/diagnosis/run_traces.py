"""H08: a run's lease on the pair, and what runs have left behind on its hosts (DESIGN 7, operations/places.py)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import duration, listed, one_line, short
from console.facts.host import HostFacts
from console.facts.traces import Lease, Traces
from console.operations.places import INSIDE, OLD

ALIVE = 60.0
"""Seconds: a console that drives a run renews its lease far more often (the Runner, while it waits)."""

_Found = tuple[HostFacts, Lease]


def check_runs(context: RegionContext) -> Iterable[Finding]:
    """H08, one a run that holds a lease; where none does, one a host on which something was left behind."""
    found = [(facts, facts.traces.value.lease) for facts in context.hosts if facts.traces.value is not None]
    leases = [(facts, lease) for facts, lease in found if lease is not None]
    for run in dict.fromkeys(lease.run for _, lease in leases):
        yield _held(context, [(facts, lease) for facts, lease in leases if lease.run == run])
    for facts in context.hosts:
        if facts.traces.value is not None:
            yield from _left_behind(context, facts, facts.traces.value, {lease.run for _, lease in leases})


def _held(context: RegionContext, holders: list[_Found]) -> Finding:
    """A run at work, or one that stopped half-way."""
    _, lease = max(holders, key=lambda item: item[1].renewed)
    silent = min((_silence(context, facts, lease) for facts, lease in holders), key=abs)
    jobs = _jobs_of(context, lease.run)
    stale = abs(silent) > ALIVE and not jobs
    if stale:
        what = f"run {lease.run} ({lease.runbook}) stopped half-way {duration(abs(silent))} ago, begun by {lease.owner}"
    else:
        what = f"run {lease.run} ({lease.runbook}) of {lease.owner} works on this pair"
    return context.finding(
        "H08",
        Severity.WARNING if stale else Severity.INFO,
        None,
        what,
        (*(quote for item in holders for quote in _lease_evidence(context, *item)), *_traces_evidence(context)),
        remedy=_remedy(lease, stale=stale),
        details={
            "kind": "lease",
            "run": lease.run,
            "runbook": lease.runbook,
            "owner": lease.owner,
            "since": lease.since,
            "renewed": lease.renewed,
            "stale": stale,
            "hosts": [facts.name for facts, _ in holders],
            "jobs": jobs,
        },
        subject=one_line(lease.run, 64),
    )


def _remedy(lease: Lease, *, stale: bool) -> str:
    run = shlex.quote(one_line(lease.run, 64))
    if not stale:
        return f"Wait, or speak with {one_line(lease.owner)}; no other run can begin on this pair until then."
    return (
        f"vmdb-console runs show {run}, then vmdb-console resume {run} (or resume {run} --roll-back), on the machine "
        f"where it was begun ({one_line(lease.owner)}): its journal is there. Its console has died or was left."
    )


def _silence(context: RegionContext, facts: HostFacts, lease: Lease) -> float:
    """Seconds between the lease's renewal and when it was read, by the host's own clock."""
    read_at = facts.traces.observed_at or context.now
    skew = facts.clock.value.skew if facts.clock.value is not None else 0.0
    return read_at.timestamp() + skew - lease.renewed


def _jobs_of(context: RegionContext, run: str) -> list[str]:
    """Steps of the run that run on a host, or may, as "STEP on HOST"."""
    return [
        f"{job.step} on {short(facts.name)}"
        for facts in context.hosts
        if facts.traces.value is not None
        for job in facts.traces.value.running_jobs
        if job.run == run
    ]


def _lease_evidence(context: RegionContext, facts: HostFacts, lease: Lease) -> Iterator[Evidence]:
    renewed = f"{_time(lease.renewed)}, {duration(max(0.0, _silence(context, facts, lease)))} before it was read"
    for fact, value in (
        ("run", f"{lease.run} ({lease.runbook})"),
        ("owner", lease.owner),
        ("reason", lease.reason or "none given"),
        ("since", _time(lease.since)),
        ("renewed", renewed),
    ):
        yield Evidence.of(fact, one_line(value, 300), facts.traces, facts.name)


def _traces_evidence(context: RegionContext) -> Iterator[Evidence]:
    for facts in context.hosts:
        if facts.traces.value is not None:
            yield from _quotes(facts, facts.traces.value)


def _quotes(facts: HostFacts, traces: Traces) -> Iterator[Evidence]:
    """What is there of runs, whosever it is."""
    for job in traces.jobs:
        state = {True: "runs", False: "has ended", None: "may run: it could not be told"}[job.running]
        status = "" if job.status is None else f", status {job.status}"
        yield Evidence.of(
            "job", one_line(f"{job.step} of run {job.run} {state}{status}", 300), facts.traces, facts.name
        )
    for path in traces.leftovers:
        fact = "old data" if _is_old(path) else "copy"
        yield Evidence.of(fact, one_line(path, 300), facts.traces, facts.name)
    for path in traces.held:
        yield Evidence.of("held script", one_line(path, 300), facts.traces, facts.name)
    if traces.lock_aside:
        yield Evidence.of("PGSQL.lock", "set aside", facts.traces, facts.name)


def _left_behind(context: RegionContext, facts: HostFacts, traces: Traces, at_work: set[str]) -> Iterator[Finding]:
    """Without a lease nobody looks after it any more. Old data that a run has kept is no fault: it waits for a person.

    A job that runs for another run than those that hold a lease is one, too.
    """
    jobs = [f"{job.run}.{job.step}" for job in traces.running_jobs if job.run not in at_work]
    if at_work and not jobs:
        return
    old = [path for path in traces.leftovers if _is_old(path)]
    copies = [path for path in traces.leftovers if not _is_old(path)]
    parts = list(_parts(jobs, copies, traces))
    if not parts and not old:
        return
    words = listed(parts) if parts else f"old data is kept: {listed(old, 2)}"
    yield context.finding(
        "H08",
        Severity.WARNING if parts else Severity.INFO,
        facts,
        f"{short(facts.name)}: left behind by a run: {words}" if parts else f"{short(facts.name)}: {words}",
        tuple(_quotes(facts, traces)),
        remedy=_clean_up(traces) if parts else "Remove it when you are sure that nothing in it is needed any more.",
        details={
            "kind": "left-behind",
            "jobs": jobs,
            "copies": copies,
            "old_data": old,
            "held": list(traces.held),
            "lock_aside": traces.lock_aside,
        },
        subject="left-behind",
    )


def _parts(jobs: list[str], copies: list[str], traces: Traces) -> Iterator[str]:
    if jobs:
        yield f"a job without a lease ({listed(jobs, 2)})"
    if traces.held:
        yield f"held scripts ({listed((PurePosixPath(path).name for path in traces.held), 2)})"
    if traces.lock_aside:
        yield "a PGSQL.lock set aside"
    if copies:
        yield f"a copy ({listed(copies, 1)})"


def _clean_up(traces: Traces) -> str:
    held = " A held script is renamed back by hand (mv FILE.vmdb-held FILE): until then it does not run."
    return (
        "vmdb-console runs: a run that ended half-way is resumed or rolled back. What no run owns is removed by hand, "
        f"when you are sure what it is.{held if traces.held else ''}"
    )


def _is_old(path: str) -> bool:
    """Old data as console.operations.layout.Layout names it: DATA.vmdb-old.RUN, or in its own folder within DATA."""
    parts = PurePosixPath(path)
    return parts.name == OLD if f"/{INSIDE}/" in path else f".{OLD}." in parts.name


def _time(epoch: float) -> str:
    try:
        return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return f"{epoch:.0f}"
