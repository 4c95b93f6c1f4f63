"""sql: the rows of console/sql/probe/*.sql as psql prints them, for servers that answer."""

from __future__ import annotations

import json
from typing import Any

from console.facts.lsn import SEGMENT_SIZE
from console.simulation.printing.database import control_fields, controldata
from console.simulation.printing.processes import is_fed, postmaster_pid
from console.simulation.printing.settings import in_force
from console.simulation.printing.view import Printed, View


def sql(view: View) -> Printed:
    """One row a line, `topic {json}`; psql's own words where the server is down."""
    if not view.server.running:
        return _refused(view)
    rows = [("role", _role(view))]
    if not view.platform.server.classic_wal:
        rows.append(("control", _control(view)))
    if is_fed(view):
        rows.append(("replication", _replication(view)))
    if not view.platform.server.classic_wal:
        rows += [("walreceiver", _walreceiver(view))] if view.server.streaming else []
        rows.append(("archiver", _archiver(view)))
    return _printed(rows)


def settings(view: View) -> Printed:
    """The settings in force, as pg_settings has them."""
    if not view.server.running:
        return _refused(view)
    return _printed([("setting", {"name": name, "value": value}) for name, value in in_force(view)])


def trials(view: View) -> Printed:
    """Schemas of replication tests, as far as replay has come."""
    if not view.server.running:
        return _refused(view)
    shown = [trial for trial in view.server.trials if trial.shown_at(view.server.replayed)]
    found = sorted(f"{trial.schema} vmdb-console run {trial.run}" for trial in shown)
    return _printed([("trials", {"found": found})])


def _printed(rows: list[tuple[str, dict[str, Any]]]) -> Printed:
    return Printed("\n".join(f"{topic} {json.dumps(row, separators=(',', ':'))}" for topic, row in rows))


def _refused(view: View) -> Printed:
    if view.platform.server.classic_wal:
        words = "psql: could not connect to server: No such file or directory"
    else:
        socket = "/var/run/postgresql/.s.PGSQL.5432"
        words = f'psql: error: connection to server on socket "{socket}" failed: No such file or directory'
    return Printed("", 2, words)


def _role(view: View) -> dict[str, Any]:
    server, lsn = view.server, view.platform.lsn
    standby = server.in_recovery
    current = None if standby else str(lsn(server.written))
    return {
        "version": view.platform.server.number,
        "in_recovery": standby,
        "read_only": "off",
        "current": current,
        "wal_file": None if standby else str(view.platform.segment(server.timeline, server.written)),
        "received": str(lsn(server.written)) if standby else None,
        "replayed": str(lsn(server.replayed)) if standby else None,
        "replay_paused": False if standby else None,
        "replay_age": round(max(0.0, view.now - server.last_commit_at), 6) if standby else None,
        "apply_delay": None if view.platform.server.recovery_conf else "0",
        "started_at": round(server.started_at, 5),
    }


def control(view: View) -> Printed:
    """The control file as a running server of 9.6 or later reads it, else as pg_controldata does."""
    if not view.server.running or view.platform.server.classic_wal:
        return controldata(view)
    return _printed([("control", _control(view))])


def _control(view: View) -> dict[str, Any]:
    fields = dict(control_fields(view))
    return {
        "system_identifier": view.server.system_identifier,
        "control_version": int(fields["pg_control version number"]),
        "state": "in archive recovery" if view.server.in_recovery else "in production",
        "checkpoint": fields["Latest checkpoint location"],
        "redo": fields["Latest checkpoint's REDO location"],
        "timeline": view.server.checkpoint.timeline,
        "previous_timeline": view.server.checkpoint.previous_timeline,
        "minimum_recovery": fields["Minimum recovery ending location"],
        "minimum_recovery_timeline": int(fields["Min recovery ending loc's timeline"]),
        "backup_start": fields["Backup start location"],
        "segment_size": SEGMENT_SIZE,
        "block_size": int(fields["Database block size"]),
        "checksums": int(fields["Data page checksum version"]),
    }


def _replication(view: View) -> dict[str, Any]:
    peer, lsn = view.peer, view.platform.lsn
    name = peer.host.node if view.state.cluster is not None else "walreceiver"
    received = str(lsn(peer.server.written))
    return {
        "pid": postmaster_pid(view) + 77,
        "application_name": name,
        "client": peer.host.address,
        "state": "streaming",
        "sent": received,
        "written": received,
        "flushed": received,
        "replayed": str(lsn(peer.server.replayed)),
        "sync_state": "async",
    }


def _walreceiver(view: View) -> dict[str, Any]:
    endpoint = view.state.region.endpoint
    sender = endpoint.addresses[0] if endpoint is not None and view.state.cluster is not None else view.peer.name
    return {
        "status": "streaming",
        "received": str(view.platform.lsn(view.server.written)),
        "timeline": view.server.timeline,
        "sender": f"{sender}:{view.host.settings.port}",
        "slot": None,
    }


def _archiver(view: View) -> dict[str, Any]:
    archived = view.server.archived if view.server.last_archived else 0
    return {
        "archived": archived,
        "last_archived": view.server.last_archived,
        "failed": 0,
        "last_failed": None,
        "failing": False,
    }
