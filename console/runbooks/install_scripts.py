"""install-scripts: the failover scripts of a scripted region put on both hosts, with the difference shown first.

Everything is installed and found good, or everything is as it was: a step or a check that fails takes all back.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from console.diagnosis.context import region_context
from console.diagnosis.words import listed, short
from console.facts.managed import ManagedFiles
from console.facts.snapshot import Snapshot
from console.hostscripts.catalogue import BootSystem, HostFile
from console.hostscripts.cksum import cksum
from console.hostscripts.installation import boot_system, host_number, units, wanted
from console.inventory.fleet import Fleet, Region, RegionKind
from console.operations.files import InstallFiles, NewFile, PutFilesBack, backup_folder
from console.operations.platform import Platform
from console.operations.service import SetBootStart
from console.runbooks import conditions as must
from console.runbooks.copying import pair_checks
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused, Runbook

NAME = "install-scripts"
CHECKS = ("S02", "S06", "S07", "S08")
PATIENCE = 100.0
"""Seconds until the checks must hold: a probe reads the installed scripts anew every 20 s, cron its tables a minute."""
_DIFFERENCE = 400
"""Lines of a difference that are kept."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file to install on a host: octal mode, checksums before ("" not there) and after, and the difference.

    `text` is kept where it depends on what is there; "" means: as the catalogue and the inventory have it.
    """

    path: str
    mode: str
    before: str
    after: str
    difference: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class HostChange:
    """What changes on a host, and what brings it up. `at_boot`: whether its database service started at boot before;
    None where unknown.
    """

    host: str
    files: tuple[FileChange, ...]
    boot: BootSystem
    units: tuple[str, ...]
    at_boot: bool | None


@dataclass(frozen=True, slots=True)
class InstallScripts(Parameters):
    """`hosts` in the order of the work: host 2 first, since host 1's watch needs to be let in there. `source` is the
    primary, which must stay it.
    """

    source: str
    hosts: tuple[HostChange, ...]


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> InstallScripts:
    """What differs on which host. Refused where nothing does, or a host cannot be looked at."""
    inventory = snapshot.fleet.region(region)
    if inventory.kind is not RegionKind.SCRIPTED:
        raise Refused(f"{region} is kept by Pacemaker: the failover scripts belong to a region of kind scripted.")
    if host is not None:
        raise Refused(f"The scripts of both hosts belong together: name the region: --target {region}")
    source = region_context(snapshot, inventory).roles.primary
    if source is None:
        raise Refused(f"{region} has no one primary: find out which host is it before its scripts are changed.")
    platforms = platforms_of(snapshot, inventory)
    changes = [_change(snapshot, inventory, platform) for platform in reversed(platforms)]
    if not any(change.files for change in changes):
        raise Refused(f"{region}: both hosts have these very files already. There is nothing to install.")
    return InstallScripts(
        run=run,
        region=region,
        target=region,
        platforms=platforms,
        source=source.name,
        hosts=tuple(changes),
    )


def _change(snapshot: Snapshot, region: Region, platform: Platform) -> HostChange:
    facts = snapshot.facts(platform.host)
    managed, at_boot = facts.managed.value, facts.boot.value
    if managed is None:
        raise Refused(f"{platform.host}: its files are unknown: {facts.managed.error or 'not looked at'}.")
    boot = boot_system(systemd=managed.systemd)
    files = _wanted(region, platform, managed, boot)
    changed = tuple(_file_changes(facts.name, files, managed))
    enabled = at_boot.service_enabled if at_boot is not None else None
    return HostChange(platform.host, changed, boot, units(files), enabled)


def _wanted(region: Region, platform: Platform, managed: ManagedFiles, boot: BootSystem) -> tuple[HostFile, ...]:
    present = {file.path: file.text for file in managed.files}
    try:
        return wanted(region, host_number(region, platform.host), boot, present)
    except KeyError as error:
        raise Refused(
            f"{platform.host}: {error.args[0]} is no plain text of this size: put the line of "
            "pgsql-primary-check-start (host 1) or pgsql-standby-check-access (host 2) into it by hand, or make it one."
        ) from error


def _file_changes(host: str, files: tuple[HostFile, ...], managed: ManagedFiles) -> Iterator[FileChange]:
    there = {file.path: file for file in managed.files}
    for file in files:
        found = there.get(file.path)
        mode = f"{file.mode:o}"
        before = found.checksum if found is not None else ""
        if found is not None and not before:
            raise Refused(f"{host}: {file.path} is no plain file, or cannot be read. Look at it and move it away.")
        if found is not None and (before, found.mode, found.owner) == (file.checksum, mode, "root:root"):
            continue
        old = found.text if found is not None else ""
        own = file.text if file.path.endswith("/rc.local") else ""
        yield FileChange(file.path, mode, before, file.checksum, _difference(old, file), own)


def _difference(old: str | None, file: HostFile) -> tuple[str, ...]:
    """As a unified diff has it, without its head; bounded."""
    if old is None:
        return ("# what is there is no plain text",)
    lines = difflib.unified_diff(old.splitlines(), file.text.splitlines(), n=1, lineterm="")
    return tuple(lines)[2 : 2 + _DIFFERENCE]


# --- the plan -----------------------------------------------------------------------------------------------------


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """Install on host 2, on host 1, then see that the diagnosis is content.

    KeyError where this console has other files than the one that made the parameters.
    """
    assert isinstance(parameters, InstallScripts)
    count = sum(len(change.files) for change in parameters.hosts)
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Install the failover scripts on both hosts of {parameters.region}: {count} files differ.",
        checks=_checks(parameters),
        steps=(
            *(_install(fleet, parameters, change) for change in parameters.hosts if change.files),
            _verify(parameters),
        ),
        needs=(
            f"time: up to {PATIENCE:.0f} s until the checks hold; clients notice nothing",
            f"what the files replace is kept on each host in {backup_folder(parameters.run)}",
        ),
        sections=_sections(parameters),
        drill=True,
    )


def _sections(parameters: InstallScripts) -> tuple[tuple[str, str], ...]:
    return tuple((change.host, name) for change in parameters.hosts for name in ("managed", "boot", "pgpass"))


def _checks(parameters: InstallScripts) -> tuple[Condition, ...]:
    return (
        *pair_checks(parameters.region, parameters.platforms, parameters.run),
        must.primary_proven(parameters.region, parameters.source),
        must.no_second_writer(parameters.region, parameters.source),
        *(must.pgpass_ok(platform.host) for platform in parameters.platforms),
        *(_as_planned(change) for change in parameters.hosts),
    )


def _as_planned(change: HostChange) -> Condition:
    before = {file.path: file.before for file in change.files}
    return must.files_are(change.host, before, "as this plan saw them")


def _install(fleet: Fleet, parameters: InstallScripts, change: HostChange) -> Step:
    """Done again it changes nothing; taken back, what was there before is there again."""
    region = fleet.region(parameters.region)
    number = host_number(region, change.host)
    paths = tuple(file.path for file in change.files)
    after = {file.path: file.after for file in change.files}
    boot = change.at_boot is not None and change.at_boot is not (number == 2)
    return Step(
        key=f"install-{number}",
        title=f"install {len(paths)} files on {short(change.host)}",
        host=change.host,
        operations=(
            InstallFiles(_new_files(region, change), change.units, parameters.run),
            *((SetBootStart(number == 2),) if boot else ()),
        ),
        before=(must.primary_proven(parameters.region, parameters.source),),
        after=(must.files_are(change.host, after, "the new ones"),),
        undo=(
            PutFilesBack(paths, change.units, parameters.run),
            *((SetBootStart(bool(change.at_boot)),) if boot else ()),
        ),
        undone=(must.files_are(change.host, {file.path: file.before for file in change.files}, "as they were"),),
        sections=((change.host, "managed"),),
    )


def _new_files(region: Region, change: HostChange) -> tuple[NewFile, ...]:
    number = host_number(region, change.host)
    texts = {file.path: file.text for file in wanted(region, number, change.boot, {})}
    return tuple(_new_file(file, file.text or texts[file.path]) for file in change.files)


def _new_file(change: FileChange, text: str) -> NewFile:
    if cksum(text.encode("utf-8")) != change.after:
        raise KeyError(change.path)
    return NewFile(change.path, change.mode, text, change.before, change.difference)


def _verify(parameters: InstallScripts) -> Step:
    """Only looks."""
    names = listed(list(CHECKS), len(CHECKS))
    return Step(
        key="verify",
        title=f"see that the diagnosis has none of {names}",
        host=parameters.hosts[0].host,
        after=(
            *(must.nothing_found(parameters.region, code) for code in CHECKS),
            must.primary_proven(parameters.region, parameters.source),
        ),
        sections=_sections(parameters),
        patience=PATIENCE,
    )


def _sees(region: Region) -> tuple[tuple[str, str], ...]:
    return tuple((host.name, "managed") for host in region.databases)


INSTALL_SCRIPTS = Runbook(
    NAME,
    "install the failover scripts of a scripted region on both hosts, with the difference shown first",
    InstallScripts,
    decide,
    plan,
    sees=_sees,
)
