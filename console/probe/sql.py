"""Sections `sql` and `settings`: what the server says of itself, one `topic {json}` line a row (console/sql/probe)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from console.facts.lsn import Lsn, WalSegment
from console.facts.postgresql import ArchiverRow, ReplicationRow, ReplicationSlot, SqlStatus, WalreceiverRow
from console.facts.server_version import ServerVersion
from console.facts.text import clean
from console.facts.trials import Trial
from console.operations.places import TRIAL, TRIAL_COMMENT

_Row = Mapping[str, Any]
_TOPICS = frozenset({"role", "control", "replication", "walreceiver", "archiver", "slot", "setting", "trials"})


def parse_sql(text: str) -> SqlStatus | None:
    """The rows joined; None without a row that says version and role."""
    rows = _rows(text)
    role = next(iter(rows.get("role", [])), None)
    version = _integer(role, "version") if role else None
    in_recovery = role.get("in_recovery") if role else None
    if role is None or version is None or not isinstance(in_recovery, bool):
        return None
    control = next(iter(rows.get("control", [])), {})
    walreceiver = next((_walreceiver(row) for row in rows.get("walreceiver", []) if _text(row, "status")), None)
    paused = role.get("replay_paused")
    return SqlStatus(
        version=ServerVersion(version),
        in_recovery=in_recovery,
        read_only=_text(role, "read_only") == "on",
        current=_lsn(role, "current"),
        received=_lsn(role, "received"),
        replayed=_lsn(role, "replayed"),
        replay_paused=paused if isinstance(paused, bool) else None,
        replay_age=_float(role, "replay_age"),
        timeline=_timeline(role, walreceiver, control),
        system_identifier=_text(control, "system_identifier"),
        replication=tuple(_replication(row) for row in rows.get("replication", [])),
        walreceiver=walreceiver,
        archiver=next((_archiver(row) for row in rows.get("archiver", [])), None),
        slots=tuple(_slot(row) for row in rows.get("slot", [])),
        started_at=_float(role, "started_at"),
        apply_delay=_text(role, "apply_delay"),
    )


def parse_settings(text: str) -> dict[str, str] | None:
    """The settings in force by name, without units, in the server's own units; None without any."""
    found = {}
    for row in _rows(text).get("setting", []):
        name, value = _text(row, "name"), row.get("value")
        if name is not None and isinstance(value, str):
            found[name] = clean(value)
    return found or None


def parse_trials(text: str) -> tuple[Trial, ...] | None:
    """The schemas of replication tests; None without the row that tells of them, also of none."""
    row = next(iter(_rows(text).get("trials", [])), None)
    found = row.get("found") if row else None
    if not isinstance(found, list):
        return None
    return tuple(_trial(item) for item in found if isinstance(item, str) and item.startswith(TRIAL))


def _trial(item: str) -> Trial:
    schema, _, comment = clean(item).partition(" ")
    return Trial(schema, comment.removeprefix(TRIAL_COMMENT) if comment.startswith(TRIAL_COMMENT) else "")


def _rows(text: str) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for line in text.split("\n"):
        topic, _, body = line.partition(" ")
        if topic in _TOPICS:
            try:
                row = json.loads(body)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                found.setdefault(topic, []).append(row)
    return found


def _timeline(role: _Row, walreceiver: WalreceiverRow | None, control: _Row) -> int | None:
    """A primary's current WAL file names it; a standby's stream does; else the last checkpoint's."""
    segment = WalSegment.parse(_text(role, "wal_file") or "")
    if segment is not None:
        return segment.timeline
    if walreceiver is not None and walreceiver.timeline:
        return walreceiver.timeline
    return _integer(control, "timeline")


def _replication(row: _Row) -> ReplicationRow:
    return ReplicationRow(
        pid=_integer(row, "pid"),
        application_name=_text(row, "application_name") or "",
        client=_text(row, "client"),
        state=_text(row, "state"),
        sent=_lsn(row, "sent"),
        written=_lsn(row, "written"),
        flushed=_lsn(row, "flushed"),
        replayed=_lsn(row, "replayed"),
        sync_state=_text(row, "sync_state"),
        replay_lag=_float(row, "replay_lag"),
        connected=_float(row, "connected"),
    )


def _walreceiver(row: _Row) -> WalreceiverRow:
    return WalreceiverRow(
        status=_text(row, "status"),
        received=_lsn(row, "received"),
        timeline=_integer(row, "timeline"),
        sender=_text(row, "sender"),
        slot=_text(row, "slot"),
    )


def _archiver(row: _Row) -> ArchiverRow:
    return ArchiverRow(
        archived=_integer(row, "archived"),
        last_archived=_text(row, "last_archived"),
        failed=_integer(row, "failed"),
        last_failed=_text(row, "last_failed"),
        failing=row.get("failing") is True,
    )


def _slot(row: _Row) -> ReplicationSlot:
    active, retained = row.get("active"), _integer(row, "retained")
    return ReplicationSlot(_text(row, "name") or "", active is True, _lsn(row, "restart"), retained)


def _text(row: _Row, key: str) -> str | None:
    value = row.get(key)
    return clean(value) or None if isinstance(value, str) else None


def _lsn(row: _Row, key: str) -> Lsn | None:
    """A position; 0/0 is none."""
    lsn = Lsn.parse(_text(row, key))
    return lsn if lsn is not None and lsn.valid else None


def _integer(row: _Row, key: str) -> int | None:
    value = row.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None


def _float(row: _Row, key: str) -> float | None:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
