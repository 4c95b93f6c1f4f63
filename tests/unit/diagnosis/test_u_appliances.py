"""U01–U04: appliances, the replication's backlog, sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.diagnosis.context import RegionContext
from console.diagnosis.finding import Severity
from console.diagnosis.ui import check_appliances, check_backlog, check_sessions
from console.facts.client import ClientAnswer
from console.facts.host import HostFacts
from console.transport.protocol import FailureKind
from tests.unit.diagnosis.builders import DC1, DC1_DB1, DC1_DB2, context, fleet, primary, seen, standby, unseen, view
from tests.unit.diagnosis.setup_builders import failed, only, quoted, ui, worker

UI1, UI2 = DC1.uis
NUMBERED = replace(DC1, number=1)


def appliances(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> RegionContext:
    return context(primary(DC1_DB1), standby(DC1_DB2), ui(UI1, **(first or {})), ui(UI2, **(second or {})))


def test_serving_appliances_have_no_finding() -> None:
    healthy = appliances()
    assert [*check_appliances(healthy), *check_backlog(healthy), *check_sessions(healthy)] == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"httpd_running": False, "ping_status": None, "ping_error": "refused"}, "httpd does not run"),
        ({"workers_running": False}, "evmserverd does not run"),
        ({"ping_status": 503}, "/ping answers 503"),
        ({"ping_status": None, "ping_error": "timed out"}, "/ping does not answer (timed out)"),
    ],
)
def test_one_appliance_down_is_a_warning_that_says_which_part(state: dict[str, Any], words: str) -> None:
    found = only(check_appliances(appliances(first=state)))
    assert (found.code, found.severity, found.host) == ("U01", Severity.WARNING, UI1.name)
    assert words in found.summary


def test_what_could_not_be_looked_at_is_not_called_down() -> None:
    unknown = {"httpd_running": None, "workers_running": None, "ping_status": None, "ping_error": None}
    assert list(check_appliances(appliances(first=unknown, second=unknown))) == []


def test_no_appliance_serving_is_critical() -> None:
    down = {"httpd_running": False}
    found = list(check_appliances(appliances(down, down)))
    assert [(item.code, item.severity) for item in found] == [
        ("U01", Severity.WARNING),
        ("U01", Severity.WARNING),
        ("U02", Severity.CRITICAL),
    ]


def test_an_appliance_that_was_not_seen_may_still_serve() -> None:
    hosts = [primary(DC1_DB1), standby(DC1_DB2), ui(UI1, httpd_running=False), failed(UI2, FailureKind.UNREACHABLE)]
    assert [item.code for item in check_appliances(context(*hosts))] == ["U01"]


def counted(rows: int | None, *uis: HostFacts, numbered: bool = False, **fields: Any) -> RegionContext:
    """DC1 whose primary told the client's eye how many rows wait."""
    client = seen(view(ClientAnswer.WRITABLE, backlog=rows, **fields), "client")
    region = NUMBERED if numbered else DC1
    return context(primary(DC1_DB1, client=client), standby(DC1_DB2), *uis, region=region, fleet=fleet(region))


@pytest.mark.parametrize(
    ("rows", "severity"), [(0, None), (1000, None), (1001, Severity.WARNING), (100_001, Severity.CRITICAL)]
)
def test_waiting_rows_are_judged_by_the_thresholds(rows: int, severity: Severity | None) -> None:
    found = list(check_backlog(counted(rows)))
    assert [(item.code, item.severity) for item in found] == ([("U03", severity)] if severity else [])


def test_a_backlog_that_could_not_be_counted_is_unknown_and_never_zero() -> None:
    found = only(check_backlog(counted(None, numbered=True, backlog_error="no table rr1_pending_changes")))
    assert found.severity is Severity.UNKNOWN
    assert found.details["backlog"] is None
    assert "no table" in found.summary


def test_the_log_s_zero_is_no_proof_since_it_may_mean_could_not_ask() -> None:
    logged = ui(UI1, replication=worker(0))
    assert (
        only(check_backlog(counted(None, logged, numbered=True, backlog_error="denied"))).severity is Severity.UNKNOWN
    )


def test_the_log_s_large_figure_counts_where_the_database_could_not_be_asked() -> None:
    found = only(check_backlog(counted(None, ui(UI1, replication=worker(5000)), numbered=True, backlog_error="denied")))
    assert (found.severity, found.details["backlog"]) == (Severity.WARNING, 5000)


def test_a_region_that_does_not_replicate_is_not_asked_for_its_backlog() -> None:
    assert list(check_backlog(counted(None, backlog_error="no table rr0_pending_changes"))) == []


def test_an_unknown_primary_leaves_the_backlog_unknown() -> None:
    hosts = [standby(DC1_DB1), standby(DC1_DB2)]
    found = only(check_backlog(context(*hosts, region=NUMBERED, fleet=fleet(NUMBERED))))
    assert "no primary is known" in found.summary


def test_a_worker_without_a_line_for_minutes_is_silent() -> None:
    found = only(check_backlog(counted(0, ui(UI1), ui(UI2, replication=worker(age=400.0)))))
    assert (found.code, found.host, found.subject) == ("U03", UI2.name, "worker")
    assert "silent since 6 min" in found.summary
    assert "0 may mean" in quoted(found)


def test_the_youngest_line_counts_where_the_worker_has_moved() -> None:
    assert list(check_backlog(counted(0, ui(UI1, replication=worker(age=9000.0)), ui(UI2, replication=worker())))) == []


def test_a_line_of_unknown_age_is_not_called_silent() -> None:
    assert list(check_backlog(counted(0, ui(UI1), ui(UI2, replication=worker(age=None))))) == []


def test_a_worker_may_have_moved_to_an_appliance_that_was_not_seen() -> None:
    old = ui(UI1, replication=worker(age=400.0))
    assert list(check_backlog(counted(0, old, failed(UI2, FailureKind.HUNG)))) == []


def test_a_client_that_was_not_asked_leaves_a_numbered_region_s_backlog_unknown() -> None:
    hosts = [primary(DC1_DB1, client=unseen("no time left")), standby(DC1_DB2)]
    assert "no time left" in only(check_backlog(context(*hosts, region=NUMBERED, fleet=fleet(NUMBERED)))).summary


def test_sessions_outside_the_database_are_a_warning() -> None:
    found = only(check_sessions(appliances(second={"session_store": "cache"})))
    assert (found.code, found.severity, found.host) == ("U04", Severity.WARNING, UI2.name)


def test_an_unknown_session_store_is_not_judged() -> None:
    assert list(check_sessions(appliances(second={"session_store": None}))) == []
