"""A Nagios/Icinga plugin's output: one status line with performance data, then the long output.

Format: Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data":
'label'=value[UOM];[warn];[crit];[min];[max], a quote in a label doubled, U for a value that is not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from console.facts.system import Disk
from console.inventory.fleet import Threshold, Thresholds
from console.report.result import CheckResult
from console.report.rows import HostRow, RegionRow, host_rows, region_rows
from console.report.trees import Tree, count_words, trees
from console.report.words import inert, short_names, told

Range = tuple[str, str]

_HEADLINE = 300
_LONGEST_LINE = 400


def render_nagios(result: CheckResult) -> str:
    """The whole output; nothing that a host said can begin performance data or another line."""
    rows = region_rows(result)
    names = short_names(host.name for host in host_rows(rows))
    found = trees(result.findings)
    performance = " ".join(_performance(result, rows, names))
    first = f"{_headline(result, found, names)} | {performance}"
    return "\n".join([first, *_long_output(found, names)])


def perfdatum(
    label: str,
    value: float | None,
    unit: str = "",
    limits: tuple[str, str] = ("", ""),
    bounds: tuple[str, str] = ("", ""),
) -> str:
    """One datum. `limits` are warning and critical ranges, `bounds` minimum and maximum, "" where there is none."""
    known = value is not None and math.isfinite(value)
    figure = f"{_number(value)}{unit}" if value is not None and known else "U"
    quoted = _one_part(label).replace("'", "''").replace("=", "_")
    return f"'{quoted}'=" + ";".join([figure, *limits, *bounds]).rstrip(";")


def _headline(result: CheckResult, found: tuple[Tree, ...], names: dict[str, str]) -> str:
    counted = count_words(result.findings)
    if not found:
        regions = len(result.snapshot.fleet.regions)
        counted = f"{regions} regions, {len(result.snapshot.fleet.hosts)} hosts, {counted}"
    worst = [_sentence(tree, names) for tree in found if tree.severity is found[0].severity]
    text = f"VMDB {result.status} - {counted}" + (f": {'; '.join(worst)}" if worst else "")
    return _one_part(text, _HEADLINE)


def _sentence(tree: Tree, names: dict[str, str]) -> str:
    """The root, and the worst that follows from it where that is worse than the root itself."""
    root = _short(tree.root.code, tree.root.host or "", tree.root.region, tree.root.summary, names)
    worst = next((item for item in tree.followers if item.severity.rank < tree.root.severity.rank), None)
    if worst is None:
        return root
    return f"{_short(worst.code, worst.host or '', worst.region, worst.summary, names)} (since {root})"


def _short(code: str, host: str, region: str, summary: str, names: dict[str, str]) -> str:
    return f"{code} {told(summary, names.get(host, host) or region)}"


def _long_output(found: tuple[Tree, ...], names: dict[str, str]) -> Iterator[str]:
    for tree in found:
        finding = tree.root
        subject = _short(finding.code, finding.host or "", finding.region, finding.summary, names)
        yield _one_part(f"{finding.severity.value.upper()} {subject}", _LONGEST_LINE)
        for item in finding.evidence:
            yield _one_part(f"  {item.fact} = {item.value} ({item.source})", _LONGEST_LINE, indent="  ")
        if finding.remedy:
            yield _one_part(f"do: {finding.remedy}", _LONGEST_LINE, indent="  ")
        for other in tree.followers:
            text = _short(other.code, other.host or "", other.region, other.summary, names)
            yield _one_part(f"follows: {other.severity.value} {text}", _LONGEST_LINE, indent="  ")


def _performance(result: CheckResult, rows: tuple[RegionRow, ...], names: dict[str, str]) -> Iterator[str]:
    thresholds = result.snapshot.fleet.thresholds
    yield perfdatum("duration", round(result.duration, 3), "s", bounds=("0", ""))
    for row in rows:
        yield perfdatum(
            f"{row.name}_lag_bytes", row.lag.bytes, "B", _above(thresholds.lag_bytes), _from_zero(row.lag.bytes)
        )
        yield perfdatum(f"{row.name}_lag_seconds", row.lag.seconds, "s", _above(thresholds.lag_seconds), ("0", ""))
        if row.region.number is not None:
            yield perfdatum(f"{row.name}_backlog", row.backlog, "", _above(thresholds.replication_backlog), ("0", ""))
        for host in row.hosts:
            yield from _host_performance(host, names[host.name], thresholds)


def _host_performance(host: HostRow, name: str, thresholds: Thresholds) -> Iterable[str]:
    skew = thresholds.clock_skew
    limits = (
        f"-{_number(skew.warning)}:{_number(skew.warning)}",
        f"-{_number(skew.critical)}:{_number(skew.critical)}",
    )
    yield perfdatum(f"{name}_clock_skew", host.clock_skew, "s", limits)
    for purpose, share in _least_free(host.facts.disks.value or ()).items():
        yield perfdatum(f"{name}_{purpose}_free", share, "%", _below(thresholds.disk_free), ("0", "100"))
    if host.database:
        yield perfdatum(f"{name}_archive_ready", host.archive_ready, "", _above(thresholds.archive_ready), ("0", ""))


def _least_free(disks: Iterable[Disk]) -> dict[str, float]:
    """Free percent by purpose, the fullest where several disks serve one: a label may stand only once."""
    found: dict[str, float] = {}
    for disk in disks:
        if disk.free_share is not None:
            percent = round(disk.free_share * 100, 1)
            found[disk.purpose] = min(percent, found.get(disk.purpose, percent))
    return found


def _above(limit: Threshold) -> Range:
    """Ranges that alert above the limits."""
    return _number(limit.warning), _number(limit.critical)


def _below(limit: Threshold) -> Range:
    """Ranges that alert below the limits (shares, as percentages)."""
    return f"{_number(limit.warning * 100)}:", f"{_number(limit.critical * 100)}:"


def _from_zero(value: float | None) -> Range:
    """No minimum for a lag below zero: that standby has another history."""
    return ("", "") if value is not None and value < 0 else ("0", "")


def _number(value: float) -> str:
    """Plain decimal digits: no exponent, no trailing zeros."""
    digits = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def _one_part(text: str, limit: int = _LONGEST_LINE, indent: str = "") -> str:
    """One inert line that cannot begin performance data."""
    return indent + inert(text, limit).replace("|", "¦")
