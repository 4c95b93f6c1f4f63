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
from console.facts.traces import ALIVE, Lease, Traces
from console.operations.places import ARCHIVES, INSIDE, OLD, PART_SUFFIX

_OLD_DATA, _COPY, _PART = "old data", "copy", "part of old data"

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
    paths = [(_kind(path), path) for path in traces.leftovers]
    paths += [("archived WAL aside", path) for path in traces.archives]
    paths += [("held script", path) for path in traces.held]
    paths += [("replaced script", path) for path in traces.replaced]
    for fact, path in paths:
        yield Evidence.of(fact, one_line(path, 300), facts.traces, facts.name)
    if traces.lock_aside:
        yield Evidence.of("PGSQL.lock", "set aside", facts.traces, facts.name)


def _left_behind(context: RegionContext, facts: HostFacts, traces: Traces, at_work: set[str]) -> Iterator[Finding]:
    """Without a lease nobody looks after it any more. What a run has kept (old data, archived WAL, a script that was
    replaced) is no fault: it waits for a person.

    A job that runs for another run than those that hold a lease is one, too.
    """
    jobs = [f"{job.run}.{job.step}" for job in traces.running_jobs if job.run not in at_work]
    if at_work and not jobs:
        return
    old, copies, cut_off = (
        [path for path in traces.leftovers if _kind(path) == kind] for kind in (_OLD_DATA, _COPY, _PART)
    )
    parts = list(_parts(jobs, copies, cut_off, traces))
    kept = list(_kept(old, traces))
    if not parts and not kept:
        return
    words = listed(parts) if parts else "; ".join(kept)
    remedy = _clean_up(facts, traces, copies, cut_off) if parts else _let_go(facts, old, traces)
    yield context.finding(
        "H08",
        Severity.WARNING if parts else Severity.INFO,
        facts,
        f"{short(facts.name)}: left behind by a run: {words}" if parts else f"{short(facts.name)}: {words}",
        tuple(_quotes(facts, traces)),
        remedy=remedy,
        details={
            "kind": "left-behind",
            "jobs": jobs,
            "copies": copies,
            "old_data": old,
            "cut_off": cut_off,
            "archives": list(traces.archives),
            "replaced": list(traces.replaced),
            "held": list(traces.held),
            "lock_aside": traces.lock_aside,
        },
        subject="left-behind",
    )


def _kept(old: list[str], traces: Traces) -> Iterator[str]:
    if old:
        yield f"old data is kept: {listed(old, 2)}"
    if traces.archives:
        yield f"archived WAL is kept aside: {listed(traces.archives, 2)}"
    names = [PurePosixPath(path).name for path in traces.replaced]
    if names:
        yield f"a held script was replaced meanwhile, the old one is kept: {listed(names, 2)}"


def _parts(jobs: list[str], copies: list[str], cut_off: list[str], traces: Traces) -> Iterator[str]:
    if cut_off:
        yield f"a swap that was cut off half-way: part of the old data is in {listed(cut_off, 1)}"
    if jobs:
        yield f"a job without a lease ({listed(jobs, 2)})"
    if traces.held:
        yield f"held scripts ({listed((PurePosixPath(path).name for path in traces.held), 2)})"
    if traces.lock_aside:
        yield "a PGSQL.lock set aside"
    if copies:
        yield f"a copy ({listed(copies, 1)})"


def _discard(facts: HostFacts) -> str:
    return f"vmdb-console run discard-old --target {facts.name}"


def _let_go(facts: HostFacts, old: list[str], traces: Traces) -> str:
    """What may be done with what was kept."""
    words = [f"When nothing in it is needed any more: {_discard(facts)}"] if old else []
    if traces.archives:
        words.append(
            "The WAL that lies aside belongs to the database before the failback: remove its folder when no restore "
            f"needs it, then its note in {ARCHIVES}."
        )
    if traces.replaced:
        words.append("Compare the replaced script with the one in its place, then remove it.")
    return " ".join(words)


def _clean_up(facts: HostFacts, traces: Traces, copies: list[str], cut_off: list[str]) -> str:
    if cut_off:
        return (
            f"Do not start PostgreSQL on {short(facts.name)} and remove nothing there: its data lie in two places. "
            "vmdb-console runs: resume the run that was swapping them, or roll it back; that goes on where it stopped."
        )
    held = " A held script is renamed back by hand (mv FILE.vmdb-held FILE): until then it does not run."
    return (
        "vmdb-console runs: a run that ended half-way is resumed or rolled back. What no run owns is removed by hand, "
        f"when you are sure what it is{f' (copies: {_discard(facts)})' if copies else ''}.{held if traces.held else ''}"
    )


def _kind(path: str) -> str:
    """By the names that console.operations.layout.Layout gives: DATA.vmdb-old.RUN, or vmdb-old in its own folder within
    DATA; there also vmdb-old.part, old data of which not all lies there.
    """
    name = PurePosixPath(path).name
    if f"/{INSIDE}/" not in path:
        return _OLD_DATA if f".{OLD}." in name else _COPY
    return {OLD: _OLD_DATA, OLD + PART_SUFFIX: _PART}.get(name, _COPY)


def _time(epoch: float) -> str:
    try:
        return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return f"{epoch:.0f}"
