"""The JSON document of DESIGN 8, schema_version 1; check.schema.json beside this file describes it.

LSNs are "X/Y"; what is unknown is null, never 0. Text of hosts is inert: no control characters but newlines.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from importlib import resources
from typing import Any

from console.diagnosis.finding import Evidence, Finding
from console.facts.client import ClientView
from console.facts.cluster import AgentState
from console.facts.ui import UiStatus
from console.report.result import CheckResult
from console.report.rows import EndpointRow, HostRow, RegionRow, region_rows
from console.report.words import inert_lines, moment

SCHEMA_VERSION = 1


def render_json(result: CheckResult) -> str:
    """The document, indented, in ASCII."""
    return json.dumps(document(result), indent=2, ensure_ascii=True, allow_nan=False)


def document(result: CheckResult) -> dict[str, Any]:
    """The document as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "at": moment(result.snapshot.at),
        "status": result.status,
        "exit_code": result.exit_code,
        "duration_ms": round(result.duration * 1000),
        "regions": [_region(row) for row in region_rows(result)],
        "findings": [_finding(finding) for finding in result.findings],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    text = (resources.files("console.report") / "check.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def plain(value: Any) -> Any:
    """`value` as JSON can have it: numbers, inert text, lists, objects; anything else as its text; NaN is null."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return {inert_lines(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((plain(item) for item in value), key=str)
    return inert_lines(value)


def _region(row: RegionRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.region.kind.value,
        "status": row.status,
        "primary": row.primary,
        "standby": row.standby,
        "lag_bytes": row.lag.bytes,
        "lag_seconds": plain(row.lag.seconds),
        "lag_unknown_because": plain(row.lag.reason),
        "replication_backlog": row.backlog,
        "endpoint": _endpoint(row.endpoint) if row.endpoint else None,
        "hosts": [_host(host) for host in row.hosts],
    }


def _endpoint(row: EndpointRow) -> dict[str, Any]:
    return {
        "name": row.endpoint.name,
        "managed_by": row.endpoint.managed_by.value,
        "addresses": list(row.endpoint.addresses),
        "resolves_to": plain(row.resolved.value),
        "resolution_error": plain(row.resolved.error),
        "clients": [_client(view) for view in row.views.value] if row.views.value is not None else None,
        "observed_at": moment(row.views.observed_at),
        "error": plain(row.views.error),
    }


def _host(row: HostRow) -> dict[str, Any]:
    failure = row.facts.reach.failure
    return {
        "name": row.name,
        "address": row.host.address,
        "kind": row.host.kind.value,
        "role": row.role,
        "role_witness": row.witness or None,
        "reachable": row.reachable,
        "observed_at": moment(row.observed_at),
        "failure": {"kind": failure.kind.value, "message": inert_lines(failure.message)} if failure else None,
        "incomplete": [{"section": plain(name), "reason": plain(why)} for name, why in row.facts.reach.incomplete],
        "clock_skew_seconds": plain(row.clock_skew),
        "disks": _disks(row),
        **(_database(row) if row.database else {"ui": _ui(row.ui) if row.ui else None}),
    }


def _database(row: HostRow) -> dict[str, Any]:
    return {
        "version": plain(row.version),
        "system_identifier": plain(row.system_identifier),
        "timeline": row.timeline,
        "current_lsn": _text(row.current),
        "receive_lsn": _text(row.received),
        "replay_lsn": _text(row.replayed),
        "replay_paused": row.sql.replay_paused if row.sql else None,
        "control_state": _text(row.control.state) if row.control else None,
        "lock_present": row.lock_present,
        "archive_ready": row.archive_ready,
        "agent": _agent(row.agent) if row.agent else None,
        "client": _client(row.client) if row.client else None,
    }


def _agent(state: AgentState) -> dict[str, Any]:
    return {
        "node": plain(state.node),
        "status": plain(state.status),
        "data_status": plain(state.data_status),
        "master_score": plain(state.master_score),
        "master_baseline": _text(state.baseline),
    }


def _client(view: ClientView) -> dict[str, Any]:
    return {
        "address": view.address,
        "port": view.port,
        "tcp": view.tcp.value,
        "answer": view.answer.value,
        "message": inert_lines(view.message) or None,
        "latency_seconds": plain(view.latency),
        "server_address": plain(view.server_address),
        "backlog": view.backlog,
        "backlog_error": plain(view.backlog_error),
    }


def _ui(status: UiStatus) -> dict[str, Any]:
    worker = status.replication
    return {
        "httpd_running": status.httpd_running,
        "workers_running": status.workers_running,
        "ping_status": status.ping_status,
        "ping_error": plain(status.ping_error),
        "session_store": plain(status.session_store),
        "replication_backlog": worker.backlog if worker else None,
        "replication_age_seconds": plain(worker.age) if worker else None,
    }


def _disks(row: HostRow) -> list[dict[str, Any]] | None:
    disks = row.facts.disks.value
    if disks is None:
        return None
    return [
        {"purpose": plain(disk.purpose), "path": plain(disk.path), "free_share": plain(disk.free_share)}
        for disk in disks
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "key": inert_lines(finding.key),
        "code": finding.code,
        "severity": finding.severity.value,
        "region": finding.region,
        "host": finding.host,
        "summary": inert_lines(finding.summary),
        "evidence": [_evidence(item) for item in finding.evidence],
        "details": plain(finding.details),
        "remedy": inert_lines(finding.remedy),
        "caused_by": plain(finding.caused_by),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "fact": inert_lines(evidence.fact),
        "value": inert_lines(evidence.value),
        "source": inert_lines(evidence.source),
        "host": evidence.host,
        "observed_at": moment(evidence.observed_at),
    }


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
