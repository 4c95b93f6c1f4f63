"""Section `data`: the data directory, its signal files, postmaster.pid, recovery settings, and PGSQL.lock."""

from __future__ import annotations

from console.facts.postgresql import DataDirectory, Postmaster
from console.facts.server_version import ServerVersion
from console.facts.system import FileStatus
from console.probe.lines import blocks, file_status, grouped, integer, number, yes_no
from console.probe.recovery import recovery_settings

_SIGNALS = frozenset(
    {
        "recovery.conf",
        "recovery.done",
        "standby.signal",
        "recovery.signal",
        "backup_label",
        "promote",
        "fallback_promote",
    }
)


def parse_data(text: str) -> DataDirectory | None:
    """None where the answer does not even name the directory. The probe fails where PGSQL.lock cannot be looked for."""
    head, *files = blocks(text)
    found = grouped(head.lines)
    path = _first(found, "path")
    if not path:
        return None
    statuses = {item.path: item for line in found.get("stat", ()) if (item := file_status(line)) is not None}
    directory, version_file = statuses.get(path), statuses.get(f"{path}/PG_VERSION")
    return DataDirectory(
        path=path,
        exists="version" in found,
        version=ServerVersion.parse(_first(found, "version") or ""),
        owner=directory.owner if directory else "",
        mode=directory.mode if directory else "",
        files=_SIGNALS.intersection(found.get("file", ())),
        postmaster=_postmaster(found.get("pidfile", []), yes_no(_first(found, "alive"))),
        lock=_lock(statuses),
        recovery=recovery_settings(tuple(files)),
        created=version_file.modified if version_file else None,
        link_target=_first(found, "link"),
    )


def _first(found: dict[str, list[str]], key: str) -> str | None:
    return found[key][0] if key in found else None


def _lock(statuses: dict[str, FileStatus]) -> FileStatus | None:
    return next((status for path, status in statuses.items() if path.endswith("/PGSQL.lock")), None)


def _postmaster(lines: list[str], alive: bool | None) -> Postmaster | None:
    """Lines of postmaster.pid (miscadmin.h): pid, data directory, start, port, socket directory, address, …"""
    content = [*lines, "", "", "", ""]
    pid = integer(content[0])
    if pid is None:
        return None
    return Postmaster(abs(pid), content[1], number(content[2]), integer(content[3]), alive)
