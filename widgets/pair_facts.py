"""What is known of one region, joined once for everything that draws it: roles, lag, verdicts and ages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from console.diagnosis.context import RegionContext, region_context
from console.diagnosis.finding import Finding, Severity
from console.facts.host import HostFacts
from console.facts.lag import PairLag
from console.facts.snapshot import Snapshot
from console.history.change import LagPoint
from console.history.lags import seconds_behind
from console.inventory.fleet import Region


@dataclass(frozen=True)
class PairFacts:
    """One region at one moment. `findings` are the region's own; `history` is its lag, oldest first; `now` is UTC."""

    context: RegionContext
    findings: tuple[Finding, ...]
    history: tuple[LagPoint, ...]
    now: datetime

    @property
    def region(self) -> Region:
        """The region."""
        return self.context.region

    @property
    def snapshot(self) -> Snapshot:
        """What holds now: of unreachable hosts nothing is known."""
        return self.context.snapshot

    @cached_property
    def sides(self) -> tuple[HostFacts, HostFacts]:
        """The pair as it is drawn: the one primary on the left; in the inventory's order without one."""
        roles = self.context.roles
        primary = roles.primary
        return roles.hosts if primary is None else (primary, roles.other(primary))

    @cached_property
    def lag(self) -> PairLag:
        """How far the standby is behind."""
        return self.context.lag

    @property
    def lag_seconds(self) -> float | None:
        """How far the standby is behind, in seconds."""
        return seconds_behind(self.lag, self.history, self.snapshot.at)

    @property
    def stale_after(self) -> float:
        """Seconds after which a figure is STALE."""
        return self.snapshot.fleet.poll.stale_after

    @property
    def worst(self) -> Severity | None:
        """The worst of the region's findings; None: nothing is wrong (what is only for information does not count)."""
        return self.verdict(())

    @property
    def stale(self) -> bool:
        """Whether what is known of a database host is too old, or was never known: then nothing here is fine."""
        at = self.seen_at()
        return at is None or (self.now - at).total_seconds() > self.stale_after

    def worst_finding(self, codes: Collection[str], host: str | None = None) -> Finding | None:
        """The worst finding of these codes (none: of all), about any host or about `host` and the pair.

        What is only for information does not count.
        """
        found = [
            finding
            for finding in self.findings
            if (not codes or finding.code in codes) and (host is None or finding.host in (None, host))
        ]
        worst = min(found, key=lambda finding: finding.severity.rank, default=None)
        return None if worst is None or worst.severity is Severity.INFO else worst

    def verdict(self, codes: Collection[str], host: str | None = None) -> Severity | None:
        """How bad that finding is; None without one."""
        worst = self.worst_finding(codes, host)
        return None if worst is None else worst.severity

    def seen_at(self) -> datetime | None:
        """When the database host that has been silent longest answered; None: one never did."""
        times = [facts.reach.answered_at for facts in self.context.hosts]
        known = [each for each in times if each is not None]
        return min(known) if len(known) == len(times) else None


def pair_facts(
    current: Snapshot, region: Region, findings: Sequence[Finding], history: Sequence[LagPoint], now: datetime
) -> PairFacts:
    """Join what is known of `region`. `current` is a Snapshot's `current()`; `findings` those of the fleet."""
    own = tuple(finding for finding in findings if finding.region == region.name)
    return PairFacts(region_context(current, region), own, tuple(history), now)
