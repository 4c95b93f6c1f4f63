"""H05–H07: disk space, clock and identity of every host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import duration, gibibytes, one_line, percent, short
from console.facts.host import HostFacts
from console.facts.snapshot import Snapshot
from console.facts.system import Disk
from console.inventory.fleet import Host, Threshold

_TENTHS_UNTIL = 120
"""Seconds a clock may be off until nobody cares for tenths of them."""


def severity_below(value: float, limits: Threshold) -> Severity | None:
    """Critical or warning where `value` is below its limits (free space), else None."""
    if value < limits.critical:
        return Severity.CRITICAL
    return Severity.WARNING if value < limits.warning else None


def severity_above(value: float, limits: Threshold) -> Severity | None:
    """Critical or warning where `value` is above its limits, else None."""
    if value > limits.critical:
        return Severity.CRITICAL
    return Severity.WARNING if value > limits.warning else None


def check_disks(context: RegionContext) -> Iterable[Finding]:
    """H05, one a file system; the one that the archive has for itself is A04's."""
    for host in context.region.hosts:
        facts = context.snapshot.facts(host)
        for purposes, disk in file_systems(facts.disks.value or (), archive=False):
            free = disk.free_share
            severity = None if free is None else severity_below(free, context.thresholds.disk_free)
            if severity is not None:
                yield _low_disk(host, facts, purposes, disk, severity)


def file_systems(disks: Iterable[Disk], *, archive: bool) -> list[tuple[str, Disk]]:
    """File systems that hold the WAL archive alone, or all others, each once, with what lies on it ("data, home")."""
    found: dict[tuple[str, str], tuple[list[str], Disk]] = {}
    for disk in disks:
        names, _ = found.setdefault((disk.device, disk.mount), ([], disk))
        if disk.purpose not in names:
            names.append(disk.purpose)
    return [(", ".join(names), disk) for names, disk in found.values() if (names == ["archive"]) is archive]


def disk_evidence(host: str, facts: HostFacts, disk: Disk) -> tuple[Evidence, ...]:
    """Free space, mount point and device of a file system, as df told them."""
    free = f"{gibibytes(disk.available)} of {gibibytes(disk.total)} ({percent(disk.free_share or 0)})"
    return (
        Evidence.of("free", free, facts.disks, host),
        Evidence.of("mount", f"{disk.mount} ({disk.device})", facts.disks, host),
    )


def _low_disk(host: Host, facts: HostFacts, purposes: str, disk: Disk, severity: Severity) -> Finding:
    return Finding(
        code="H05",
        severity=severity,
        region=host.region,
        host=host.name,
        summary=one_line(
            f"{short(host.name)}: {percent(disk.free_share or 0)} free on {disk.mount} ({purposes}), "
            f"{gibibytes(disk.available)} left"
        ),
        evidence=disk_evidence(host.name, facts, disk),
        remedy="Find what grows (du -x); on the data disk look at pg_xlog|pg_wal: archiving stuck (A03), or a slot?",
        details={
            "mount": disk.mount,
            "purposes": purposes.split(", "),
            "available_bytes": disk.available,
            "total_bytes": disk.total,
        },
        subject=disk.mount,
    )


def check_clock(context: RegionContext) -> Iterable[Finding]:
    """H06, where the skew is past a limit whatever the uncertainty of its measurement."""
    for host in context.region.hosts:
        observed = context.snapshot.facts(host).clock
        if observed.value is None:
            continue
        clock = observed.value
        severity = severity_above(abs(clock.skew) - clock.uncertainty, context.thresholds.clock_skew)
        if severity is not None:
            where = "ahead of" if clock.skew > 0 else "behind"
            off = f"{abs(clock.skew):.1f} s" if abs(clock.skew) < _TENTHS_UNTIL else duration(abs(clock.skew))
            yield Finding(
                code="H06",
                severity=severity,
                region=host.region,
                host=host.name,
                summary=one_line(f"{short(host.name)}: clock {off} {where} the console's"),
                evidence=(
                    Evidence.of("skew", f"{clock.skew:+.3f} s ± {clock.uncertainty:.3f} s", observed, host.name),
                ),
                remedy="Check NTP on the host (ntpq -p, chronyc tracking), and on the machine of the console.",
                details={"skew_seconds": clock.skew, "uncertainty_seconds": clock.uncertainty},
            )


def same_name(expected: str, said: str) -> bool:
    """Whether two host names agree: case and a trailing dot do not count; a name without domain agrees by its label."""
    wanted, found = (name.strip().rstrip(".").casefold() for name in (expected, said))
    if "." in wanted and "." in found:
        return wanted == found
    return wanted.partition(".")[0] == found.partition(".")[0]


def check_identity(context: RegionContext) -> Iterable[Finding]:
    """H07: another name than the inventory's, or another machine-id than seen before."""
    for host in context.region.hosts:
        facts = context.snapshot.facts(host)
        identity = facts.identity.value
        if identity is None:
            continue
        if identity.hostname and not same_name(host.name, identity.hostname):
            yield _other_name(host, facts, identity.hostname)
        yield from _other_machine(context, host, facts, identity.machine_id)


def _other_name(host: Host, facts: HostFacts, said: str) -> Finding:
    return Finding(
        code="H07",
        severity=Severity.CRITICAL,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: the host at {host.address} calls itself {said}"),
        evidence=(
            Evidence.of("hostname", one_line(said, 300), facts.identity, host.name),
            Evidence("name in the inventory", f"{host.name}, address {host.address}", "inventory", host.name),
        ),
        remedy="Do nothing on this host before it is clear which one it is: check the address, DNS and the inventory.",
        details={"expected": host.name, "found": said},
        subject="name",
    )


def _other_machine(context: RegionContext, host: Host, facts: HostFacts, machine_id: str) -> Iterator[Finding]:
    before = context.snapshot.machine_ids.get(host.name)
    if not before or not machine_id or before == machine_id:
        return
    yield Finding(
        code="H07",
        severity=Severity.WARNING,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: another machine than before answers under this name"),
        evidence=(
            Evidence.of("machine-id", one_line(machine_id), facts.identity, host.name),
            Evidence("machine-id seen before", before, "console's memory", host.name),
        ),
        remedy="Was the host installed anew? If not, find out who answers at its address before doing anything there.",
        details={"expected": before, "found": machine_id},
        subject="machine-id",
    )


def check_duplicate_machines(snapshot: Snapshot) -> Iterable[Finding]:
    """H07 over the whole fleet: hosts that show the same machine-id are one machine, or clones of one."""
    names: dict[str, list[str]] = {}
    for name, facts in snapshot.hosts.items():
        if facts.identity.value is not None and facts.identity.value.machine_id:
            names.setdefault(facts.identity.value.machine_id, []).append(name)
    for machine_id, same in names.items():
        if len(same) > 1:
            yield from (_duplicate(snapshot, name, same, machine_id) for name in same if name in snapshot.fleet.hosts)


def _duplicate(snapshot: Snapshot, name: str, same: list[str], machine_id: str) -> Finding:
    others = [other for other in same if other != name]
    facts = snapshot.facts(name)
    return Finding(
        code="H07",
        severity=Severity.WARNING,
        region=snapshot.fleet.hosts[name].region,
        host=name,
        summary=one_line(f"{short(name)}: same machine-id as {short(others[0])}: one machine, or a clone"),
        evidence=(
            Evidence.of("machine-id", one_line(machine_id), facts.identity, name),
            *(Evidence.of("same machine-id", other, snapshot.facts(other).identity, other) for other in others[:8]),
        ),
        remedy="Two names for one machine: correct the inventory. A clone: give it its own /etc/machine-id and reboot.",
        details={"found": machine_id, "others": others},
        subject="duplicate",
    )
