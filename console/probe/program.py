"""The probe's program for one host: assignments, SQL and functions, as one POSIX sh text (DESIGN 5, SSH.md 4).

The text only assigns and defines; the one thing that runs is `vmdb_probe`, which the transport calls a line a poll.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable
from functools import cache
from importlib import resources
from urllib.parse import urlsplit, urlunsplit

from console.facts.server_version import ServerVersion
from console.hostscripts.installation import managed_paths
from console.inventory.fleet import Fleet, Host, PostgresqlSettings, Region
from console.operations import places
from console.transport.program import ProbeProgram

_PARTS = (
    "frame",
    "setup",
    "system",
    "postgresql",
    "cluster",
    "archive",
    "scripts",
    "managed",
    "ui",
    "evidence",
    "traces",
)
# What a section asks, in this order. The probe takes the control file from the second row of `sql` (postgresql.sh).
_SQL_TOPICS = {
    "sql": ("begin", "role", "commit", "session", "control", "replication", "walreceiver", "archiver", "slots"),
    "settings": ("session", "settings"),
    "trials": ("session", "trials"),
}

_PLACES = {
    "VMDB_STATE": places.STATE,
    "VMDB_LEASE": places.LEASE.removeprefix(f"{places.STATE}/"),
    "VMDB_JOBS": places.JOBS.removeprefix(f"{places.STATE}/"),
    "VMDB_ARCHIVES": places.ARCHIVES.removeprefix(f"{places.STATE}/"),
    "VMDB_HELD": places.HELD_SUFFIX,
    "VMDB_REPLACED": places.REPLACED_SUFFIX,
    "VMDB_ASIDE": places.LOCK_ASIDE_SUFFIX,
    "VMDB_NEW": places.NEW,
    "VMDB_OLD": places.OLD,
    "VMDB_PART": places.PART_SUFFIX,
    "VMDB_INSIDE": places.INSIDE,
}


def program_for(region: Region, host: Host) -> ProbeProgram:
    """The program to feed to `host`'s shell; `version` names the functions' text, the same for every host."""
    body = _functions()
    version = probe_version()
    settings = {"VMDB_VERSION": version} | _settings(region, host)
    lines = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    text = "\n".join(["set +eu", "unset CDPATH ENV", *lines, _prefix(host.postgresql), body, ""])
    return ProbeProgram(text, version)


def programs(fleet: Fleet) -> Callable[[Host], ProbeProgram]:
    """The program of each host of `fleet`, as the transport asks for it; KeyError for a host of another fleet."""
    regions = {host.name: region for region in fleet.regions for host in region.hosts}
    return lambda host: program_for(regions[host.name], host)


def _settings(region: Region, host: Host) -> dict[str, str]:
    archive, scripts, ui = region.archive, region.scripts, region.ui
    worker = re.escape(ui.worker_service)
    return _postgresql_settings(host.postgresql) | {
        "VMDB_ARCHIVE_WRITE": archive.write if archive and host.postgresql else "",
        "VMDB_ARCHIVE_READ": archive.read if archive and host.postgresql else "",
        "VMDB_SCRIPTS_CONFIG": scripts.config if scripts else "",
        "VMDB_MANAGED": " ".join(managed_paths(region)) if scripts and host.postgresql else "",
        "VMDB_UI_ROOT": "" if host.postgresql else ui.root,
        **_ping(ui.ping_url),
        **_PLACES,
        # The first letter in brackets, so that the pattern never matches the command line that carries it.
        "VMDB_WORKER_PATTERN": f"[e]vm_server|[M]IQ: |[M]IQ Server|{_bracketed(worker)}",
    }


def _postgresql_settings(settings: PostgresqlSettings | None) -> dict[str, str]:
    """Settings of a database host; of another one all are empty, but for the password file that it has not."""
    return {
        "VMDB_DATA": _path(settings.data) if settings else "",
        "VMDB_TMP": _path(settings.tmp) if settings else "",
        "VMDB_HOME": _path(settings.home) if settings else "",
        "VMDB_LOG": settings.log if settings else "",
        "VMDB_PGPASS": settings.pgpass if settings else "",
        "VMDB_BIN": settings.bin if settings else "",
        "VMDB_SOCKET": settings.socket if settings else "",
        "VMDB_PORT": str(settings.port) if settings else "",
        "VMDB_OS_USER": settings.os_user if settings else "",
        "VMDB_DATABASE": settings.database if settings else "",
        "VMDB_SERVICE": settings.service if settings else "",
        "VMDB_HAS_PREFIX": "1" if settings and settings.command_prefix.strip() else "",
    }


def _path(path: str) -> str:
    return path.rstrip("/") or "/"


def _bracketed(pattern: str) -> str:
    return f"[{pattern[0]}]{pattern[1:]}" if pattern and pattern[0].isalnum() else pattern


def _ping(url: str) -> dict[str, str]:
    """The URL and its parts, without credentials: it goes into a command line on the host, where all may read it.

    Host and path go into a request's text: only what a URL may hold, so no format directive or line break.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return {"VMDB_PING_URL": "", "VMDB_PING_HOST": "", "VMDB_PING_PORT": "", "VMDB_PING_PATH": ""}
    path = re.sub(r"[^A-Za-z0-9/._~?&=+-]", "", parts.path + (f"?{parts.query}" if parts.query else "")) or "/"
    host = re.sub(r"[^A-Za-z0-9.:-]", "", host)
    return {"VMDB_PING_URL": bare, "VMDB_PING_HOST": host, "VMDB_PING_PORT": str(port), "VMDB_PING_PATH": path}


def _prefix(settings: PostgresqlSettings | None) -> str:
    """The command prefix as a function; its words come from the inventory and are quoted one by one."""
    try:
        words = shlex.split(settings.command_prefix) if settings else []
    except ValueError:
        words = settings.command_prefix.split() if settings else []
    quoted = " ".join(shlex.quote(word) for word in words)
    return f'vmdb_prefixed() {{ vmdb_wait=$1; shift; vmdb_bounded "$vmdb_wait" {quoted} "$@"; }}'


@cache
def _functions() -> str:
    folder = resources.files("console.probe") / "shell"
    texts = [_bare((folder / f"{part}.sh").read_text("utf-8")) for part in _PARTS]
    return "\n".join([*texts, _sql_function()])


def _bare(text: str) -> str:
    """Without whole-line comments and empty lines: a third less to send to every host."""
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


@cache
def probe_version() -> str:
    """What names the probe's text: a report of another version is not read."""
    return hashlib.sha256(_functions().encode()).hexdigest()[:12]


def _sql_function() -> str:
    """`vmdb_sql_text SECTION NUMBER` sets vmdb_query to what a server of that number understands."""
    lines = ["vmdb_sql_text() {", "  vmdb_query=", "  case $1 in"]
    for section, topics in _SQL_TOPICS.items():
        lines.append(f"  {section})")
        for topic in topics:
            lines.append("    vmdb_topic=")
            for number, name in _sql_files(topic):
                lines.append(f'    [ "$2" -lt {number} ] || vmdb_topic={shlex.quote(_sql_text(name))}')
            lines.append('    vmdb_query="$vmdb_query$vmdb_topic$VMDB_NEWLINE"')
        lines.append("    ;;")
    return "\n".join([*lines, "  esac", "}"])


def sql_for(topic: str, version: ServerVersion) -> str:
    """The text of `topic` that a server of `version` is asked; "" where it is too old for the topic."""
    texts = [name for number, name in _sql_files(topic) if version.number >= number * 100]
    return _sql_text(texts[-1]) if texts else ""


@cache
def _sql_files(topic: str) -> tuple[tuple[int, str], ...]:
    """The texts of a topic by the server number from which they hold (902 is 9.2, 1500 is 15), oldest first."""
    folder = resources.files("console.sql") / "probe"
    found = (re.fullmatch(rf"{topic}-(\d+)\.sql", item.name) for item in folder.iterdir())
    return tuple(sorted((int(match[1]), match[0]) for match in found if match))


def _sql_text(name: str) -> str:
    text = (resources.files("console.sql") / "probe" / name).read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return " ".join(line for line in lines if line and not line.startswith("--"))
