"""Everything about one pair, section by section: what the region screen shows and a person copies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content

from console.diagnosis.context import region_context
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.words import short
from console.facts.roles import PairRoles, Role, pair_roles
from console.facts.snapshot import Snapshot
from console.history.change import LagPoint
from console.inventory.fleet import Region, RegionKind
from console.report.trees import trees
from widgets.region_archive import archive_sections
from widgets.region_clients import client_sections
from widgets.region_cluster import cluster_sections
from widgets.region_figure import TONES, Figure, RegionPage, Row, Section, Tone, section
from widgets.region_hosts import host_sections
from widgets.region_layout import Line, Sheet, lines_of
from widgets.region_log import log_sections
from widgets.region_scripts import script_sections
from widgets.region_settings import settings_sections
from widgets.region_wal import wal_sections
from widgets.region_witnesses import witness_sections
from widgets.words import FAINT, age_text, inert, severity_text

_MAKERS = (
    witness_sections,
    wal_sections,
    cluster_sections,
    script_sections,
    archive_sections,
    client_sections,
    log_sections,
    settings_sections,
    host_sections,
)


def region_sections(
    snapshot: Snapshot,
    region: Region,
    findings: Sequence[Finding],
    now: datetime,
    history: Sequence[LagPoint] = (),
) -> tuple[Section, ...]:
    """Every section of a region, in the order of the page. Figures of a host that does not answer are unknown.

    `history` is how far the standby was behind lately, oldest first.
    """
    own = tuple(finding for finding in findings if finding.region == region.name)
    context = region_context(snapshot.current(), region)
    page = RegionPage(context, snapshot.pair(region), own, now, tuple(history))
    made = tuple(part for make in _MAKERS for part in _made(make, page))
    return (*section("findings", "What is wrong", _findings(own)), *made)


def _made(make: Callable[[RegionPage], tuple[Section, ...]], page: RegionPage) -> tuple[Section, ...]:
    """A part of the page. One that fails is a defect of the console, costs only itself, and says so."""
    try:
        return make(page)
    except Exception as error:
        part = make.__name__.removesuffix("_sections")
        words = f"unknown: a defect of the console ({type(error).__name__}: {error}); please report it"
        return section(
            f"defect-{part}", f"{part}: could not be drawn", [Row("defect", pair=Figure(words, Tone.UNKNOWN))]
        )


def _findings(findings: Sequence[Finding]) -> list[Row]:
    """Without what follows from another, unless it is worse than its cause; the rest is told on their own pages."""
    return [
        Row(finding.code, pair=Figure(finding.summary, TONES[finding.severity], finding=finding.key))
        for tree in trees(findings)
        for finding in (tree.root, *(each for each in tree.followers if each.severity.rank < tree.root.severity.rank))
    ]


def sheet_of(snapshot: Snapshot, region: Region, width: int, now: datetime) -> Sheet:
    """How to lay out this region: a figure is stale after three polls that did not bring it anew."""
    poll = snapshot.fleet.poll
    first, second = (host.name.partition(".")[0] for host in region.databases)
    return Sheet(width, now, (first, second), poll.stale_after, poll.slow_stale_after)


def region_lines(
    snapshot: Snapshot,
    region: Region,
    findings: Sequence[Finding],
    now: datetime,
    *,
    width: int,
    words: str = "",
    history: Sequence[LagPoint] = (),
) -> list[Line]:
    """The page as lines of at most `width` cells; with `words` only what contains them."""
    sections = region_sections(snapshot, region, findings, now, history)
    return lines_of(sections, sheet_of(snapshot, region, width, now), words)


def headline(snapshot: Snapshot, region: Region, findings: Sequence[Finding], now: datetime) -> Content:
    """The region in one line: its name, its word, who is primary and standby, how far apart, and of what age."""
    roles = pair_roles(snapshot.current(), region)
    own = [finding.severity for finding in findings if finding.region == region.name]
    worst = min((item for item in own if item is not Severity.INFO), key=lambda item: item.rank, default=None)
    kind = "Pacemaker" if region.kind is RegionKind.PACEMAKER else "failover scripts"
    seen = [facts.reach.answered_at for facts in snapshot.pair(region)]
    oldest = min((at for at in seen if at is not None), default=None) if all(seen) else None
    return Content.assemble(
        (inert(region.name, 30), "bold"),
        (f"  {kind}  ", FAINT),
        severity_text(worst),
        f"  {_pair_words(roles)}  ",
        age_text(oldest, now, snapshot.fleet.poll.stale_after),
    )


def _pair_words(roles: PairRoles) -> str:
    primaries = [short(facts.name) for facts in roles.playing(Role.PRIMARY)]
    if len(primaries) != 1 or roles.primary is None:
        return " and ".join(primaries) + " are both primary" if primaries else "no primary is seen"
    other = roles.other(roles.primary)
    return f"{primaries[0]} → {short(other.name)} ({roles.role(other).value})"
