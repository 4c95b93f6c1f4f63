"""H08: who works on a pair, what stopped half-way, and what a run has left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.host_setup import check_scripts
from console.diagnosis.run_traces import check_runs
from console.facts.host import HostFacts
from console.facts.system import Clock
from console.facts.traces import JobTrace, Lease, Traces
from console.operations.layout import Layout
from tests.unit.diagnosis.builders import (
    AT,
    DC1_DB1,
    DC1_DB2,
    GLOBAL,
    context,
    primary,
    seen,
    snapshot,
    standby,
    unseen,
)
from tests.unit.diagnosis.setup_builders import global_pair, scripts

NOW = AT.timestamp()
RUN = "20260301-025000-k7"


def lease(**overrides: object) -> Lease:
    value = Lease(RUN, "failback", "ann@ops1", "drill", NOW - 600, NOW - 5)
    return replace(value, **overrides)  # type: ignore[arg-type]


def pair(first: Traces | None, second: Traces | None) -> tuple[HostFacts, HostFacts]:
    """A healthy pair with these traces; None: they could not be looked at."""
    one, two = (seen(traces, "traces of runs") if traces is not None else unseen() for traces in (first, second))
    return primary(DC1_DB1, DC1_DB2, traces=one), standby(DC1_DB2, traces=two)


def findings(first: Traces | None, second: Traces | None = Traces()) -> list[Finding]:  # noqa: B008
    return list(check_runs(context(*pair(first, second))))


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def quotes(finding: Finding, fact: str) -> list[tuple[str, str | None]]:
    return [(quote.value, quote.host) for quote in finding.evidence if quote.fact == fact]


def test_where_nothing_is_there_nothing_is_found() -> None:
    assert findings(Traces()) == []


def test_what_could_not_be_looked_at_is_no_finding_of_its_own() -> None:
    assert findings(None, None) == []


def test_a_run_whose_lease_was_just_renewed_is_at_work() -> None:
    held = Traces(lease=lease())
    finding = only(findings(held, held))
    assert (finding.code, finding.severity, finding.host) == ("H08", Severity.INFO, None)
    assert finding.summary == f"run {RUN} (failback) of ann@ops1 works on this pair"
    assert quotes(finding, "owner") == [("ann@ops1", DC1_DB1.name), ("ann@ops1", DC1_DB2.name)]
    assert quotes(finding, "since")[0][0] == "2026-03-01T02:50:00+00:00"
    assert quotes(finding, "renewed")[0][0] == "2026-03-01T02:59:55+00:00, 5 s before it was read"
    assert finding.details["stale"] is False


def test_a_lease_that_nobody_renews_is_a_run_that_stopped_half_way() -> None:
    held = Traces(lease=lease(renewed=NOW - 600))
    finding = only(findings(held, held))
    assert finding.severity is Severity.WARNING
    assert finding.summary == f"run {RUN} (failback) stopped half-way 10 min ago, begun by ann@ops1"
    assert f"vmdb-console resume {RUN}" in finding.remedy
    assert finding.details["stale"] is True


@pytest.mark.parametrize("running", [True, None])
def test_a_job_that_runs_or_may_keeps_a_run_at_work_though_its_console_has_gone(running: bool | None) -> None:
    old = lease(renewed=NOW - 3600)
    finding = only(findings(Traces(lease=old), Traces(lease=old, jobs=(JobTrace(RUN, "copy", running, None),))))
    assert finding.severity is Severity.INFO
    assert finding.details["jobs"] == ["copy on cf-dc1-db2"]


def test_a_job_that_has_ended_does_not() -> None:
    traces = Traces(lease=lease(renewed=NOW - 3600), jobs=(JobTrace(RUN, "copy", False, 0),))
    finding = only(findings(traces))
    assert finding.severity is Severity.WARNING
    assert quotes(finding, "job") == [(f"copy of run {RUN} has ended, status 0", DC1_DB1.name)]


def test_a_lease_on_one_host_that_was_renewed_counts_for_both() -> None:
    """One of the two may be cut off from the console."""
    finding = only(findings(Traces(lease=lease(renewed=NOW - 3600)), Traces(lease=lease())))
    assert finding.severity is Severity.INFO


def test_the_leases_age_is_by_the_hosts_own_clock() -> None:
    behind = seen(Clock(NOW - 3600, -3600.0, 0.01), "date")
    first, second = pair(Traces(lease=lease(renewed=NOW - 3600 - 5)), Traces())
    found = list(check_runs(context(replace(first, clock=behind), second)))
    assert only(found).severity is Severity.INFO


def test_two_runs_are_two_findings() -> None:
    found = findings(Traces(lease=lease()), Traces(lease=lease(run="other")))
    assert [finding.subject for finding in found] == [RUN, "other"]
    assert len({finding.key for finding in found}) == 2


def test_what_a_run_at_work_has_made_is_told_with_it_and_not_as_left_behind() -> None:
    copy = Layout("/pg/data", False, RUN).new
    finding = only(findings(Traces(lease=lease(), leftovers=(copy,)), Traces(held=("/usr/bin/x",), lock_aside=True)))
    assert finding.severity is Severity.INFO
    assert quotes(finding, "copy") == [(copy, DC1_DB1.name)]
    assert quotes(finding, "held script") == [("/usr/bin/x", DC1_DB2.name)]
    assert quotes(finding, "PGSQL.lock") == [("set aside", DC1_DB2.name)]


@pytest.mark.parametrize(
    ("traces", "words"),
    [
        (Traces(leftovers=(Layout("/d", False, "r1").new,)), "a copy (/d.vmdb-new.r1)"),
        (Traces(leftovers=(Layout("/d", True, "r1").new,)), "a copy (/d/pgsql_tmp.vmdb-console/r1/vmdb-new)"),
        (Traces(held=("/usr/bin/pgsql-standby-check-promote",)), "held scripts (pgsql-standby-check-promote)"),
        (Traces(lock_aside=True), "a PGSQL.lock set aside"),
        (Traces(jobs=(JobTrace("r1", "copy", True, None),)), "a job without a lease (r1.copy)"),
    ],
)
def test_what_is_left_without_a_lease_is_a_warning_about_its_host(traces: Traces, words: str) -> None:
    finding = only(findings(Traces(), traces))
    assert (finding.severity, finding.host) == (Severity.WARNING, DC1_DB2.name)
    assert finding.summary == f"cf-dc1-db2: left behind by a run: {words}"


@pytest.mark.parametrize("mounted", [False, True])
def test_old_data_that_a_run_has_kept_is_told_and_alarms_nobody(mounted: bool) -> None:
    old = Layout("/pg/data", mounted, RUN).old
    finding = only(findings(Traces(leftovers=(old,))))
    assert finding.severity is Severity.INFO
    assert quotes(finding, "old data") == [(old, DC1_DB1.name)]
    assert finding.details["old_data"] == [old]


def test_an_ended_job_alone_is_not_worth_a_word() -> None:
    assert findings(Traces(jobs=(JobTrace("r1", "copy", False, 0),))) == []


def test_a_job_of_another_run_beside_a_lease_is_left_behind() -> None:
    found = findings(Traces(lease=lease()), Traces(jobs=(JobTrace("other", "copy", True, None),)))
    assert [(finding.severity, finding.details["kind"]) for finding in found] == [
        (Severity.INFO, "lease"),
        (Severity.WARNING, "left-behind"),
    ]


def test_a_held_script_is_not_called_missing() -> None:
    """Of held ones H08 tells: to install it anew would be the wrong thing."""
    name = "/usr/bin/pgsql-standby-check-promote"
    assert name in scripts().installed
    without = {path: checksum for path, checksum in scripts().installed.items() if path != name}
    first, second = global_pair(second={"scripts": seen(scripts(installed=without))})
    held = replace(second, traces=seen(Traces(held=(name,))))
    assert [finding.code for finding in check_scripts(context(first, second, region=GLOBAL))] == ["S08"]
    assert list(check_scripts(context(first, held, region=GLOBAL))) == []


def test_text_from_a_lease_cannot_leave_its_line_or_its_quotes() -> None:
    evil = lease(run="x; rm -rf /\n\x1b[2J", owner="a\nb" * 500, reason="[red]" * 500, since=1e300, renewed=NOW - 1e9)
    finding = only(findings(Traces(lease=evil)))
    assert "resume 'x; rm -rf / [2J'" in finding.remedy
    texts = [finding.summary, finding.remedy, finding.subject, *(quote.value for quote in finding.evidence)]
    assert all(text.isprintable() for text in texts)
    assert max(map(len, texts)) < 700


def test_the_engine_judges_it() -> None:
    held = Traces(lease=lease())
    assert [finding.code for finding in diagnose(snapshot(*pair(held, held))) if finding.code == "H08"] == ["H08"]


INSIDE = "/data/pgsql_tmp.vmdb-console/r1"


def test_old_data_of_which_a_part_is_still_on_its_way_is_no_old_data_to_let_go() -> None:
    finding = only(findings(Traces(leftovers=(f"{INSIDE}/vmdb-new", f"{INSIDE}/vmdb-old.part"))))
    assert finding.severity is Severity.WARNING
    assert "a swap that was cut off half-way" in finding.summary
    assert "discard-old" not in finding.remedy
    assert (finding.details["old_data"], finding.details["cut_off"]) == ([], [f"{INSIDE}/vmdb-old.part"])
    assert quotes(finding, "part of old data") == [(f"{INSIDE}/vmdb-old.part", DC1_DB1.name)]


def test_archived_wal_that_lies_aside_is_told_as_what_it_is() -> None:
    finding = only(findings(Traces(archives=("/wal/vmdb-old.r1",))))
    assert finding.severity is Severity.INFO
    assert "archived WAL is kept aside: /wal/vmdb-old.r1" in finding.summary
    assert "discard-old" not in finding.remedy
    assert quotes(finding, "archived WAL aside") == [("/wal/vmdb-old.r1", DC1_DB1.name)]


def test_a_held_script_that_was_replaced_meanwhile_is_told() -> None:
    path = "/usr/bin/pgsql-standby-check-promote.vmdb-replaced"
    finding = only(findings(Traces(replaced=(path,))))
    assert finding.severity is Severity.INFO
    assert "a held script was replaced meanwhile" in finding.summary
    assert quotes(finding, "replaced script") == [(path, DC1_DB1.name)]
