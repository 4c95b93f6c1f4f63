"""`--take-over RUN`: may this run be put in the place of that one, and who loses the lease by it.

Its lease stands in the way no more then, its jobs do (`nobody_else_works_here`, `Hands.take_lease`).
"""

from __future__ import annotations

from collections.abc import Mapping

from console.errors import UsageError
from console.facts.snapshot import Snapshot
from console.facts.text import one_line
from console.facts.traces import ALIVE, Lease
from console.report.words import age
from console.runbooks.runbook import Refused


def require_dead_console(snapshot: Snapshot, region: str, run: str) -> str:
    """Who is put aside, in words. UsageError where `run` holds no lease there, Refused where its console lives."""
    leases = _leases(snapshot, region)
    mine = {host: lease for host, lease in leases.items() if lease.run == run}
    if not mine:
        others = sorted({one_line(lease.run) for lease in leases.values()})
        holder = f"run {' and run '.join(others)} holds it" if others else "nobody holds it"
        raise UsageError(
            f"--take-over: run '{one_line(run)}' holds no lease in {region}; {holder}. Nothing was changed."
        )
    ages = {host: _since_renewed(snapshot, host, lease) for host, lease in mine.items()}
    host = min(ages, key=lambda name: ages[name])
    lease, last = mine[host], ages[host]
    if last < ALIVE:
        raise Refused(
            f"{host}: {_who(lease)} is alive, its last sign was {_ago(last)}. Talk to them. Nothing was changed."
        )
    why = one_line(lease.reason)
    return f"{_who(lease)}, whose last sign was {_ago(last)}, loses the lease to this run (it was for: {why})"


def holders_words(snapshot: Snapshot, region: str, put_aside: str | None = None) -> tuple[str, ...]:
    """Who holds the leases of the pair, whether jobs of theirs run, and how to go on or to take over; a line a run,
    but none for the one that is put aside.
    """
    found: dict[str, str] = {}
    for host, lease in _leases(snapshot, region).items():
        if lease.run == put_aside:
            continue
        traces = snapshot.facts(host).traces.value
        jobs = [one_line(job.step) for job in traces.running_jobs if job.run == lease.run] if traces is not None else []
        running = f"its step {', '.join(jobs)} runs on {host}" if jobs else f"no job of it runs on {host}"
        found.setdefault(
            lease.run,
            f"{_who(lease)}: last sign {_ago(_since_renewed(snapshot, host, lease))}, {running}. Where it was begun: "
            f"vmdb-console resume {one_line(lease.run)} [--roll-back]. Where that console is gone and nobody works "
            f"there: add --take-over {one_line(lease.run)}",
        )
    return tuple(found.values())


def _who(lease: Lease) -> str:
    return f"run {one_line(lease.run)} ({one_line(lease.runbook)}) of {one_line(lease.owner)}"


def _ago(seconds: float) -> str:
    words = age(max(0.0, seconds))
    return words if words == "now" else f"{words} ago"


def _leases(snapshot: Snapshot, region: str) -> Mapping[str, Lease]:
    found = {}
    for facts in snapshot.pair(snapshot.fleet.region(region)):
        if facts.traces.value is not None and facts.traces.value.lease is not None:
            found[facts.name] = facts.traces.value.lease
    return found


def _since_renewed(snapshot: Snapshot, host: str, lease: Lease) -> float:
    """By the host's own clock, which wrote the lease."""
    clock = snapshot.facts(host).clock.value
    return snapshot.at.timestamp() + (clock.skew if clock is not None else 0.0) - lease.renewed
