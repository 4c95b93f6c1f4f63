"""Section `controldata`: pg_controldata of 9.2 to 18, printed with LC_ALL=C (DOMAIN 3.4), or the server's own reading.

A server of 9.6 or later that runs in the data directory reads the file itself: then the section is the row
`control {json}` of console/sql/probe/control-*.sql, and no process is started for it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from console.facts.lsn import Lsn
from console.facts.postgresql import ClusterState, ControlData
from console.probe.text_lines import text_lines

_NUMBER = re.compile(r"[0-9]{1,20}")
_STATES = {state.value: state for state in ClusterState}
_KEYS = frozenset({"Database system identifier", "Database cluster state", "Latest checkpoint location"})


def parse_controldata(text: str) -> ControlData | None:
    """Read the output; None where it is none (an error, another language). 0/0 positions stay 0/0: "none", not unknown.

    A line that is missing or makes no sense leaves its own field None. Warnings about a damaged file do not.
    """
    values = _row(text.removeprefix(_ROW)) if text.startswith(_ROW) else _values(text)
    if not _KEYS & values.keys():
        return None
    return ControlData(
        system_identifier=_identifier(values.get("Database system identifier")),
        state=_state(values.get("Database cluster state")),
        checkpoint=Lsn.parse(values.get("Latest checkpoint location")),
        redo=Lsn.parse(values.get("Latest checkpoint's REDO location")),
        timeline=_number(values.get("Latest checkpoint's TimeLineID")),
        previous_timeline=_number(values.get("Latest checkpoint's PrevTimeLineID")),
        minimum_recovery=Lsn.parse(values.get("Minimum recovery ending location")),
        minimum_recovery_timeline=_number(values.get("Min recovery ending loc's timeline")),
        backup_start=Lsn.parse(values.get("Backup start location")),
        segment_size=_segment_size(_number(values.get("Bytes per WAL segment"))),
        block_size=_number(values.get("Database block size")),
        wal_level=values.get("wal_level setting") or None,
        checksums=_present(_number(values.get("Data page checksum version"))),
        wal_log_hints=_switch(values.get("wal_log_hints setting")),
        control_version=_number(values.get("pg_control version number")),
    )


def _values(text: str) -> dict[str, str]:
    """Values by key; 9.2 to 9.4 say "Current wal_level setting" for what later is "wal_level setting"."""
    found: dict[str, str] = {}
    for line in text_lines(text):
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.strip().removeprefix("Current "), value.strip())
    return found


def _row(text: str) -> dict[str, str]:
    """The row's values by the names that pg_controldata has for them."""
    try:
        row: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(row, dict):
        return {}
    return {key: str(row[name]) for name, key in _COLUMNS.items() if type(row.get(name)) in {str, int}}


_ROW = "control "
_COLUMNS = {
    "system_identifier": "Database system identifier",
    "state": "Database cluster state",
    "checkpoint": "Latest checkpoint location",
    "redo": "Latest checkpoint's REDO location",
    "timeline": "Latest checkpoint's TimeLineID",
    "previous_timeline": "Latest checkpoint's PrevTimeLineID",
    "minimum_recovery": "Minimum recovery ending location",
    "minimum_recovery_timeline": "Min recovery ending loc's timeline",
    "backup_start": "Backup start location",
    "segment_size": "Bytes per WAL segment",
    "block_size": "Database block size",
    "checksums": "Data page checksum version",
    "control_version": "pg_control version number",
}


def _segment_size(size: int | None) -> int | None:
    """PostgreSQL has powers of two from 1 MiB to 1 GiB (access/xlog_internal.h, IsValidWalSegSize); else None."""
    valid = size is not None and 2**20 <= size <= 2**30 and size.bit_count() == 1
    return size if valid else None


def _number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None


def _identifier(text: str | None) -> str | None:
    return text if text and _NUMBER.fullmatch(text) else None


def _state(text: str | None) -> ClusterState | None:
    if text is not None and text.startswith(ClusterState.UNRECOGNIZED.value):
        return ClusterState.UNRECOGNIZED
    return _STATES.get(text or "")


def _present(number: int | None) -> bool | None:
    return None if number is None else number > 0


def _switch(text: str | None) -> bool | None:
    return {"on": True, "off": False}.get(text or "")
