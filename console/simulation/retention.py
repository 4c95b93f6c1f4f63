"""The nightly job that deletes archived WAL older than a region keeps it (REFERENCE 2). Pure."""

from __future__ import annotations

from dataclasses import replace

from console.simulation.state import ArchivedRun, ArchiveStore, RegionState

DAY = 86400
RUNS_AT = 4 * 3600
"""Second of the day (UTC) at which cron runs it."""


def step(state: RegionState, at: float) -> RegionState:
    """Where a primary runs: the job is cron's on that host, and does nothing beside a recovery file."""
    if int(at) % DAY != RUNS_AT:
        return state
    folders = state.region.archive
    if folders is None or folders.retention is None or state.primary is None:
        return state
    return replace(state, archive=without_old(state.archive, at - folders.retention))


def without_old(store: ArchiveStore, oldest: float) -> ArchiveStore:
    """The archive without what was archived before `oldest`, as if its files had come evenly."""
    span = store.newest_at - store.oldest_at
    if store.oldest_at >= oldest or span <= 0:
        return store
    total = sum(run.last - run.first + 1 for run in store.runs)
    gone = min(total, int(total * (oldest - store.oldest_at) / span))
    runs: list[ArchivedRun] = []
    for run in store.runs:
        taken = min(gone, run.last - run.first + 1)
        gone -= taken
        if run.first + taken <= run.last:
            runs.append(replace(run, first=run.first + taken))
    return replace(store, runs=tuple(runs), oldest_at=min(oldest, store.newest_at))
