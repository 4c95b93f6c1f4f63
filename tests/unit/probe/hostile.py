"""Every parser of this family by name, and texts that must not hurt one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from console.facts.lsn import Lsn
from console.probe.basebackup import parse_backup_progress
from console.probe.cib import attributes_from_cib, parse_cib
from console.probe.cluster import parse_cluster
from console.probe.controldata import parse_controldata
from console.probe.history import parse_history
from console.probe.postgresql_log import parse_log
from console.probe.processes import parse_processes
from console.probe.waldump import parse_commits_after, parse_wal_end

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"


def _cib(text: str) -> object:
    configuration = parse_cib(text)
    return attributes_from_cib(configuration) if configuration else None


PARSERS: dict[str, Callable[[str], object]] = {
    "cluster": parse_cluster,
    "cib": _cib,
    "processes": lambda text: parse_processes(text, "/var/lib/pgsql/data"),
    "controldata": parse_controldata,
    "log": lambda text: parse_log(text, NOW),
    "history": lambda text: parse_history(2, text),
    "basebackup": parse_backup_progress,
    "waldump": lambda text: (parse_wal_end(text, 1), parse_commits_after(text, Lsn(0, 1))),
}


def lab_files(ending: str) -> list[Path]:
    """Captures of the lab whose names end so; none where they are not there."""
    return sorted(LAB.glob(f"*/*.{ending}"))
