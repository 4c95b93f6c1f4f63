"""The one table of codes: each with its page and the check that produces it (DESIGN 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from console.diagnosis import (
    archive,
    archive_read,
    cluster_disagreement,
    cluster_nodes,
    cluster_resource,
    divergence,
    endpoint,
    host_condition,
    host_setup,
    hosts,
    lock,
    pages_archive,
    pages_cluster,
    pages_hosts,
    pages_postgresql,
    pages_scripts,
    pages_ui,
    port_gate,
    primaries,
    replication,
    run_traces,
    scripts,
    settings,
    ui,
    vip,
)
from console.diagnosis.context import RegionContext
from console.diagnosis.finding import CodePage, Finding
from console.facts.snapshot import Snapshot

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """A function that judges a subject, and every code that it may emit."""

    codes: tuple[str, ...]
    function: Callable[[Subject], Iterable[Finding]]


RegionCheck = Check[RegionContext]
FleetCheck = Check[Snapshot]
"""Must see all regions at once: hosts are compared with each other."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A code: its page, and what judges it."""

    page: CodePage
    checks: tuple[RegionCheck | FleetCheck, ...]


CHECKS: tuple[RegionCheck, ...] = (
    Check(("H01", "H02", "H03", "H04"), hosts.check_reach),
    Check(("H05",), host_condition.check_disks),
    Check(("H06",), host_condition.check_clock),
    Check(("H07",), host_condition.check_identity),
    Check(("H08",), run_traces.check_runs),
    Check(("P01",), primaries.check_no_primary),
    Check(("P02",), primaries.check_two_primaries),
    Check(("P03",), replication.check_streaming),
    Check(("P04",), replication.check_lag),
    Check(("P05",), replication.check_replay),
    Check(("P06",), divergence.check_divergence),
    Check(("P07",), divergence.check_identifiers),
    Check(("P08",), divergence.check_only_here),
    Check(("P09",), settings.check_hba),
    Check(("P09",), settings.check_settings),
    Check(("P09",), settings.check_recovery),
    Check(("C01",), cluster_resource.check_out_of_date),
    Check(("C02",), lock.check_lock),
    Check(("C03",), cluster_resource.check_failures),
    Check(("C04",), cluster_nodes.check_nodes),
    Check(("C05",), cluster_nodes.check_quorum),
    Check(("C06",), vip.check_vip),
    Check(("C07",), cluster_nodes.check_fencing),
    Check(("C08",), cluster_nodes.check_constraints),
    Check(("C09",), cluster_disagreement.check_disagreement),
    Check(("S01",), scripts.check_counter),
    Check(("S02",), scripts.check_promote_cadence),
    Check(("S03",), scripts.check_failback_pending),
    Check(("S04",), port_gate.check_old_primary_port),
    Check(("S05",), port_gate.check_standby_port),
    Check(("S06",), host_setup.check_boot),
    Check(("S07",), host_setup.check_pgpass),
    Check(("S08",), host_setup.check_scripts),
    Check(("S09",), endpoint.check_endpoint),
    Check(("A01",), archive.check_directories),
    Check(("A02",), archive.check_gaps),
    Check(("A03",), archive.check_queue),
    Check(("A04",), archive.check_space),
    Check(("A05",), archive_read.check_needed_segment),
    Check(("U01", "U02"), ui.check_appliances),
    Check(("U03",), ui.check_backlog),
    Check(("U04",), ui.check_sessions),
)

FLEET_CHECKS: tuple[FleetCheck, ...] = (FleetCheck(("H07",), host_condition.check_duplicate_machines),)

PAGES: tuple[CodePage, ...] = (
    *pages_postgresql.PAGES,
    *pages_cluster.PAGES,
    *pages_scripts.PAGES,
    *pages_archive.PAGES,
    *pages_ui.PAGES,
    *pages_hosts.PAGES,
)


def _entry(page: CodePage) -> Entry:
    judges: tuple[RegionCheck | FleetCheck, ...] = (*CHECKS, *FLEET_CHECKS)
    return Entry(page, tuple(check for check in judges if page.code in check.codes))


REGISTRY: dict[str, Entry] = {page.code: _entry(page) for page in PAGES}
