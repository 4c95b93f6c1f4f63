"""The server's processes as ps shows them: titles of PostgreSQL 9.2 to 18 (DOMAIN 3.2)."""

from __future__ import annotations

import posixpath
import re
from collections import Counter

from console.facts.lsn import Lsn, WalSegment
from console.facts.postgresql import ArchiverProcess, Processes, StartupProcess, WalreceiverProcess, WalsenderProcess
from console.probe.process_lines import ProcessLine, process_lines

_SERVER = re.compile(r"(?:\S*/)?(?:postgres|postmaster|edb-postgres|edb-postmaster)(?=\s|$)")
_NO_SERVER = re.compile(r"\s--?(?:single|boot|check|describe-config|version|V|help|C|fork\S*)(?=[\s=]|$)")
_DATA_DIRECTORY = re.compile(r"\s-D\s*(\S+)|\s(?:-c\s*|--)data[_-]directory=(\S+)")
_SENDER = re.compile(
    r"(?:wal sender process|walsender) +(\S+) +(?:(\S+) +)?(\[local\]|[^\s(]*\(([0-9]{1,5})\))(?: +(?P<state>.*))?"
)
_RECEIVER = re.compile(
    r"(?:wal receiver process|walreceiver)(?: +(?P<state>streaming|restarting|idle|waiting)\b *(.*))? *"
)
_STARTUP = re.compile(r"startup(?: process)?(?: +(?P<state>recovering|waiting for|\S.*?)(?: +([0-9A-Fa-f]{24}))?)? *")
_ARCHIVER = re.compile(r"archiver(?: process)?(?: +(?P<state>last was|failed on|archiving) +(\S+))? *")
_BACKEND = re.compile(r"\S+ \S+ (?:\[local\]|[^\s(]*\([0-9]{1,5}\))(?: +(?P<state>\S.*))?")
_TITLE = "postgres:"
_MOST_PREFIXES = 4
_A_SERVERS_CHILD = re.compile(
    r"(?:^|\s)postgres: (?:[^:\s]+: )?(?:checkpointer|background writer|writer process)\b", re.M
)


def parse_processes(text: str, data_directory: str | None = None) -> Processes | None:
    """Read `ps` output in any of its formats, or bare titles; None where the text is no list of processes.

    Of several servers the one of `data_directory` is meant (its -D, symbolic links not followed), then one that
    names no absolute directory; without `data_directory` the first. Only children of that server count, where ps
    prints parents. `postmaster` is 0 where titles show that a server runs, but its pid is not printed.
    A list without any server's process is a server that does not run; None where one is there, but in columns that
    are not understood.
    """
    lines = process_lines(text)
    if lines is None:
        return None
    titled = [line for line in lines if line.command.startswith(_TITLE)]
    if not any(map(_title, titled)) and _A_SERVERS_CHILD.search(text):
        return None
    servers = _servers(lines)
    chosen = _choose(servers, data_directory)
    if chosen is None:
        postmaster, children = _titles_only(titled, servers)
    else:
        postmaster = chosen.pid or 0
        others = {server.pid for server in servers} - {chosen.pid}
        children = [line for line in titled if _child_of(line, chosen, others)]
    return _processes(postmaster, _directory(chosen) if chosen else None, children)


def _servers(lines: list[ProcessLine]) -> list[ProcessLine]:
    """Postmasters. A child that was forked a moment ago still has its parent's command line and is none."""
    found = [line for line in lines if _SERVER.match(line.command) and not _NO_SERVER.search(line.command)]
    pids = {line.pid for line in found if line.pid is not None}
    return [line for line in found if line.parent is None or line.parent not in pids]


def _choose(servers: list[ProcessLine], data_directory: str | None) -> ProcessLine | None:
    if data_directory is None:
        return servers[0] if servers else None
    wanted = posixpath.normpath(data_directory)
    exact = [server for server in servers if posixpath.normpath(_directory(server) or ".") == wanted]
    unnamed = [server for server in servers if not (_directory(server) or "").startswith("/")]
    return next(iter([*exact, *unnamed]), None)


def _directory(server: ProcessLine) -> str | None:
    match = _DATA_DIRECTORY.search(server.command)
    return (match[1] or match[2]) if match else None


def _child_of(line: ProcessLine, server: ProcessLine, others: set[int | None]) -> bool:
    if line.parent is None or server.pid is None:
        return True
    # A child that the server's own parent shows (threads, containers) is nobody else's.
    return line.parent == server.pid and line.parent not in others


def _titles_only(titles: list[ProcessLine], servers: list[ProcessLine]) -> tuple[int | None, list[ProcessLine]]:
    """Titles without their postmaster's line (`ps | grep`): their parent is it; orphans (parent 1) have none."""
    if servers:
        return None, []
    parents = Counter(line.parent for line in titles if line.parent is not None and line.parent > 1)
    if parents:
        return parents.most_common(1)[0][0], titles
    unknown = [line for line in titles if line.parent is None]
    return (0 if unknown else None), titles


def _title(line: ProcessLine) -> str:
    return line.command.removeprefix(_TITLE).strip()


_Found = dict[str, list[tuple[int, re.Match[str]]]]


def _processes(postmaster: int | None, directory: str | None, children: list[ProcessLine]) -> Processes:
    found: _Found = {kind: [] for kind, _ in _KINDS}
    for line in children:
        kind, match = _kind(_title(line))
        if match is not None:
            found[kind].append((line.pid or 0, match))
    return Processes(
        postmaster=postmaster,
        data_directory=directory,
        walsenders=_backups_marked([_sender(pid, match) for pid, match in found["sender"]]),
        walreceiver=next((_receiver(pid, match) for pid, match in found["receiver"]), None),
        startup=next((_startup(pid, match) for pid, match in found["startup"]), None),
        archiver=next((_archiver(pid, match) for pid, match in found["archiver"]), None),
        backends=len(found["backend"]),
        titles=_titles_carry_state(found),
    )


def _titles_carry_state(found: _Found) -> bool:
    """False with update_process_title = off: processes that always say what they do say nothing, and no other does."""
    said = any(match["state"] for items in found.values() for _, match in items)
    return said or not any(found[kind] for kind in ("sender", "startup", "backend"))


_KINDS = (
    ("sender", _SENDER),
    ("receiver", _RECEIVER),
    ("backend", _BACKEND),
    ("startup", _STARTUP),
    ("archiver", _ARCHIVER),
)


def _kind(title: str) -> tuple[str, re.Match[str] | None]:
    """What a title is of, a `cluster_name: ` before it left out (9.5 on)."""
    rest = title
    for _ in range(_MOST_PREFIXES):
        for kind, pattern in _KINDS:
            match = pattern.fullmatch(rest)
            if match is not None:
                return kind, match
        _, colon, rest = rest.partition(": ")
        if not colon:
            break
    return "", None


def _sender(pid: int, match: re.Match[str]) -> WalsenderProcess:
    client = match[3].split("(", 1)[0]
    state = (match[5] or "").strip()
    return WalsenderProcess(
        pid=pid,
        user=match[1],
        client=client,
        port=int(match[4]) if match[4] else None,
        state=state,
        lsn=Lsn.parse(state.rpartition(" ")[2]),
        backup=state.startswith("sending backup"),
    )


def _backups_marked(senders: list[WalsenderProcess]) -> tuple[WalsenderProcess, ...]:
    """Mark the WAL stream that goes with each base backup: titles do not tell it from a standby's.

    pg_basebackup opens it right after its own connection, from the same client as the same user, so its pid is
    the nearest (DOMAIN 3.2: two senders while it runs).
    """
    streams: set[int] = set()
    for backup in senders:
        mates = [
            (abs(other.pid - backup.pid), index)
            for index, other in enumerate(senders)
            if not other.backup and index not in streams and (other.user, other.client) == (backup.user, backup.client)
        ]
        if backup.backup and mates:
            streams.add(min(mates)[1])
    return tuple(
        WalsenderProcess(s.pid, s.user, s.client, s.port, s.state, s.lsn, s.backup or index in streams)
        for index, s in enumerate(senders)
    )


def _receiver(pid: int, match: re.Match[str]) -> WalreceiverProcess:
    state = f"{match[1] or ''} {match[2] or ''}".strip()
    return WalreceiverProcess(pid, state, Lsn.parse(state.rpartition(" ")[2]))


def _startup(pid: int, match: re.Match[str]) -> StartupProcess:
    state = (match[1] or "").removesuffix(" for")
    return StartupProcess(pid, state, WalSegment.parse(match[2] or ""))


def _archiver(pid: int, match: re.Match[str]) -> ArchiverProcess:
    return ArchiverProcess(
        pid, match[2] if match[1] == "last was" else None, match[2] if match[1] == "failed on" else None
    )
