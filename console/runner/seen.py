"""A pair in words: what a journal keeps of before and after."""

from __future__ import annotations

from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.facts.text import one_line


def pair_words(snapshot: Snapshot, region: str) -> dict[str, str]:
    """A line for each of the region's database hosts."""
    return {host.name: one_line(_words(snapshot.facts(host)), 300) for host in snapshot.fleet.region(region).databases}


def _words(facts: HostFacts) -> str:
    if facts.reach.failure is not None:
        return f"could not be asked: {facts.reach.failure.message}"
    sql = facts.sql.value
    if sql is None:
        control = facts.control.value
        state = f"; control file: {control.state}, timeline {control.timeline}" if control is not None else ""
        return f"PostgreSQL does not answer ({facts.sql.error or 'not asked'}){state}"
    if sql.in_recovery:
        return f"standby, timeline {sql.timeline}, received {sql.received}, replayed {sql.replayed}"
    standbys = ", ".join(f"{row.application_name} {row.state}" for row in sql.replication) or "none"
    return f"primary, timeline {sql.timeline}, at {sql.current}, standbys: {standbys}"
