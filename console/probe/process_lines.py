"""Lines of ps, whatever its columns: pid, parent and command of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from console.probe.text_lines import text_lines

# Columns before the command where ps printed no header: user, pid, parent, then cpu, memory, times, terminal, state.
_SHAPE = re.compile(
    r"\s*(?:(?P<user>[A-Za-z_][\w.$+-]*)\s+)?(?P<pid>[0-9]{1,10})\s+(?:(?P<parent>[0-9]{1,10})\s+)?"
    r"(?P<rest>(?:(?:[0-9][0-9.:-]*|\?|pts/[0-9]+|tty\w*|[A-Z][a-z]{2}[0-9]{1,2}|[RSDTtZXIW][<NLsl+]*)\s+)*)"
    r"(?P<command>\S.*)"
)
# Columns with spaces in them: lstart ("Mon Nov 23 07:09:31 2026"), and start of yesterday ("Nov 22").
_LONG_START = re.compile(r" (?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}(?= )")
_SHORT_START = re.compile(r" [A-Z][a-z]{2} [ 0-9][0-9](?= )")
_LATE_USER = re.compile(r"([A-Za-z_][\w.$+-]*)\s+(\S.*)")
_SERVER_OPTION = re.compile(r"-[A-Za-z]")
_COMMAND_COLUMNS = frozenset({"CMD", "COMMAND", "ARGS"})
_TREE = re.compile(r"[\s|\\_]+")
_TITLE = "postgres:"
# What `systemctl status` and `ps f` draw before a process.
_DRAWN = " │├└─|`\\_"


class ProcessLine(NamedTuple):
    """A process. `pid`, `parent` None where ps did not print them."""

    pid: int | None
    parent: int | None
    command: str


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a header says: how many columns there are, and where; `parent` None where ps printed none.

    `started`: there is a column whose value may be the day of the start, with a space in it.
    """

    number: int
    pid: int
    parent: int | None
    started: bool


def process_lines(text: str) -> list[ProcessLine] | None:
    """Every process in ps output with or without a header, or in bare titles; None where it is none of these."""
    columns: _Columns | None = None
    found: list[ProcessLine] = []
    for line in text_lines(text):
        header = _header(line) if "PID" in line else None
        if header is not None:
            columns = header
        elif (process := _line(line, columns)) is not None:
            found.append(process)
    return found if found or columns is not None else None


def _header(line: str) -> _Columns | None:
    words = line.split(None, 12)
    if words[-1] not in _COMMAND_COLUMNS:
        return None
    places = {name: at for at, name in enumerate(words)}
    if "PID" not in places:
        return None
    return _Columns(len(words), places["PID"], places.get("PPID"), "STARTED" in places)


def _line(raw: str, columns: _Columns | None) -> ProcessLine | None:
    # A time of day has two colons; nearly every title has one, or none.
    line = _LONG_START.sub(" 0:0", raw, count=1) if raw.count(":") > 1 else raw
    if columns is not None and columns.started and line == raw:
        line = _SHORT_START.sub(" 0:0", raw, count=1)
    if columns is not None:
        by_header = _by_header(line, columns)
        if by_header is not None:
            return by_header
    stripped = line.strip().lstrip(_DRAWN)
    if stripped.startswith(_TITLE):
        return ProcessLine(None, None, stripped)
    match = _SHAPE.match(stripped)
    if match is None:
        return None
    return ProcessLine(int(match["pid"]), int(match["parent"]) if match["parent"] else None, _command(match["command"]))


def _by_header(line: str, columns: _Columns) -> ProcessLine | None:
    """The columns that the header names; times and terminals hold no spaces in ps -ef and aux."""
    words = line.split(None, columns.number - 1)
    if len(words) < columns.number:
        return None
    pid = _number(words[columns.pid])
    parent = _number(words[columns.parent]) if columns.parent is not None else None
    return ProcessLine(pid, parent, _without_tree(words[-1])) if pid is not None else None


def _number(text: str) -> int | None:
    return int(text) if len(text) <= 10 and text.isascii() and text.isdigit() else None


def _without_tree(command: str) -> str:
    """The command without the tree that `ps f` draws before it, and without space around it."""
    return _TREE.sub("", command, count=1).strip() if command[0] in "|\\_" else command.strip()


def _command(text: str) -> str:
    """The command, when a user's name may stand before it (`pid ppid user args`) or ps drew a tree."""
    bare = _without_tree(text)
    late = _LATE_USER.fullmatch(bare)
    # "postgres -D …" is a command, "postgres /usr/bin/postgres -D …" and "postgres postgres: …" begin with a user.
    if late is None or _SERVER_OPTION.match(late[2]):
        return bare
    rest = _without_tree(late[2])
    return rest if rest.startswith((_TITLE, "/")) or rest.split(None, 1)[0] in {"postgres", "postmaster"} else bare
