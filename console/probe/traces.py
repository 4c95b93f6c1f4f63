"""Section `traces`: what runs of the console left on the host (console/operations/places.py)."""

from __future__ import annotations

from console.facts.traces import JobTrace, Lease, Traces
from console.probe.lines import Block, blocks, integer, number, pairs, yes_no


def parse_traces(text: str) -> Traces | None:
    """None where a lease is there that cannot be read: that somebody works here must not be taken for nobody."""
    by_name = {block.name: block for block in blocks(text)}
    lease = _lease(by_name["lease"]) if "lease" in by_name else None
    if lease is None and "lease" in by_name:
        return None
    return Traces(
        lease=lease,
        jobs=tuple(job for line in _lines(by_name, "jobs") if (job := _job(line)) is not None),
        leftovers=_lines(by_name, "leftovers"),
        held=_lines(by_name, "held"),
        lock_aside="lock-aside" in by_name,
        archives=_lines(by_name, "archives"),
        replaced=_lines(by_name, "replaced"),
    )


def _lines(by_name: dict[str, Block], name: str) -> tuple[str, ...]:
    return tuple(line for line in by_name[name].lines if line) if name in by_name else ()


def _lease(block: Block) -> Lease | None:
    found = pairs(block.lines)
    run, since, renewed = found.get("run", ""), number(found.get("since")), number(found.get("renewed"))
    if not run or since is None or renewed is None:
        return None
    return Lease(run, found.get("runbook", ""), found.get("owner", ""), found.get("reason", ""), since, renewed)


def _job(line: str) -> JobTrace | None:
    """`RUN.STEP running yes|no|unknown status N|-`; a run's id has no dot."""
    name, *rest = line.split(" ")
    if not name:
        return None
    words = dict(zip(rest[::2], rest[1::2], strict=False))
    run, _, step = name.partition(".")
    return JobTrace(run, step, yes_no(words.get("running")), integer(words.get("status")))
