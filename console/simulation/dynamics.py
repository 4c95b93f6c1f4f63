"""Time passes: the next second of a world, region by region. Pure; the same seconds give the same world."""

from __future__ import annotations

from dataclasses import replace

from console.facts.lsn import SEGMENT_SIZE
from console.simulation import agent, partition, retention, rows, scripts
from console.simulation import server as postgresql
from console.simulation.network import behind, reaches
from console.simulation.state import ArchivedRun, ArchiveStore, DatabaseHost, RegionState, World

LONGEST_LEAP = 900
"""Seconds that are lived through one by one; what lies before them is skipped (a laptop slept)."""


def advance(world: World, now: float) -> World:
    """The world at second `now`; the same world where that is not later."""
    target = float(int(now))
    if target - world.at > LONGEST_LEAP:
        world = replace(world, at=target - LONGEST_LEAP)
    while world.at < target:
        at = world.at + 1
        regions = tuple(step(region, at) for region in world.regions)
        top = next((region for region in regions if region.cluster is None), None)
        world = World(at, tuple(rows.step(region, top, at) for region in regions))
    return world


def step(state: RegionState, at: float) -> RegionState:
    """One second of a region: primaries write, standbys follow, WAL is archived, then who manages failover acts."""
    for host in state.databases:
        state = _write(state, host, at)
    for host in state.databases:
        state = _follow(state, state.database(host.name), at)
        if host.jobs:
            state = _jobs(state, state.database(host.name), at)
    state = retention.step(state, at)
    if state.cluster is not None:
        return agent.step(partition.step(state, at), at)
    return scripts.step(state, at)


def _jobs(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """Imported where there are any: a screen's first paint needs no operations."""
    from console.simulation import jobs

    return jobs.step(state, host, at)


def _write(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    if not (host.machine.on and host.server.primary):
        return state
    size = postgresql.written(state.activity, state.name, at)
    server = postgresql.write(host.server, host.platform, size, at)
    return _archive(state, host.with_server(server), at)


def _archive(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    """The archiver takes every segment that is full. In a scripted region host 2 throws its WAL away (REFERENCE 4)."""
    server = host.server
    full = server.written // SEGMENT_SIZE
    if full <= server.archived:
        return state.with_database(host)
    name = str(host.platform.segment(server.timeline, (full - 1) * SEGMENT_SIZE))
    kept = state.cluster is not None or host.host.ordinal == 1
    state = state.with_database(host.with_server(replace(server, archived=full, last_archived=name)))
    if not kept:
        return state
    return replace(state, archive=_with_segments(state.archive, server.timeline, server.archived, full - 1, at))


def _with_segments(store: ArchiveStore, timeline: int, first: int, last: int, at: float) -> ArchiveStore:
    tail = store.runs[-1] if store.runs else None
    if tail is not None and tail.timeline == timeline and tail.last >= first - 1:
        runs = (*store.runs[:-1], replace(tail, last=max(last, tail.last)))
    else:
        runs = (*store.runs, ArchivedRun(timeline, first, last))
    return replace(store, runs=runs, newest_at=at)


def upstream_of(state: RegionState, host: DatabaseHost) -> DatabaseHost | None:
    """The primary that a standby's walreceiver reaches: through the virtual address, or the other host by its name."""
    peer = state.other(host.name)
    if not peer.server.primary or not reaches(state, host, peer):
        return None
    found = behind(state, host, primary_address(state, host))
    return peer if found is not None and found.name == peer.name else None


def _follow(state: RegionState, host: DatabaseHost, at: float) -> RegionState:
    server = host.server
    if not (host.machine.on and server.in_recovery):
        return state
    upstream = upstream_of(state, host)
    if upstream is None or not postgresql.can_follow(server, host.platform, upstream.server):
        if server.streaming:
            server = postgresql.disconnect(server, host.platform, at, primary_address(state, host))
        return state.with_database(host.with_server(server))
    if not server.streaming:
        server = postgresql.connect(server, host.platform, upstream.server, at)
    return state.with_database(host.with_server(postgresql.follow(server, upstream.server, state.name, at)))


def primary_address(state: RegionState, host: DatabaseHost) -> str:
    """host= of primary_conninfo: what it was told to follow, the virtual address, or the other host's name."""
    if host.server.follows is not None:
        return host.server.follows.primary
    if state.cluster is not None and state.region.endpoint is not None:
        return state.region.endpoint.addresses[0]
    return state.other(host.name).name
