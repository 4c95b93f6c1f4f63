"""S06–S08: what is set up on a database host: boot, .pgpass, and the failover scripts themselves (REFERENCE 2, 4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.installed_scripts import INSTALL, check_installed, installed_here
from console.diagnosis.words import listed, one_line, short
from console.facts.host import HostFacts
from console.facts.scripts import BootSettings, PasswordFile
from console.hostscripts.catalogue import PROGRAMS
from console.inventory.fleet import Host, RegionKind

# Where the procedure of REFERENCE 4 runs each script: (host 1, host 2). Both run the archive_command.
SCRIPTS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("pgsql-primary-check-start", "pgsql-primary-archive-wal", "pgsql-primary-initialize"),
    (
        "pgsql-standby-check-access",
        "pgsql-standby-check-promote",
        "pgsql-primary-archive-wal",
        "pgsql-standby-initialize",
        "pgsql-standby-release",
    ),
)
BOOT_SCRIPTS = ("pgsql-primary-check-start", "pgsql-standby-check-access")


def check_boot(context: RegionContext) -> Iterable[Finding]:
    """S06: what would happen at the next boot of each database host."""
    for place, host in enumerate(context.region.databases):
        facts = context.snapshot.facts(host)
        if facts.boot.value is None:
            continue
        troubles = list(_boot_troubles(context.region.kind, place, facts.boot.value))
        if troubles:
            yield _wrong_boot(host, facts, facts.boot.value, troubles)


def _boot_troubles(kind: RegionKind, place: int, boot: BootSettings) -> Iterator[str]:
    """What is wrong for the host at `place` of the pair: 0 is host 1, the normal primary."""
    if kind is RegionKind.PACEMAKER:
        if boot.service_enabled:
            yield "the database service starts at boot: only the cluster may start it"
        return
    if boot.service_enabled is True and place == 0:
        yield "the database service starts at boot: host 1 must first ask whether host 2 is primary"
    if boot.service_enabled is False and place == 1:
        yield "the database service does not start at boot: host 2 would not come back as a standby"
    wanted = BOOT_SCRIPTS[place]
    if not any(wanted in line for line in boot.boot_scripts):
        yield f"{wanted} does not run at boot (rc.local)"


def _wrong_boot(host: Host, facts: HostFacts, boot: BootSettings, troubles: list[str]) -> Finding:
    enabled = {True: "enabled", False: "disabled", None: "unknown"}[boot.service_enabled]
    return Finding(
        code="S06",
        severity=Severity.WARNING,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: {troubles[0]}"),
        evidence=(
            *(Evidence.of("trouble", trouble, facts.boot, host.name) for trouble in troubles),
            Evidence.of("service at boot", one_line(f"{enabled} ({boot.enabled_how})", 200), facts.boot, host.name),
            Evidence.of("boot scripts", one_line("; ".join(boot.boot_scripts), 300) or "none", facts.boot, host.name),
        ),
        remedy="chkconfig SERVICE on|off (systemctl enable|disable), and the pgsql-* line in /etc/rc.d/rc.local.",
        details={"service_enabled": boot.service_enabled, "troubles": troubles},
    )


def check_pgpass(context: RegionContext) -> Iterable[Finding]:
    """S07: .pgpass as libpq demands it: there, the database user's own, and closed to others."""
    for host in context.region.databases:
        facts = context.snapshot.facts(host)
        if facts.pgpass.value is None:
            continue
        trouble = _pgpass_trouble(facts.pgpass.value, host.postgresql.os_user if host.postgresql else "postgres")
        if trouble is not None:
            yield _wrong_pgpass(host, facts, facts.pgpass.value, trouble)


def _pgpass_trouble(found: PasswordFile, owner: str) -> str | None:
    """libpq ignores a file that group or others can read or write (fe-connect.c, passwordFromFile)."""
    status = found.status
    if status is None:
        return "is missing"
    if status.owner != owner:
        return f"belongs to {status.owner}, not to {owner}"
    if _open_to_others(status.mode):
        return f"has mode {status.mode}, so libpq ignores it (must be 600)"
    return "has no usable line" if found.entries == 0 else None


def _open_to_others(mode: str) -> bool:
    try:
        return bool(int(mode, 8) & 0o077)
    except ValueError:
        return False


def _wrong_pgpass(host: Host, facts: HostFacts, found: PasswordFile, trouble: str) -> Finding:
    status = found.status
    said = "missing" if status is None else f"owner {status.owner}, mode {status.mode}"
    return Finding(
        code="S07",
        severity=Severity.WARNING,
        region=host.region,
        host=host.name,
        summary=one_line(f"{short(host.name)}: {posixpath.basename(found.path)} {trouble}"),
        evidence=(
            Evidence.of(one_line(found.path, 200), one_line(said, 200), facts.pgpass, host.name),
            Evidence.of("usable lines", "unknown" if found.entries is None else found.entries, facts.pgpass, host.name),
        ),
        remedy="chown postgres FILE; chmod 600 FILE; it needs a line each for the SQL and the replication user.",
        details={
            "path": found.path,
            "owner": status.owner if status else None,
            "mode": status.mode if status else None,
        },
    )


def check_scripts(context: RegionContext) -> Iterable[Finding]:
    """S08: the console's own scripts not as they were installed; of others, what the procedure runs and is missing, and
    what is not the same on both hosts.
    """
    if context.region.kind is not RegionKind.SCRIPTED:
        return
    yield from check_installed(context)
    first, second = context.hosts
    checksums = (_checksums(first), _checksums(second))
    for host, facts, found, needed in zip(context.region.databases, context.hosts, checksums, SCRIPTS, strict=True):
        if facts.scripts.value is not None and not installed_here(facts):
            yield from _missing_scripts(host, facts, found, needed)
    if not all(installed_here(facts) for facts in context.hosts):
        yield from _different_scripts(context, *checksums)


def _checksums(facts: HostFacts) -> dict[str, str]:
    """Checksums by the script's name, wherever it is installed."""
    installed = facts.scripts.value.installed if facts.scripts.value else {}
    found = {posixpath.basename(path): checksum for path, checksum in installed.items()}
    return {name: checksum for name, checksum in found.items() if name in PROGRAMS}


def _missing_scripts(host: Host, facts: HostFacts, found: dict[str, str], needed: tuple[str, ...]) -> Iterator[Finding]:
    held = {posixpath.basename(path) for path in facts.traces.value.held} if facts.traces.value is not None else ()
    missing = [name for name in needed if name not in found and name not in held]  # of held ones H08 tells
    if missing:
        yield Finding(
            code="S08",
            severity=Severity.WARNING,
            region=host.region,
            host=host.name,
            summary=one_line(f"{short(host.name)}: scripts missing: {listed(missing, 2)}"),
            evidence=(
                Evidence.of("missing", ", ".join(missing), facts.scripts, host.name),
                Evidence.of("installed", ", ".join(sorted(found)) or "none", facts.scripts, host.name),
            ),
            remedy=INSTALL,
            details={"missing": missing, "different": []},
            subject="missing",
        )


def _different_scripts(context: RegionContext, one: dict[str, str], two: dict[str, str]) -> Iterator[Finding]:
    first, second = context.hosts
    different = sorted(name for name in one.keys() & two.keys() if one[name] != two[name])
    if different:
        yield Finding(
            code="S08",
            severity=Severity.WARNING,
            region=context.region.name,
            host=None,
            summary=one_line(f"scripts differ between the hosts: {listed(different, 2)}"),
            evidence=tuple(
                Evidence.of(name, f"checksum {one_line(sums[name], 80)}", facts.scripts, facts.name)
                for name in different
                for facts, sums in ((first, one), (second, two))
            ),
            remedy=INSTALL,
            details={"missing": [], "different": different},
            subject="different",
        )
