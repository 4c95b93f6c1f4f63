"""PostgreSQL on a simulated host: what each second and each command make of its state. Pure functions."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from console.facts.postgresql import ClusterState
from console.simulation.noise import noise, stable_number
from console.simulation.platforms import Platform
from console.simulation.state import Activity, Branch, Checkpoint, LogLine, Server, Switch, Transaction, TrialTable

CHECKPOINT_INTERVAL = 300
"""Seconds between checkpoints (checkpoint_timeout)."""
_KEPT_LINES = 60
_KEPT_COMMITS = 200
_SWELL = 149  # seconds from one busy time to the next
_SLOW_EVERY, _SLOW_FOR, _SLOW_STEP = 240, 9, 2048  # queries on the standby slow replay for some seconds, now and then
_COMMIT = 40  # bytes from a commit record's start to where the next record may begin (34, aligned)


def logged(server: Server, at: float, *texts: str, severity: str = "LOG") -> Server:
    """The server with lines added to its log."""
    lines = server.log + tuple(LogLine(at + 0.001 * n, severity, text) for n, text in enumerate(texts))
    return replace(server, log=lines[-_KEPT_LINES:])


def load(seed: str, at: float) -> float:
    """How busy the applications are, 1.0 on average: it swells and falls within minutes, and flickers."""
    phase = stable_number(0, _SWELL, seed)
    swell = math.sin(2 * math.pi * (int(at) + phase) / _SWELL) + 0.5 * math.sin(2 * math.pi * (int(at) + phase) / 37)
    return (1.0 + 0.55 * swell) * (0.4 + 1.2 * noise(seed, int(at)))


def written(activity: Activity, seed: str, at: float) -> int:
    """Bytes of WAL that the region's applications cause in second `at`."""
    size = int(activity.rate * load(seed, at))
    return size + (activity.burst // 3 if int(at) % activity.every < 3 else 0)


def write(server: Server, platform: Platform, size: int, at: float) -> Server:
    """A primary writes `size` bytes of WAL and commits."""
    place = platform.fit(server.written + max(0, size - _COMMIT), _COMMIT)
    commit = Transaction(server.next_transaction, place, at + 0.4)
    server = replace(
        server,
        written=place + _COMMIT,
        replayed=place + _COMMIT,
        commits=(*server.commits, commit)[-_KEPT_COMMITS:],
        next_transaction=server.next_transaction + 1,
        last_commit_at=commit.at,
    )
    due = at - server.checkpoint.at >= CHECKPOINT_INTERVAL
    return checkpoint(server, platform, at) if due else server


def checkpoint(server: Server, platform: Platform, at: float, redo: int | None = None) -> Server:
    """A checkpoint record at the end of WAL; `redo` is its own start where nothing was written meanwhile."""
    location = platform.fit(server.written, platform.checkpoint_record)
    made = Checkpoint(location, location if redo is None else redo, server.timeline, server.timeline, at)
    end = location + platform.checkpoint_record
    return replace(server, checkpoint=made, prior_checkpoint=server.checkpoint.location, written=end, replayed=end)


def follow(server: Server, upstream: Server, seed: str, at: float) -> Server:
    """A standby receives and replays; the less of it the busier the primary is, and now and then slowly for seconds."""
    unsent = int(9_000 * max(0.0, noise(f"{seed} unsent", int(at)) * load(seed, at) - 0.4)) * 8
    received = max(server.written, upstream.written - unsent)
    slow = (int(at) + stable_number(0, _SLOW_EVERY, seed)) % _SLOW_EVERY < _SLOW_FOR
    possible = max(server.replayed, received - unsent // 16 * 8)
    reached = min(possible, server.replayed + _SLOW_STEP) if slow else possible
    reached = server.replayed if server.replay_held else reached
    branches = _mixed(server, upstream, received)
    server = replace(server, written=received, branches=branches, trials=upstream.trials)
    if reached == server.replayed:
        return server
    server = replace(server, replayed=reached, last_commit_at=at - 0.3)
    seen = upstream.checkpoint
    if seen.location < reached and seen != server.checkpoint:  # a restartpoint
        server = replace(server, checkpoint=seen, prior_checkpoint=server.checkpoint.location)
    return server


def _cut(branches: tuple[Branch, ...], end: int) -> tuple[Branch, ...]:
    return tuple(branch for branch in branches if branch.start < end)


def _mixed(server: Server, upstream: Server, received: int) -> tuple[Branch, ...]:
    """Who wrote a standby's WAL: what it had stays, what it receives is the upstream's, fitting or not."""
    own = _cut(server.branches, server.written)
    before = _cut(upstream.branches, server.written + 1)
    if before and (not own or before[-1].writer != own[-1].writer):
        own = (*own, Branch(before[-1].writer, max(before[-1].start, server.written)))
    return own + tuple(branch for branch in upstream.branches if server.written < branch.start < received)


def is_part_of(server: Server, other: Server) -> bool:
    """The truth that no witness has: whether all WAL of `server` is, byte by byte, also in `other`."""
    same = server.system_identifier == other.system_identifier and server.written <= other.written
    return same and _cut(server.branches, server.written) == _cut(other.branches, server.written)


def receive_all(server: Server, upstream: Server) -> Server:
    """A connected standby after its primary's clean stop: it has the shutdown checkpoint, and has replayed it."""
    branches = _mixed(server, upstream, upstream.written)
    end = upstream.written
    same = replace(server, checkpoint=upstream.checkpoint, branches=branches, trials=upstream.trials)
    return replace(same, written=end, replayed=end)


def _own_branch(server: Server, at: float) -> Server:
    """From here on it writes WAL that nobody else has."""
    branch = Branch(f"{server.place} start {server.starts} at {at:.0f}", server.written)
    branches = (*_cut(server.branches, server.written), branch)
    return replace(server, branches=branches, trials=_trials_before(server.trials, server.written))


def _trials_before(trials: tuple[TrialTable, ...], end: int) -> tuple[TrialTable, ...]:
    """What WAL up to `end` tells of them."""
    return tuple(
        replace(trial, dropped=None) if trial.dropped is not None and trial.dropped > end else trial
        for trial in trials
        if trial.created <= end
    )


def base_backup(upstream: Server, place: str, at: float) -> Server:
    """What pg_basebackup of a primary leaves: its data, the WAL to its end, backup_label, no standby settings."""
    return replace(
        upstream,
        running=False,
        streaming=False,
        recovery_file=False,
        follows=None,
        backup_label=True,
        archive_folder=False,
        created_at=at,
        place=place,
        branches=_cut(upstream.branches, upstream.written),
        log=(),
        commits=(),
    )


def connect(server: Server, platform: Platform, upstream: Server, at: float) -> Server:
    """The walreceiver connects; from 9.3 on it follows the primary onto its timeline."""
    start = platform.lsn(server.written - server.written % (16 * 1024**2))
    text = f"started streaming WAL from primary at {start} on timeline {upstream.timeline}"
    if platform.server.classic_wal:
        text = "streaming replication successfully connected to primary"
    server = logged(replace(server, streaming=True), at, text)
    return replace(server, timeline=upstream.timeline, switches=upstream.switches)


def disconnect(server: Server, platform: Platform, at: float, address: str) -> Server:
    """The walreceiver has lost its primary."""
    lost = "could not receive data from WAL stream: "
    if not platform.server.classic_wal:
        lost += "server closed the connection unexpectedly"
    refused = (
        f"could not connect to the primary server: could not connect to server: Connection refused\n"
        f'\t\tIs the server running on host "{address}" and accepting\n\t\tTCP/IP connections on port 5432?'
    )
    if not platform.server.classic_wal:
        refused = (
            f'could not connect to the primary server: connection to server at "{address}", port 5432 failed: '
            "Connection refused\n\t\tIs the server running on that host and accepting TCP/IP connections?"
        )
    return logged(replace(server, streaming=False), at, lost, refused, severity="FATAL")


def can_follow(server: Server, platform: Platform, upstream: Server) -> bool:
    """Whether `server` can stream from `upstream`: same database, and its WAL is a part of that history.

    9.2 cannot change its timeline over streaming (DOMAIN 8); later versions can, unless they are past the switch.
    """
    strange = server.system_identifier != upstream.system_identifier or server.written > upstream.written
    if strange or server.lacks_wal:
        return False
    if server.timeline == upstream.timeline:
        return True
    left = next((s.position for s in upstream.switches if s.timeline == server.timeline), None)
    return not platform.server.classic_wal and left is not None and server.written <= left


def stop(server: Server, platform: Platform, at: float) -> Server:
    """`pg_ctl stop -m fast`: a primary writes a shutdown checkpoint, whose redo point is the record itself."""
    if not server.running:
        return server
    closing = ("received fast shutdown request", "aborting any active transactions")
    if server.in_recovery:
        state = ClusterState.SHUT_DOWN_IN_RECOVERY
    else:
        state = ClusterState.SHUT_DOWN
        server = checkpoint(server, platform, at)
    server = logged(server, at, *closing, "shutting down", "database system is shut down")
    return replace(server, running=False, streaming=False, state=state)


def crash(server: Server) -> Server:
    """Power fails, or the postmaster is killed: the control file keeps saying what it said (DOMAIN 0.7)."""
    return replace(server, running=False, streaming=False)


def start(server: Server, platform: Platform, at: float) -> Server:
    """Start as what the recovery file says; replays its own WAL first.

    A base backup without standby settings comes up as a primary of its own. 9.2 takes the newest timeline whose history
    file it finds as the one to follow, whatever it wrote itself (recovery_target_timeline = 'latest', DOMAIN 8).
    """
    if server.recovery_file and platform.server.classic_wal:
        newest = max((file.timeline for file in server.histories), default=0)
        server = replace(server, timeline=max(server.timeline, newest))
    crashed = server.state in {ClusterState.IN_PRODUCTION, ClusterState.IN_ARCHIVE_RECOVERY}
    state = ClusterState.IN_ARCHIVE_RECOVERY if server.recovery_file else ClusterState.IN_PRODUCTION
    before = f"database system was interrupted; last known up at {_moment(server.checkpoint.at)}"
    if not crashed:
        before = f"database system was {server.state.value} at {_moment(at - 5)}"
    end = "record with zero length at" if platform.server.classic_wal else "invalid record length at"
    words = "read only" if platform.server.classic_wal else "read-only"
    texts = ["database system is ready to accept connections"]
    if server.recovery_file:
        position = platform.lsn(server.written)
        tail = "" if platform.server.classic_wal else ": wanted 24, got 0"
        texts = [
            "entering standby mode",
            f"redo starts at {platform.lsn(server.checkpoint.redo)}",
            f"consistent recovery state reached at {position}",
            f"{end} {position}{tail}",
            f"database system is ready to accept {words} connections",
        ]
    server = logged(server, at, before, *texts)
    server = replace(
        server,
        running=True,
        streaming=False,
        replay_held=False,
        state=state,
        started_at=at,
        starts=server.starts + 1,
        replayed=server.written,
        backup_label=False,
    )
    return server if server.recovery_file else _own_branch(server, at)


def promote(server: Server, platform: Platform, at: float, *, keep_timeline: bool) -> Server:
    """End recovery: `pg_ctl promote`, or with `keep_timeline` a restart without the recovery file (DOMAIN 1.5)."""
    if keep_timeline:
        halted = replace(stop(server, platform, at), recovery_file=False, follows=None)
        started = start(replace(halted, state=ClusterState.SHUT_DOWN_IN_RECOVERY), platform, at + 1)
        return checkpoint(replace(started, commits=()), platform, at + 2)
    timeline = server.timeline + 1
    server = _promotion_logged(server, platform, at, timeline)
    server = replace(
        server,
        timeline=timeline,
        switches=(*server.switches, Switch(server.timeline, server.written)),
        recovery_file=False,
        recovery_done=platform.server.recovery_conf,
        streaming=False,
        follows=None,
        state=ClusterState.IN_PRODUCTION,
        replayed=server.written,
        commits=(),
    )
    return checkpoint(_own_branch(server, at), platform, at + 2)


def _promotion_logged(server: Server, platform: Platform, at: float, timeline: int) -> Server:
    classic = platform.server.classic_wal
    end, last = platform.lsn(server.written), platform.lsn(max(0, server.written - _COMMIT))
    server = logged(server, at, "received promote request")
    server = logged(server, at, "terminating walreceiver process due to administrator command", severity="FATAL")
    return logged(
        server,
        at + 0.05,
        f"record with zero length at {end}" if classic else f"invalid record length at {end}: wanted 24, got 0",
        f"redo done at {last}{'' if classic else ' system usage: CPU: user: 0.03 s, system: 0.02 s, elapsed: 0.20 s'}",
        f"last completed transaction was at log time {_moment(server.last_commit_at)}",
        f"selected new timeline ID: {timeline}",
        "archive recovery complete",
        "database system is ready to accept connections",
    )


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
