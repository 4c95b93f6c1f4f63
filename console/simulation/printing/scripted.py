"""scripts and boot: the failover scripts of a scripted region, and what happens when a host comes up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from console.simulation.host_files import CONFIGURATION, CRON, RC_LOCAL, checksum, files_of
from console.simulation.printing.view import Printed, View, lines
from console.simulation.state import PlacedFile

PROMOTE_LOG = "/var/log/pgsql-standby-check-promote.log"


def scripts(view: View) -> Printed:
    """Counter, configuration, checksums, cron, and check-promote's log."""
    own = view.host.scripts
    found = [f"counter {own.counter}"]
    if own.counter:
        found.append(f"stat {int(own.counter_at)} {view.host.settings.home}/primary-failcount")
    if own.log:
        found.append(f"stat {int(own.log[-1].at)} {PROMOTE_LOG}")
    files = files_of(view.state, view.host)
    found += [f"@@config {CONFIGURATION}", *_assignments(files), "@@installed"]
    found += [f"{checksum(file)} {path}" for path, file in files.items() if path not in (CONFIGURATION, RC_LOCAL)]
    found += ["@@cron", *_cron_lines(files)]
    found += [
        "@@state",
        f"cron {'yes' if own.cron else 'no'}",
        "checks 0",
        "@@log",
        *(_log_line(view, n) for n in range(len(own.log))),
    ]
    return lines(*found)


def _assignments(files: Mapping[str, PlacedFile]) -> list[str]:
    """Comments are no assignments."""
    text = files[CONFIGURATION].text if CONFIGURATION in files else ""
    return [line for line in (text or "").splitlines() if "=" in line and not line.startswith("#")]


def _cron_lines(files: Mapping[str, PlacedFile]) -> list[str]:
    text = files[CRON].text if CRON in files else ""
    return [line for line in (text or "").splitlines() if "pgsql-standby-check-promote" in line and line[0] != "#"]


def managed(view: View) -> Printed:
    """Every file of the scripts, whole."""
    found: list[str] = []
    for path, file in files_of(view.state, view.host).items():
        found.append(f"@@file {file.mode} root:root {checksum(file)} {path}")
        found += [f"|{line}" for line in (file.text or "").splitlines()]
    return lines(*found, "@@end systemd" if view.platform.systemd else "@@end")


def _log_line(view: View, number: int) -> str:
    line = view.host.scripts.log[number]
    if not line.level:  # pg_ctl's own words
        return line.text
    return f"{datetime.fromtimestamp(line.at, UTC):%b %d %H:%M:%S} {line.level}: {line.text}"


def boot(view: View) -> Printed:
    """chkconfig or systemctl for the database's and the cluster's services, and rc.local."""
    clustered = view.state.cluster is not None
    cluster = ("pacemaker", "corosync") if view.platform.systemd else ("pacemaker", "cman")
    found = [
        f"@@service {view.host.settings.service}",
        *_service(view, view.host.settings.service, view.host.service_enabled),
    ]
    for name in ("pacemaker", "corosync", "cman"):
        found.append(f"@@cluster {name}")
        found += _service(view, name, True) if clustered and name in cluster else []
    found.append("@@scripts")
    if not clustered:
        files = files_of(view.state, view.host)
        text = files[RC_LOCAL].text if RC_LOCAL in files else ""
        found += [line for line in (text or "").splitlines() if "pgsql-" in line and not line.startswith("#")]
    return lines(*found)


def _service(view: View, name: str, enabled: bool) -> list[str]:
    if view.platform.systemd:
        return [f"systemctl {'enabled' if enabled else 'disabled'}"]
    word = "on" if enabled else "off"
    levels = "\t".join(f"{level}:{word if level in '2345' else 'off'}" for level in "0123456")
    links = [f"link /etc/rc.d/rc{level}.d/S64{name}" for level in "2345"] if enabled else []
    return [f"chkconfig {name}\t{levels}", f"init /etc/init.d/{name}", *links]
