"""How an operation becomes POSIX sh text. Every value is quoted here and nowhere else (DESIGN 7).

A command is: values as assignments, each quoted once; the parts of `shell/` that it needs, as they lie there; and a
body that names the values only as "$name". So no value is ever part of a program's text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from console.errors import VmdbConsoleError
from console.operations.platform import Platform

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.:/-]+")


class CommandError(VmdbConsoleError):
    """A value cannot be written into a shell's text, or is none that an operation may work with."""


def quoted(value: str) -> str:
    """One word of a shell's text. CommandError for a NUL, which no shell can carry."""
    if "\0" in value:
        raise CommandError(f"a value holds a NUL byte, which no command can carry: {value!r}")
    return shlex.quote(value)


def command_line(*words: str) -> str:
    """A program and its arguments as one line of a shell's text."""
    return " ".join(map(quoted, words))


def script(platform: Platform, body: str, *parts: str, **values: str) -> str:
    """The text of an operation: what `parts` and `values` give, then `body` (fixed text, or a function of a part).

    Parts: `user` (as_database COMMAND…: as the database's user, with its programs' PATH, libraries and password file),
    `server` (find_server, need_unused), `sql` (local_sql), `service` (manage VERB), and an operation's own ones.
    """
    assigned: dict[str, str] = {}
    for part in parts:
        assigned |= _VALUES.get(part, _nothing)(platform)
    lines = [f"{name}={quoted(value)}" for name, value in (assigned | values).items()]
    texts = [part_text("base"), *lines]
    for part in parts:
        texts += [_GENERATED[part](platform)] if part in _GENERATED else []
        texts += [part_text(part)] if part not in _GENERATED_ONLY else []
    return "\n".join([*texts, body.strip("\n"), ""])


def conninfo(**values: str) -> str:
    """libpq's keyword/value string; single quotes and backslashes escaped as libpq reads them (fe-connect.c)."""
    return " ".join(f"{name}={_conninfo_value(value)}" for name, value in values.items())


def _conninfo_value(value: str) -> str:
    if _PLAIN_WORD.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def setting(name: str, value: str) -> str:
    """A line of a configuration file: quotes and backslashes doubled, line breaks escaped (guc-file.l GUC_scanstr)."""
    text = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return f"{name} = '{text}'"


@cache
def part_text(name: str) -> str:
    """A file of `shell/` without whole-line comments and empty lines."""
    text = (resources.files("console.operations") / "shell" / f"{name}.sh").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def essentials(command: str) -> str:
    """A command without the functions that many share, each named in a comment instead: what a person wants to read."""
    for name in sorted(_part_names(), key=lambda name: -len(part_text(name))):
        command = command.replace(part_text(name), f"# {name}.sh")
    return command


@cache
def _part_names() -> tuple[str, ...]:
    files = (resources.files("console.operations") / "shell").iterdir()
    return tuple(item.name.removesuffix(".sh") for item in files if item.name.endswith(".sh"))


def _nothing(_: Platform) -> dict[str, str]:
    return {}


def _user_values(platform: Platform) -> dict[str, str]:
    settings = platform.postgresql
    return {
        "os_user": settings.os_user,
        "pgpass": settings.pgpass,
        "programs": settings.bin,
        "major": platform.version.major,
    }


def _server_values(platform: Platform) -> dict[str, str]:
    return {"data": platform.postgresql.data.rstrip("/") or "/"}


def _sql_values(platform: Platform) -> dict[str, str]:
    return {"port": str(platform.postgresql.port), "socket": platform.postgresql.socket}


def _service_values(platform: Platform) -> dict[str, str]:
    return {"service": platform.postgresql.service}


def _gate_values(platform: Platform) -> dict[str, str]:
    return {"port": str(platform.postgresql.port)}


_VALUES: Mapping[str, Callable[[Platform], dict[str, str]]] = {
    "user": _user_values,
    "server": _server_values,
    "sql": _sql_values,
    "service": _service_values,
    "firewall": _gate_values,
}


def _prefix(platform: Platform) -> str:
    """The command prefix (`scl enable postgresql92 --`) as a function; its words are quoted one by one."""
    prefix = platform.postgresql.command_prefix
    try:
        words = shlex.split(prefix)
    except ValueError:
        words = prefix.split()
    return f'prefixed() {{ {" ".join([*map(quoted, words), ""])}"$@"; }}'


def _manager(platform: Platform) -> str:
    return part_text("systemd" if platform.systemd else "sysv")


_GENERATED: Mapping[str, Callable[[Platform], str]] = {"user": _prefix, "service": _manager}
_GENERATED_ONLY = frozenset({"service"})
