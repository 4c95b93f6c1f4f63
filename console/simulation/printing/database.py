"""controldata, data, queue, history, pgpass, log: PostgreSQL's files on a host."""

from __future__ import annotations

from console.facts.lsn import SEGMENT_SIZE
from console.simulation.noise import stable_hex
from console.simulation.printing.processes import postmaster_pid
from console.simulation.printing.settings import recovery_lines
from console.simulation.printing.view import Printed, View, ctime, lines, stamp


def controldata(view: View) -> Printed:
    """pg_controldata of 9.2 or of 15."""
    if not view.host.data_there:
        path = f"{view.host.settings.data}/global/pg_control"
        words = f'pg_controldata: could not open file "{path}" for reading: No such file or directory'
        return Printed("", 1, words)
    return Printed("\n".join(f"{name + ':':<38}{value}" for name, value in control_fields(view)))


def control_fields(view: View) -> list[tuple[str, str]]:
    """The control file's values by pg_controldata's names for them, in its order."""
    return _classic_fields(view) if view.platform.server.classic_wal else _fields(view)


def _minimum_recovery(view: View) -> str:
    return (
        str(view.platform.lsn(view.server.replayed)) if view.server.recovery_file and view.server.streaming else "0/0"
    )


def _head(view: View) -> list[tuple[str, str]]:
    return [
        ("Database system identifier", view.server.system_identifier),
        ("Database cluster state", view.server.state.value),
        ("pg_control last modified", ctime(view.server.checkpoint.at + 1)),
    ]


def _tail() -> list[tuple[str, str]]:
    return [
        ("Maximum data alignment", "8"),
        ("Database block size", "8192"),
        ("Blocks per segment of large relation", "131072"),
        ("WAL block size", "8192"),
        ("Bytes per WAL segment", str(SEGMENT_SIZE)),
        ("Maximum length of identifiers", "64"),
        ("Maximum columns in an index", "32"),
        ("Maximum size of a TOAST chunk", "1996"),
    ]


def _counters(view: View, separator: str) -> list[tuple[str, str]]:
    number = view.server.next_transaction
    return [
        ("Latest checkpoint's full_page_writes", "on"),
        ("Latest checkpoint's NextXID", f"0{separator}{number}"),
        ("Latest checkpoint's NextOID", "184327"),
        ("Latest checkpoint's NextMultiXactId", "1209"),
        ("Latest checkpoint's NextMultiOffset", "3610"),
        ("Latest checkpoint's oldestXID", "671"),
        ("Latest checkpoint's oldestXID's DB", "1"),
        ("Latest checkpoint's oldestActiveXID", "0"),
    ]


def _recovery_fields(view: View, *, timeline: bool) -> list[tuple[str, str]]:
    minimum = _minimum_recovery(view)
    found = [("Minimum recovery ending location", minimum)]
    if timeline:
        found.append(("Min recovery ending loc's timeline", str(0 if minimum == "0/0" else view.server.timeline)))
    return [
        *found,
        ("Backup start location", "0/0"),
        ("Backup end location", "0/0"),
        ("End-of-backup record required", "no"),
    ]


def _classic_fields(view: View) -> list[tuple[str, str]]:
    made, lsn = view.server.checkpoint, view.platform.lsn
    return [
        ("pg_control version number", "922"),
        ("Catalog version number", "201204301"),
        *_head(view),
        ("Latest checkpoint location", str(lsn(made.location))),
        ("Prior checkpoint location", str(lsn(view.server.prior_checkpoint))),
        ("Latest checkpoint's REDO location", str(lsn(made.redo))),
        ("Latest checkpoint's TimeLineID", str(made.timeline)),
        *_counters(view, "/"),
        ("Time of latest checkpoint", ctime(made.at)),
        *_recovery_fields(view, timeline=False),
        ("Current wal_level setting", "hot_standby"),
        ("Current max_connections setting", "600"),
        ("Current max_prepared_xacts setting", "0"),
        ("Current max_locks_per_xact setting", "64"),
        *_tail(),
        ("Date/time type storage", "64-bit integers"),
        ("Float4 argument passing", "by value"),
        ("Float8 argument passing", "by value"),
    ]


def _fields(view: View) -> list[tuple[str, str]]:
    made, lsn = view.server.checkpoint, view.platform.lsn
    return [
        ("pg_control version number", "1300"),
        ("Catalog version number", "202209061"),
        *_head(view),
        ("Latest checkpoint location", str(lsn(made.location))),
        ("Latest checkpoint's REDO location", str(lsn(made.redo))),
        ("Latest checkpoint's REDO WAL file", str(view.platform.segment(made.timeline, made.redo))),
        ("Latest checkpoint's TimeLineID", str(made.timeline)),
        ("Latest checkpoint's PrevTimeLineID", str(made.previous_timeline)),
        *_counters(view, ":"),
        ("Latest checkpoint's oldestMultiXid", "1"),
        ("Latest checkpoint's oldestMulti's DB", "1"),
        ("Latest checkpoint's oldestCommitTsXid", "0"),
        ("Latest checkpoint's newestCommitTsXid", "0"),
        ("Time of latest checkpoint", ctime(made.at)),
        ("Fake LSN counter for unlogged rels", "0/3E8"),
        *_recovery_fields(view, timeline=True),
        ("wal_level setting", "replica"),
        ("wal_log_hints setting", "off"),
        ("max_connections setting", "600"),
        ("max_worker_processes setting", "8"),
        ("max_wal_senders setting", "5"),
        ("max_prepared_xacts setting", "0"),
        ("max_locks_per_xact setting", "64"),
        ("track_commit_timestamp setting", "off"),
        *_tail(),
        ("Size of a large-object chunk", "2048"),
        ("Date/time type storage", "64-bit integers"),
        ("Float8 argument passing", "by value"),
        ("Data page checksum version", "1"),
        ("Mock authentication nonce", stable_hex(view.state.name, "nonce") * 2),
    ]


def data(view: View) -> Printed:
    """PG_VERSION, signal files, owners and modes, postmaster.pid, PGSQL.lock, recovery settings."""
    settings = view.host.settings
    if not view.host.data_there:
        return lines(f"path {settings.data}", *_lock_line(view))
    stats = [f"stat postgres 700 4096 {int(view.server.started_at)} {settings.data}"]
    stats.append(f"stat postgres 600 4 {int(view.server.created_at)} {settings.data}/PG_VERSION")
    stats += _lock_line(view)
    return lines(
        f"path {settings.data}",
        f"version {view.platform.server.major}",
        *(f"file {name}" for name in _signal_files(view)),
        *stats,
        _pid_file(view),
        recovery_lines(view),
    )


def _lock_line(view: View) -> list[str]:
    since = view.host.lock_since
    return [] if since is None else [f"stat root 644 0 {int(since)} {view.host.settings.tmp}/PGSQL.lock"]


def _signal_files(view: View) -> list[str]:
    return [*_standby_files(view), *(["backup_label"] if view.server.backup_label else [])]


def _standby_files(view: View) -> list[str]:
    if view.platform.server.recovery_conf:
        found = ["recovery.conf"] if view.server.recovery_file else []
        return found + (["recovery.done"] if view.server.recovery_done else [])
    return ["standby.signal"] if view.server.recovery_file else []


def left_pid_file(view: View) -> bool:
    """Whether a postmaster.pid is there without its postmaster: after a crash, never after a clean stop."""
    ended_well = view.server.backup_label or view.server.state.value.startswith("shut down")
    return not view.server.running and not ended_well


def _pid_file(view: View) -> str:
    if not view.server.running and not left_pid_file(view):
        return ""
    settings = view.host.settings
    socket = "/var/run/postgresql" if view.platform.systemd else "/tmp"
    content = [str(postmaster_pid(view)), settings.data, str(int(view.server.started_at)), str(settings.port), socket]
    content += ["*", "  5432001    229376"]
    content += [] if view.platform.server.classic_wal else ["ready   "]
    return "\n".join([*(f"pidfile {line}" for line in content), f"alive {'yes' if view.server.running else 'no'}"])


def queue(view: View) -> Printed:
    """archive_status/*.ready: nothing waits."""
    return Printed("ready 0")


def history(view: View) -> Printed:
    """The newest history file of pg_xlog or pg_wal. 9.2 wrote the segment in the second column (DOMAIN 3.1)."""
    server = view.server
    newest = max(server.histories, key=lambda file: file.timeline, default=None)
    if newest is not None and newest.timeline >= server.timeline and view.host.data_there:
        return Printed(f"@@{newest.timeline:08X}.history\n{newest.content.rstrip()}")
    if not server.switches or not view.host.data_there:
        return Printed("@@none")
    rows = []
    for switch in server.switches:
        place = str(view.platform.lsn(switch.position))
        if view.platform.server.classic_wal:
            place = str(view.platform.segment(switch.timeline, switch.position))
        rows.append(f"{switch.timeline}\t{place}\tno recovery target specified")
    return Printed("\n\n".join([f"@@{server.timeline:08X}.history\n{rows[0]}", *rows[1:]]))


def pgpass(view: View) -> Printed:
    """.pgpass as it must be."""
    modified = int(view.machine.booted_at - 90 * 86400)
    return lines(f"stat postgres 600 131 {modified} {view.host.settings.pgpass}", "entries 2")


def log(view: View) -> Printed:
    """The tail of the server's log, with the time the file last changed."""
    pid = postmaster_pid(view)
    entries = view.server.log if view.host.data_there else ()
    modified = int(entries[-1].at) if entries else int(view.server.started_at)
    text = [f"{stamp(line.at)} [{pid}] {line.severity}:  {line.text}" for line in entries]
    return lines(f"@@{modified} {view.host.settings.log}", *text)
