"""How far a standby is behind its primary: bytes by the server's own arithmetic, seconds where they mean something.

Unknown is None, never 0. A negative distance is kept where it is real: a standby that replayed past its primary has
another history (DOMAIN 0.1). Positions of two hosts are never taken at the same instant, so a negative distance
counts only where WAL written between the two looks cannot explain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.facts.host import HostFacts
from console.facts.lsn import Lsn, WalArithmetic
from console.facts.postgresql import ReplicationRow, SqlStatus
from console.facts.roles import PairRoles, pair_roles
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Region

IN_FLIGHT = 8192
"""Bytes, one WAL page: a distance below it, seen once, cannot be told from WAL that is just on its way."""


@dataclass(frozen=True, slots=True)
class PairLag:
    """The lag of a region's standby. `bytes` and `seconds` are None when unknown; then `reason` says why.

    `bytes` is negative only where the standby has certainly replayed past the primary. `primary` and `standby`
    are the two positions that were compared, `witness` whose word the standby's position is.
    """

    bytes: int | None
    seconds: float | None
    primary: Lsn | None = None
    standby: Lsn | None = None
    witness: str = ""
    reason: str | None = None


def arithmetic_of(*hosts: HostFacts) -> WalArithmetic:
    """The WAL arithmetic of the first host whose version is known, by psql or by PG_VERSION."""
    for facts in hosts:
        if facts.sql.value is not None:
            return WalArithmetic.of(facts.sql.value.version)
        if facts.data.value is not None and facts.data.value.version is not None:
            return WalArithmetic.of(facts.data.value.version)
    return WalArithmetic.of(None)


def standby_rows(status: SqlStatus) -> tuple[ReplicationRow, ...]:
    """Rows of pg_stat_replication that are standbys: no base backups (DOMAIN 3.2)."""
    return tuple(row for row in status.replication if not row.backup)


def row_of(status: SqlStatus, names: tuple[str, ...]) -> ReplicationRow | None:
    """The row of the standby that goes by one of `names` (application_name or client address, case-folded).

    In a pair the only standby row is the standby's, whatever it calls itself ("walreceiver" is libpq's default).
    """
    rows = standby_rows(status)
    wanted = {name.casefold() for name in names if name}
    for row in rows:
        if row.application_name.casefold() in wanted or (row.client or "").partition("/")[0].casefold() in wanted:
            return row
    return rows[0] if len(rows) == 1 else None


def observed_before(earlier: HostFacts, later: HostFacts) -> bool:
    """Whether `earlier`'s SQL was certainly read before `later`'s: an answer is as old as its whole round trip."""
    first, second = earlier.sql.observed_at, later.sql.observed_at
    if first is None or second is None:
        return False
    return first <= second - timedelta(seconds=later.reach.round_trip or 0.0)


def bytes_ahead_in_row(status: SqlStatus, row: ReplicationRow, arithmetic: WalArithmetic) -> int | None:
    """Bytes that a standby is past its primary, by the primary's own single look; None where it is not.

    Proof needs both comparisons: a reconnecting standby is ahead of `sent` for a moment (it asks from the start of
    a segment, walreceiver.c), and a fast one may be ahead of a `current` that was read microseconds earlier.
    """
    reached = [lsn for lsn in (row.replayed, row.flushed) if lsn is not None and lsn.valid]
    if not reached or status.current is None:
        return None
    furthest = max(lsn.position(arithmetic) for lsn in reached)
    limit = max(lsn.position(arithmetic) for lsn in (status.current, row.sent) if lsn is not None)
    return furthest - limit if furthest > limit else None


def bytes_ahead(primary: HostFacts, standby: HostFacts, before: HostFacts | None, arithmetic: WalArithmetic) -> int:
    """Bytes that `standby` has certainly replayed past `primary`; 0 where that is not proved.

    `before` are the standby's facts of an earlier poll: what it had replayed then must be below what the primary
    has now. The primary must have been looked at after the standby.
    """
    current = primary.sql.value.current if primary.sql.value else None
    now = standby.sql.value.replayed if standby.sql.value else None
    if current is None or now is None:
        return 0
    then = before.sql.value.replayed if before is not None and before.sql.value else None
    seen = [now] if observed_before(standby, primary) else []
    if then is not None and before is not None and observed_before(before, primary):
        seen.append(min(then, now))  # a rebuilt standby starts again further back
    return max([0, *(lsn.minus(current, arithmetic) for lsn in seen)])


def lag_bytes(primary: HostFacts, standby: HostFacts, names: tuple[str, ...] = ()) -> int | None:
    """Bytes from the standby's replay position to the primary's current one; None when either is unknown."""
    return measure(primary, standby, names).bytes


def lag_seconds(primary: HostFacts, standby: HostFacts, names: tuple[str, ...] = ()) -> float | None:
    """Seconds behind; 0 when nothing is left to replay, however long ago the last commit was (DOMAIN 3.3)."""
    return measure(primary, standby, names).seconds


def measure(
    primary: HostFacts, standby: HostFacts, names: tuple[str, ...] = (), before: HostFacts | None = None
) -> PairLag:
    """The lag between two hosts of known roles. `before` are the primary's facts of an earlier poll, if any."""
    status = primary.sql.value
    current = status.current if status else None
    if status is None or current is None:
        return PairLag(None, None, reason=f"the primary's position is unknown: {_why(primary)}")
    arithmetic = arithmetic_of(primary, standby)
    row = row_of(status, names)
    replayed, witness = _replayed(standby, row, arithmetic)
    if replayed is None:
        return PairLag(None, None, current, reason=f"the standby's position is unknown: {_why(standby)}")
    distance = current.minus(replayed, arithmetic)
    if distance < 0 and not _provably_ahead(primary, standby, row, arithmetic):
        distance = 0  # it had all that the primary had when that was looked at
    age = standby.sql.value.replay_age if standby.sql.value else None
    bounds = (_bound(replayed, before, primary.sql.observed_at), _by_walsender(row, age))
    return PairLag(distance, _seconds(distance, age, bounds), current, replayed, witness)


def pair_lag(snapshot: Snapshot, region: Region, previous: Snapshot | None = None) -> PairLag:
    """The lag of a region's pair; unknown, with the reason, unless one primary and one standby are known."""
    roles = pair_roles(snapshot, region)
    return lag_of(roles, previous)


def lag_of(roles: PairRoles, previous: Snapshot | None = None) -> PairLag:
    """The lag of a pair whose roles are known already."""
    primary = roles.primary
    if primary is None:
        return PairLag(None, None, reason="there is not exactly one known primary")
    standby = roles.other(primary)
    if roles.standby is not standby and not standby_rows_known(primary):
        return PairLag(None, None, reason="there is no known standby")
    names = names_of(roles.region, standby)
    before = previous.hosts.get(primary.name) if previous is not None else None
    return measure(primary, standby, names, before)


def standby_rows_known(primary: HostFacts) -> bool:
    """Whether the primary itself shows a standby that feeds from it."""
    return primary.sql.value is not None and bool(standby_rows(primary.sql.value))


def names_of(region: Region, facts: HostFacts) -> tuple[str, ...]:
    """What a host may be called in pg_stat_replication: node name, host name, short name, addresses."""
    host = next(host for host in region.databases if host.name == facts.name)
    return (host.node, host.name, host.name.partition(".")[0], host.address, *(facts.addresses.value or ()))


def _replayed(standby: HostFacts, row: ReplicationRow | None, arithmetic: WalArithmetic) -> tuple[Lsn | None, str]:
    """How far it has replayed: the further of its own word and the primary's row, which is up to 10 s old."""
    own = standby.sql.value.replayed if standby.sql.value and standby.sql.value.in_recovery else None
    told = row.replayed if row else None
    if own is not None and (told is None or own.minus(told, arithmetic) >= 0):
        return own, "psql"
    return told, "pg_stat_replication" if told is not None else ""


def _provably_ahead(
    primary: HostFacts, standby: HostFacts, row: ReplicationRow | None, arithmetic: WalArithmetic
) -> bool:
    status = primary.sql.value
    by_row = bytes_ahead_in_row(status, row, arithmetic) if status is not None and row is not None else None
    return bool(by_row) or bytes_ahead(primary, standby, None, arithmetic) > 0


def _seconds(distance: int, age: float | None, bounds: tuple[float | None, ...]) -> float | None:
    """The lowest of what bounds it: `age`, the seconds since the last replayed commit, grows on an idle primary too."""
    if distance <= 0:
        return 0.0
    known = [bound for bound in bounds if bound is not None]
    if known:
        return min([*known, *([] if age is None else [age])])
    return None if distance < IN_FLIGHT else age


def _by_walsender(row: ReplicationRow | None, age: float | None) -> float | None:
    """The age of the oldest WAL not yet replayed, as the walsender measures it (10+; walsender.c, LagTrackerRead).

    It only knows WAL written since it connected: it counts where a commit of that time has been replayed already.
    """
    if row is None or row.replay_lag is None or row.connected is None or age is None:
        return None
    return row.replay_lag if age < row.connected else None


def _bound(replayed: Lsn, before: HostFacts | None, now: datetime | None) -> float | None:
    """Seconds since the primary stood where the standby is: it cannot be further behind than that."""
    status = before.sql.value if before is not None else None
    if status is None or status.current is None or before is None or before.sql.observed_at is None or now is None:
        return None
    if replayed < status.current:
        return None
    return max(0.0, (now - before.sql.observed_at).total_seconds())


def _why(facts: HostFacts) -> str:
    if facts.reach.failure is not None:
        return facts.reach.failure.message
    return facts.sql.error or "psql gave no answer"
