"""Everything known about one host: one `Observed` a fact, and how it was reached."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from console.facts.archive import Archive, ArchiveQueue
from console.facts.client import ClientView
from console.facts.cluster import ClusterConfiguration, ClusterStatus
from console.facts.evidence import Evidence
from console.facts.managed import ManagedFiles
from console.facts.observed import Observed
from console.facts.postgresql import (
    Configuration,
    ControlData,
    DataDirectory,
    PostgresqlLog,
    Processes,
    SqlStatus,
    TimelineHistory,
)
from console.facts.scripts import BootSettings, PasswordFile, ScriptsState
from console.facts.system import Clock, Disk, Firewall, Identity, Listener, Tools
from console.facts.traces import DataLayout, Traces
from console.facts.trials import Trial
from console.facts.ui import UiStatus
from console.transport.protocol import Failure


@dataclass(frozen=True, slots=True)
class Reach:
    """How asking the host went: `failure` of the last try (None: it answered), when it last answered.

    `degraded` says why the probe runs without root, where it does. `incomplete` names sections that
    failed, each with its reason (H04).
    """

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    failure: Failure | None = None
    degraded: str | None = None
    incomplete: tuple[tuple[str, str], ...] = ()
    round_trip: float | None = None

    @property
    def reachable(self) -> bool | None:
        """True: answered the last time it was asked; False: did not; None: never asked."""
        if self.asked_at is None:
            return None
        return self.failure is None


@dataclass(frozen=True)
class HostFacts:
    """What is known about one host. A section that was never asked for is an empty `Observed` (no error)."""

    name: str
    region: str
    reach: Reach = Reach()
    identity: Observed[Identity] = Observed()
    clock: Observed[Clock] = Observed()
    tools: Observed[Tools] = Observed()
    disks: Observed[tuple[Disk, ...]] = Observed()
    addresses: Observed[tuple[str, ...]] = Observed()
    listeners: Observed[tuple[Listener, ...]] = Observed()
    firewall: Observed[Firewall] = Observed()
    processes: Observed[Processes] = Observed()
    sql: Observed[SqlStatus] = Observed()
    settings: Observed[dict[str, str]] = Observed()
    control: Observed[ControlData] = Observed()
    data: Observed[DataDirectory] = Observed()
    history: Observed[TimelineHistory] = Observed()
    configuration: Observed[Configuration] = Observed()
    log: Observed[PostgresqlLog] = Observed()
    cluster: Observed[ClusterStatus] = Observed()
    cluster_configuration: Observed[ClusterConfiguration] = Observed()
    archive: Observed[Archive] = Observed()
    archive_queue: Observed[ArchiveQueue] = Observed()
    scripts: Observed[ScriptsState] = Observed()
    boot: Observed[BootSettings] = Observed()
    pgpass: Observed[PasswordFile] = Observed()
    ui: Observed[UiStatus] = Observed()
    traces: Observed[Traces] = Observed()
    layout: Observed[DataLayout] = Observed()
    managed: Observed[ManagedFiles] = Observed()
    trials: Observed[tuple[Trial, ...]] = Observed()
    client: Observed[ClientView] = Observed()
    evidence: Evidence = field(default_factory=Evidence)

    def current(self) -> HostFacts:
        """These facts as far as they hold now: of a host that did not answer, what it once said is unknown.

        What a client meets (`client`) is another witness and stays; so does gathered `evidence`.
        """
        failure = self.reach.failure
        if failure is None:
            return self
        blank: dict[str, Observed[Any]] = {
            item.name: Observed(None, old.source, old.observed_at, failure.message)
            for item in fields(self)
            if item.name != "client" and isinstance(old := getattr(self, item.name), Observed)
        }
        return replace(self, **blank)  # type: ignore[arg-type]
