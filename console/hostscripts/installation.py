"""What a host of a region is to have, for its inventory and its way to boot, and where all of it lies."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from console.hostscripts.block import with_block
from console.hostscripts.catalogue import RC_LOCAL, BootSystem, HostFile, HostNumber, Kind, files_for
from console.hostscripts.configuration import configuration
from console.inventory.fleet import Region, Scripts

RC_D_LOCAL = "/etc/rc.d/rc.local"
"""Where rc.local lies on RHEL; /etc/rc.local is a link to it there."""
_BOOT_SYSTEMS: tuple[BootSystem, ...] = ("sysv", "systemd")
_NUMBERS: tuple[HostNumber, ...] = (1, 2)


def boot_system(*, systemd: bool) -> BootSystem:
    """The catalogue's word for a host's way to boot."""
    return "systemd" if systemd else "sysv"


def host_number(region: Region, host: str) -> HostNumber:
    """1 for the region's normal primary, 2 for its other database host; StopIteration for another host is a defect."""
    return next(number for number in _NUMBERS if region.databases[number - 1].name == host)


def managed_paths(region: Region) -> tuple[str, ...]:
    """Every path that a file of the scripts can have on a host of the region, in order."""
    files = (file.path for number in _NUMBERS for boot in _BOOT_SYSTEMS for file in files_for(number, boot))
    config = (region.scripts or Scripts()).config
    return tuple(sorted({*files, config, RC_D_LOCAL}))


def wanted(
    region: Region, number: HostNumber, boot: BootSystem, present: Mapping[str, str | None]
) -> tuple[HostFile, ...]:
    """Whole files that host `number` is to have: libraries first, and last what cron and boots run.

    `present` are texts by path of what is there; of rc.local all but our block stays. KeyError where rc.local is there
    and its text is not known.
    """
    files = (*files_for(number, boot), configuration(region, number))
    return tuple(sorted((_whole(file, present) for file in files), key=lambda file: (_ORDER[file.kind], file.path)))


_ORDER = {
    Kind.CONFIGURATION: 0,
    Kind.LIBRARY: 1,
    Kind.PROGRAM: 2,
    Kind.LOGROTATE: 3,
    Kind.UNIT: 4,
    Kind.BLOCK: 5,
    Kind.CRON: 6,
}


def _whole(file: HostFile, present: Mapping[str, str | None]) -> HostFile:
    if file.kind is not Kind.BLOCK:
        return file
    path = RC_D_LOCAL if RC_D_LOCAL in present else RC_LOCAL
    text = present.get(path, "")
    if text is None:
        raise KeyError(path)
    return replace(file, path=path, text=with_block(text, file.text))


def units(files: tuple[HostFile, ...]) -> tuple[str, ...]:
    """The names of the systemd units among them."""
    return tuple(posixpath.basename(file.path) for file in files if file.kind is Kind.UNIT)
