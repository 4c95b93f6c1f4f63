"""The fleet as it is before anything happened: healthy, and up for weeks."""

from __future__ import annotations

from dataclasses import replace

from console.facts.lsn import SEGMENT_SIZE
from console.facts.postgresql import ClusterState
from console.inventory.fleet import Fleet, Host, Region, RegionKind
from console.simulation.noise import stable_hex, stable_number, stable_uuid
from console.simulation.platforms import Platform, platform_of
from console.simulation.sizes import data_size, shape_of
from console.simulation.state import (
    Activity,
    AgentAttributes,
    ArchivedRun,
    ArchiveStore,
    Branch,
    Checkpoint,
    Cluster,
    ClusterNode,
    DatabaseHost,
    LogLine,
    Machine,
    RegionState,
    Server,
    Switch,
    UiHost,
    World,
)

DAY = 86400.0
_COPY_SECONDS = 45
"""A base backup without a limit takes so long, whatever its size: nobody watches a demo for hours."""

# Where each region's WAL stands. dc1 is about to leave a log id, where 9.2 skips its last segment (DOMAIN 3.1).
# global is 7 MB from a segment's end: 9.2's history names only the segment of a fork, and a split brain writes past it.
_POSITIONS = {"global": "2/1D961450", "dc1": "7/FD804A28", "dc2": "1A/4C0188E0"}
_ACTIVITY = {
    "global": Activity(rate=9_000, burst=1_500_000, every=397),
    "dc1": Activity(rate=42_000, burst=6_000_000, every=181),
    "dc2": Activity(rate=30_000, burst=4_000_000, every=211),
}
_TIMELINES = {"dc2": 2}


def healthy(fleet: Fleet, at: float) -> World:
    """Every region of `fleet` in its normal state at second `at`."""
    return World(float(int(at)), tuple(_region(region, float(int(at))) for region in fleet.regions))


def _region(region: Region, at: float) -> RegionState:
    first, second = region.databases
    assert first.postgresql is not None
    platform, shape = platform_of(first.postgresql), shape_of(region.name)
    position = platform.fit(platform.position(_POSITIONS[shape]))
    timeline = _TIMELINES.get(shape, 1)
    pacemaker = region.kind is RegionKind.PACEMAKER
    state = RegionState(
        region=region,
        databases=(
            _database(region, first, platform, position, timeline, at, standby=False),
            _database(region, second, platform, position, timeline, at, standby=True),
        ),
        uis=tuple(UiHost(host, _machine(host, at)) for host in region.uis),
        archive=_archive(region, timeline, position, at),
        activity=_ACTIVITY[shape],
        cluster=_cluster(region, platform, position, at) if pacemaker else None,
    )
    return replace(state, copied_per_second=data_size(state) // _COPY_SECONDS)


def _machine(host: Host, at: float) -> Machine:
    days = stable_number(21, 63, host.name)
    booted = at - days * DAY - stable_number(0, 80_000, host.address)
    return Machine(booted, stable_uuid(host.name, "boot 1"), stable_hex(host.name, "machine"))


def _database(
    region: Region, host: Host, platform: Platform, position: int, timeline: int, at: float, *, standby: bool
) -> DatabaseHost:
    assert host.postgresql is not None
    machine = _machine(host, at)
    scripted = region.kind is RegionKind.SCRIPTED
    server = _server(region, platform, position, timeline, at, machine.booted_at + 95, standby=standby)
    server = replace(server, place=host.name, branches=(Branch("the beginning", 0),))
    return DatabaseHost(
        host=host,
        settings=host.postgresql,
        machine=machine,
        server=server,
        port_open=not (scripted and host.ordinal == 2),
        service_enabled=scripted and host.ordinal == 2,
        lock_since=machine.booted_at + 110 if not scripted and not standby else None,
    )


def _server(
    region: Region, platform: Platform, position: int, timeline: int, at: float, started: float, *, standby: bool
) -> Server:
    location = platform.fit(position - 2_400_000)
    made = Checkpoint(location, platform.fit(location - 900_000), timeline, timeline, at - 120)
    return Server(
        system_identifier=str(stable_number(6_100_000_000, 6_199_999_999, region.name, "database") * 10**9 + 41_577),
        running=True,
        state=ClusterState.IN_ARCHIVE_RECOVERY if standby else ClusterState.IN_PRODUCTION,
        timeline=timeline,
        written=position,
        replayed=position,
        checkpoint=made,
        prior_checkpoint=platform.fit(location - 8_000_000),
        recovery_file=standby,
        recovery_done=False,
        streaming=standby,
        started_at=started,
        created_at=started - 200 * DAY,
        starts=1,
        next_transaction=stable_number(8_000_000, 9_000_000, region.name),
        last_commit_at=at - 1,
        switches=tuple(Switch(n, platform.fit(position - 90_000 * SEGMENT_SIZE // 10)) for n in range(1, timeline)),
        archived=position // SEGMENT_SIZE,
        last_archived=None if standby else str(platform.segment(timeline, position - SEGMENT_SIZE)),
        log=_first_lines(platform, position, timeline, started, standby=standby),
    )


def _first_lines(
    platform: Platform, position: int, timeline: int, started: float, *, standby: bool
) -> tuple[LogLine, ...]:
    if not standby:
        return (
            LogLine(started, "LOG", "database system is ready to accept connections"),
            LogLine(started + 1, "LOG", "autovacuum launcher started"),
        )
    begin = platform.fit(position - 40 * SEGMENT_SIZE)
    words = "read only" if platform.server.classic_wal else "read-only"
    streaming = f"started streaming WAL from primary at {platform.lsn(begin)} on timeline {timeline}"
    if platform.server.classic_wal:
        streaming = "streaming replication successfully connected to primary"
    texts = (
        "entering standby mode",
        f"redo starts at {platform.lsn(begin)}",
        f"consistent recovery state reached at {platform.lsn(platform.fit(begin + 4096))}",
        f"database system is ready to accept {words} connections",
        streaming,
    )
    return tuple(LogLine(started + n * 0.2, "LOG", text) for n, text in enumerate(texts))


def _archive(region: Region, timeline: int, position: int, at: float) -> ArchiveStore:
    """As many segments as the region writes in its retention, and what the nightly job has not deleted yet."""
    assert region.archive is not None
    activity = _ACTIVITY[shape_of(region.name)]
    days = (region.archive.retention or 3 * DAY) / DAY + 0.4
    per_day = (activity.rate + activity.burst / activity.every) * DAY / SEGMENT_SIZE
    current = position // SEGMENT_SIZE
    first = current - int(days * per_day)
    return ArchiveStore((ArchivedRun(timeline, first, current - 1),), at - days * DAY, at - 140)


def _cluster(region: Region, platform: Platform, position: int, at: float) -> Cluster:
    first, second = region.databases
    lsn = platform.lsn(platform.fit(position - 40 * SEGMENT_SIZE))
    baseline = f"{lsn.high:08X}{lsn.low:08X}"
    primary = AgentAttributes("PRI", "LATEST", "1000", baseline, baseline)
    standby = AgentAttributes("HS:async", "STREAMING|ASYNC", "100")
    return Cluster(
        nodes=(
            ClusterNode(first.node, 1, True, False, "Promoted", primary),
            ClusterNode(second.node, 2, True, False, "Unpromoted", standby),
        ),
        coordinator=first.node,
        vip=first.node,
        device=second.node,
        changed_at=at - 3 * DAY,
        changed_on=first.node,
    )
