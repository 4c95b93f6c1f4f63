"""Gaps in a WAL archive, by version-aware segment arithmetic and across timelines (A02). Pure.

A gap lies between archived segments: retention's lower edge and the archive's upper end are none. Segments run on
within a timeline (up to 9.2 the last one of a log id is not used), and from a timeline to its child: the child's
first segment bears the number of the one in which the parent was left; the parent's copy of it may be `.partial`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from console.facts.archive import ArchiveQueue, Gap, SegmentRun
from console.facts.lsn import SEGMENT_SIZE, WalArithmetic, WalSegment
from console.facts.postgresql import TimelineHistory

Interval = tuple[int, int]


def find_gaps(
    runs: Iterable[SegmentRun],
    arithmetic: WalArithmetic,
    history: TimelineHistory | None = None,
    segment_size: int = SEGMENT_SIZE,
) -> tuple[Gap, ...]:
    """Every gap, oldest first. `history` (the newest timeline's) tells where parents were left, where it is known."""
    intervals = _intervals(runs, arithmetic, segment_size)

    def gap(timeline: int, first: int, last: int) -> Gap:
        one, other = (WalSegment.at(timeline, index, arithmetic, segment_size) for index in (first, last))
        return Gap(one, other, last - first + 1)

    found: list[Gap] = []
    for timeline, row in sorted(intervals.items()):
        found += [gap(timeline, before[1] + 1, after[0] - 1) for before, after in pairwise(row)]
    for parent, child in _generations(intervals, history):
        fork = _fork_index(history, parent, arithmetic, segment_size)
        found += [gap(*missing) for missing in _between(parent, intervals[parent], child, intervals[child], fork)]
    return tuple(sorted(found, key=lambda item: (item.first.timeline, item.first)))


def _intervals(runs: Iterable[SegmentRun], arithmetic: WalArithmetic, size: int) -> dict[int, list[Interval]]:
    """Archived segments by timeline as disjoint intervals of their indexes, neighbours joined."""
    raw: dict[int, list[Interval]] = {}
    for run in runs:
        raw.setdefault(run.first.timeline, []).append(
            (run.first.index(arithmetic, size), run.last.index(arithmetic, size))
        )
    return {timeline: _joined(row) for timeline, row in raw.items()}


def _joined(row: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for first, last in sorted(row):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _generations(intervals: dict[int, list[Interval]], history: TimelineHistory | None) -> Iterator[tuple[int, int]]:
    """Archived timelines, each with the archived one before it; dead branches drop out where the history is known."""
    timelines = sorted(intervals)
    if history is not None and history.timeline in intervals:
        ancestors = {switch.timeline for switch in history.switches} | {history.timeline}
        timelines = [timeline for timeline in timelines if timeline in ancestors]
    return pairwise(timelines)


def _fork_index(history: TimelineHistory | None, parent: int, arithmetic: WalArithmetic, size: int) -> int | None:
    """The index of the segment in which `parent` was left."""
    switch = history.switch_from(parent) if history is not None else None
    if switch is None:
        return None
    segment = switch.segment or (WalSegment.containing(parent, switch.lsn, size) if switch.lsn else None)
    return segment.index(arithmetic, size) if segment is not None else None


def _between(
    parent: int, parents: list[Interval], child: int, children: list[Interval], fork: int | None
) -> Iterator[tuple[int, int, int]]:
    """What is missing from the parent's last segment to the child's first, cut at the fork where it is known."""
    last, first = parents[-1][1], children[0][0]
    parent_ends = first if fork is None else min(fork, first)
    if parent_ends > last + 1:
        yield parent, last + 1, parent_ends - 1
    if fork is not None and first > fork:
        yield child, fork, first - 1


def lost(gaps: Iterable[Gap], queue: ArchiveQueue | None, last_archived: str | None) -> tuple[Gap, ...]:
    """Gaps without those that only wait: first in the archiver's queue, or past what it has archived last."""
    oldest = WalSegment.parse(queue.oldest) if queue is not None and queue.oldest else None
    newest = WalSegment.parse(last_archived) if last_archived else None
    return tuple(gap for gap in gaps if not (_queued(gap, oldest, queue) or _not_yet(gap, newest)))


def _queued(gap: Gap, oldest: WalSegment | None, queue: ArchiveQueue | None) -> bool:
    return queue is not None and gap.first == oldest and queue.ready >= gap.count


def _not_yet(gap: Gap, newest: WalSegment | None) -> bool:
    """The segment being archived now: the listing met a later one, the archiver has not come to it yet."""
    return newest is not None and newest.timeline == gap.first.timeline and gap.first > newest


def contains(runs: Iterable[SegmentRun], segment: WalSegment) -> bool:
    """Whether a segment is in the archive (runs lie within one log id of one timeline)."""
    return any(run.first <= segment <= run.last for run in runs)
