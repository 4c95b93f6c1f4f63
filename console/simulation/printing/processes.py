"""processes: `ps -ww -o pid=,ppid=,user=,args=` of the database's user, with the titles of 9.2 or of 13 to 18."""

from __future__ import annotations

from console.simulation.network import lets_in
from console.simulation.noise import stable_number
from console.simulation.printing.view import Printed, View

_CLIENTS = 9


def postmaster_pid(view: View) -> int:
    """The postmaster's pid; another one after each start."""
    return stable_number(2100, 19_000, view.host.name, view.server.starts)


def processes(view: View) -> Printed:
    """The server's processes; nothing where it does not run."""
    if not view.server.running:
        return Printed("")
    parent = postmaster_pid(view)
    titles = _classic_titles(view) if view.platform.server.classic_wal else _titles(view)
    found = [_line(parent, 1, _command(view))]
    found += [_line(parent + 3 + 2 * n, parent, title) for n, title in enumerate(titles)]
    return Printed("\n".join(found))


def _line(pid: int, parent: int, text: str) -> str:
    return f"{pid:5d} {parent:5d} postgres {text}"


def _command(view: View) -> str:
    settings = view.host.settings
    if view.platform.systemd:
        return f"{settings.bin}/postgres -D {settings.data} -c config_file={settings.data}/postgresql.conf"
    return f"/opt/rh/postgresql92/root/usr/bin/postgres -D {settings.data} -p {settings.port}"


def _classic_titles(view: View) -> list[str]:
    server = view.server
    segment = view.platform.segment(server.timeline, server.replayed)
    found = ["postgres: logger process                "]
    if server.in_recovery:
        state = "recovering" if server.streaming else "waiting for"
        found += [f"postgres: startup process   {state} {segment}"]
        found += ["postgres: checkpointer process          ", "postgres: writer process                "]
        found += ["postgres: stats collector process       "]
        if server.streaming:
            found.append(f"postgres: wal receiver process   streaming {view.platform.lsn(server.written)}")
        return found
    archived = f"   last was {server.last_archived}" if server.last_archived else "                "
    found += [
        "postgres: checkpointer process          ",
        "postgres: writer process                ",
        "postgres: wal writer process            ",
        "postgres: autovacuum launcher process   ",
        f"postgres: archiver process{archived}",
        "postgres: stats collector process       ",
    ]
    return [*found, *_sender(view, "wal sender process"), *_backends(view)]


def _titles(view: View) -> list[str]:
    server = view.server
    segment = view.platform.segment(server.timeline, server.replayed)
    found = ["postgres: checkpointer ", "postgres: background writer "]
    if server.in_recovery:
        found.append(f"postgres: startup {'recovering' if server.streaming else 'waiting for'} {segment}")
        if server.streaming:
            found.append(f"postgres: walreceiver streaming {view.platform.lsn(server.written)}")
        return found
    archived = f" last was {server.last_archived}" if server.last_archived else ""
    found += ["postgres: walwriter ", "postgres: autovacuum launcher ", f"postgres: archiver{archived}"]
    return [*found, "postgres: logical replication launcher ", *_sender(view, "walsender"), *_backends(view)]


def sender_port(view: View) -> int:
    """The standby's end of the connection."""
    return stable_number(40_000, 60_000, view.peer.name, view.peer.server.starts)


def _sender(view: View, words: str) -> list[str]:
    if not is_fed(view):
        return []
    place = view.platform.lsn(view.peer.server.written)
    user = view.host.settings.replication_user
    return [f"postgres: {words} {user} {view.peer.host.address}({sender_port(view)}) streaming {place}"]


def is_fed(view: View) -> bool:
    """Whether the peer streams from this primary."""
    peer = view.peer
    return view.server.primary and peer.machine.on and peer.server.in_recovery and peer.server.streaming


def _backends(view: View) -> list[str]:
    if not view.state.uis or not lets_in(view.host, None):
        return []
    settings = view.host.settings
    client = view.state.uis[0].host.address
    return [
        f"postgres: {settings.sql_user} {settings.database} {client}({41_230 + 2 * n}) idle" for n in range(_CLIENTS)
    ]
