"""S08 where the console's own failover scripts are installed: is every file of them, and every setting, as it was?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.words import listed, one_line, short
from console.facts.host import HostFacts
from console.facts.scripts import ScriptsState
from console.hostscripts.catalogue import LIBRARY_FOLDER, HostNumber, Kind, files_for
from console.hostscripts.configuration import ConfigurationError, settings_of
from console.inventory.fleet import Region

INSTALL = "vmdb-console run install-scripts shows the difference and installs the same version on both hosts."
_COMPARED = frozenset({Kind.PROGRAM, Kind.LIBRARY, Kind.CRON, Kind.LOGROTATE})
"""What a boot runs is S06's."""
_NUMBERS: tuple[HostNumber, ...] = (1, 2)


def check_installed(context: RegionContext) -> Iterable[Finding]:
    """Files and settings that differ from what `install-scripts` would put there. Of other scripts nothing is said."""
    for number, facts in zip(_NUMBERS, context.hosts, strict=True):
        scripts = facts.scripts.value
        if scripts is None or not installed_here(facts):
            continue
        files = list(_other_files(number, scripts, facts))
        settings = list(_other_settings(context.region, number, scripts))
        if files or settings:
            yield _drifted(context.region, facts, files, settings)


def installed_here(facts: HostFacts) -> bool:
    """Whether the host has the console's own scripts, in whatever state: their library is there."""
    scripts = facts.scripts.value
    return scripts is not None and any(path.startswith(f"{LIBRARY_FOLDER}/") for path in scripts.installed)


def _other_files(number: HostNumber, scripts: ScriptsState, facts: HostFacts) -> Iterator[str]:
    held = set(facts.traces.value.held) if facts.traces.value is not None else set()  # of held ones H08 tells
    for file in files_for(number, "sysv"):
        if file.kind not in _COMPARED or file.path in held:
            continue
        found = scripts.installed.get(file.path)
        if found is None:
            yield f"{file.path} is missing"
        elif found != file.checksum:
            yield f"{file.path} is another version"


def _other_settings(region: Region, number: HostNumber, scripts: ScriptsState) -> Iterator[str]:
    try:
        wanted = settings_of(region, number)
    except ConfigurationError:
        return
    for name, value in wanted.items():
        found = scripts.config.get(name)
        if found != value and "'" not in value:  # the probe undoes no more than one pair of quotes
            said = "is not set" if found is None else f"is '{found}'"
            yield f"{name} {said}, the inventory says '{value}'"


def _drifted(region: Region, facts: HostFacts, files: list[str], settings: list[str]) -> Finding:
    differences = [*files, *settings]
    names = [posixpath.basename(words.partition(" ")[0]) for words in differences]
    missing = [name for name, words in zip(names, differences, strict=True) if words.endswith(" is missing")]
    return Finding(
        code="S08",
        severity=Severity.WARNING,
        region=region.name,
        host=facts.name,
        summary=one_line(f"{short(facts.name)}: the failover scripts are not as installed: {listed(names, 3)}"),
        evidence=tuple(
            Evidence.of("difference", one_line(words, 300), facts.scripts, facts.name) for words in differences[:12]
        ),
        remedy=INSTALL,
        details={"missing": missing, "different": [name for name in names if name not in missing]},
        subject="installed",
    )
